"""An order as the shop tells it, in the domain's own terms.

Amounts are øre, VAT included where nothing else is said. Times are the shop's wall time without zone: that is how the
shop writes them, and turning them into an instant and back would lose the hour that occurs twice each autumn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class OrderStatus(StrEnum):
    """The shop's status of an order. Any text that is not known is ``UNKNOWN``, and is never booked."""

    NEW = "new"
    SENT = "sent"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One kind of goods. ``unit_price`` is in øre, VAT included, before any voucher."""

    name: str
    quantity: Decimal
    unit_price: int
    sku: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Party:
    """Who orders, or who receives.

    ``country`` is an ISO 3166-1 alpha-2 code, or empty where it could not be told; ``country_text`` is then what the
    shop wrote.
    """

    name: str = ""
    company: str = ""
    address: str = ""
    zipcode: str = ""
    city: str = ""
    country: str = ""
    country_text: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One order. Equality means: the shop says the same of it."""

    order_id: int
    """Platform-wide id: the key of everything that we write."""
    number: str
    """The order number that customer and shop see; the order id where the shop gives none."""
    status: OrderStatus
    paid: bool
    placed_at: datetime
    lines: tuple[OrderLine, ...]
    total: int
    """Øre that the customer pays: lines and shipping less discount, VAT included. Negative: a credit."""
    billing: Party
    delivery: Party
    shipping: int = 0
    discount: int = 0
    """Øre, positive: what a voucher takes off."""
    vat: int | None = None
    """Øre of VAT within ``total``, as the shop computed it; ``None`` where it does not say."""
    voucher_code: str = ""
    email: str = ""
    phone: str = ""
    vat_number: str = ""
    ean: str = ""
    status_text: str = ""
    """The shop's own word, cut to 40 characters, for the hold of an unknown status."""
    modified_at: datetime | None = None
    paid_at: datetime | None = None
    sent_at: datetime | None = None
    currency: str = ""
    """ISO 4217 where the order names one; empty: the shop's currency."""


@dataclass(frozen=True, slots=True)
class UnreadableOrder:
    """A row of the shop that is no usable order. It is held; the others go on.

    ``problem`` names the key and what is wrong with it, never its content.
    """

    order_id: int
    number: str
    problem: str
    modified_at: datetime | None = None
    placed_at: datetime | None = None
