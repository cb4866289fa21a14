"""What must become of an order, by a few plain rules of the sandbox's own.

The verification rests on it, so it knows nothing of how the operator decides: a mistake there must not be made here too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from dinero_operator.sandbox.dinero.chart import EU
from dinero_operator.sandbox.shoporama import SimOrder
from dinero_operator.sandbox.shoporama.countries import COUNTRIES

Spec = Mapping[str, Any]
"""``spec`` of a DineroIntegration, as the API server gives it."""

_NEEDED = frozenset({"order_id", "status", "paid", "time", "total_price", "products", "order_products"})
"""Keys without which an order cannot be read."""
_SPECIAL = frozenset({"GL", "FO", "AX", "MC", "SM", "VA"})
"""Countries of the platform's table whose VAT follows rules of its own."""
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


class End(StrEnum):
    """Where an order ends, as long as nothing more happens to it in the shop."""

    PAID = "paid"
    """Booked, and the payment registered."""
    BOOKED = "booked"
    """Booked; the shop has no money for it yet."""
    DRAFTED = "drafted"
    HELD = "held"
    PENDING = "pending"
    NOTHING = "nothing"
    """Nothing is owed, and nothing is counted."""

    @property
    def invoiced(self) -> bool:
        """Whether there is an invoice, draft or booked."""
        return self in (End.PAID, End.BOOKED, End.DRAFTED)


@dataclass(frozen=True, slots=True)
class Expected:
    """The end of one order. ``reasons``: those that a hold may bear, where it is held."""

    order: SimOrder
    end: End
    reasons: frozenset[str] = frozenset()


def expected(order: SimOrder, spec: Spec) -> Expected:
    """Say what must become of an order under a resource's choices."""
    start = spec.get("startFrom")
    if start and placed_on(order, spec) < date.fromisoformat(start):
        return Expected(order, End.NOTHING)
    if order.left_out & _NEEDED:
        return Expected(order, End.HELD, frozenset({"OrderUnreadable"}))
    if order.total_price < 0:
        return Expected(order, End.HELD, frozenset({"CreditNeeded"}))
    if order.status == "cancelled":
        return Expected(order, End.NOTHING)
    if order.status not in ("new", "sent"):
        if order.paid:
            return Expected(order, End.HELD, frozenset({"StatusUnknown"}))
        return Expected(order, End.PENDING)
    if not (order.paid if spec["trigger"] == "Paid" else order.status == "sent"):
        return Expected(order, End.PENDING)
    reasons = _doubts(order, spec)
    if reasons:
        return Expected(order, End.HELD, reasons)
    return Expected(order, _invoiced(order, spec))


def placed_on(order: SimOrder, spec: Spec) -> date:
    """The order's own day, in the shop's zone."""
    assert order.placed_at is not None
    zone = ZoneInfo(spec["shop"].get("timeZone", "Europe/Copenhagen"))
    return order.placed_at.astimezone(zone).date()


def email_of(order: SimOrder) -> str:
    """The e-mail that two orders of one customer have in common; empty where there is none that can be used."""
    email = (order.email or "").strip().casefold()
    return email if _EMAIL.fullmatch(email) else ""


def _invoiced(order: SimOrder, spec: Spec) -> End:
    if order.total_price == 0:
        return End.NOTHING
    booking = spec.get("booking", "OnTransfer")
    if booking == "Manual" or (booking == "OnSent" and order.status != "sent"):
        return End.DRAFTED
    return End.PAID if order.paid or spec.get("payment") == "Always" else End.BOOKED


def _doubts(order: SimOrder, spec: Spec) -> frozenset[str]:
    """Every reason that a person must look at an order that is due."""
    reasons = set()
    pattern = spec.get("vouchers", {}).get("giftCardPattern")
    if pattern and order.voucher_discount_amount and re.search(pattern, order.voucher_code or ""):
        reasons.add("GiftCard")
    if order.total_price != order.balanced_total:
        reasons.add("TotalsDiffer")
    if order.total_price != 0:
        reasons |= _destination(order, spec)
        if not email_of(order):
            reasons.add("EmailMissing")
    return frozenset(reasons)


def class_of(order: SimOrder) -> str:
    """The key of ``spec.sales`` whose accounts an order belongs on; empty where it is none of them."""
    place = order.delivery or order.billing
    country = COUNTRIES.get(place.country_id)
    if country is None or country.iso in _SPECIAL:
        return ""
    if country.iso == "DK":
        return "domestic"
    if country.iso in EU:
        return "euBusiness" if _is_business(order) else "euConsumer"
    return "export"


def _is_business(order: SimOrder) -> bool:
    return bool(order.billing.company or order.vat_number or order.ean_number)


def _destination(order: SimOrder, spec: Spec) -> set[str]:
    country = COUNTRIES.get((order.delivery or order.billing).country_id)
    if country is None:
        return {"CountryUnknown"}
    if country.iso in _SPECIAL:
        return {"SpecialTerritory"}
    found, reasons = class_of(order), set()
    if found != "domestic" and not spec.get("sales", {}).get(found):
        return {"DestinationNotConfigured"}
    number = re.sub(r"\W", "", order.vat_number).upper()
    if found == "euBusiness" and not re.fullmatch(f"{country.iso}[0-9A-Z]{{8,12}}", number):
        reasons.add("VatNumberInvalid")
    # A fifth of the total, or nothing: what else the customer was charged is another country's VAT.
    due = 0 if found in ("euBusiness", "export") else order.total_price / 5
    if abs(order.vat - due) > len(order.lines) + 2:
        reasons.add("VatDiffers")
    return reasons
