"""What a shop can choose, in the words of the custom resource."""

from __future__ import annotations

from enum import StrEnum


class Trigger(StrEnum):
    """When an order is transferred."""

    PAID = "Paid"
    SENT = "Sent"


class Booking(StrEnum):
    """When the invoice is booked; ``MANUAL`` leaves drafts."""

    ON_TRANSFER = "OnTransfer"
    ON_SENT = "OnSent"
    MANUAL = "Manual"


class Payment(StrEnum):
    """When the payment is registered: once the shop says paid, or always with the booking."""

    WHEN_PAID = "WhenPaid"
    ALWAYS = "Always"


class DiscountLines(StrEnum):
    """A discount as a line of its own, or spread over the goods."""

    OWN_LINE = "OwnLine"
    SPREAD = "Spread"


class Credits(StrEnum):
    """What a refund or cancellation after the booking does."""

    AUTOMATIC = "Automatic"
    HOLD = "Hold"


class WithoutEmail(StrEnum):
    """What becomes of orders without an e-mail address."""

    HOLD = "Hold"
    COLLECTIVE = "Collective"


class Duplicates(StrEnum):
    """What an invoice that looks like the order, but is not ours, does."""

    HOLD = "Hold"
    IGNORE = "Ignore"


class LateOrders(StrEnum):
    """Voucher date of an order whose trigger day lies in an earlier month."""

    OWN_DATE = "OwnDate"
    TODAY = "Today"
    HOLD = "Hold"


class FirstRun(StrEnum):
    """Whether the first ten orders are booked, or left as drafts for a person to look at."""

    BOOK = "Book"
    DRAFT = "Draft"
