"""When a call that failed is made again, and after how long. The only place in the program that repeats calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random

from dinero_operator.transport.clock import Clock
from dinero_operator.transport.failure import Failure

DEFAULT_WAIT_SECONDS = 60.0
"""After a 429 that names no time: Dinero counts by the minute."""
LONGEST_WAIT_SECONDS = 3600.0
"""No server may silence us for longer by one header, which may be a mistake."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient one call is.

    ``total_seconds`` bounds sending and backing off together, without the wait for the budget; ``wait_seconds`` bounds
    what a call waits for servers that say 429: two full minutes and a little.
    """

    tries: int = 5
    total_seconds: float = 60.0
    first_seconds: float = 1.0
    longest_seconds: float = 20.0
    wait_seconds: float = 130.0


class Attempts:
    """The tries of one call."""

    def __init__(self, policy: RetryPolicy, clock: Clock, random: Random) -> None:
        self._policy = policy
        self._clock = clock
        self._random = random
        self._began = clock.monotonic()
        self._waited = 0.0
        self._made = 0

    def waited(self, seconds: float) -> None:
        """Do not count this time: the call stood in line, nothing was wrong with it."""
        self._waited += seconds

    def pause(self, failure: Failure) -> float | None:
        """Seconds until the next try, or ``None``: there is none."""
        self._made += 1
        if self._made >= self._policy.tries or not failure.again:
            return None
        elapsed = self._clock.monotonic() - self._began
        if failure.cause == "429":
            wait = DEFAULT_WAIT_SECONDS if failure.retry_after is None else failure.retry_after
            return wait if elapsed + wait <= self._policy.wait_seconds else None
        ceiling = min(self._policy.longest_seconds, self._policy.first_seconds * 2 ** (self._made - 1))
        wait = max(self._random.uniform(0.0, ceiling), failure.retry_after or 0.0)
        return wait if elapsed - self._waited + wait <= self._policy.total_seconds else None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a server asks us to wait, between 1 and 3600; ``None`` where it says nothing readable.

    Where it names a moment, the server's own ``Date`` is "now", if it gives one: its clock may differ from ours.
    """
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        seconds = float(value)
    else:
        until = _http_date(value)
        if until is None:
            return None
        seconds = (until - (_http_date(headers.get("Date", "")) or now)).total_seconds()
    return min(max(seconds, 1.0), LONGEST_WAIT_SECONDS)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
