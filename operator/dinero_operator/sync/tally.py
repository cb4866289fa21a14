"""The score of one integration: what was done, what is held, what is pending; told to metrics, logs and the report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from dinero_operator.domain.choices import Trigger
from dinero_operator.domain.eligibility import Obstacle
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.observation import InvoiceStatus, InvoiceView
from dinero_operator.domain.order import Order, UnreadableOrder
from dinero_operator.domain.plan import (
    BookCredit,
    BookInvoice,
    CreateInvoice,
    Done,
    Outcome,
    RegisterPayment,
    Write,
)
from dinero_operator.sync import trail
from dinero_operator.sync.books import Books
from dinero_operator.sync.engine import End
from dinero_operator.sync.held import Holds
from dinero_operator.sync.report import Choice, Counts, HeldOrder, LastBooked
from dinero_operator.sync.services import Services
from dinero_operator.sync.settlement import AnyOrder

log = logging.getLogger(__name__)

OnHold = Callable[[HeldOrder], None]
_UNWRITTEN = (Outcome.PENDING, Outcome.NEVER, Outcome.SKIPPED)


@dataclass(slots=True)
class Tally:
    """Counts for one resource.

    ``pending_before`` orders were pending when a former process ended. Which ones is not known, only that they were
    placed before its watermark, ``before`` (shop's wall time): each that turns up again for the first time is taken off
    that number.
    """

    namespace: str
    name: str
    services: Services
    holds: Holds = field(default_factory=Holds)
    pending_before: int = 0
    before: datetime | None = None
    last_booked: LastBooked | None = None
    organisation: Choice | None = None
    policy: str = ""
    """Fingerprint of the choices that the present run goes by."""
    interval: float = 300.0
    on_hold: OnHold | None = None
    seen: set[int] = field(default_factory=set)
    """Orders that were settled in this process: where shops share their books, they tell whose an invoice is."""
    _pending: set[int] = field(default_factory=set)
    _skipped: set[int] = field(default_factory=set)
    _drafted: set[int] = field(default_factory=set)
    _met: set[int] = field(default_factory=set)
    _due_since: dict[int, float] = field(default_factory=dict)

    def due(self, orders: Iterable[AnyOrder]) -> None:
        """Note when orders were first seen to be due; the delay until they are booked counts from here."""
        now = self.services.clock.monotonic()
        for order in orders:
            self._due_since.setdefault(order.order_id, now)

    def end(self, order: AnyOrder, end: End) -> None:
        """Take note of how one order ended."""
        self.seen.add(order.order_id)
        is_pending = isinstance(end, Done) and end.outcome is Outcome.PENDING
        if not is_pending:
            self._pending.discard(order.order_id)
        if isinstance(end, Obstacle):
            self._meet(order, could_be_pending=True)
            self._hold(order, end)
            return
        if not isinstance(end, Done):
            return
        could_be_pending = end.outcome in _UNWRITTEN or order.order_id in self._drafted
        # What is due and was never changed since it was placed was not pending before: it is new.
        is_changed = (
            order.modified_at is None or order.placed_at is None or order.modified_at > order.placed_at
        )
        self._meet(order, could_be_pending=could_be_pending and (is_pending or is_changed))
        if self.holds.release(order.order_id):
            self._log("order no longer held", order, outcome=end.outcome.value)
        if is_pending:
            self._pending.add(order.order_id)
        if end.outcome is Outcome.SKIPPED and order.order_id not in self._skipped:
            self._skipped.add(order.order_id)
            self._count("skipped")
            self._log("order skipped", order)
        if end.outcome in (Outcome.NEVER, Outcome.SKIPPED):
            self._due_since.pop(order.order_id, None)

    def wrote(self, order: Order, step: Write, invoice: InvoiceView | None) -> None:
        """Take note of a change in the books: the audit trail's line, and the metrics."""
        trail.record(
            namespace=self.namespace,
            name=self.name,
            organisation=self.organisation.key if self.organisation else None,
            policy=self.policy,
            order=order,
            step=step,
            invoice=invoice,
        )
        match step:
            case CreateInvoice():
                self._drafted.add(order.order_id)
                self._count("drafted")
            case BookInvoice():
                self._booked(order, invoice.number if invoice else None)
            case RegisterPayment():
                self._count("paid")
            case BookCredit():
                self._count("credited")

    def gone(self, order_ids: Iterable[int], books: Books, skip: frozenset[int]) -> None:
        """Held orders that the shop no longer has: nothing is owed, unless there is an invoice and nobody has seen to it."""
        for order_id in order_ids:
            hold = self.holds.get(order_id)
            invoice = books.invoices.get(order_id)
            if hold is None:
                continue
            if invoice is None or invoice.deleted:
                self.holds.release(order_id)
                continue
            order = hold.order or UnreadableOrder(order_id, hold.shown.number, "is gone")
            if order_id in skip:
                self.end(order, Done(Outcome.SKIPPED))
                continue
            self._hold(
                order, Obstacle(HoldReason.ORDER_GONE, "The shop has deleted the order after it was invoiced")
            )

    def counts(self, books: Books) -> Counts:
        """``status.orders``."""
        mine = self.seen if books.is_shared else None
        documents = books.counts(mine)
        return Counts(
            booked=documents[InvoiceStatus.BOOKED],
            drafted=documents[InvoiceStatus.DRAFT],
            credited=books.credit_notes.count(mine),
            held=len(self.holds),
            pending=self.pending_before + len(self._pending),
        )

    def show(self, trigger: Trigger | None) -> None:
        """Set the gauges of the resource."""
        metrics, key = self.services.metrics, (self.namespace, self.name)
        metrics.set_held(*key, self.holds.by_reason())
        metrics.set_pending(*key, self.pending_before + len(self._pending))
        organisation = self.organisation.key if self.organisation else None
        metrics.set_integration(*key, organisation=organisation, trigger=trigger.value if trigger else None)

    def _hold(self, order: AnyOrder, obstacle: Obstacle) -> None:
        clock = self.services.clock
        is_new = self.holds.hold(
            order, obstacle, wall=clock.now(), now=clock.monotonic(), interval=self.interval
        )
        if is_new:
            self._count("held")
            self._log("order held", order, level=logging.WARNING, reason=obstacle.reason.value)
            hold = self.holds.get(order.order_id)
            if self.on_hold is not None and hold is not None:
                self.on_hold(hold.shown)

    def _meet(self, order: AnyOrder, *, could_be_pending: bool) -> None:
        """Take an order off the number of those that a former process left pending, if it can be one of them.

        Only once for each order, and none that was held.
        """
        self._drafted.discard(order.order_id)
        if not self.pending_before or order.order_id in self._met:
            return
        self._met.add(order.order_id)
        is_old = self.before and order.placed_at and order.placed_at <= self.before
        if could_be_pending and is_old and order.order_id not in self.holds:
            self.pending_before -= 1

    def _booked(self, order: Order, number: int | None) -> None:
        clock, metrics = self.services.clock, self.services.metrics
        self._count("booked")
        metrics.count_booked_amount(self.namespace, self.name, "DKK", order.total)
        self.last_booked = LastBooked(order.number, number, clock.now().replace(microsecond=0))
        began = self._due_since.pop(order.order_id, None)
        if began is not None:
            metrics.observe_order_delay(clock.monotonic() - began)

    def _count(self, outcome: str) -> None:
        self.services.metrics.count_order(self.namespace, self.name, outcome)

    def _log(self, event: str, order: AnyOrder, *, level: int = logging.INFO, **facts: object) -> None:
        log.log(
            level,
            "%s/%s: %s: order %s",
            self.namespace,
            self.name,
            event,
            order.number,
            extra={"namespace": self.namespace, "name_": self.name, "order_id": order.order_id, **facts},
        )
