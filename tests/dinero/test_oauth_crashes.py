"""A process dies at each point of a renewal, and several processes renew at once: an approval is never lost for that."""

import asyncio
import random
from typing import Any

import pytest

from dinero_operator.dinero.grants import CLAIM
from dinero_operator.domain.errors import CredentialsRejected, OperatorError, Unavailable
from dinero_operator.sandbox.connect import Rotation
from oauth_site import HOUR, REMEDY, Crash, PatientClock, Process, Site, nothing

REUSE, GRACE, STRICT = {"rotation": Rotation.REUSE}, {"grace_seconds": 60}, {"grace_seconds": 0}
POINTS = [
    "before read", "after read", "before claim", "after claim", "before request", "after request", "before write",
    "after write",
]  # fmt: skip
LOST = {"after request", "before write"}
"""Between the server's answer and its storing: what a process knows then dies with it."""


def dying(point: str) -> Any:
    async def at(step: str) -> None:
        if step == point:
            raise Crash

    return at


@pytest.mark.parametrize("settings", [REUSE, GRACE, STRICT], ids=["reuse", "grace", "strict"])
@pytest.mark.parametrize("point", POINTS)
async def test_the_next_process_goes_on(clock: Any, point: str, settings: Any) -> None:
    site = Site(clock, **settings)
    with pytest.raises(Crash):
        await site.process(dying(point)).token()
    clock.advance(5)
    restarted = site.process()
    if point in LOST and settings is STRICT:
        for _ in range(3):
            with pytest.raises(CredentialsRejected, match=REMEDY):
                await restarted.token()
        assert len(site.requests) == 2
        return
    began = clock.elapsed
    assert await restarted.token()
    assert site.authorisation.alive
    waited = clock.elapsed - began
    left_a_claim = point in {"after claim", "before request", *LOST}
    assert waited == (CLAIM if left_a_claim else 0), "a claim costs its end, and no more"
    clock.advance(HOUR)
    assert await restarted.token()


async def test_an_old_claim_is_not_waited_for(clock: Any) -> None:
    site = Site(clock)
    with pytest.raises(Crash):
        await site.process(dying("after claim")).token()
    clock.advance(HOUR)
    began = clock.elapsed
    assert await site.process().token()
    assert clock.elapsed == began


async def test_a_claim_is_waited_for_by_our_own_clock(clock: Any) -> None:
    """The other machine's clock is five minutes behind: its claim looks as if it had ended."""
    site = Site(clock)
    with pytest.raises(Crash):
        await site.process(dying("after claim")).token()
    claim = site.vault.claim
    assert claim is not None
    site.vault.claim = (claim[0], claim[1].replace(minute=(claim[1].minute - 5) % 60, hour=8))
    began = clock.elapsed
    assert await site.process().token()
    assert clock.elapsed - began == CLAIM


@pytest.mark.parametrize("count", [2, 5])
async def test_of_many_processes_one_asks(count: int) -> None:
    clock = PatientClock()
    site = Site(clock, **STRICT)

    async def slow(step: str) -> None:
        if "request" in step:
            await clock.sleep(8)

    processes = [site.process(slow) for _ in range(count)]
    for _ in range(3):
        tokens = await asyncio.gather(*(process.token() for process in processes))
        assert len(set(tokens)) == 1
        clock.advance(HOUR)
    assert len(site.requests) == 3
    assert site.authorisation.alive


async def test_processes_that_claim_in_turn_do_not_stop_a_run_for_ever(clock: Any) -> None:
    site = Site(clock)
    waiting = site.process()

    async def others(step: str) -> None:
        if step == "before read":
            site.vault.claim = (f"other-{clock.elapsed // 25}", clock.now())

    waiting.line.at = others
    with pytest.raises(Unavailable, match="Another process"):
        await waiting.token()
    assert site.requests == []


@pytest.mark.parametrize("seed", range(40))
async def test_chaos(seed: int) -> None:
    """Processes start, work at once, lose the store's answers and die; no answer of the server is lost. No grace."""
    dice = random.Random(seed)  # noqa: S311 - a repeatable game
    clock = PatientClock()
    site = Site(clock, **STRICT)

    async def at(step: str) -> None:
        await clock.sleep(dice.choice([0, 0, 0.1, 1]))
        if "request" in step or step == "before write":
            return
        if dice.random() < 0.1:
            raise Unavailable("The Kubernetes API does not answer")
        if dice.random() < 0.05:
            raise Crash

    processes = [site.process(at) for _ in range(3)]
    served = 0

    async def use(place: int) -> None:
        nonlocal served
        for _ in range(30):
            process: Process = processes[place]
            try:
                await process.token()
                served += 1
            except Unavailable:
                await clock.sleep(15)
            except Crash:
                # A stop that leaves time to store what nobody else has: dying with it is another test.
                process.line.at = nothing
                await process.tokens.finish()
                processes[place] = site.process(at)
            except OperatorError as error:
                raise AssertionError(str(error)) from error
            await clock.sleep(dice.choice([1, 60, 1800, HOUR]))

    await asyncio.gather(*(use(place) for place in range(3)))
    assert site.authorisation.alive
    assert served > 45
    spent = [request.form["refresh_token"] for request in site.requests if request.form]
    assert len(spent) == len(set(spent)), "no refresh token is sent twice"
