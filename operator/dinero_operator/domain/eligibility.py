"""May an order be transferred now, later, or never? Decided from the order and the shop's choices alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dinero_operator.domain import money
from dinero_operator.domain.choices import DiscountLines, LateOrders, Trigger, WithoutEmail
from dinero_operator.domain.destination import Destination, destination_of
from dinero_operator.domain.document import invoice_lines, is_late, is_shipped
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.identity import email_key
from dinero_operator.domain.order import Order, OrderStatus
from dinero_operator.domain.patterns import LONGEST_CODE
from dinero_operator.domain.policy import LEDGER_CURRENCY, Policy, SalesAccounts
from dinero_operator.domain.registration import eu_vat_number
from dinero_operator.domain.territories import territory_of
from dinero_operator.domain.vat import RATES, vat_within


class Standing(StrEnum):
    """Where an order stands before the books are looked at."""

    DUE = "due"
    PENDING = "pending"
    """Not yet, but it can still become due."""
    NEVER = "never"
    """Placed before the start, or cancelled: nothing is owed, and nothing is counted."""
    SKIPPED = "skipped"
    """Nothing to invoice, or done by hand."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an order that is due is held. ``detail`` has no personal data and does not change from run to run."""

    reason: HoldReason
    detail: str


def standing(order: Order, policy: Policy) -> Standing | Obstacle:
    """Say where an order stands: by its date, status and trigger."""
    if order.order_id in policy.skip:
        return Standing.SKIPPED
    if order.placed_at.date() < policy.start_from:
        return Standing.NEVER
    if order.total < 0:
        return Obstacle(HoldReason.CREDIT_NEEDED, f"The shop gives a credit of {money.text(-order.total)}")
    if order.status is OrderStatus.CANCELLED:
        return Standing.NEVER
    if order.status is OrderStatus.UNKNOWN:
        if order.paid:
            return Obstacle(
                HoldReason.STATUS_UNKNOWN, "The order is paid, but its status in the shop is not a known one"
            )
        return Standing.PENDING
    reached = order.paid if policy.trigger is Trigger.PAID else is_shipped(order)
    return Standing.DUE if reached else Standing.PENDING


def obstacle(order: Order, policy: Policy, *, is_drafted: bool = False) -> Obstacle | None:
    """What stops an order that is due from being written into the books at all, if anything does.

    A draft that was made in time is not late because it waits to be booked.
    """
    for check in (_gift_card, _currency, _destination, _customer, _amounts, _vat):
        found = check(order, policy)
        if found is not None:
            return found
    return None if is_drafted else _lateness(order, policy)


def doubt_about_nothing(order: Order, policy: Policy) -> Obstacle | None:
    """What keeps an order of zero from being skipped: a gift card that paid it, or lines that come to something."""
    return _gift_card(order, policy) or _amounts(order, policy)


def accounts_of(order: Order, policy: Policy) -> SalesAccounts | None:
    """The revenue accounts of an order's destination class, where the shop has given them."""
    destination = destination_of(order)
    return policy.sales.get(destination) if destination is not None else None


def _gift_card(order: Order, policy: Policy) -> Obstacle | None:
    pattern = policy.gift_card_pattern
    code = order.voucher_code[:LONGEST_CODE]
    if order.discount and code and pattern is not None and pattern.search(code):
        return Obstacle(HoldReason.GIFT_CARD, f"A gift card pays {money.text(order.discount)} of the order")
    return None


def _currency(order: Order, policy: Policy) -> Obstacle | None:
    currency = order.currency or policy.currency
    if currency != LEDGER_CURRENCY:
        return Obstacle(HoldReason.CURRENCY_UNSUPPORTED, f"The order is in {currency}")
    return None


def _destination(order: Order, policy: Policy) -> Obstacle | None:
    territory = territory_of(order.delivery)
    if territory is not None:
        return Obstacle(
            HoldReason.SPECIAL_TERRITORY,
            f"The order goes to {territory.name}, where VAT follows rules of its own",
        )
    destination = destination_of(order)
    if destination is None:
        return Obstacle(HoldReason.COUNTRY_UNKNOWN, "The delivery country of the order is not known")
    country = order.delivery.country
    if destination not in policy.sales:
        return Obstacle(
            HoldReason.DESTINATION_NOT_CONFIGURED,
            f"The order goes to {country} (class {destination}), which spec.sales does not name",
        )
    if destination is Destination.EU_BUSINESS:
        return _business(order, country)
    return None


def _business(order: Order, country: str) -> Obstacle | None:
    """Without VAT only to a buyer with a VAT number of the country that the goods go to, and with no Danish address."""
    if not eu_vat_number(order.vat_number, country):
        said = "is not a valid one of" if order.vat_number else "is missing, for a business in"
        return Obstacle(HoldReason.VAT_NUMBER_INVALID, f"The buyer's VAT number {said} {country}")
    if order.billing.country == "DK":
        # Dinero takes no foreign number on a Danish contact, and a Danish buyer with a foreign number wants a look.
        return Obstacle(
            HoldReason.VAT_NUMBER_INVALID,
            f"The buyer's VAT number is one of {country}, but the buyer's own address is in Denmark",
        )
    return None


def _customer(order: Order, policy: Policy) -> Obstacle | None:
    is_collective = policy.without_email is WithoutEmail.COLLECTIVE and policy.collective_contact is not None
    if is_collective and not order.email.strip():
        if destination_of(order) is Destination.EU_BUSINESS:
            return Obstacle(
                HoldReason.EMAIL_MISSING,
                "The order has no e-mail address, and a business abroad must be named on its invoice",
            )
        return None
    try:
        email_key(order.email)
    except ValueError:
        text = (
            "The order's e-mail address is not a valid one"
            if order.email
            else "The order has no e-mail address"
        )
        return Obstacle(HoldReason.EMAIL_MISSING, text)
    return None


def _amounts(order: Order, policy: Policy) -> Obstacle | None:
    accounts = accounts_of(order, policy)
    if accounts is None:
        return None
    total = sum(line.amount for line in invoice_lines(order, accounts, policy.discount))
    if total != order.total:
        return Obstacle(
            HoldReason.TOTALS_DIFFER,
            f"The order's lines come to {money.text(total)}, its total is {money.text(order.total)}",
        )
    if policy.discount is DiscountLines.SPREAD and order.discount < 0:
        return Obstacle(HoldReason.TOTALS_DIFFER, "The order's discount is negative")
    return None


def _vat(order: Order, policy: Policy) -> Obstacle | None:
    """Abroad, what the customer was charged must be the VAT of the class: another country's cannot be booked in Dinero.

    A Danish sale is compared when Dinero has computed its draft.
    """
    destination = destination_of(order)
    if destination is None or destination is Destination.DOMESTIC or not order.total:
        return None
    due = vat_within(order.total, RATES[destination])
    if order.vat is None:
        return Obstacle(
            HoldReason.VAT_DIFFERS,
            f"The shop does not say how much VAT (moms) is in the order; class {destination} asks for {money.text(due)}",
        )
    accounts = accounts_of(order, policy)
    lines = invoice_lines(order, accounts, policy.discount) if accounts is not None else ()
    if abs(order.vat - due) > max(1, sum(1 for line in lines if line.amount)):
        return Obstacle(
            HoldReason.VAT_DIFFERS,
            f"The order has {money.text(order.vat)} of VAT (moms), its class {destination} asks for {money.text(due)}",
        )
    return None


def _lateness(order: Order, policy: Policy) -> Obstacle | None:
    if policy.late_orders is LateOrders.HOLD and is_late(order, policy):
        return Obstacle(HoldReason.LATE_ORDER, "The order's trigger lies in an earlier month")
    return None
