"""One pass over the shop's list of orders, page by page, while orders come and change.

A list that is read by offset moves under the reader. Whatever the sort order is: if the last row of one page is found
unchanged on the next page, then every row that had not been read yet still lies behind it. So pages overlap by one row, the
seam, and a pass is *stable* when every seam was found. What changed meanwhile may be missed, but bears a later modification
time than the pass, so that the next poll's filter finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from dinero_operator.domain.errors import RateLimited
from dinero_operator.shoporama.client import PAGE_SIZE, Page, ShopClient
from dinero_operator.shoporama.orders import Row, parse_order

FAR_OFFSET = 100_000_000
"""Behind the end of any list."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One page: its rows that have an id, each with its position in the list."""

    offset: int
    size: int
    """Rows on the page, those without an id too."""
    rows: list[tuple[int, Row]]
    more: bool
    """Whether there may be rows behind it."""

    @property
    def ids(self) -> list[int]:
        """Ids in the order of the page."""
        return [row.order_id for _, row in self.rows]

    def holds(self, seam: Row) -> bool:
        """Whether that row is here, and not modified since."""
        return any(
            row.order_id == seam.order_id and row.modified_at == seam.modified_at for _, row in self.rows
        )


def _everything(_row: Row) -> bool:
    return True


def _never(_slice: Slice) -> bool:
    return False


class Reading:
    """What one pass has found. ``keep`` says which rows are worth their memory."""

    def __init__(
        self,
        client: ShopClient,
        *,
        since: datetime | None = None,
        keep: Callable[[Row], bool] = _everything,
    ) -> None:
        self.rows: dict[int, Row] = {}
        self.stable = True
        self.cut = False
        """The quota ended it early."""
        self.total: int | None = None
        """Length of the list, as its last page said."""
        self.pages = 0
        """Pages read."""
        self._client = client
        self._since = since
        self._keep = keep
        self._nameless: set[int] = set()

    @property
    def complete(self) -> bool:
        """Whether nothing that stood in the list all the time can have been missed."""
        return self.stable and not self.cut

    @property
    def page_size(self) -> int:
        """Rows of a full page, as far as is known."""
        return min(PAGE_SIZE, self._client.largest_page or PAGE_SIZE)

    @property
    def without_id(self) -> int:
        """Rows that have no usable order id, by their positions."""
        return len(self._nameless)

    def absorb(self, rows: Iterable[Row]) -> None:
        """Take over rows, where they are newer than what is here."""
        for row in rows:
            known = self.rows.get(row.order_id)
            older = (
                known is not None
                and known.modified_at is not None
                and row.modified_at is not None
                and row.modified_at < known.modified_at
            )
            if not older and self._keep(row):
                self.rows[row.order_id] = row

    async def fetch(self, offset: int) -> Slice | None:
        """Read one page; ``None`` where the quota is spent, which is raised only if nothing is known at all."""
        try:
            page = await self._client.list_orders(offset=offset, since=self._since)
        except RateLimited:
            if not self.pages and not self.rows:
                raise
            self.cut = True
            return None
        self.pages += 1
        countries = await self._client.countries() if page.rows else {}
        rows: list[tuple[int, Row]] = []
        for position, raw in enumerate(page.rows, start=offset):
            row = parse_order(raw, countries=countries, zone=self._client.zone, summaries=True)
            if row is None:
                self._nameless.add(position)
            else:
                rows.append((position, row))
        self.absorb(row for _, row in rows)
        self.total = page.total
        return Slice(offset, len(page.rows), rows, self._has_more(page, offset))

    async def forward(self, offset: int = 0, enough: Callable[[Slice], bool] = _never) -> None:
        """Read from ``offset`` to the end, or until ``enough`` says so of a page."""
        seam: Row | None = None
        before: list[int] | None = None
        while (piece := await self.fetch(offset)) is not None:
            self._check(piece, seam)
            if piece.size and piece.ids == before and await self._offset_is_ignored(before):
                # Where the shop says that there is more than it gives, there is no way to get at it.
                self.stable = bool(before) and (self.total is None or self.total <= piece.size)
                return
            if enough(piece) or not piece.more:
                return
            before = piece.ids
            position, seam = piece.rows[-1] if piece.rows else (offset, None)
            if position == offset:
                position, seam = offset + piece.size, None
            offset = position

    async def backward(self, piece: Slice, enough: Callable[[Slice], bool]) -> None:
        """Read from before ``piece`` to the beginning, or until ``enough`` says so of a page."""
        step = max(1, min(piece.size, self.page_size) - 1)
        while piece.offset > 0:
            seam = piece.rows[0][1] if piece.rows else None
            earlier = await self.fetch(max(0, piece.offset - step))
            if earlier is None:
                return
            self._check(earlier, seam)
            if enough(earlier):
                return
            piece = earlier

    async def _offset_is_ignored(self, ids: list[int]) -> bool:
        """Tell a list that moved by a page from a shop that gives the same page whatever is asked."""
        beyond = await self.fetch(FAR_OFFSET)
        return beyond is None or beyond.ids == ids

    def _check(self, piece: Slice, seam: Row | None) -> None:
        if seam is not None and not piece.holds(seam):
            self.stable = False

    def _has_more(self, page: Page, offset: int) -> bool:
        size = len(page.rows)
        if size == 0:
            return False
        if page.total is not None and offset + size < page.total:
            return True
        if page.limit is not None:
            return size >= page.limit
        return self.page_size <= size <= PAGE_SIZE
