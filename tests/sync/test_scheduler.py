"""Who runs when: never twice at once, nobody forgotten, and a wish is heard."""

import asyncio
import itertools

import pytest
from driven_clock import INTERVAL, DrivenClock, Visits, a_scheduler, serving, turns

from dinero_operator.metrics import Metrics
from dinero_operator.sync.scheduler import JITTER, RETRY, STALLED


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock()


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
