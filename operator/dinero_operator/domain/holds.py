"""Why an order is held, and what to do about it: one closed list.

Status messages, events, the metric's label values and ``docs/holds.md`` all come from here.
"""

from __future__ import annotations

from enum import StrEnum


class HoldReason(StrEnum):
    """The machine's word for a hold. ``remedy`` is the person's sentence."""

    BOOKS_DIFFER = "BooksDiffer"
    CHANGED_AFTER_BOOKING = "ChangedAfterBooking"
    COUNTRY_UNKNOWN = "CountryUnknown"
    CREDIT_NEEDED = "CreditNeeded"
    CURRENCY_UNSUPPORTED = "CurrencyUnsupported"
    DESTINATION_NOT_CONFIGURED = "DestinationNotConfigured"
    DISCOUNT_REFUSED = "DiscountRefused"
    DOCUMENT_REJECTED = "DocumentRejected"
    DRAFT_DELETED = "DraftDeleted"
    EMAIL_MISSING = "EmailMissing"
    GIFT_CARD = "GiftCard"
    LATE_ORDER = "LateOrder"
    NO_ACCOUNTING_YEAR = "NoAccountingYear"
    ORDER_GONE = "OrderGone"
    ORDER_UNREADABLE = "OrderUnreadable"
    OUTCOME_UNKNOWN = "OutcomeUnknown"
    PAYMENT_DIFFERS = "PaymentDiffers"
    POSSIBLE_DUPLICATE = "PossibleDuplicate"
    SPECIAL_TERRITORY = "SpecialTerritory"
    STATUS_UNKNOWN = "StatusUnknown"
    TOTALS_DIFFER = "TotalsDiffer"
    VAT_DIFFERS = "VatDiffers"
    VAT_NUMBER_INVALID = "VatNumberInvalid"

    @property
    def remedy(self) -> str:
        """What a person can do, in one or two sentences."""
        return _REMEDIES[self]


_BY_HAND = "or do it by hand in Dinero and name the order in the annotation shoporama.dk/skip-orders"

_REMEDIES = {
    HoldReason.BOOKS_DIFFER: f"Mend the document in Dinero so that it agrees with the order, {_BY_HAND}.",
    HoldReason.CHANGED_AFTER_BOOKING: "A booked invoice cannot be changed. Correct it with a credit note in Dinero, then "
    "name the order in the annotation shoporama.dk/skip-orders.",
    HoldReason.COUNTRY_UNKNOWN: f"Correct the delivery country of the order in the shop, {_BY_HAND}.",
    HoldReason.CREDIT_NEEDED: "Make the credit note (kreditnota) and the refund by hand in Dinero, then name the order in "
    "the annotation shoporama.dk/skip-orders. Cancellations and reductions can be credited by spec.credits: Automatic.",
    HoldReason.CURRENCY_UNSUPPORTED: "Only DKK can be booked. Book the order by hand in Dinero, then name it in the "
    "annotation shoporama.dk/skip-orders.",
    HoldReason.DESTINATION_NOT_CONFIGURED: "Give the revenue accounts of this class of deliveries in spec.sales, after asking "
    f"your accountant, {_BY_HAND}.",
    HoldReason.DISCOUNT_REFUSED: "Set spec.lines.discount to Spread, so that the discount is taken off the goods' lines.",
    HoldReason.DOCUMENT_REJECTED: f"Correct what Dinero complains of in the order in the shop, {_BY_HAND}.",
    HoldReason.DRAFT_DELETED: "Somebody deleted the draft (kladde) in Dinero. Book the order by hand there if it is owed, "
    "then name it in the annotation shoporama.dk/skip-orders.",
    HoldReason.EMAIL_MISSING: "Put an e-mail address on the order in the shop, or set spec.customers.withoutEmail to "
    "Collective with a collective contact.",
    HoldReason.GIFT_CARD: "A gift card (gavekort) is a payment, not a discount. Book the order by hand in Dinero, then "
    "name it in the annotation shoporama.dk/skip-orders.",
    HoldReason.LATE_ORDER: "Its voucher date lies in an earlier month. Choose OwnDate or Today in spec.lateOrders, "
    f"{_BY_HAND}.",
    HoldReason.NO_ACCOUNTING_YEAR: "Create the accounting year (regnskabsår) in Dinero.",
    HoldReason.ORDER_GONE: "The shop no longer knows the order. Check in Dinero whether something must be credited, then "
    "name the order in the annotation shoporama.dk/skip-orders.",
    HoldReason.ORDER_UNREADABLE: f"Correct the order in the shop, {_BY_HAND}.",
    HoldReason.OUTCOME_UNKNOWN: "Look at the invoice in Dinero: is it booked, and is its payment there once? The next run "
    "reads the books again; if this stays, finish it by hand and name the order in the annotation "
    "shoporama.dk/skip-orders.",
    HoldReason.PAYMENT_DIFFERS: "Look at the payments of the invoice in Dinero and settle the rest by hand.",
    HoldReason.POSSIBLE_DUPLICATE: "Switch off Shoporama's own Dinero link if it is on. If the other invoice is another "
    "sale, set spec.duplicates to Ignore; if it is this one, name the order in the annotation shoporama.dk/skip-orders.",
    HoldReason.SPECIAL_TERRITORY: "Ask your accountant which VAT applies there. Book the order by hand in Dinero, then name it "
    "in the annotation shoporama.dk/skip-orders.",
    HoldReason.STATUS_UNKNOWN: f"Set the order's status in the shop to new, sent or cancelled, {_BY_HAND}.",
    HoldReason.TOTALS_DIFFER: f"Correct the order's amounts in the shop, {_BY_HAND}.",
    HoldReason.VAT_DIFFERS: "Compare the VAT code of the revenue account in Dinero with the shop's VAT on the order. Then "
    f"correct the one that is wrong, {_BY_HAND}. Another country's VAT (OSS) cannot be booked in Dinero: ask your accountant.",
    HoldReason.VAT_NUMBER_INVALID: "Put the buyer's VAT number, of the country that the goods go to, on the order in the shop; "
    f"for a private buyer, take the company's name and number off it; {_BY_HAND}.",
}
