"""The API's rate limit."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta

WINDOW = timedelta(seconds=60)


class SlidingWindow:
    """Lets at most ``limit`` calls of one key pass in any 60 seconds. Refused calls do not count."""

    def __init__(self, limit: int | None, now: Callable[[], datetime]) -> None:
        self.limit = limit
        self._now = now
        self._passed: defaultdict[Hashable, deque[datetime]] = defaultdict(deque)

    def admit(self, key: Hashable) -> int | None:
        """Let a call pass (None), or say in how many whole seconds the next one can."""
        if self.limit is None:
            return None
        now = self._now()
        passed = self._passed[key]
        while passed and now - passed[0] >= WINDOW:
            passed.popleft()
        if len(passed) >= self.limit:
            oldest = passed[0] if passed else now
            return math.ceil((oldest + WINDOW - now).total_seconds())
        passed.append(now)
        return None
