"""Reading the list without a filter: the whole of a look-back window, in as few pages as the sort order allows.

The sort order is not documented, so it is looked at: newest first, the walk ends where the window does; oldest first, it
starts at the other end; else it reads everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from itertools import pairwise
from typing import Any

from dinero_operator.shoporama.orders import Row
from dinero_operator.shoporama.reading import Reading, Slice

ENOUGH_ROWS = 10
"""So many rows do not stand in order by chance."""


class Measure(Enum):
    """What a list may be sorted by."""

    PLACED = "placed"
    ID = "id"
    MODIFIED = "modified"


BY_AGE = {Measure.PLACED, Measure.ID}
"""Where a list is sorted by modification, the window's orders stand anywhere in it."""


def rising(rows: Sequence[Row]) -> set[Measure]:
    """By what the rows rise: all that does not contradict it."""
    keys: dict[Measure, list[Any]] = {
        Measure.ID: [row.order_id for row in rows],
        Measure.PLACED: [row.placed_at for row in rows],
        Measure.MODIFIED: [row.modified_at for row in rows],
    }
    return {
        measure
        for measure, values in keys.items()
        if None not in values and all(one <= two for one, two in pairwise(values))
    }


def falling(rows: Sequence[Row]) -> set[Measure]:
    """By what the rows fall."""
    return rising(rows[::-1])


def oldest_first(piece: Slice) -> set[Measure]:
    """By what a page is sorted so, beyond chance."""
    rows = [row for _, row in piece.rows]
    return rising(rows) - falling(rows) if len(rows) >= ENOUGH_ROWS else set()


def reaches_before(rows: Sequence[Row], moment: datetime, measures: set[Measure]) -> bool:
    """Whether rows that fall by ``measures`` have passed ``moment``, so that all behind them lies before it.

    Ids follow the time only roughly: there, a whole page must lie before it.
    """
    times = [row.placed_at for row in rows]
    if not times:
        return False
    if Measure.PLACED in measures:
        return times[-1] is not None and times[-1] < moment
    return Measure.ID in measures and all(placed is not None and placed < moment for placed in times)


class Walker:
    """Walks one shop's list, and remembers which end of it is the newest."""

    def __init__(self) -> None:
        self._length: int | None = None
        """Of a list that is sorted oldest first, when last walked."""
        self._newest_at: int | None = None
        """Length of a list that has its newest rows at the end, by whatever measure, when last looked at."""

    async def walk(self, reading: Reading, earliest: datetime) -> None:
        """Read at least every row that was placed at ``earliest`` (shop's wall time) or later."""
        if self._length is not None:
            # Half a page back, so that orders which came since fit on the same page.
            offset = self._length - reading.page_size // 2
            if await self._walk_back(reading, earliest, offset):
                return
        self._length = None
        measures = set(BY_AGE)
        seen = 0
        turned = False

        def enough(piece: Slice) -> bool:
            nonlocal measures, seen, turned
            if piece.offset == 0 and piece.more and reading.total is not None:
                turned = bool(oldest_first(piece) & BY_AGE)
            rows = [row for _, row in piece.rows]
            measures &= falling(rows)
            seen += len(rows)
            return turned or (seen >= ENOUGH_ROWS and reaches_before(rows, earliest, measures))

        await reading.forward(0, enough)
        if turned and reading.total is not None:
            offset = reading.total - reading.page_size
            if not await self._walk_back(reading, earliest, offset):
                await reading.forward(0)

    async def newest(self, reading: Reading) -> None:
        """Read the page with the newest rows, as far as the sort order is known."""
        if self._newest_at is not None:
            await reading.forward(max(0, self._newest_at - reading.page_size // 2))
            self._newest_at = reading.total if reading.rows else None
        if self._newest_at is None:
            first = await reading.fetch(0)
            if first is not None and first.more and reading.total is not None and oldest_first(first):
                await reading.forward(max(first.size, reading.total - first.size))
                self._newest_at = reading.total

    async def _walk_back(self, reading: Reading, earliest: datetime, offset: int) -> bool:
        """Walk a list that is sorted oldest first from ``offset`` to its end, then back. False: it is not sorted so."""
        pieces: list[Slice] = []
        unsorted: list[Slice] = []

        def look(piece: Slice) -> bool:
            pieces.append(piece)
            if not rising([row for _, row in piece.rows]) & BY_AGE:
                unsorted.append(piece)
            return bool(unsorted)

        def past(piece: Slice) -> bool:
            rows = [row for _, row in piece.rows]
            return look(piece) or reaches_before(rows[::-1], earliest, rising(rows))

        await reading.forward(max(0, offset), look)
        if reading.cut:
            return True
        if unsorted or not pieces[0].rows:
            return False
        self._length = pieces[-1].offset + pieces[-1].size
        rows = [row for _, row in pieces[0].rows]
        if not reaches_before(rows[::-1], earliest, rising(rows)):
            await reading.backward(pieces[0], past)
        return not unsorted
