"""An election in which everything goes wrong: at no time do two lead."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest
from lease_site import Site

from dinero_operator.kube.lease import Elector
from fake_clock import FakeClock


@pytest.fixture
async def site(clock: FakeClock) -> AsyncIterator[Site]:
    site = Site(clock)
    yield site
    await site.aclose()


@pytest.mark.parametrize("seed", range(8))
async def test_no_two_ever_lead_whatever_happens(site: Site, seed: int) -> None:
    """Lines that break, hang, lose answers or deliver late; processes that crash, and start again."""
    random = Random(seed)  # noqa: S311 - the same each time
    living: dict[str, Elector] = {}
    led: set[str] = set()

    def check(holder: str) -> None:
        leaders = {elector.identity for elector in living.values() if elector.is_leading}
        assert leaders <= {holder}
        led.update(leaders)

    site.server.on_write = check

    def slow() -> float:
        return random.choice([0.0, 0.0, 0.1, 1.0, 4.0, 8.0, 20.0])

    async def life(place: str) -> None:
        for number in range(1000):
            elector = living[place] = site.elector(f"{place}-{number}")
            line = site.lines[elector.identity]
            process = site.start(elector)
            while not process.done():
                line.goes = random.choice(["well", "well", "well", "nowhere", "one way", "hanging"])
                line.delay = random.choice([float, float, slow])
                await site.clock.sleep(random.uniform(0, 20))
                if random.random() < 0.03:
                    process.cancel()
                    living.pop(place)
                    break
            await site.clock.sleep(random.uniform(0, 5))

    lives = [asyncio.ensure_future(life(place)) for place in ("north", "south", "west")]
    await site.clock.sleep(1200)
    broken = [task.exception() for task in lives if task.done()]
    for task in lives:
        task.cancel()
    await asyncio.gather(*lives, return_exceptions=True)
    assert not broken
    assert len(led) > 3
