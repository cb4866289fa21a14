"""An order as the simulated shop keeps it. Amounts in øre (1/100 of the shop's currency), times with a zone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from dinero_operator.sandbox.shoporama.countries import DENMARK


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who orders, or who receives. ``company`` is empty for a consumer."""

    name: str = "Test Kunde"
    company: str = ""
    address: str = "Testvej 1"
    zipcode: str = "8000"
    city: str = "Aarhus C"
    country_id: int = DENMARK


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """A number of one product. ``unit_price`` in øre, as the customer saw it; a credit has a negative ``amount``."""

    name: str
    unit_price: int
    amount: int = 1
    product_id: int = 1001
    own_id: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def total(self) -> int:
        """Øre for the whole line."""
        return self.amount * self.unit_price


@dataclass(frozen=True, slots=True, kw_only=True)
class SimOrder:
    """One order. What is 0 or ``None`` of ids and times is filled in when the shop places it.

    ``case`` says what a demo order is meant to show, and ``sent_at`` when it was sent: neither is put on the wire.
    """

    order_id: int = 0
    webshop_order_id: int = 0
    invoice_id: str | None = None
    status: str = "new"
    paid: bool = False
    paid_at: datetime | None = None
    placed_at: datetime | None = None
    sent_at: datetime | None = None
    modified_at: datetime | None = None
    billing: Party = Party()
    delivery: Party | None = None
    vat_number: str = ""
    ean_number: str = ""
    email: str | None = "kunde@example.com"
    phone: str = "12345678"
    comments: str = ""
    lines: tuple[OrderLine, ...] = ()
    shipping_id: int | None = 12
    shipping_price: int = 0
    tracking_number: str | None = None
    tracking_url: str | None = None
    pickup_address: str | None = None
    voucher_id: int | None = None
    voucher_code: str | None = None
    voucher_discount: int | None = None
    """Per cent, or ``None`` for a voucher with a fixed amount."""
    voucher_discount_amount: int | None = None
    vat_free: bool = False
    """Sold without Danish VAT; prices are then without VAT too."""
    stated_total: int | None = None
    """What the shop says the total is, where it is wrong."""
    stated_vat: int | None = None
    left_out: frozenset[str] = frozenset()
    """Keys that this order lacks on the wire."""
    case: str = ""

    @property
    def goods_total(self) -> int:
        """Øre of all lines, before voucher and shipping."""
        return sum(line.total for line in self.lines)

    @property
    def balanced_total(self) -> int:
        """Øre of lines and shipping less the voucher: what the total should be."""
        return self.goods_total + self.shipping_price - (self.voucher_discount_amount or 0)

    @property
    def total_price(self) -> int:
        """Øre that the shop says are to be paid."""
        return self.balanced_total if self.stated_total is None else self.stated_total

    @property
    def vat(self) -> int:
        """Øre of VAT contained in the total: a fifth of it, rounded on the sum, unless stated or sold without."""
        if self.stated_vat is not None:
            return self.stated_vat
        return 0 if self.vat_free else (self.total_price + 2) // 5

    def credited(self, amount: int | None = None) -> SimOrder:
        """The negative order that credits ``amount`` øre of this one, or all of it: without ids and times.

        Raises ``ValueError`` for an amount outside 1…total.
        """
        amount = self.total_price if amount is None else amount
        if not 0 < amount <= self.total_price:
            raise ValueError(f"of {self.total_price} øre, {amount} cannot be credited")
        blank = replace(
            self,
            order_id=0,
            webshop_order_id=0,
            invoice_id=None,
            placed_at=None,
            modified_at=None,
            stated_total=None,
            stated_vat=None,
            comments="",
            case=f"credit note of {self.case or self.order_id}",
        )
        if amount == self.balanced_total:
            return replace(
                blank,
                lines=tuple(replace(line, amount=-line.amount) for line in self.lines),
                shipping_price=-self.shipping_price,
                voucher_discount_amount=-self.voucher_discount_amount
                if self.voucher_discount_amount
                else self.voucher_discount_amount,
            )
        return replace(
            blank,
            lines=(OrderLine(name="Kreditering", amount=-1, unit_price=amount, product_id=0),),
            shipping_price=0,
            voucher_id=None,
            voucher_code=None,
            voucher_discount=None,
            voucher_discount_amount=None,
        )
