"""How far the shop's changes are handled, and from where the next poll reads.

The shop's wall time is kept as the shop writes it; an offset is added for the status, and read past again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dinero_operator.domain.watermark import OVERLAP, filter_start
from dinero_operator.transport.clock import Clock

QUIET = OVERLAP.total_seconds()
"""Seconds without a newer change, after which nothing older than the watermark can still appear."""


@dataclass(slots=True)
class Watermark:
    """The newest change that is fully handled, in the shop's wall time; ``None`` before the first run."""

    clock: Clock
    zone: ZoneInfo
    value: datetime | None = None
    _since: float = field(init=False)
    _read_at: float = field(init=False)
    _quiet: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._since = self._read_at = self.clock.monotonic()

    def restore(self, text: datetime | None) -> None:
        """Take over what a former process left in the status: its wall part, whatever the offset."""
        if text is not None and self.value is None:
            self.value = text.replace(tzinfo=None, fold=0)
            self._since = self.clock.monotonic()

    def reset(self) -> None:
        """Start over: read everything again."""
        self.value, self._quiet = None, False

    def start(self, start_from: date) -> datetime:
        """From where the next poll reads.

        A change is stamped when it begins and shown when it is saved, so each poll reaches back by the overlap, until a
        poll that did so found nothing newer for as long as the overlap: from then on, nothing older can appear.
        """
        self._read_at = self.clock.monotonic()
        if self.value is None:
            return datetime.combine(start_from, time.min)
        return filter_start(self.value, self.zone, timedelta(0) if self._quiet else OVERLAP)

    def advance(self, newest: datetime | None, owed: datetime | None, *, is_unread: bool) -> None:
        """Move on after a poll that read everything up to ``newest``; never past the earliest change that is owed.

        ``is_unread``: something was not read or has no time of change, so that nothing can be said to be handled.
        """
        if is_unread:
            self._quiet = False
            return
        candidates = [moment for moment in (self.value, newest) if moment is not None]
        value = max(candidates, default=None)
        if owed is not None and value is not None:
            value = min(value, owed)
        if value != self.value:
            self.value, self._since, self._quiet = value, self.clock.monotonic(), False
        elif owed is None and self._read_at - self._since > QUIET:
            # When the poll began counts, not now: settling what it found may have taken long.
            self._quiet = True

    @property
    def instant(self) -> datetime | None:
        """The watermark with the shop's offset."""
        return self.value.replace(tzinfo=self.zone) if self.value is not None else None

    @property
    def text(self) -> str | None:
        """The watermark for the status: RFC 3339 with the shop's offset."""
        instant = self.instant
        return instant.isoformat(timespec="seconds") if instant is not None else None
