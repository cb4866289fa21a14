"""Voucher date and payment date: the shop's own days, never outside order day … day of the last change."""

from datetime import date, datetime

import pytest
from hypothesis import given
from order_strategies import orders, policies

from builders import DOMESTIC, STRANGER, TODAY, a_policy, an_order
from dinero_operator.domain.choices import LateOrders, Trigger
from dinero_operator.domain.document import (
    invoice_draft,
    is_late,
    payment_draft,
    trigger_date,
    voucher_date,
)
from dinero_operator.domain.order import Order
from dinero_operator.domain.policy import Policy

PLACED = datetime.fromisoformat("2026-03-10T23:59")


def at(day: int, month: int = 3) -> datetime:
    return datetime.fromisoformat(f"2026-{month:02d}-{day:02d}T00:01")


@pytest.mark.parametrize(
    ("trigger", "paid_at", "sent_at", "modified_at", "expected"),
    [
        # the trigger's own time, where it can be read
        (Trigger.PAID, at(11), at(13), at(14), date(2026, 3, 11)),
        (Trigger.SENT, at(11), at(13), at(14), date(2026, 3, 13)),
        # else the modification's
        (Trigger.PAID, None, at(13), at(14), date(2026, 3, 14)),
        (Trigger.SENT, at(11), None, at(14), date(2026, 3, 14)),
        # else today
        (Trigger.PAID, None, None, None, TODAY),
        # never before the order, never after its last change
        (Trigger.PAID, at(9), None, at(14), date(2026, 3, 10)),
        (Trigger.PAID, at(17), None, at(14), date(2026, 3, 14)),
        (Trigger.PAID, at(1, month=4), None, None, TODAY),
        # a change that is older than the order is a mistake of the shop's
        (Trigger.PAID, at(12), None, at(9), date(2026, 3, 10)),
    ],
)
def test_the_voucher_date_is_the_triggers_day(
    trigger: Trigger,
    paid_at: datetime | None,
    sent_at: datetime | None,
    modified_at: datetime | None,
    expected: date,
) -> None:
    order = an_order(placed_at=PLACED, paid_at=paid_at, sent_at=sent_at, modified_at=modified_at)
    policy = a_policy(trigger=trigger)
    assert voucher_date(order, policy) == expected
    assert invoice_draft(order, policy, DOMESTIC, STRANGER).date == expected


@pytest.mark.parametrize(
    ("today", "late_orders", "expected"),
    [
        (date(2026, 3, 31), LateOrders.OWN_DATE, date(2026, 3, 10)),
        (date(2026, 3, 31), LateOrders.TODAY, date(2026, 3, 10)),
        (date(2026, 4, 1), LateOrders.OWN_DATE, date(2026, 3, 10)),
        (date(2026, 4, 1), LateOrders.TODAY, date(2026, 4, 1)),
        (date(2027, 1, 2), LateOrders.TODAY, date(2027, 1, 2)),
        (date(2027, 3, 10), LateOrders.TODAY, date(2027, 3, 10)),
    ],
)
def test_an_order_of_an_earlier_month_is_late(today: date, late_orders: LateOrders, expected: date) -> None:
    policy = a_policy(today=today, late_orders=late_orders)
    order = an_order()
    assert is_late(order, policy) == ((today.year, today.month) > (2026, 3))
    assert voucher_date(order, policy) == expected


def test_a_lagging_clock_makes_no_order_late() -> None:
    assert not is_late(an_order(), a_policy(today=date(2026, 2, 28)))


@pytest.mark.parametrize(
    ("paid_at", "modified_at", "expected"),
    [
        (at(12), at(14), date(2026, 3, 12)),
        (None, at(14), date(2026, 3, 14)),
        (None, None, TODAY),
        (at(2), at(14), date(2026, 3, 10)),
        (at(16), at(14), date(2026, 3, 14)),
    ],
)
def test_the_payment_has_the_day_that_it_was_paid(
    paid_at: datetime | None, modified_at: datetime | None, expected: date
) -> None:
    order = an_order(placed_at=PLACED, paid_at=paid_at, modified_at=modified_at)
    assert payment_draft(order, a_policy()).date == expected


@given(orders(plain=True), policies(plain=True))
def test_no_date_lies_outside_the_orders_life(order: Order, policy: Policy) -> None:
    placed = order.placed_at.date()
    last = max(placed, order.modified_at.date() if order.modified_at else policy.today)
    assert placed <= trigger_date(order, policy) <= last
    assert placed <= payment_draft(order, policy).date <= last
