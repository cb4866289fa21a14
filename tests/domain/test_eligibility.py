"""Order in, standing or obstacle out: one row a case."""

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from builders import BUYER, COLLECTIVE, DOMESTIC, a_line, a_policy, an_order
from dinero_operator.domain.choices import DiscountLines, LateOrders, Trigger, WithoutEmail
from dinero_operator.domain.destination import Destination
from dinero_operator.domain.eligibility import (
    Obstacle,
    Standing,
    accounts_of,
    doubt_about_nothing,
    obstacle,
    standing,
)
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.order import OrderStatus, Party
from dinero_operator.domain.policy import SalesAccounts

NEW, SENT, CANCELLED, UNKNOWN = (
    OrderStatus.NEW, OrderStatus.SENT, OrderStatus.CANCELLED, OrderStatus.UNKNOWN,
)  # fmt: skip
DUE, PENDING, NEVER, SKIPPED = Standing.DUE, Standing.PENDING, Standing.NEVER, Standing.SKIPPED
CREDIT, STATUS = HoldReason.CREDIT_NEEDED, HoldReason.STATUS_UNKNOWN
BY_PAID, BY_SENT = {"trigger": Trigger.PAID}, {"trigger": Trigger.SENT}
SKIP = {"skip": frozenset({4_711_001})}
BEFORE = datetime.fromisoformat("2026-02-28T23:59:59")
FIRST = datetime.fromisoformat("2026-03-01T00:00")


@pytest.mark.parametrize(
    ("order", "policy", "expected"),
    [
        # trigger Paid: the shop says paid, whatever is sent
        ({"paid": True, "status": NEW}, BY_PAID, DUE),
        ({"paid": True, "status": SENT}, BY_PAID, DUE),
        ({"paid": False, "status": NEW}, BY_PAID, PENDING),
        ({"paid": False, "status": SENT}, BY_PAID, PENDING),
        # trigger Sent: status sent, paid or not
        ({"paid": True, "status": NEW}, BY_SENT, PENDING),
        ({"paid": True, "status": SENT}, BY_SENT, DUE),
        ({"paid": False, "status": SENT}, BY_SENT, DUE),
        # cancelled and unknown are never booked, also when paid
        ({"paid": True, "status": CANCELLED}, BY_PAID, NEVER),
        ({"paid": False, "status": CANCELLED}, BY_SENT, NEVER),
        ({"paid": True, "status": UNKNOWN}, BY_PAID, STATUS),
        ({"paid": True, "status": UNKNOWN}, BY_SENT, STATUS),
        ({"paid": False, "status": UNKNOWN}, BY_PAID, PENDING),
        # the day of the start is inclusive, by the order's own time
        ({"placed_at": BEFORE}, {}, NEVER),
        ({"placed_at": FIRST}, {}, DUE),
        ({"placed_at": BEFORE, "modified_at": datetime.fromisoformat("2026-03-15T00:00")}, {}, NEVER),
        ({"placed_at": BEFORE}, {"start_from": date(2026, 2, 28)}, DUE),
        ({"placed_at": BEFORE, "status": UNKNOWN}, {}, NEVER),
        ({"placed_at": BEFORE, "total": -100}, {}, NEVER),
        # a credit in the shape of an order
        ({"total": -249_00}, {}, CREDIT),
        ({"total": -249_00, "status": CANCELLED}, {}, CREDIT),
        # done by hand comes before everything
        ({}, SKIP, SKIPPED),
        ({"total": -249_00}, SKIP, SKIPPED),
        ({"status": UNKNOWN}, SKIP, SKIPPED),
        ({}, {"skip": frozenset({1})}, DUE),
    ],
)
def test_where_an_order_stands(
    order: dict[str, Any], policy: dict[str, Any], expected: Standing | HoldReason
) -> None:
    where = standing(an_order(**order), a_policy(**policy))
    assert (where.reason if isinstance(where, Obstacle) else where) == expected


def to(country: str) -> Party:
    return replace(BUYER, country=country)


GERMAN: dict[str, Any] = {
    "delivery": to("DE"),
    "billing": replace(BUYER, country="DE", company="Musterhandel Beispiel GmbH"),
    "vat": 0,
}
ALL_SALES = {destination: SalesAccounts(1000, 1350) for destination in Destination}
GIFT = {"gift_card_pattern": re.compile("^GIFT-")}
COLLECTIVELY = {"without_email": WithoutEmail.COLLECTIVE, "collective_contact": COLLECTIVE}
H = HoldReason


@pytest.mark.parametrize(
    ("order", "policy", "expected"),
    [
        ({}, {}, None),
        # destination
        ({"delivery": to("")}, {}, H.COUNTRY_UNKNOWN),
        ({"delivery": to("DE")}, {}, H.DESTINATION_NOT_CONFIGURED),
        ({"delivery": to("DE")}, {"sales": ALL_SALES}, None),
        ({"delivery": to("NO"), "vat": 0}, {"sales": ALL_SALES}, None),
        ({"delivery": to("GL"), "vat": 0}, {"sales": ALL_SALES}, H.SPECIAL_TERRITORY),
        ({"delivery": to("FO")}, {}, H.SPECIAL_TERRITORY),
        ({"delivery": replace(BUYER, country="ES", zipcode="38001")}, {}, H.SPECIAL_TERRITORY),
        ({"delivery": replace(BUYER, country="", country_text="Nordirland")}, {}, H.SPECIAL_TERRITORY),
        # a business in another EU country, by its VAT number
        (GERMAN | {"vat_number": "DE999999903"}, {"sales": ALL_SALES}, None),
        (GERMAN | {"vat_number": "999 999 903"}, {"sales": ALL_SALES}, None),
        (GERMAN | {"vat_number": "DE999999904"}, {"sales": ALL_SALES}, H.VAT_NUMBER_INVALID),
        (GERMAN | {"vat_number": "SE556188840401"}, {"sales": ALL_SALES}, H.VAT_NUMBER_INVALID),
        (GERMAN | {"vat_number": ""}, {"sales": ALL_SALES}, H.VAT_NUMBER_INVALID),
        (GERMAN | {"vat_number": "", "ean": "5790000000005"}, {"sales": ALL_SALES}, H.VAT_NUMBER_INVALID),
        (
            GERMAN | {"vat_number": "DE999999903", "billing": BUYER},
            {"sales": ALL_SALES},
            H.VAT_NUMBER_INVALID,
        ),
        (GERMAN | {"vat_number": "DE999999903"}, {}, H.DESTINATION_NOT_CONFIGURED),
        # the VAT that was charged is the class's, or the order is held
        (GERMAN | {"vat_number": "DE999999903", "vat": 49_80}, {"sales": ALL_SALES}, H.VAT_DIFFERS),
        (GERMAN | {"vat_number": "DE999999903", "vat": None}, {"sales": ALL_SALES}, H.VAT_DIFFERS),
        ({"delivery": to("NO"), "vat": 49_80}, {"sales": ALL_SALES}, H.VAT_DIFFERS),
        ({"delivery": to("DE"), "vat": 39_76}, {"sales": ALL_SALES}, H.VAT_DIFFERS),
        ({"delivery": to("DE"), "vat": 0}, {"sales": ALL_SALES}, H.VAT_DIFFERS),
        ({"delivery": to("DE"), "vat": None}, {"sales": ALL_SALES}, H.VAT_DIFFERS),
        ({"delivery": to("DE"), "vat": 49_82}, {"sales": ALL_SALES}, None),
        ({"delivery": to("DE"), "vat": 49_83}, {"sales": ALL_SALES}, H.VAT_DIFFERS),
        ({}, {"sales": {}}, H.DESTINATION_NOT_CONFIGURED),
        ({"billing": to("DE")}, {}, None),
        ({"ean": "5790000000005"}, {}, None),
        # currency
        ({"currency": "DKK"}, {"currency": "EUR"}, None),
        ({"currency": "EUR"}, {}, H.CURRENCY_UNSUPPORTED),
        ({}, {"currency": "SEK"}, H.CURRENCY_UNSUPPORTED),
        # customer
        ({"email": ""}, {}, H.EMAIL_MISSING),
        ({"email": "  "}, {}, H.EMAIL_MISSING),
        ({"email": "anne at example"}, {}, H.EMAIL_MISSING),
        ({"email": ""}, COLLECTIVELY, None),
        ({"email": " "}, COLLECTIVELY, None),
        ({"email": "anne at example"}, COLLECTIVELY, H.EMAIL_MISSING),
        ({"email": ""}, {"without_email": WithoutEmail.COLLECTIVE}, H.EMAIL_MISSING),
        ({"email": ""}, {"collective_contact": COLLECTIVE}, H.EMAIL_MISSING),
        # vouchers and gift cards
        ({"discount": 50_00, "voucher_code": "GIFT-1"}, GIFT, H.GIFT_CARD),
        ({"discount": 249_00, "voucher_code": "GIFT-1"}, GIFT, H.GIFT_CARD),
        ({"discount": 50_00, "voucher_code": "SPRING"}, GIFT, None),
        ({"discount": 50_00, "voucher_code": ""}, GIFT, None),
        ({"discount": 50_00, "voucher_code": "GIFT-1"}, {}, None),
        ({"discount": 0, "voucher_code": "GIFT-1"}, GIFT, None),
        (
            {"discount": 50_00, "voucher_code": "x" * 64 + "GIFT"},
            {"gift_card_pattern": re.compile("GIFT")},
            None,
        ),
        # sums
        ({"total": 249_01}, {}, H.TOTALS_DIFFER),
        ({"total": 248_99}, {}, H.TOTALS_DIFFER),
        ({"lines": (a_line(33_33, 3),), "shipping": 0}, {}, None),
        ({"lines": (a_line(33_33, 3),), "shipping": 0, "total": 100_00}, {}, H.TOTALS_DIFFER),
        ({"discount": -5_00}, {"discount": DiscountLines.SPREAD}, H.TOTALS_DIFFER),
        ({"discount": -5_00}, {"discount": DiscountLines.OWN_LINE}, None),
        ({"lines": ()}, {}, None),
        # late orders
        ({}, {"late_orders": LateOrders.HOLD}, None),
        ({}, {"late_orders": LateOrders.HOLD, "today": date(2026, 4, 1)}, H.LATE_ORDER),
        ({}, {"late_orders": LateOrders.OWN_DATE, "today": date(2026, 4, 1)}, None),
        ({}, {"late_orders": LateOrders.TODAY, "today": date(2026, 4, 1)}, None),
    ],
)
def test_what_stops_an_order_that_is_due(
    order: dict[str, Any], policy: dict[str, Any], expected: HoldReason | None
) -> None:
    found = obstacle(an_order(**order), a_policy(**policy))
    assert (found.reason if found is not None else None) == expected


@pytest.mark.parametrize(
    ("order", "policy", "expected"),
    [
        ({"discount": 249_00}, {}, None),
        ({"discount": 249_00, "email": "", "delivery": to("NO"), "currency": "EUR"}, {}, None),
        ({"discount": 249_00, "voucher_code": "SPRING"}, GIFT, None),
        ({"discount": 249_00, "voucher_code": "GIFT-1"}, GIFT, H.GIFT_CARD),
        ({"total": 0}, {}, H.TOTALS_DIFFER),
    ],
)
def test_an_order_of_nothing_is_stopped_only_by_a_doubt_about_the_nothing(
    order: dict[str, Any], policy: dict[str, Any], expected: HoldReason | None
) -> None:
    assert an_order(**order).total == 0
    found = doubt_about_nothing(an_order(**order), a_policy(**policy))
    assert (found.reason if found is not None else None) == expected


def test_a_detail_names_figures_and_countries_but_nobody() -> None:
    secret = Party(name="Anne Hansen", address="Nørregade 1", country="NO", country_text="Norge, Oslo")
    cases = [
        an_order(delivery=secret, billing=secret),
        an_order(email="anne hansen@example.com"),
        an_order(discount=50_00, voucher_code="GIFT-ANNE"),
        an_order(total=1),
    ]
    details = [found.detail for order in cases if (found := obstacle(order, a_policy(**GIFT)))]
    assert len(details) == len(cases)
    for detail in details:
        assert not re.search(r"anne|hansen|nørregade|oslo|@", detail, re.IGNORECASE)
        assert len(detail) <= 512


def test_accounts_are_those_of_the_destination() -> None:
    export = SalesAccounts(1255, 1300)
    policy = a_policy(sales={Destination.DOMESTIC: DOMESTIC, Destination.EXPORT: export})
    assert accounts_of(an_order(), policy) == DOMESTIC
    assert accounts_of(an_order(delivery=to("NO")), policy) == export
    assert accounts_of(an_order(delivery=to("DE")), policy) is None
    assert accounts_of(an_order(delivery=to("")), policy) is None
