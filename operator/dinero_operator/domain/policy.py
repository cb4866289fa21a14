"""What the shop has chosen, as the plan needs it. Built from the resource's spec by the shell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from re import Pattern
from uuid import UUID

from dinero_operator.domain.choices import (
    Booking,
    Credits,
    DiscountLines,
    Duplicates,
    LateOrders,
    Payment,
    Trigger,
    WithoutEmail,
)
from dinero_operator.domain.destination import Destination

LEDGER_CURRENCY = "DKK"
"""The currency of every Dinero organisation's books."""


@dataclass(frozen=True, slots=True)
class SalesAccounts:
    """Revenue accounts of one destination class; the account's VAT code decides the VAT."""

    goods: int
    shipping: int


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices that decide what is done with an order.

    ``deposit_account`` receives the payment (beholdning); ``today`` is the date in the shop's zone; ``skip`` are the
    orders that a person has marked as done by hand.
    """

    organisation: int
    trigger: Trigger
    deposit_account: int
    start_from: date
    today: date
    sales: Mapping[Destination, SalesAccounts]
    booking: Booking = Booking.ON_TRANSFER
    payment: Payment = Payment.WHEN_PAID
    currency: str = LEDGER_CURRENCY
    discount: DiscountLines = DiscountLines.OWN_LINE
    late_orders: LateOrders = LateOrders.OWN_DATE
    without_email: WithoutEmail = WithoutEmail.HOLD
    collective_contact: UUID | None = None
    gift_card_pattern: Pattern[str] | None = None
    duplicates: Duplicates = Duplicates.HOLD
    credits: Credits = Credits.HOLD
    skip: frozenset[int] = field(default_factory=frozenset)
