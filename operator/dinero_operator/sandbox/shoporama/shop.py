"""One simulated webshop: its orders, what people do with them, and its daily quota."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dinero_operator.sandbox.shoporama.index import OrderIndex
from dinero_operator.sandbox.shoporama.orders import SimOrder
from dinero_operator.sandbox.shoporama.quirks import Quirks
from dinero_operator.sandbox.shoporama.wire import OrderWriter, local_text


class OrderIds:
    """Order ids are unique on the whole platform, so all shops of a simulator draw them from here."""

    def __init__(self, first: int = 1_000_001) -> None:
        self._next = first
        self._taken: set[int] = set()

    def take(self, order_id: int = 0) -> int:
        """Take this id, or with 0 the next free one. Raises ``ValueError`` for one that is taken."""
        if not order_id:
            order_id = self._next
        if order_id in self._taken:
            raise ValueError(f"order id {order_id} is taken")
        self._taken.add(order_id)
        self._next = max(self._next, order_id + 1)
        return order_id


class Shop:
    """A shop with one token. Its acts are those of the people around it: customers, and who runs the shop.

    Each act sets the order's modification time from the clock, to the second. All of them raise ``KeyError`` for an
    order that is not there. ``orders`` is to be read, not written.
    """

    def __init__(
        self,
        name: str,
        *,
        token: str,
        quirks: Quirks,
        daily_limit: int,
        zone: ZoneInfo,
        now: Callable[[], datetime],
        ids: OrderIds,
    ) -> None:
        self.name = name
        self.token = token
        self.quirks = quirks
        self.daily_limit = daily_limit
        self.zone = zone
        self.orders: dict[int, SimOrder] = {}
        self.deleted: set[int] = set()
        self.calls_today = 0
        self._now = now
        self._ids = ids
        self._index = OrderIndex()
        self._before: dict[int, SimOrder] = {}
        self._credits: set[int] = set()
        self._last_number = 1000
        self._quota_day: date | None = None

    @property
    def writer(self) -> OrderWriter:
        """Writes this shop's JSON, by its present quirks."""
        return OrderWriter(self.quirks, self.zone)

    def place(self, order: SimOrder) -> SimOrder:
        """Take in an order and return it as kept. Its own ids and times stay; what is missing is filled in.

        Raises ``ValueError`` where the order id is taken, in this shop or in another.
        """
        placed = self._admit(order)
        self._index.put(placed.order_id, self._changed(placed))
        return placed

    def load(self, orders: Iterable[SimOrder]) -> None:
        """Place many orders at once."""
        self._index.load([(placed.order_id, self._changed(placed)) for placed in map(self._admit, orders)])

    def mark_paid(self, order_id: int) -> SimOrder:
        """Payment arrives, or somebody marks it as paid."""
        return self._apply(order_id, paid=True)

    def mark_sent(self, order_id: int) -> SimOrder:
        """The parcel leaves, whether paid or not."""
        return self._apply(order_id, status="sent", sent_at=self._moment())

    def cancel(self, order_id: int) -> SimOrder:
        """The order is called off; money that came stays marked as paid."""
        return self._apply(order_id, status="cancelled")

    def edit(self, order_id: int, **changes: Any) -> SimOrder:
        """Change any fields of ``SimOrder``. Raises ``TypeError`` for a field that it does not have."""
        return self._apply(order_id, **changes)

    def credit(self, order_id: int, amount: int | None = None) -> SimOrder:
        """Credit ``amount`` øre, by default all: gives a negative order. The original stays as it is.

        Raises ``ValueError`` for an amount outside 1…total.
        """
        return self.place(self.orders[order_id].credited(amount))

    def delete(self, order_id: int) -> None:
        """Remove the order; whoever asks for it is told that it is gone."""
        del self.orders[order_id]
        self._before.pop(order_id, None)
        self._credits.discard(order_id)
        self._index.drop(order_id)
        self.deleted.add(order_id)

    def spend_call(self) -> bool:
        """Count one call against today's quota, whose day begins at midnight in the shop's zone. False: none left."""
        today = self._now().astimezone(self.zone).date()
        if today != self._quota_day:
            self._quota_day, self.calls_today = today, 0
        if self.calls_today >= self.daily_limit:
            return False
        self.calls_today += 1
        return True

    def find(self, order_id: int, *, stale: bool = False) -> SimOrder | None:
        """The order as the API shows it; ``stale`` gives the version before the last one, if there is one."""
        if not self.quirks.with_credit_notes and order_id in self._credits:
            return None
        order = self.orders.get(order_id)
        return self._before.get(order_id, order) if stale else order

    def page(
        self, *, offset: int, limit: int, since: str | None, stale: bool = False
    ) -> tuple[list[SimOrder], int]:
        """One page of the list and the number of all matches. ``since`` is local text, compared as text."""
        quirks = self.quirks
        hides = not quirks.with_credit_notes and bool(self._credits)

        def keep(order_id: int) -> bool:
            order = self.find(order_id, stale=stale)
            if order is None or since is None:
                return order is not None
            changed = self._changed(order)
            return changed >= since if quirks.filter_inclusive else changed > since

        ids, total = self._index.page(
            sort=quirks.sort,
            offset=offset,
            limit=limit,
            since=since,
            inclusive=quirks.filter_inclusive,
            keep=keep if hides or (stale and since is not None) else None,
        )
        found = (self.find(order_id, stale=stale) for order_id in ids)
        return [order for order in found if order is not None], total

    def _moment(self) -> datetime:
        return self._now().astimezone(UTC).replace(microsecond=0)

    def _changed(self, order: SimOrder) -> str:
        assert order.modified_at is not None
        return local_text(order.modified_at, self.zone)

    def _admit(self, order: SimOrder) -> SimOrder:
        now = self._moment()
        number = order.webshop_order_id or self._last_number + 1
        kept = replace(
            order,
            order_id=self._ids.take(order.order_id),
            webshop_order_id=number,
            placed_at=order.placed_at or now,
            modified_at=order.modified_at or now,
            paid_at=(order.paid_at or now) if order.paid else None,
        )
        self._last_number = max(self._last_number, number)
        self.orders[kept.order_id] = kept
        if kept.total_price < 0:
            self._credits.add(kept.order_id)
        return kept

    def _apply(self, order_id: int, **changes: Any) -> SimOrder:
        old = self.orders[order_id]
        now = self._moment()
        new = replace(old, **{"modified_at": now} | changes)
        new = replace(new, paid_at=(new.paid_at or now) if new.paid else None)
        self._before[order_id] = old
        self.orders[order_id] = new
        self._index.put(order_id, self._changed(new))
        return new
