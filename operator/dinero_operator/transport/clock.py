"""Time as something that is handed in, so that tests own it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the program asks of time."""

    def now(self) -> datetime:
        """The wall clock, in UTC with zone."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump, from an arbitrary start."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait. Negative or zero seconds only yield to other tasks."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The wall clock, in UTC with zone."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump, from an arbitrary start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait. Negative or zero seconds only yield to other tasks."""
        await asyncio.sleep(max(0.0, seconds))
