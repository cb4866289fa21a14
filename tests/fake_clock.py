"""A clock that the test owns."""

import asyncio
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Time that moves only by ``sleep`` and ``advance``: a sleeper moves the clock to its end at once.

    Several sleepers wake in the order of their ends, as they would in real time.
    """

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self.start = start
        self.elapsed = 0.0
        self.slept: list[float] = []
        self._sleepers: list[float] = []

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return 1000.0 + self.elapsed

    def advance(self, seconds: float) -> None:
        self.elapsed += seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        end = self.elapsed + max(0.0, seconds)
        self._sleepers.append(end)
        try:
            # Whoever can still do something does it before time moves; then the earliest sleeper moves it.
            for _ in range(10):
                await asyncio.sleep(0)
            while self.elapsed < end and min(self._sleepers) < end:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0)
            self.elapsed = max(self.elapsed, end)
        finally:
            self._sleepers.remove(end)
