"""What a run has to look at: the shop's changes, the holds whose time has come, and what may have moved without a word."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from dinero_operator.domain.errors import OperatorError
from dinero_operator.domain.observation import InvoiceStatus, Look
from dinero_operator.shoporama.client import ShopClient
from dinero_operator.shoporama.feed import OrderFeed, Poll
from dinero_operator.sync.books import Books
from dinero_operator.sync.held import Holds
from dinero_operator.sync.settlement import AnyOrder
from dinero_operator.transport.clock import Clock

RECHECK = 24 * 3600.0
"""Seconds between two looks at an order whose invoice is booked and not paid."""
RECHECKS_AT_ONCE = 20
"""Such orders in one run at most."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Work:
    """The poll, the orders to settle, and the ids of held orders that the shop no longer has."""

    poll: Poll
    orders: list[AnyOrder]
    gone: list[int] = field(default_factory=list)


class Intake:
    """Reads one shop for one integration."""

    def __init__(self, shop: ShopClient, feed: OrderFeed, clock: Clock) -> None:
        self.shop = shop
        self._feed = feed
        self._clock = clock
        self._rechecked: dict[int, float] = {}

    async def read(
        self,
        since: datetime,
        start_from: date,
        holds: Holds,
        books: Books,
        *,
        mine: Collection[int] | None = None,
    ) -> Work:
        """Read what there is to do. Orders that are held, unchanged and not due for another try are left out.

        ``mine`` are the orders of this shop where others use the same books; ``None``: all are.
        """

        def wanted(order_id: int, modified_at: datetime | None) -> bool:
            """Whether a row without lines is worth a call: not where the order is done and has not changed since."""
            invoice = books.invoices.get(order_id)
            is_changed = modified_at is not None and modified_at >= since
            return is_changed or invoice is None or not invoice.settled

        poll = await self._feed.poll(since, start_from=start_from, wanted=wanted)
        now = self._clock.monotonic()
        work = Work(poll, [order for order in poll.orders if not holds.rests(order, now)])
        polled = {order.order_id for order in poll.orders}
        for hold in holds.due(now):
            order_id = hold.shown.order_id
            if order_id in polled:
                continue
            order = await self._read_again(order_id)
            if order is Look.ABSENT:
                work.gone.append(order_id)
            elif not isinstance(order, Look):
                work.orders.append(order)
            elif hold.order is not None:
                work.orders.append(hold.order)
            else:
                holds.postpone(order_id, now)
        for order_id in self._unpaid(books, polled, now, mine):
            order = await self._read_again(order_id)
            if not isinstance(order, Look):
                work.orders.append(order)
        return work

    async def _read_again(self, order_id: int) -> AnyOrder | Look:
        """Read one order by its id, within the share of the quota for it.

        The poll has just shown that the shop answers, so an error here is this order's own and stops no other.
        """
        if not self.shop.quota.may_reread():
            return Look.UNKNOWN
        try:
            return await self.shop.get_order(order_id, held=True) or Look.ABSENT
        except OperatorError as error:
            log.warning("order id %d cannot be read again: %s", order_id, error)
            return Look.UNKNOWN

    def _unpaid(self, books: Books, polled: set[int], now: float, mine: Collection[int] | None) -> list[int]:
        """Orders whose invoice is booked and not paid: a draft that was booked by hand, or a payment without a trace.

        The shop need not say that such an order changed, so it is looked at once a day, within the share of the quota
        that held orders have.
        """
        found: list[int] = []
        for order_id, invoice in books.invoices.items():
            if len(found) == RECHECKS_AT_ONCE or self.shop.quota.rereads_left() <= len(found):
                break
            if invoice.status is not InvoiceStatus.BOOKED or invoice.settled or order_id in polled:
                continue
            if mine is not None and order_id not in mine:
                continue
            if now - self._rechecked.get(order_id, float("-inf")) >= RECHECK:
                self._rechecked[order_id] = now
                found.append(order_id)
        return found

    def settled(self) -> None:
        """Say that every order of the last poll was dealt with, or can be read by its id."""
        self._feed.settled()

    def start_over(self) -> None:
        """Orders that were passed by may be due now."""
        self._feed.start_over()
