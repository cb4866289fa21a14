"""When each integration runs: its own interval with jitter, one limit on how many run at once, and no herd at the start."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Hashable
from random import Random
from typing import Generic, TypeVar

from dinero_operator.metrics import Metrics
from dinero_operator.transport.clock import Clock

JITTER = 0.05
"""Share of a delay by which it is made longer or shorter, so that integrations do not march in step."""
RETRY = 30.0
"""Seconds before an integration whose run failed in an unforeseen way is tried again."""
BEAT = 10.0
"""Seconds between two signs of life of the scheduler's loop."""
CONCURRENCY = 256
"""Runs at once. A long run mostly waits for its organisation's budget, and must not keep the others out."""
STALLED = 60.0
"""Seconds without a sign of life, after which the scheduler counts as stalled."""

log = logging.getLogger(__name__)

Key = TypeVar("Key", bound=Hashable)


class Scheduler(Generic[Key]):
    """Runs keys when they are due. A key never runs twice at the same time; a wish during its run is kept for after it.

    ``run`` gives the seconds until the key's next run.
    """

    def __init__(
        self,
        run: Callable[[Key], Awaitable[float]],
        *,
        clock: Clock,
        metrics: Metrics,
        concurrency: int = CONCURRENCY,
        random: Random | None = None,
    ) -> None:
        self._run = run
        self._clock = clock
        self._metrics = metrics
        self._concurrency = concurrency
        self._random = random or Random()  # noqa: S311 - jitter is no secret
        self._due: dict[Key, float] = {}
        self._heap: list[tuple[float, int, Key]] = []
        self._sequence = 0
        self._running: dict[Key, asyncio.Task[None]] = {}
        self._wanted: set[Key] = set()
        self._removed: set[Key] = set()
        """Keys that were removed during a run which is still under way."""
        self._wake = asyncio.Event()
        self._beat = clock.monotonic()

    def __contains__(self, key: Key) -> bool:
        return key in self._due or (key in self._running and key not in self._removed)

    def schedule(self, key: Key, delay: float = 0.0) -> None:
        """Run a key after so many seconds at the latest. A run that is under way is followed by another."""
        if key in self._running:
            self._wanted.add(key)
            self._removed.discard(key)
            return
        due = self._clock.monotonic() + delay
        if key not in self._due or due < self._due[key]:
            self._put(key, due)

    def remove(self, key: Key) -> None:
        """Do not run a key again; a run that is under way ends by itself."""
        self._due.pop(key, None)
        self._wanted.discard(key)
        if key in self._running:
            self._removed.add(key)

    async def wait_for(self, key: Key) -> None:
        """Wait until a run that is under way has ended."""
        task = self._running.get(key)
        if task is not None:
            await asyncio.wait([task])

    @property
    def running(self) -> int:
        """How many keys run now."""
        return len(self._running)

    @property
    def _has_room(self) -> bool:
        return len(self._running) < self._concurrency

    @property
    def is_alive(self) -> bool:
        """Whether the loop has shown a sign of life lately."""
        return self._clock.monotonic() - self._beat < STALLED

    async def serve(self) -> None:
        """Run what is due, until cancelled; running keys are then cancelled too, and waited for."""
        try:
            while True:
                self._beat = self._clock.monotonic()
                self._wake.clear()
                # A key stays among the due ones until there is room for it: so it is never lost sight of.
                while self._has_room and (key := self._next()) is not None:
                    self._start(key)
                await self._pause()
        finally:
            tasks = list(self._running.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _put(self, key: Key, due: float) -> None:
        self._due[key] = due
        self._sequence += 1
        heapq.heappush(self._heap, (due, self._sequence, key))
        self._wake.set()

    def _next(self) -> Key | None:
        """Take the key that has been due for the longest, if one is. Entries that were overtaken are dropped."""
        now = self._clock.monotonic()
        while self._heap and self._heap[0][0] <= now:
            due, _, key = heapq.heappop(self._heap)
            if self._due.get(key) == due:
                del self._due[key]
                self._metrics.observe_schedule_lag(now - due)
                return key
        return None

    async def _pause(self) -> None:
        """Sleep until the next key is due, one is scheduled, a run ends, or it is time for a sign of life."""
        wait = BEAT
        if self._heap and self._has_room:
            wait = min(BEAT, self._heap[0][0] - self._clock.monotonic())
        sleep = asyncio.ensure_future(self._clock.sleep(max(0.0, wait)))
        wake = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait((sleep, wake), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleep, wake):
                task.cancel()
            await asyncio.gather(sleep, wake, return_exceptions=True)

    def _start(self, key: Key) -> None:
        task = asyncio.ensure_future(self._run_once(key))
        self._running[key] = task

    async def _run_once(self, key: Key) -> None:
        delay = RETRY
        known = True
        try:
            delay = await self._run(key)
            known = delay != float("inf")
        except Exception:
            # An unforeseen error in one integration must stop neither the others nor its own next run.
            log.exception("a run failed in an unforeseen way")
        finally:
            del self._running[key]
            wanted, removed = key in self._wanted, key in self._removed
            self._wanted.discard(key)
            self._removed.discard(key)
            if wanted:
                self._put(key, self._clock.monotonic())
            elif known and not removed:
                self._put(key, self._clock.monotonic() + self._jittered(delay))
            self._wake.set()

    def _jittered(self, delay: float) -> float:
        return delay * (1 + JITTER * (2 * self._random.random() - 1))
