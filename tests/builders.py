"""One plain order and one plain policy, to be changed where a test cares. Made-up people only."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from dinero_operator.domain.choices import Trigger
from dinero_operator.domain.destination import Destination
from dinero_operator.domain.order import Order, OrderLine, OrderStatus, Party
from dinero_operator.domain.policy import Policy, SalesAccounts

ORGANISATION = 118_427
DEPOSIT_ACCOUNT = 55_040
GOODS_ACCOUNT = 1000
SHIPPING_ACCOUNT = 1350
DOMESTIC = SalesAccounts(goods=GOODS_ACCOUNT, shipping=SHIPPING_ACCOUNT)
TODAY = date(2026, 3, 20)
STRANGER = UUID("5f0c4f0e-33ab-4c0f-9d7e-0e5b1b0f2a11")
"""A contact that somebody made by hand."""
COLLECTIVE = UUID("c0113c71-0000-4000-8000-000000000001")

BUYER = Party(
    name="Anne Hansen",
    address="Nørregade 1",
    zipcode="8000",
    city="Aarhus C",
    country="DK",
    country_text="Danmark",
)


def a_line(
    unit_price: int = 200_00, quantity: Decimal | int | str = 1, name: str = "Kop", **more: Any
) -> OrderLine:
    return OrderLine(name=name, quantity=Decimal(quantity), unit_price=unit_price, **more)


_PLAIN = Order(
    order_id=4_711_001,
    number="1001",
    status=OrderStatus.SENT,
    paid=True,
    placed_at=datetime.fromisoformat("2026-03-10T12:00"),
    modified_at=datetime.fromisoformat("2026-03-12T09:30"),
    paid_at=datetime.fromisoformat("2026-03-10T12:05"),
    sent_at=datetime.fromisoformat("2026-03-12T09:30"),
    lines=(a_line(),),
    shipping=49_00,
    total=249_00,
    vat=49_80,
    billing=BUYER,
    delivery=BUYER,
    email="anne@example.com",
    phone="+45 11 22 33 44",
)


def an_order(**changes: Any) -> Order:
    """A Danish order of 249.00 kr, paid and sent. Where lines, shipping or discount change, total and VAT follow."""
    order = replace(_PLAIN, **changes)
    if {"lines", "shipping", "discount"} & changes.keys() and "total" not in changes:
        goods = sum(
            int((line.quantity * line.unit_price).quantize(Decimal(1), "ROUND_HALF_UP"))
            for line in order.lines
        )
        order = replace(order, total=goods + order.shipping - order.discount)
        order = replace(order, vat=changes.get("vat"))
    return order


def a_policy(**changes: Any) -> Policy:
    """Trigger ``Paid``, everything else as the resource's defaults have it."""
    plain = Policy(
        organisation=ORGANISATION,
        trigger=Trigger.PAID,
        deposit_account=DEPOSIT_ACCOUNT,
        start_from=date(2026, 3, 1),
        today=TODAY,
        sales={Destination.DOMESTIC: DOMESTIC},
    )
    return replace(plain, **changes)
