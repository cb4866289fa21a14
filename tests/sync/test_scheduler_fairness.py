"""Many keys and little room: nobody starves, whatever is scheduled and removed."""

import asyncio
import itertools
from collections import Counter

import pytest
from driven_clock import INTERVAL, DrivenClock, Visits, a_scheduler, serving, turns
from hypothesis import given, settings
from hypothesis import strategies as st

from dinero_operator.sync.scheduler import JITTER


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock()


@pytest.mark.parametrize("concurrency", [1, 3, 64])
async def test_a_thousand_keys_all_run_and_nobody_starves(clock: DrivenClock, concurrency: int) -> None:
    visits = Visits(clock, length=1.0)
    scheduler = a_scheduler(clock, visits, concurrency=concurrency)
    keys = [f"shop-{number}" for number in range(1000)]
    for key in keys:
        scheduler.schedule(key)
    async with serving(scheduler):
        await clock.let_pass_until(lambda: visits.total >= 3000)
    assert visits.overlaps == []
    assert visits.most_at_once == concurrency
    assert visits.begins.keys() == set(keys)
    waits = [
        later - earlier
        for begins in visits.begins.values()
        for earlier, later in itertools.pairwise([*begins, clock.elapsed])
    ]
    # Where there is less room than work, everybody waits for one turn of all others, give or take the jitter.
    assert (
        max(waits) <= max(INTERVAL, 1000 / concurrency) + 1000 / concurrency * JITTER + 3 * JITTER * INTERVAL
    )


async def test_a_key_that_never_rests_does_not_starve_the_others(clock: DrivenClock) -> None:
    begun: list[str] = []

    async def run(key: str) -> float:
        begun.append(key)
        await clock.sleep(1.0)
        if key == "greedy":
            scheduler.schedule(key)
        return 0.0

    scheduler = a_scheduler(clock, run, concurrency=1)
    for key in ("greedy", "b", "c"):
        scheduler.schedule(key)
    async with serving(scheduler):
        await clock.let_pass_until(lambda: len(begun) >= 100)
    counts = Counter(begun)
    assert min(counts.values()) >= 30, counts


async def test_after_a_long_standstill_nobody_runs_more_than_once(clock: DrivenClock) -> None:
    scheduler = a_scheduler(clock, visits := Visits(clock))
    for key in "abc":
        scheduler.schedule(key)
    async with serving(scheduler):
        await turns()
        assert visits.total == 3
        clock.advance(INTERVAL * 50)
        await clock.let_pass(1.0)
        assert visits.total == 6


actions = st.one_of(
    st.tuples(st.just("schedule"), st.integers(0, 4), st.floats(0, 100)),
    st.tuples(st.just("remove"), st.integers(0, 4), st.just(0.0)),
    st.tuples(st.just("sleep"), st.just(0), st.floats(0, 400)),
)


@settings(max_examples=60, deadline=None)
@given(
    script=st.lists(actions, max_size=25),
    concurrency=st.integers(1, 3),
    length=st.sampled_from([0.0, 1.0, 90.0]),
)
def test_whatever_happens_no_key_overlaps_and_every_wish_is_fulfilled(
    script: list[tuple[str, int, float]], concurrency: int, length: float
) -> None:
    async def play() -> None:
        clock = DrivenClock()
        visits = Visits(clock, length=length)
        scheduler = a_scheduler(clock, visits, concurrency=concurrency)
        wished: dict[str, float] = {}
        removed: set[str] = set()
        async with serving(scheduler):
            for what, number, seconds in script:
                key = str(number)
                if what == "sleep":
                    await clock.let_pass(seconds)
                elif what == "schedule":
                    scheduler.schedule(key, seconds)
                    wished[key] = clock.elapsed
                    removed.discard(key)
                    assert key in scheduler
                else:
                    scheduler.remove(key)
                    removed.add(key)
                    wished.pop(key, None)
                    assert key not in scheduler
            end = clock.elapsed
            await clock.let_pass(1200.0)
            assert all(key not in scheduler for key in removed)
            assert all(key in scheduler for key in wished)
        assert visits.overlaps == []
        assert visits.most_at_once <= concurrency
        for key, moment in wished.items():
            assert any(begin >= moment for begin in visits.begins[key]), f"the wish for {key} was lost"
        for key in removed:
            assert not [begin for begin in visits.begins.get(key, []) if begin > end]

    asyncio.run(play())
