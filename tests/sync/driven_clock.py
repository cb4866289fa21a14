"""Time that a test lets pass step by step, and a scheduler that lives in it."""

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from dinero_operator.metrics import Metrics
from dinero_operator.sync.scheduler import Scheduler
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
