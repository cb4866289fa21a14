"""What must become of each kind of demo order, under each choice of trigger and booking."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from honest_books import NOW, SPEC

from dinero_operator.sandbox.expected import End, email_of, expected
from dinero_operator.sandbox.shoporama import Party, SimOrder, demo_orders

ORDERS = {order.case: order for order in demo_orders(seed=5, count=40, now=NOW)}
HOLDS = {
    "gift card": "GiftCard",
    "unknown status": "StatusUnknown",
    "Swedish consumer": "DestinationNotConfigured",
    "German business": "DestinationNotConfigured",
    "Norwegian consumer": "DestinationNotConfigured",
    "Greenland": "SpecialTerritory",
    "no e-mail": "EmailMissing",
    "empty e-mail": "EmailMissing",
    "total off by an øre": "TotalsDiffer",
    "total off by five kroner": "TotalsDiffer",
    "no total": "OrderUnreadable",
    "credit note": "CreditNeeded",
}


def end(case: str, **spec: Any) -> End:
    return expected(ORDERS[case], SPEC | spec).end


@pytest.mark.parametrize(("case", "reason"), HOLDS.items())
@pytest.mark.parametrize("trigger", ["Paid", "Sent"])
def test_held_with_its_reason_under_either_trigger(case: str, reason: str, trigger: str) -> None:
    found = expected(ORDERS[case], SPEC | {"trigger": trigger})
    assert (found.end, found.reasons) == (End.HELD, {reason})


@pytest.mark.parametrize(
    ("case", "paid", "sent", "on_sent"),
    [
        ("paid and sent", End.PAID, End.PAID, End.PAID),
        ("bank transfer, not paid yet", End.PENDING, End.PENDING, End.PENDING),
        ("bank transfer, sent unpaid", End.PENDING, End.BOOKED, End.PENDING),
        ("EAN, sent unpaid", End.PENDING, End.BOOKED, End.PENDING),
        ("abandoned card payment", End.PENDING, End.PENDING, End.PENDING),
        ("zero total", End.NOTHING, End.NOTHING, End.NOTHING),
        ("cancelled after payment", End.NOTHING, End.NOTHING, End.NOTHING),
        ("cancelled, never paid", End.NOTHING, End.NOTHING, End.NOTHING),
        ("apostrophe in e-mail", End.PAID, End.PAID, End.PAID),
        ("blanks around e-mail", End.PAID, End.PAID, End.PAID),
        ("no tracking key", End.PAID, End.PAID, End.PAID),
        ("delivered to another", End.PAID, End.PAID, End.PAID),
    ],
)
def test_the_end_of_each_case(case: str, paid: End, sent: End, on_sent: End) -> None:
    assert end(case) is paid
    assert end(case, trigger="Sent") is sent
    assert end(case, booking="OnSent") is on_sent


def test_paid_but_not_sent() -> None:
    order = replace(ORDERS["paid and sent"], status="new")
    assert expected(order, SPEC).end is End.PAID
    assert expected(order, SPEC | {"trigger": "Sent"}).end is End.PENDING
    assert expected(order, SPEC | {"booking": "OnSent"}).end is End.DRAFTED
    assert expected(order, SPEC | {"booking": "Manual"}).end is End.DRAFTED


def test_choices_that_change_an_end() -> None:
    assert end("gift card", vouchers={}) is End.PAID
    assert end("EAN, sent unpaid", trigger="Sent", payment="Always") is End.PAID
    assert end("paid and sent", startFrom="2026-03-11") is End.NOTHING
    assert end("no total", startFrom="2026-03-11") is End.NOTHING


def test_a_hold_may_bear_any_reason_that_holds() -> None:
    order = replace(ORDERS["Swedish consumer"], email="", stated_total=1)
    found = expected(order, SPEC)
    assert found.reasons == {"DestinationNotConfigured", "EmailMissing", "TotalsDiffer"}
    assert expected(replace(order, billing=Party(country_id=3)), SPEC).reasons >= {"CountryUnknown"}


SALES = {
    "domestic": {},
    "euBusiness": {"goods": 1100},
    "euConsumer": {"goods": 1000},
    "export": {"goods": 1255},
}


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("Swedish consumer", ""),
        ("German business", ""),
        ("Norwegian consumer", ""),
        ("Greenland", "SpecialTerritory"),
    ],
)
def test_with_accounts_for_other_countries(case: str, reason: str) -> None:
    found = expected(ORDERS[case], SPEC | {"sales": SALES})
    assert found.reasons == ({reason} if reason else set())
    assert found.end is (End.HELD if reason else End.PAID)


def test_what_is_wrong_abroad() -> None:
    given = SPEC | {"sales": SALES}
    german = ORDERS["German business"]
    assert expected(replace(german, vat_number="?"), given).reasons == {"VatNumberInvalid"}
    assert expected(replace(german, vat_free=False), given).reasons == {"VatDiffers"}
    assert expected(replace(ORDERS["Swedish consumer"], vat_free=True), given).reasons == {"VatDiffers"}


def test_unpaid_with_an_unknown_status_is_pending() -> None:
    order = replace(ORDERS["unknown status"], paid=False, paid_at=None)
    assert expected(order, SPEC).end is End.PENDING


@pytest.mark.parametrize(
    ("email", "key"),
    [
        (" Aage@Example.ORG ", "aage@example.org"),
        ("o'proeve@example.com", "o'proeve@example.com"),
        (None, ""),
        ("  ", ""),
        ("nobody", ""),
        ("two words@example.com", ""),
        ("a@b@example.com", ""),
        ("a@example", ""),
    ],
)
def test_which_e_mails_are_one_customer(email: str | None, key: str) -> None:
    assert email_of(SimOrder(email=email)) == key


@pytest.mark.parametrize("name", ["expected", "verify"])
def test_the_verification_shares_nothing_with_what_it_verifies(name: str) -> None:
    module = import_module(f"dinero_operator.sandbox.{name}")
    assert module.__file__
    text = Path(module.__file__).read_text(encoding="utf-8")
    imported = set(re.findall(r"^from (dinero_operator\S*) import (\w+)", text, re.MULTILINE))
    others = {each for each in imported if not each[0].startswith("dinero_operator.sandbox.")}
    assert others <= {("dinero_operator.domain", "money")}
    assert "import dinero_operator" not in text
