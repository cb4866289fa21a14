"""The budget, against a server that counts calls as it receives them."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dinero_operator.transport.budget import MARGIN_SECONDS, WINDOW_SECONDS, Budget, Lease

MINUTE = WINDOW_SECONDS + MARGIN_SECONDS


async def settle() -> None:
    """Let every task run as far as it can without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)


calls = st.lists(
    st.tuples(
        st.floats(0, 90),  # when the caller comes
        st.floats(0, 30),  # until the server counts it
        st.floats(0, 30),  # until the answer is here
        st.booleans(),  # urgent
        st.one_of(st.none(), st.floats(0, 100)),  # when the caller is cancelled
    ),
    min_size=1,
    max_size=14,
)


# Of the fixture only the class is used: each example has a clock of its own.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(per_minute=st.integers(1, 4), calls=calls)
@example(
    per_minute=1, calls=[(0, 29, 0, False, None), (0, 0, 0, False, None)]
)  # a late call, then a quick one
def test_no_sixty_seconds_hold_more_than_the_budget_and_everybody_gets_through(
    per_minute: int, calls: list[Any], clock: Any
) -> None:
    clock_type = type(clock)

    async def play() -> None:
        clock = clock_type()
        budget = Budget(per_minute=per_minute, clock=clock)
        counted: list[float] = []

        async def call(comes: float, up: float, down: float, urgent: bool) -> None:
            await clock.sleep(comes)
            lease = await budget.acquire(urgent=urgent)
            try:
                await clock.sleep(up)
                counted.append(clock.monotonic())
                await clock.sleep(down)
            finally:
                lease.done()

        async def cancel(task: asyncio.Task[None], after: float) -> None:
            await clock.sleep(after)
            task.cancel()

        tasks = []
        for comes, up, down, urgent, cancelled in calls:
            task = asyncio.create_task(call(comes, up, down, urgent))
            tasks.append(task)
            if cancelled is not None:
                tasks.append(asyncio.create_task(cancel(task, cancelled)))
        results = await asyncio.gather(*tasks, return_exceptions=True)

        assert all(result is None or isinstance(result, asyncio.CancelledError) for result in results)
        assert len(counted) >= sum(1 for *_, cancelled in calls if cancelled is None)
        counted.sort()
        for earlier, later in zip(counted, counted[per_minute:], strict=False):
            assert later - earlier >= WINDOW_SECONDS
        clock.advance(MINUTE + 1)
        assert budget.free == per_minute  # nothing leaked, cancelled or not

    asyncio.run(play())


async def test_a_full_load_passes_as_fast_as_the_budget_allows(clock: Any) -> None:
    budget = Budget(per_minute=5, clock=clock)
    passed: list[float] = []

    async def call() -> None:
        lease = await budget.acquire()
        passed.append(clock.elapsed)
        lease.done()

    await asyncio.gather(*(call() for _ in range(15)))
    assert passed[:5] == [0.0] * 5
    assert passed[5:10] == pytest.approx([MINUTE] * 5)
    assert passed[10:] == pytest.approx([2 * MINUTE] * 5)


async def test_urgent_waiters_pass_first_and_equals_in_their_order(clock: Any) -> None:
    budget = Budget(per_minute=1, clock=clock)
    (await budget.acquire()).done()
    order: list[str] = []

    async def call(name: str, urgent: bool) -> None:
        lease = await budget.acquire(urgent=urgent)
        order.append(name)
        lease.done()

    await asyncio.gather(
        call("new 1", False), call("new 2", False), call("begun 1", True), call("begun 2", True)
    )
    assert order == ["begun 1", "begun 2", "new 1", "new 2"]


async def test_a_place_is_not_free_before_its_call_is_completed(clock: Any) -> None:
    budget = Budget(per_minute=1, clock=clock)
    lease = await budget.acquire()
    waiting = asyncio.create_task(budget.acquire())
    clock.advance(1000)
    await settle()
    assert not waiting.done()
    assert clock.slept == []  # nobody knows how long, so nobody sleeps
    lease.done()
    second = await waiting
    assert clock.elapsed == pytest.approx(1000 + MINUTE)
    second.done()


async def test_drain_lets_nothing_pass_until_its_end(clock: Any) -> None:
    budget = Budget(per_minute=10, clock=clock)
    budget.drain(30)
    budget.drain(5)  # the longer one holds
    assert budget.free == 0
    (await budget.acquire(urgent=True)).done()
    assert clock.elapsed == pytest.approx(30)
    assert budget.free == 9


async def test_a_drain_also_holds_those_who_already_wait(clock: Any) -> None:
    budget = Budget(per_minute=1, clock=clock)
    (await budget.acquire()).done()
    waiting = asyncio.create_task(budget.acquire())
    await asyncio.sleep(0)
    budget.drain(200)
    (await waiting).done()
    assert clock.elapsed == pytest.approx(200)


async def test_a_lease_is_given_back_once_only(clock: Any) -> None:
    budget = Budget(per_minute=2, clock=clock)
    lease = await budget.acquire()
    lease.done()
    lease.done()
    clock.advance(MINUTE)
    assert budget.free == 2


async def test_a_caller_cancelled_in_the_moment_of_its_turn_gives_the_place_to_the_next(clock: Any) -> None:
    budget = Budget(per_minute=1, clock=clock)
    (await budget.acquire()).done()
    first = asyncio.create_task(budget.acquire())
    second = asyncio.create_task(budget.acquire())
    while budget._in_flight == 0:  # noqa: ASYNC110 - the very moment is what matters
        await asyncio.sleep(0)
    first.cancel()  # its place is granted, but it has not run yet
    assert isinstance(await second, Lease)
    assert first.cancelled()
    assert clock.elapsed == pytest.approx(MINUTE)


async def test_the_wait_is_told_zero_included(clock: Any) -> None:
    waits: list[float] = []
    budget = Budget(per_minute=1, clock=clock, on_wait=waits.append)
    for _ in range(3):
        (await budget.acquire()).done()
    assert waits == [0.0, pytest.approx(MINUTE), pytest.approx(MINUTE)]
    assert all(earlier <= later for earlier, later in pairwise(waits))


def test_a_budget_of_nothing_is_a_mistake(clock: Any) -> None:
    with pytest.raises(ValueError, match="at least one call"):
        Budget(per_minute=0, clock=clock)
