"""Every reason for which the plan holds an order, brought about once."""

import ast
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from books_model import BooksModel
from operator_model import OperatorModel
from order_strategies import some_books

from builders import BUYER, a_policy, an_order
from dinero_operator import domain
from dinero_operator.domain.choices import Booking, Duplicates, LateOrders, Trigger
from dinero_operator.domain.destination import Destination
from dinero_operator.domain.eligibility import Obstacle
from dinero_operator.domain.holds import HoldReason as H
from dinero_operator.domain.observation import Observed
from dinero_operator.domain.order import Order, OrderStatus
from dinero_operator.domain.plan import Outcome
from dinero_operator.domain.policy import Policy, SalesAccounts

CASES: list[tuple[H, dict[str, Any], dict[str, Any], str, str]] = [
    # reason, the order, the shop's choices, contacts and invoice in the books
    (H.BOOKS_DIFFER, {}, {}, "ours", "draft edited"),
    (H.BOOKS_DIFFER, {}, {}, "ours", "draft on another contact"),
    (H.BOOKS_DIFFER, {}, {"booking": Booking.MANUAL}, "ours", "draft edited"),
    (H.BOOKS_DIFFER, {"paid": False}, {}, "ours", "draft"),
    (H.CHANGED_AFTER_BOOKING, {"total": 199_00, "shipping": -1_00}, {}, "ours", "booked otherwise"),
    (H.CHANGED_AFTER_BOOKING, {}, {}, "ours", "booked otherwise"),
    (H.CHANGED_AFTER_BOOKING, {"paid": False}, {}, "ours", "booked"),
    (H.CHANGED_AFTER_BOOKING, {"status": OrderStatus.NEW}, {"trigger": Trigger.SENT}, "ours", "booked"),
    (H.COUNTRY_UNKNOWN, {"delivery": replace(BUYER, country="")}, {}, "none", "none"),
    (H.CREDIT_NEEDED, {"status": OrderStatus.CANCELLED}, {}, "ours", "booked, paid by us"),
    (H.CREDIT_NEEDED, {"status": OrderStatus.CANCELLED}, {}, "ours", "draft"),
    (H.CREDIT_NEEDED, {"total": -249_00}, {}, "ours", "none"),
    (H.CURRENCY_UNSUPPORTED, {"currency": "EUR"}, {}, "none", "none"),
    (H.DESTINATION_NOT_CONFIGURED, {"delivery": replace(BUYER, country="SE")}, {}, "none", "none"),
    (
        H.SPECIAL_TERRITORY,
        {"delivery": replace(BUYER, country="GL")},
        {"sales": {Destination.EXPORT: SalesAccounts(1255, 1300)}},
        "none",
        "none",
    ),
    (
        H.VAT_NUMBER_INVALID,
        {"delivery": replace(BUYER, country="SE"), "vat_number": "SE1", "vat": 0},
        {"sales": {Destination.EU_BUSINESS: SalesAccounts(1100, 1100)}},
        "none",
        "none",
    ),
    (H.DRAFT_DELETED, {}, {}, "ours", "draft deleted"),
    (H.EMAIL_MISSING, {"email": ""}, {}, "none", "none"),
    (
        H.GIFT_CARD,
        {"discount": 50_00, "voucher_code": "GIFT-1"},
        {"gift_card_pattern": re.compile("^GIFT-")},
        "none",
        "none",
    ),
    (H.LATE_ORDER, {}, {"late_orders": LateOrders.HOLD, "today": date(2026, 4, 1)}, "none", "none"),
    (H.PAYMENT_DIFFERS, {}, {}, "ours", "booked, paid partly by hand"),
    (H.PAYMENT_DIFFERS, {}, {}, "ours", "booked, paid twice"),
    (H.STATUS_UNKNOWN, {"status": OrderStatus.UNKNOWN}, {}, "none", "none"),
    (H.TOTALS_DIFFER, {"total": 250_00}, {}, "none", "none"),
    (H.VAT_DIFFERS, {"vat": 0}, {}, "ours", "draft"),
]


def held(books: BooksModel, order: Order, policy: Policy) -> H | Outcome:
    end = OperatorModel(order, policy, books, Observed(invoice=books.find_invoice())).settle()
    return end.reason if isinstance(end, Obstacle) else end.outcome


@pytest.mark.parametrize(("reason", "order", "policy", "contacts", "invoice"), CASES)
def test_it_is_held_and_nothing_is_written(
    reason: H, order: dict[str, Any], policy: dict[str, Any], contacts: str, invoice: str
) -> None:
    books = some_books(an_order(**order), a_policy(**policy), contacts, invoice)
    assert held(books, an_order(**order), a_policy(**policy)) == reason
    assert books.writes == []


def test_a_draft_made_in_time_is_not_late_because_it_waits() -> None:
    policy = a_policy(late_orders=LateOrders.HOLD, today=date(2026, 4, 1))
    assert held(some_books(an_order(), policy, "ours", "draft"), an_order(), policy) is Outcome.PAID


def test_a_likely_duplicate_is_held_before_the_draft_unless_the_shop_says_otherwise() -> None:
    books = some_books(an_order(), a_policy(), "stranger's", "none")
    books.has_duplicate = True
    assert held(books, an_order(), a_policy()) == H.POSSIBLE_DUPLICATE
    assert books.writes == []
    assert held(books, an_order(), a_policy(duplicates=Duplicates.IGNORE)) == Outcome.PAID


def test_a_draft_of_our_own_is_no_duplicate() -> None:
    books = some_books(an_order(), a_policy(), "ours", "draft")
    books.has_duplicate = True
    assert held(books, an_order(), a_policy()) == Outcome.PAID


def test_a_hold_ends_when_its_cause_does() -> None:
    order, policy = an_order(delivery=replace(BUYER, country="")), a_policy()
    books = some_books(order, policy, "none", "none")
    assert held(books, order, policy) == H.COUNTRY_UNKNOWN
    assert held(books, an_order(), policy) == Outcome.PAID


def test_a_draft_whose_order_changed_is_held_until_they_agree_again() -> None:
    books = some_books(an_order(), a_policy(), "ours", "draft")
    changed = an_order(shipping=59_00)
    assert held(books, changed, a_policy()) == H.BOOKS_DIFFER
    invoice = books.the_invoice()
    invoice.total = invoice.lines_total = changed.total
    invoice.vat = 51_80
    books.changed()
    assert held(books, changed, a_policy()) == Outcome.PAID


def test_cases_name_every_reason_that_the_plan_can_give() -> None:
    """The others come from the shell: answers of Dinero, and rows that are no orders."""
    of_the_shell = {
        H.DISCOUNT_REFUSED,
        H.DOCUMENT_REJECTED,
        H.NO_ACCOUNTING_YEAR,
        H.ORDER_GONE,
        H.ORDER_UNREADABLE,
        H.OUTCOME_UNKNOWN,
    }
    assert {case[0] for case in CASES} | {H.POSSIBLE_DUPLICATE} == set(H) - of_the_shell


def test_the_domain_computes_no_float() -> None:
    """Seconds for a clock and a count of ways may be floats; nothing else in the core may know one."""
    allowed = {"duration.py", "errors.py", "patterns.py"}
    modules = [path for path in Path(domain.__path__[0]).glob("*.py") if path.name not in allowed]
    assert len(modules) > 10
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            where = f"{path.name}:{getattr(node, 'lineno', 0)}"
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), where
            assert not (isinstance(node, ast.Name) and node.id in ("float", "round")), where
