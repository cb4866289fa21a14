"""The cases that demo orders show, the ordinary ones first: who buys, what is odd about it, and how far it has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from dinero_operator.sandbox.shoporama import goods
from dinero_operator.sandbox.shoporama.orders import OrderLine, SimOrder
from dinero_operator.sandbox.shoporama.people import Customer, People

Change = Callable[[SimOrder, Random], SimOrder]


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of order. Without a ``customer`` of its own it is bought by anybody, also by somebody who returns.

    ``goes``: ``sent`` however fresh it is, ``sent-in-time`` once a day or so has passed, otherwise a final status.
    ``weight``: share among the orders beyond the first of each case.
    """

    name: str
    paid: bool = True
    goes: str = "sent"
    customer: Callable[[People], Customer] | None = None
    change: Change | None = None
    weight: int = 0


def _lines(make: Callable[[Random], tuple[OrderLine, ...]]) -> Change:
    return lambda order, random: replace(order, lines=make(random))


def _percent(percent: int, code: str, *lines: OrderLine, free: bool = False) -> Change:
    """A voucher of some per cent of the goods, rounded to the øre."""

    def change(order: SimOrder, _random: Random) -> SimOrder:
        order = replace(order, lines=lines or order.lines)
        return replace(
            order,
            voucher_id=700 + percent,
            voucher_code=code,
            voucher_discount=percent,
            voucher_discount_amount=(order.goods_total * percent + 50) // 100,
            shipping_price=0 if free else order.shipping_price,
        )

    return change


def _gift_card(order: SimOrder, random: Random) -> SimOrder:
    code = f"GAVEKORT-{random.randrange(10**4):04}-{random.randrange(10**4):04}"
    lines = (
        *order.lines,
        OrderLine(name="Gaveæske, stor", unit_price=299_00, product_id=3021, own_id="GAVE-9"),
    )
    return replace(order, lines=lines, voucher_id=801, voucher_code=code, voucher_discount_amount=200_00)


def _without_vat(order: SimOrder, _random: Random) -> SimOrder:
    """Sold at prices without the Danish 25 per cent, to the nearest øre."""
    lines = tuple(replace(line, unit_price=(line.unit_price * 4 + 2) // 5) for line in order.lines)
    return replace(order, lines=lines, shipping_id=13, shipping_price=120_00, vat_free=True)


def _abroad(order: SimOrder, _random: Random) -> SimOrder:
    return replace(order, shipping_id=13, shipping_price=99_00)


def _off_by(amount: int) -> Change:
    return lambda order, _random: replace(order, stated_total=order.balanced_total + amount)


def _without_key(key: str) -> Change:
    return lambda order, _random: replace(order, left_out=frozenset({key}))


def _odd_comment(order: SimOrder, _random: Random) -> SimOrder:
    return replace(order, comments='Ring på hos "Øvebo" & læg den\nbag <b>skuret</b>; c:\\tak 🎁')


def _collected(order: SimOrder, _random: Random) -> SimOrder:
    return replace(order, shipping_id=14, shipping_price=0)


CREDIT = "credit note"
CASES: tuple[Case, ...] = (
    Case("paid and sent", goes="sent", weight=30),
    Case("paid, sent in time", goes="sent-in-time", weight=40),
    Case("odd øre", change=_lines(lambda _random: goods.thirds()), weight=3),
    Case("variants", change=_lines(goods.variants), goes="sent-in-time", weight=8),
    Case("free shipping", change=_collected, weight=5),
    Case("voucher", change=_percent(10, "VELKOMMEN10"), goes="sent-in-time", weight=8),
    Case("company", customer=People.company, goes="sent-in-time", weight=4),
    Case("bank transfer, not paid yet", paid=False, goes="new", weight=1),
    Case("bank transfer, sent unpaid", paid=False, weight=1),
    Case("EAN, sent unpaid", paid=False, customer=People.institution, weight=1),
    Case("voucher with odd øre", change=_percent(15, "SOMMER15", *goods.thirds())),
    Case("zero total", change=_percent(100, "KOLLEGA100", free=True)),
    Case("gift card", change=_gift_card),
    Case("cancelled after payment", goes="cancelled"),
    Case("cancelled, never paid", paid=False, goes="cancelled"),
    Case("abandoned card payment", paid=False, goes="new"),
    Case("unknown status", goes="klar til afhentning"),
    Case(
        "Swedish consumer", customer=lambda people: people.consumer("SE", ("211 20", "Malmö")), change=_abroad
    ),
    Case("German business", customer=People.foreign_company, change=_without_vat),
    Case(
        "Norwegian consumer",
        customer=lambda people: people.consumer("NO", ("0150", "Oslo")),
        change=_without_vat,
    ),
    Case("Greenland", customer=lambda people: people.consumer("GL", ("3900", "Nuuk")), change=_without_vat),
    Case("no e-mail", customer=lambda people: people.named("Tove Butikskøb", None)),
    Case("empty e-mail", customer=lambda people: people.named("Kaj Telefonordre", "")),
    Case(
        "apostrophe in e-mail",
        customer=lambda people: people.named("Sinéad O'Prøve", "sinead.o'proeve@example.com"),
    ),
    Case(
        "blanks around e-mail",
        customer=lambda people: people.named("Åge Tastefejl", " Aage.Tastefejl@Example.ORG "),
    ),
    Case(
        "Danish letters",
        customer=lambda people: people.named("Ærø Ødegård-Åkjær", "aeroe.aakjaer@example.net"),
    ),
    Case(
        "long name",
        customer=lambda people: people.named(
            f"Anna {'Margrethe Prøvesen ' * 12}Eksempelby",
            "anna.den.lange@example.com",
            "Lange Navnes Selskab I/S " * 6,
        ),
    ),
    Case(
        "odd text",
        customer=lambda people: people.named('Ib "Kaffe" <Tørst> 🫖 & Søn', "ib.toerst@example.org"),
        change=_odd_comment,
    ),
    Case("delivered to another", customer=People.with_gift),
    Case("total off by an øre", change=_off_by(1)),
    Case("total off by five kroner", change=_off_by(-5_00)),
    Case("no total", change=_without_key("total_price")),
    Case("no tracking key", change=_without_key("tracking_url")),
    Case(CREDIT),
)
WRONG_TOTALS = frozenset({"total off by an øre", "total off by five kroner"})
"""Cases whose amounts are meant not to add up."""
