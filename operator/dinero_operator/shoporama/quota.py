"""The calls that a shop's token may make in a day. The shop counts by day; when its day begins is not known.

So we count a rolling day: no 24 hours ever hold more calls than the limit, whenever the shop's own count starts over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from dinero_operator.domain.errors import RateLimited
from dinero_operator.transport.clock import Clock

HOUR_SECONDS = 3600
DAY_SECONDS = 24 * HOUR_SECONDS
RECOVERY_SECONDS = DAY_SECONDS / 4
"""What is left must last for so long when it runs low; by then about a quarter of a day's calls has come back."""
BLOCK_SECONDS = float(HOUR_SECONDS)
"""After a refusal by the shop itself: somebody else uses the token too, or its day began at another time."""
_KEPT_HOURS = 25
"""The hour that is only partly within the last 24 hours counts in full."""


class QuotaSpent(RateLimited):
    """We stopped ourselves: nothing was sent."""


class DailyQuota:
    """Counts the calls of one token. There is one of it per token, shared by everything that uses the token.

    Kept in hourly buckets, so its size does not depend on the limit. A restart forgets what was spent; the shop's own
    refusal then takes its place (``block``).
    """

    def __init__(self, limit: int, clock: Clock) -> None:
        if limit < 1:
            raise ValueError("a quota needs at least one call a day")
        self.limit = limit
        self.clock = clock
        self._calls: dict[int, int] = {}
        self._rereads: dict[int, int] = {}
        self._blocked_until = float("-inf")

    def spend(self) -> None:
        """Count one call that is about to be sent. Raises ``RateLimited`` where none is left."""
        self.check()
        hour = self._hour()
        self._calls[hour] = self._calls.get(hour, 0) + 1

    def check(self) -> None:
        """Raise ``RateLimited`` where no call is left, without counting one."""
        wait = self.seconds_blocked()
        if wait > 0:
            raise QuotaSpent("The day's calls to the shop (spec.shop.dailyCalls) are spent", retry_after=wait)

    def block(self, seconds: float = BLOCK_SECONDS) -> None:
        """Let nothing pass for so long: the shop itself says that the calls are spent."""
        self._blocked_until = max(self._blocked_until, self.clock.monotonic() + seconds)

    @property
    def remaining(self) -> int:
        """Calls that may be made now; none while blocked."""
        if self.clock.monotonic() < self._blocked_until:
            return 0
        return self._left()

    @property
    def blocked_until(self) -> datetime | None:
        """When the next call may be made (UTC), or ``None``: now."""
        wait = self.seconds_blocked()
        return self.clock.now() + timedelta(seconds=wait) if wait > 0 else None

    def seconds_blocked(self, calls: int = 1) -> float:
        """Seconds until so many calls may be made (the limit, if they are more); 0: now."""
        now = self.clock.monotonic()
        wait = self._blocked_until - now
        missing = min(calls, self.limit) - self._left()
        for hour in sorted(self._calls):
            if missing <= 0:
                break
            missing -= self._calls[hour]
            wait = max(wait, (hour + _KEPT_HOURS) * HOUR_SECONDS - now)
        return max(0.0, wait)

    @property
    def held_share(self) -> int:
        """Calls a day that reading held orders again may use: a tenth of the limit, and at least one."""
        return max(1, self.limit // 10)

    def may_reread(self) -> bool:
        """Whether one more held order may be read again now."""
        return self.rereads_left() > 0

    def rereads_left(self) -> int:
        """How many more orders may be read again by id now."""
        return max(0, min(self.remaining, self.held_share - self._sum(self._rereads)))

    def spend_reread(self) -> None:
        """Count one reading of a held order; the call itself is counted by ``spend``. Raises ``RateLimited``."""
        self.check()
        if not self.may_reread():
            wait = (min(self._rereads) + _KEPT_HOURS) * HOUR_SECONDS - self.clock.monotonic()
            raise QuotaSpent(
                "The share of the day's calls that held orders may use is spent", retry_after=max(1.0, wait)
            )
        hour = self._hour()
        self._rereads[hour] = self._rereads.get(hour, 0) + 1

    def stretched_interval(self, interval_seconds: float, calls: int = 1) -> float:
        """Seconds between polls of ``calls`` calls each, never shorter than ``interval_seconds``.

        ``max(interval, min(RECOVERY_SECONDS, RECOVERY_SECONDS x calls / (remaining - calls + 1)))``: what is left after the
        next poll lasts a quarter of a day at least. With a limit of 1,000 and one call a poll, an interval of five
        minutes begins to stretch when 72 calls are left, and one of a minute settles at 108 seconds, with a fifth of the
        calls in reserve. Where too few are left for one poll, it lasts until enough have come back.
        """
        calls = max(1, calls)
        wait = self.seconds_blocked(calls)
        if wait > 0:
            return max(interval_seconds, wait)
        spread = RECOVERY_SECONDS * calls / max(1, self.remaining - calls + 1)
        return max(interval_seconds, min(RECOVERY_SECONDS, spread))

    def _left(self) -> int:
        return self.limit - self._sum(self._calls)

    def _sum(self, buckets: dict[int, int]) -> int:
        oldest = self._hour() - _KEPT_HOURS
        for hour in [hour for hour in buckets if hour <= oldest]:
            del buckets[hour]
        return sum(buckets.values())

    def _hour(self) -> int:
        return int(self.clock.monotonic() // HOUR_SECONDS)
