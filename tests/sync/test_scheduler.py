"""Who runs when: never twice at once, nobody forgotten, nobody starved."""

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dinero_operator.metrics import Metrics
from dinero_operator.sync.scheduler import JITTER, RETRY, STALLED, Scheduler
from fake_clock import FakeClock

INTERVAL = 300.0
Run = Callable[[str], Awaitable[float]]


class DrivenClock(FakeClock):
    """Time passes only while the test lets it; whoever wakes up does all that it can before time moves on."""

    def __init__(self) -> None:
        super().__init__()
        self._alarms: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    async def sleep(self, seconds: float) -> None:
        alarm: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._alarms, (self.elapsed + max(0.0, seconds), next(self._numbers), alarm))
        await alarm

    async def let_pass(self, seconds: float) -> None:
        end = self.elapsed + seconds
        await turns()
        while self._alarms and self._alarms[0][0] <= end:
            await self._wake_next()
        self.elapsed = end

    async def let_pass_until(self, condition: Callable[[], bool]) -> None:
        """Not for ever: a test that waits for what never comes fails."""
        await turns()
        for _ in range(50_000):
            if condition():
                return
            await (self._wake_next() if self._alarms else turns())
        raise AssertionError("it never came")

    async def _wake_next(self) -> None:
        end, _, alarm = heapq.heappop(self._alarms)
        self.elapsed = max(self.elapsed, end)
        if not alarm.done():
            alarm.set_result(None)
            await turns()


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock()


def a_scheduler(clock: DrivenClock, run: Run, **options: Any) -> Scheduler[str]:
    jitter = Random(1)  # noqa: S311 - repeatable, no secret
    return Scheduler(run, **{"clock": clock, "metrics": Metrics(), "random": jitter} | options)


@asynccontextmanager
async def serving(scheduler: Scheduler[str]) -> AsyncIterator[asyncio.Task[None]]:
    """The scheduler at work; a failure of its loop is the test's."""
    task = asyncio.ensure_future(scheduler.serve())
    try:
        yield task
    finally:
        ended = task.done()
        task.cancel()
        (result,) = await asyncio.gather(task, return_exceptions=True)
    assert not ended, result


async def turns(count: int = 30) -> None:
    """Let everybody do what can be done without time passing."""
    for _ in range(count):
        await asyncio.sleep(0)


class Visits:
    """A run that notes when it was called, takes ``length`` seconds, and fails where it overlaps with itself."""

    def __init__(self, clock: DrivenClock, *, length: float = 0.0, interval: float = INTERVAL) -> None:
        self.clock = clock
        self.length = length
        self.interval = interval
        self.begins: dict[str, list[float]] = {}
        self.active: Counter[str] = Counter()
        self.overlaps: list[str] = []
        self.most_at_once = 0
        self.total = 0

    async def __call__(self, key: str) -> float:
        self.begins.setdefault(key, []).append(self.clock.elapsed)
        self.active[key] += 1
        self.total += 1
        if self.active[key] > 1:
            self.overlaps.append(key)
        self.most_at_once = max(self.most_at_once, sum(self.active.values()))
        try:
            if self.length:
                await self.clock.sleep(self.length)
        finally:
            self.active[key] -= 1
        return self.interval


async def test_a_key_runs_again_and_again_at_its_interval_with_jitter(clock: DrivenClock) -> None:
    visits = Visits(clock)
    scheduler = a_scheduler(clock, visits)
    scheduler.schedule("a")
    async with serving(scheduler):
        await clock.let_pass_until(lambda: visits.total >= 200)
    begins = visits.begins["a"]
    waits = [later - earlier for earlier, later in itertools.pairwise(begins)]
    assert begins[0] == 0.0
    assert all(INTERVAL * (1 - JITTER) <= wait <= INTERVAL * (1 + JITTER) for wait in waits)
    assert max(waits) - min(waits) > INTERVAL * JITTER, "the jitter is there"
    assert abs(sum(waits) / len(waits) - INTERVAL) < INTERVAL * JITTER / 5, "and has no drift"


async def test_each_key_has_its_own_interval(clock: DrivenClock) -> None:
    begins: dict[str, list[float]] = {"60": [], "600": []}

    async def run(key: str) -> float:
        begins[key].append(clock.elapsed)
        return float(key)

    scheduler = a_scheduler(clock, run)
    for key in begins:
        scheduler.schedule(key)
    async with serving(scheduler):
        await clock.let_pass_until(lambda: len(begins["600"]) >= 20)
    assert 180 <= len(begins["60"]) <= 202


async def test_a_delay_is_kept_and_only_ever_shortened(clock: DrivenClock) -> None:
    visits = Visits(clock)
    scheduler = a_scheduler(clock, visits)
    scheduler.schedule("late", 100.0)
    scheduler.schedule("later", 100.0)
    scheduler.schedule("late", 50.0)
    scheduler.schedule("later", 500.0)
    async with serving(scheduler):
        await clock.let_pass_until(lambda: visits.total >= 2)
    assert visits.begins == {"late": [50.0], "later": [100.0]}


async def test_a_wish_while_the_loop_sleeps_is_heard_at_once(clock: DrivenClock) -> None:
    scheduler = a_scheduler(clock, visits := Visits(clock))
    async with serving(scheduler):
        await turns()
        before = clock.elapsed
        scheduler.schedule("a")
        await turns()
        assert visits.begins == {"a": [before]}


async def test_a_wish_during_a_run_is_followed_by_another_run_at_once(clock: DrivenClock) -> None:
    begins: list[float] = []

    async def run(key: str) -> float:
        begins.append(clock.elapsed)
        if len(begins) == 1:
            scheduler.schedule(key)
            scheduler.schedule(key, 50.0)  # several wishes are one
            assert scheduler.running == 1
        await clock.sleep(7.0)
        return INTERVAL

    scheduler = a_scheduler(clock, run)
    scheduler.schedule("a")
    async with serving(scheduler):
        await clock.let_pass_until(lambda: len(begins) >= 3)
    assert begins[:2] == [0.0, 7.0]
    assert begins[2] >= 14.0 + INTERVAL * (1 - JITTER)


async def test_a_run_that_fails_is_tried_again_and_stops_nobody(
    clock: DrivenClock, caplog: pytest.LogCaptureFixture
) -> None:
    begins: dict[str, list[float]] = {"bad": [], "good": []}

    async def run(key: str) -> float:
        begins[key].append(clock.elapsed)
        if key == "bad":
            raise ZeroDivisionError
        return INTERVAL

    scheduler = a_scheduler(clock, run)
    scheduler.schedule("bad")
    scheduler.schedule("good")
    async with serving(scheduler):
        await clock.let_pass_until(lambda: len(begins["good"]) >= 5)
    assert begins["bad"][0] == 0.0
    assert begins["bad"][1] == pytest.approx(RETRY, rel=JITTER)
    assert {record.message for record in caplog.records} == {"a run failed in an unforeseen way"}


async def test_a_key_that_is_unknown_to_the_run_is_not_run_again(clock: DrivenClock) -> None:
    visits = Visits(clock, interval=float("inf"))
    scheduler = a_scheduler(clock, visits)
    scheduler.schedule("gone")
    async with serving(scheduler):
        await clock.let_pass(10_000.0)
        assert "gone" not in scheduler
    assert visits.begins == {"gone": [0.0]}


async def test_a_removed_key_does_not_run(clock: DrivenClock) -> None:
    scheduler = a_scheduler(clock, visits := Visits(clock))
    scheduler.schedule("a", 10.0)
    scheduler.schedule("b", 20.0)
    scheduler.remove("a")
    scheduler.remove("never heard of")
    assert "a" not in scheduler
    async with serving(scheduler):
        await clock.let_pass_until(lambda: visits.total >= 1)
    assert visits.begins == {"b": [20.0]}


class Held:
    """A run that lasts until it is let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go = asyncio.Event()

    async def __call__(self, key: str) -> float:
        self.begun.append(key)
        await self.go.wait()
        return INTERVAL


async def test_a_key_that_is_removed_during_its_run_stays_removed(clock: DrivenClock) -> None:
    run = Held()
    scheduler = a_scheduler(clock, run)
    scheduler.schedule("a")
    async with serving(scheduler):
        await turns()
        scheduler.schedule("a")  # a wish that was not fulfilled yet
        scheduler.remove("a")
        assert "a" not in scheduler
        assert scheduler.running == 1
        waiting = asyncio.ensure_future(scheduler.wait_for("a"))
        await turns()
        assert not waiting.done()
        run.go.set()
        await waiting
        await clock.let_pass(INTERVAL * 10)
    assert run.begun == ["a"]
    assert scheduler.running == 0
    await scheduler.wait_for("a")  # nothing to wait for


async def test_a_key_that_is_removed_during_its_run_and_comes_back_runs_again(clock: DrivenClock) -> None:
    run = Held()
    scheduler = a_scheduler(clock, run)
    scheduler.schedule("a")
    async with serving(scheduler):
        await turns()
        scheduler.remove("a")
        scheduler.schedule("a")
        assert "a" in scheduler
        run.go.set()
        await turns(20)
        assert run.begun == ["a", "a"]
        await clock.let_pass(INTERVAL * 2)
    assert len(run.begun) > 2, "and goes on at its interval"


async def test_a_key_that_waits_for_room_is_known_and_neither_doubled_nor_unremovable(
    clock: DrivenClock,
) -> None:
    run = Held()
    scheduler = a_scheduler(clock, run, concurrency=1)
    for key in ("first", "second", "third"):
        scheduler.schedule(key)
    async with serving(scheduler):
        await turns()
        assert run.begun == ["first"]
        assert "second" in scheduler
        assert "third" in scheduler
        scheduler.schedule("second")  # it is waiting already
        scheduler.remove("third")
        run.go.set()
        await turns(30)
        assert run.begun == ["first", "second"]


async def test_long_runs_in_every_slot_are_no_standstill(clock: DrivenClock) -> None:
    run = Held()
    scheduler = a_scheduler(clock, run, concurrency=2)
    for key in "abcd":
        scheduler.schedule(key)
    async with serving(scheduler):
        await turns()
        for _ in range(20):
            await clock.let_pass(STALLED / 4)
            assert scheduler.is_alive
        assert run.begun == ["a", "b"]


async def test_a_loop_that_does_not_turn_is_a_standstill(clock: DrivenClock) -> None:
    scheduler = a_scheduler(clock, Visits(clock))
    assert scheduler.is_alive
    clock.advance(STALLED)
    assert not scheduler.is_alive
    async with serving(scheduler):
        await turns()
        assert scheduler.is_alive


async def test_the_lag_is_measured_until_the_run_begins(clock: DrivenClock) -> None:
    metrics = Metrics()
    visits = Visits(clock, length=40.0)
    scheduler = a_scheduler(clock, visits, concurrency=1, metrics=metrics)
    scheduler.schedule("a")
    scheduler.schedule("b")
    async with serving(scheduler):
        await clock.let_pass_until(lambda: visits.total >= 2)
    assert metrics.registry.get_sample_value("dinero_operator_schedule_lag_seconds_sum") == 40.0
    assert metrics.registry.get_sample_value("dinero_operator_schedule_lag_seconds_count") == 2


async def test_stopping_cancels_what_runs_and_waits_for_it(clock: DrivenClock) -> None:
    ended: list[str] = []

    async def run(key: str) -> float:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(key)
        return INTERVAL

    scheduler = a_scheduler(clock, run)
    scheduler.schedule("a")
    scheduler.schedule("b")
    async with serving(scheduler):
        await turns()
        assert scheduler.running == 2
    assert sorted(ended) == ["a", "b"]
    assert scheduler.running == 0


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
