"""VAT and totals of a document: per line, half up to the øre."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from dinero_operator.sandbox.dinero.models import Document, Line, Totals

_WHOLE = Decimal(1)
_HUNDRED = Decimal(100)


def half_up(amount: Decimal) -> int:
    """Round to a whole number, halves away from zero."""
    return int(amount.quantize(_WHOLE, ROUND_HALF_UP))


def line_amounts(
    quantity: Decimal, base_amount: Decimal, discount: Decimal, rate: Decimal, *, incl_vat: bool
) -> tuple[int, int]:
    """Split one line into its amount without VAT and its VAT, both in 1/100.

    Of a price with VAT, the amount without VAT is rounded and the VAT is the rest, so that the line keeps the price
    that the customer saw: 12.35 = 9.88 + 2.47.
    """
    amount = half_up(quantity * base_amount * (_HUNDRED - discount))
    if incl_vat:
        net = half_up(Decimal(amount) / (1 + rate))
        return net, amount - net
    return amount, half_up(amount * rate)


def in_kroner(amount: int, exchange_rate: Decimal) -> int:
    """Turn 1/100 of a currency into øre, at DKK for 100 of it."""
    return amount if exchange_rate == _HUNDRED else half_up(amount * exchange_rate / _HUNDRED)


def add_up(lines: Iterable[Line]) -> Totals:
    """Add up lines whose amounts are known. A line bears VAT where its account's rate is not zero."""
    net = vat = vatable = 0
    for line in lines:
        net += line.net
        vat += line.vat
        if line.vat_rate:
            vatable += line.net
    return Totals(net, vat, vatable)


def calculate(document: Document) -> None:
    """Work out the amounts of a document's lines, and its totals."""
    for line in document.lines:
        if line.line_type == "Product":
            line.net, line.vat = line_amounts(
                line.quantity,
                line.base_amount,
                line.discount,
                line.vat_rate,
                incl_vat=document.show_lines_incl_vat,
            )
    document.totals = add_up(document.lines)
