"""How many calls a minute we may make, counted so that the server never counts more.

The server counts a call somewhere between our sending and its answer. A place in the budget is therefore taken before
the call and rests for a minute *after* it was completed: whatever the network does to single calls, two calls on one
place are never less than a minute apart on the server's side, so no 60 seconds hold more calls than there are places.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable

from dinero_operator.transport.clock import Clock

WINDOW_SECONDS = 60.0
MARGIN_SECONDS = 0.05
"""Two machines' clocks do not run equally fast; quartz errs by some milliseconds a minute at most."""
SHORTEST_SLEEP_SECONDS = 0.001
"""A timer may fire a hair early; a shorter sleep than this would spin, or not move a floating-point clock at all."""


class Lease:
    """The right to make one call. ``done()`` must follow, whatever became of the call."""

    __slots__ = ("_finish",)

    def __init__(self, finish: Callable[[], None]) -> None:
        self._finish: Callable[[], None] | None = finish

    def done(self) -> None:
        """Say that the call is over; the place rests from now on. A second call does nothing."""
        finish, self._finish = self._finish, None
        if finish is not None:
            finish()


class Budget:
    """The places of one organisation, shared by everything that calls on its behalf.

    ``on_wait`` is told the seconds that each call waited, zero included.
    """

    def __init__(
        self, *, per_minute: int, clock: Clock, on_wait: Callable[[float], None] | None = None
    ) -> None:
        if per_minute < 1:
            raise ValueError("a budget needs at least one call a minute")
        self.per_minute = per_minute
        self._clock = clock
        self._on_wait = on_wait
        self._in_flight = 0
        self._resting: deque[float] = deque()
        """When each place that rests is free again (monotonic seconds), in rising order."""
        self._closed_until = float("-inf")
        self._waiters: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._arrivals = itertools.count()
        self._timer: asyncio.Task[None] | None = None

    @property
    def free(self) -> int:
        """Calls that could be made now without waiting."""
        now = self._clock.monotonic()
        while self._resting and self._resting[0] <= now:
            self._resting.popleft()
        if now < self._closed_until:
            return 0
        return self.per_minute - self._in_flight - len(self._resting)

    async def acquire(self, *, urgent: bool = False) -> Lease:
        """Wait for a place. Urgent callers go before all others; among equals the first to come is the first."""
        began = self._clock.monotonic()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiters, (not urgent, next(self._arrivals), turn))
        self._grant()
        self._keep_time()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # The place was granted in the very moment of the cancellation: nothing was sent on it.
                self._in_flight -= 1
                self._grant()
            raise
        if self._on_wait is not None:
            self._on_wait(max(0.0, self._clock.monotonic() - began))
        return Lease(self._rest)

    def drain(self, seconds: float) -> None:
        """Let nothing more pass for so long: the server has said that it had enough."""
        self._closed_until = max(self._closed_until, self._clock.monotonic() + seconds)

    def _rest(self) -> None:
        self._in_flight -= 1
        self._resting.append(self._clock.monotonic() + WINDOW_SECONDS + MARGIN_SECONDS)
        self._keep_time()

    def _grant(self) -> None:
        free = self.free
        while free > 0 and self._waiters:
            _, _, turn = heapq.heappop(self._waiters)
            if not turn.done():
                turn.set_result(None)
                self._in_flight += 1
                free -= 1

    def _keep_time(self) -> None:
        """Have exactly one task asleep while somebody waits for a place whose time is known."""
        if self._waiters and (self._timer is None or self._timer.done()):
            self._timer = asyncio.get_running_loop().create_task(self._grant_in_time())

    async def _grant_in_time(self) -> None:
        while (wait := self._until_next()) is not None:
            await self._clock.sleep(max(wait, SHORTEST_SLEEP_SECONDS))
            self._grant()

    def _until_next(self) -> float | None:
        """Seconds until somebody may pass; ``None``: nobody waits, or a call must be completed first."""
        while self._waiters and self._waiters[0][2].done():
            heapq.heappop(self._waiters)  # cancelled meanwhile
        if not self._waiters:
            return None
        opens = self._closed_until
        if self._in_flight + len(self._resting) >= self.per_minute:
            if not self._resting:
                return None
            opens = max(opens, self._resting[0])
        return opens - self._clock.monotonic()
