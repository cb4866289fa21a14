"""Waiting for a condition: polled, with a deadline, and telling what was seen last when it does not come."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

WITHIN = 25.0
"""Seconds: far more than anything here takes on a machine that is busy with other things."""
EVERY = 0.03


async def eventually(
    read: Callable[[], T | Awaitable[T]],
    until: Callable[[T], object] = bool,
    *,
    within: float = WITHIN,
    every: float = EVERY,
    told: str = "",
) -> T:
    """Read until what was read passes, and give it. Raises ``AssertionError`` with the last of it."""
    deadline = time.monotonic() + within
    while True:
        found = read()
        value = await found if inspect.isawaitable(found) else found
        if until(value):
            return value
        assert time.monotonic() < deadline, (
            f"{told or 'what was waited for'} did not come; seen last: {value}"
        )
        await asyncio.sleep(every)
