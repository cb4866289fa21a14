"""From where to read again: the shop's wall time has an hour that occurs twice, and one that does not occur."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

OVERLAP = timedelta(minutes=10)
"""A change may be seen later than its own time says: it is stamped when it begins and shown when it is saved."""
_MINUTE = timedelta(minutes=1)


def filter_start(watermark: datetime, zone: ZoneInfo, overlap: timedelta = OVERLAP) -> datetime:
    """The wall time from which orders are read again, given the newest that was handled. Both without zone.

    It is ``overlap`` earlier on the wall. In the hour that autumn repeats, "later" may have a smaller wall time: where that
    hour is touched at all, reading starts ``overlap`` before it began for the first time, so that nothing which changed
    during its second pass is missed.
    """
    start = watermark - overlap
    probe = watermark
    while probe > start and not _occurs_twice(probe, zone):
        probe -= min(_MINUTE, probe - start)
    if not _occurs_twice(probe, zone):
        return start
    while _occurs_twice(probe, zone):
        probe -= _MINUTE
    began = (probe + _MINUTE).replace(second=0, microsecond=0)
    return began - overlap


def to_wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """The shop's wall time, without zone, of an instant with one."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _occurs_twice(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether a wall time names two instants. One that is skipped in spring names none, and does not count."""
    first = wall.replace(tzinfo=zone, fold=0)
    second = wall.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return False
    return to_wall(first.astimezone(UTC), zone) == wall.replace(fold=0)
