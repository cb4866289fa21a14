"""The score: each order is counted once, whatever a former process left and however often an order is seen."""

import logging
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from builders import an_order
from dinero_operator.domain.choices import Trigger
from dinero_operator.domain.document import InvoiceDraft, PaymentDraft
from dinero_operator.domain.eligibility import Obstacle
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.observation import InvoiceStatus, InvoiceView
from dinero_operator.domain.order import Order
from dinero_operator.domain.plan import BookInvoice, CreateInvoice, Done, Outcome, RegisterPayment
from dinero_operator.metrics import Metrics
from dinero_operator.sync.books import Books
from dinero_operator.sync.engine import Planned
from dinero_operator.sync.report import Choice, HeldOrder, LastBooked
from dinero_operator.sync.tally import Tally
from fake_clock import FakeClock

GUID = UUID("5f0c4f0e-33ab-4c0f-9d7e-0e5b1b0f2a12")
KEY = {"namespace": "team", "name": "shop"}
BEFORE = datetime.fromisoformat("2026-03-20T12:00")
OBSTACLE = Obstacle(HoldReason.DESTINATION_NOT_CONFIGURED, "The order goes to SE")


@dataclass
class _Services:
    """What the tally asks of the services."""

    clock: FakeClock
    metrics: Metrics = field(default_factory=Metrics)


def a_tally(clock: FakeClock, **changes: Any) -> Tally:
    services: Any = _Services(clock)
    return Tally("team", "shop", services, **changes)


def value(tally: Tally, name: str, **labels: str) -> float | None:
    registry = tally.services.metrics.registry
    return registry.get_sample_value(f"dinero_operator_{name}", KEY | labels)


def old_order(order_id: int = 1, **changes: Any) -> Order:
    """Placed before the former process ended."""
    return an_order(order_id=order_id, placed_at=datetime.fromisoformat("2026-03-10T12:00"), **changes)


def new_order(order_id: int = 1) -> Order:
    return an_order(order_id=order_id, placed_at=datetime.fromisoformat("2026-03-21T12:00"))


def draft_of(order: Order) -> CreateInvoice:
    draft = InvoiceDraft(
        guid=GUID,
        contact=GUID,
        reference="shoporama:1",
        date=date(2026, 3, 10),
        currency="DKK",
        comment="",
        address="",
        prepaid=True,
        lines=(),
        total=order.total,
        vat=None,
        vat_rate=Decimal("0.25"),
        title="Faktura",
    )
    return CreateInvoice(draft)


PAYMENT = RegisterPayment(
    GUID, "0A", PaymentDraft(55_040, 249_00, date(2026, 3, 10), "Ordre 1001", "shoporama:1:payment")
)


def test_a_transfer_is_counted_told_and_timed(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    tally = a_tally(clock)
    order = new_order(7)
    tally.due([order])
    clock.advance(40.0)
    tally.due([order])  # seen again at the next poll
    clock.advance(20.0)
    tally.wrote(order, draft_of(order), None)
    tally.wrote(order, BookInvoice(GUID, "0A"), InvoiceView(GUID, InvoiceStatus.BOOKED, number=2077))
    tally.wrote(order, PAYMENT, None)
    tally.end(order, Done(Outcome.PAID))
    outcomes = {
        name: value(tally, "orders_total", outcome=name) for name in ("drafted", "booked", "paid", "held")
    }
    assert outcomes == {"drafted": 1, "booked": 1, "paid": 1, "held": None}
    assert value(tally, "booked_amount_total", currency="DKK") == 249.0
    delay = tally.services.metrics.registry.get_sample_value("dinero_operator_order_delay_seconds_sum")
    assert delay == 60.0
    assert tally.last_booked == LastBooked(order.number, 2077, clock.now())
    told = [record.message for record in caplog.records]
    assert told == [
        f"team/shop: {event}: order {order.number}"
        for event in ("invoice drafted", "invoice booked", "payment registered")
    ]
    for record in caplog.records:
        facts = vars(record)
        assert (facts["namespace"], facts["name_"], facts["order_id"]) == ("team", "shop", 7)
        assert "anne" not in str(facts).lower(), "an audit trail names no customers"


def test_a_hold_is_told_once_and_let_go_once(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    told: list[HeldOrder] = []
    tally = a_tally(clock, on_hold=told.append)
    order = new_order()
    for _ in range(3):
        tally.end(order, OBSTACLE)
    tally.end(order, Obstacle(HoldReason.EMAIL_MISSING, "The order has no e-mail address"))
    assert [held.reason for held in told] == ["DestinationNotConfigured", "EmailMissing"]
    assert value(tally, "orders_total", outcome="held") == 2
    assert tally.counts(Books(1, clock)).held == 1
    tally.show(Trigger.PAID)
    assert value(tally, "orders_held", reason="EmailMissing") == 1
    tally.end(order, Done(Outcome.PAID))
    tally.end(order, Done(Outcome.PAID))
    tally.show(Trigger.PAID)
    assert value(tally, "orders_held", reason="EmailMissing") == 0
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING", "INFO"]


def test_an_order_is_skipped_once_however_often_it_is_seen(clock: FakeClock) -> None:
    tally = a_tally(clock)
    for _ in range(3):
        tally.end(new_order(), Done(Outcome.SKIPPED))
    assert value(tally, "orders_total", outcome="skipped") == 1


@pytest.mark.parametrize(
    "end",
    [
        Done(Outcome.PAID),
        Done(Outcome.NEVER),
        Done(Outcome.SKIPPED),
        Done(Outcome.DRAFTED),
        OBSTACLE,
        Planned(BookInvoice(GUID, "0A")),
    ],
    ids=["paid", "never", "skipped", "drafted", "held", "planned"],
)
def test_an_order_is_pending_until_it_is_something_else(clock: FakeClock, end: Any) -> None:
    tally = a_tally(clock)
    order = new_order()
    for _ in range(2):
        tally.end(order, Done(Outcome.PENDING))
    assert tally.counts(Books(1, clock)).pending == 1
    tally.end(order, end)
    assert tally.counts(Books(1, clock)).pending == 0
    tally.end(order, Done(Outcome.PENDING))
    assert tally.counts(Books(1, clock)).pending == 1


def pending(tally: Tally) -> int:
    tally.show(Trigger.SENT)
    counted = tally.counts(Books(1, FakeClock())).pending
    assert value(tally, "orders_pending") == counted
    return counted


def test_what_a_former_process_left_pending_is_counted_once(clock: FakeClock) -> None:
    tally = a_tally(clock, pending_before=3, before=BEFORE)
    assert pending(tally) == 3
    tally.end(old_order(1), Done(Outcome.PENDING))
    assert pending(tally) == 3, "one of the three, now known by its id"
    tally.end(new_order(2), Done(Outcome.PENDING))
    assert pending(tally) == 4
    for _ in range(3):
        tally.end(old_order(3), Done(Outcome.NEVER))
    assert pending(tally) == 3, "cancelled, and seen again in the overlap of later polls"
    tally.end(old_order(4), OBSTACLE)
    tally.end(old_order(4), OBSTACLE)
    assert pending(tally) == 2
    order = old_order(1)
    tally.wrote(order, draft_of(order), None)
    tally.end(order, Done(Outcome.PAID))
    assert pending(tally) == 1, "the one that is new"


def test_an_old_order_that_is_booked_now_was_pending_and_one_that_was_booked_before_was_not(
    clock: FakeClock,
) -> None:
    tally = a_tally(clock, pending_before=2, before=BEFORE)
    tally.end(old_order(1), Done(Outcome.PAID))
    assert pending(tally) == 2
    order = old_order(2)
    tally.wrote(order, draft_of(order), None)
    tally.end(order, Done(Outcome.PAID))
    assert pending(tally) == 1


def test_what_was_held_before_was_not_pending(clock: FakeClock) -> None:
    tally = a_tally(clock, pending_before=1, before=BEFORE)
    tally.holds.restore((HeldOrder(1, "1001", "EmailMissing", "", clock.now()),), clock.monotonic())
    tally.end(old_order(1), OBSTACLE)
    assert pending(tally) == 1
    tally.end(old_order(1), Done(Outcome.SKIPPED))
    assert pending(tally) == 1


def test_the_number_of_pending_orders_is_never_negative(clock: FakeClock) -> None:
    tally = a_tally(clock, pending_before=1, before=BEFORE)
    for order_id in range(5):
        tally.end(old_order(order_id), Done(Outcome.NEVER))
    assert pending(tally) == 0


def held_and_gone(clock: FakeClock, invoice: InvoiceView | None, skip: frozenset[int] = frozenset()) -> Tally:
    tally = a_tally(clock)
    tally.end(new_order(5), OBSTACLE)
    books = Books(1, clock)
    if invoice is not None:
        books.invoices[5] = invoice
    tally.gone([5, 6], books, skip)
    return tally


def test_a_held_order_that_the_shop_deleted_is_nobodys_business(clock: FakeClock) -> None:
    assert len(held_and_gone(clock, None).holds) == 0
    assert len(held_and_gone(clock, InvoiceView(GUID, InvoiceStatus.DRAFT, deleted=True)).holds) == 0


def test_unless_there_is_an_invoice_that_nobody_has_seen_to(clock: FakeClock) -> None:
    invoice = InvoiceView(GUID, InvoiceStatus.BOOKED)
    assert held_and_gone(clock, invoice).holds.by_reason() == {"OrderGone": 1}
    assert len(held_and_gone(clock, invoice, frozenset({5})).holds) == 0


def test_the_gauges_name_organisation_and_trigger(clock: FakeClock) -> None:
    tally = a_tally(clock)
    tally.show(None)
    assert value(tally, "integration_info", organisation="", trigger="") == 1
    tally.organisation = Choice(118_427, "Demo ApS")
    tally.show(Trigger.SENT)
    assert value(tally, "integration_info", organisation="118427", trigger="Sent") == 1
    assert value(tally, "integration_info", organisation="", trigger="") is None
