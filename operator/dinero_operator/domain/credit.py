"""What a credit note (kreditnota) says: the difference between what an invoice has and what the order is worth now.

Its lines are those of the *booked* invoice, on the same accounts: the shop's choices, and the order itself, may have been
edited since. Amounts are positive, as Dinero asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from dinero_operator.domain.document import InvoiceLine, spread_discount

CREDIT_COMMENT = "Kreditering af ordre {number}"
REFUND_TEXT = "Refusion af Shoporama ordre {number}"


@dataclass(frozen=True, slots=True)
class CreditDraft:
    """The credit note as it should be. Amounts are øre; ``total`` is positive, VAT included."""

    guid: UUID
    invoice: UUID
    contact: UUID
    reference: str
    date: date
    currency: str
    comment: str
    address: str
    lines: tuple[InvoiceLine, ...]
    total: int


def whole_lines(
    booked: Sequence[InvoiceLine], credited: Iterable[Sequence[InvoiceLine]]
) -> tuple[InvoiceLine, ...] | None:
    """What is left of an invoice's lines when earlier credit notes are taken off: all of them as a rule."""
    lines = tuple(line for line in booked if line.amount)
    for note in credited:
        found = reduction(lines, note)
        if found is None:
            return None
        lines = found
    return lines


def reduction(before: Sequence[InvoiceLine], after: Sequence[InvoiceLine]) -> tuple[InvoiceLine, ...] | None:
    """What ``before`` has more than ``after``, line by line: the lines are known by their text.

    ``None`` where something was added or exchanged, so that it is no plain reduction. A discount that shrinks with its goods
    is a negative line.
    """
    texts = list(dict.fromkeys(line.description for line in (*before, *after)))
    found: list[InvoiceLine] = []
    for text in texts:
        old = [line for line in before if line.description == text]
        new = [line for line in after if line.description == text]
        was, now = _sum(old), _sum(new)
        if was == now:
            continue
        if not old:
            if now > 0:
                return None
            # A discount that was given afterwards belongs to the goods.
            old = [max(before, key=lambda line: line.amount)] if before else []
        if len({line.account for line in old}) != 1 or (was >= 0 and was < now):
            return None
        found += old if not now else [_less(text, was - now, old, new)]
    return tuple(found)


def without_negatives(lines: Sequence[InvoiceLine]) -> tuple[InvoiceLine, ...] | None:
    """The same sum without negative lines: they are taken off the others. ``None`` where the others cannot bear it."""
    discount = -_sum(line for line in lines if line.amount < 0)
    spread, rest = spread_discount([line for line in lines if line.amount > 0], discount)
    return None if rest else tuple(line for line in spread if line.amount)


def _sum(lines: Iterable[InvoiceLine]) -> int:
    return sum(line.amount for line in lines)


def _less(text: str, amount: int, old: Sequence[InvoiceLine], new: Sequence[InvoiceLine]) -> InvoiceLine:
    """One line for the difference: so many pieces fewer where the price is the same, else the amount."""
    prices = {line.unit_price for line in (*old, *new)}
    price = old[0].unit_price
    if len(prices) == 1 and price and amount % price == 0 and amount // price > 0:
        return InvoiceLine(text, Decimal(amount // price), price, old[0].account, old[0].comments)
    return InvoiceLine(text, Decimal(1), amount, old[0].account)
