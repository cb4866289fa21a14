"""How often something may be asked for. Memory is bounded: what was not asked for lately is forgotten."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from dinero_operator.transport.clock import Clock

MOST_KEYS = 10_000


class RateLimit:
    """A bucket of ``burst`` for each key, which fills up evenly: ``per_minute``."""

    def __init__(self, *, per_minute: float, burst: int, clock: Clock) -> None:
        self._rate = per_minute / 60
        self._burst = float(burst)
        self._clock = clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        """What is left, and since when (monotonic seconds)."""

    def take(self, key: Hashable = "") -> float:
        """Take one; 0.0: it may go on, else the seconds until it may."""
        now = self._clock.monotonic()
        left, since = self._buckets.get(key, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._rate)
        wait = 0.0 if left >= 1 else (1 - left) / self._rate
        self._buckets[key] = (left - 1 if wait == 0.0 else left, now)
        self._buckets.move_to_end(key)
        while len(self._buckets) > MOST_KEYS:
            self._buckets.popitem(last=False)
        return wait

    def __len__(self) -> int:
        return len(self._buckets)
