"""``spec`` of a DineroIntegration. A field's description is what its user is told when it is wrong."""

from __future__ import annotations

import re
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field, StrictInt

from dinero_operator.domain import patterns
from dinero_operator.domain.choices import (
    Booking,
    Credits,
    DiscountLines,
    Duplicates,
    FirstRun,
    LateOrders,
    Payment,
    Trigger,
    WithoutEmail,
)
from dinero_operator.domain.duration import DURATION_PATTERN, MAX_LENGTH, parse_duration
from dinero_operator.kube.fields import (
    MAX_ACCOUNT,
    MIN_ACCOUNT,
    Account,
    Bool,
    Day,
    Group,
    OrganisationId,
    SecretName,
    Text,
)

_ACCOUNT = f"give an account number from {MIN_ACCOUNT} to {MAX_ACCOUNT}"
_SECRET = "give the name of a Secret in this namespace"  # noqa: S105 - a sentence
_SWITCH = "give true or false"
_SALES = "give the accounts for goods and shipping"

Url = Annotated[str, Text(max_length=512, min_length=8, pattern=r"^https?://[^\s/?#@]+(/[^\s?#@]*)?$")]
SecretKey = Annotated[str, Text(max_length=253, min_length=1, pattern=r"^[A-Za-z0-9._-]+$")]
ZoneName = Annotated[str, Text(max_length=64, min_length=1, pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$")]
Currency = Annotated[str, Text(max_length=3, min_length=3, pattern=r"^[A-Z]{3}$")]
Interval = Annotated[str, Text(max_length=MAX_LENGTH, min_length=2, pattern=DURATION_PATTERN)]
Pattern = Annotated[str, Text(max_length=patterns.MAX_LENGTH, min_length=1)]
DailyCalls = Annotated[StrictInt, Field(ge=50, le=1_000_000)]
Guid = Annotated[
    UUID,
    Text(
        max_length=36,
        min_length=36,
        format="uuid",
        pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    ),
]


class TokenSecretRef(Group):
    """The Secret with the shop's token."""

    name: SecretName = Field(description=_SECRET)
    key: SecretKey = Field(default="token", description="give a key of the Secret")


class SecretRef(Group):
    """The Secret with the credentials for Dinero."""

    name: SecretName = Field(description=_SECRET)


class Shop(Group):
    """Where the orders come from."""

    url: Url = Field(
        default="https://www.shoporama.dk/REST",
        description="give an https address without user, query or fragment, such as https://www.shoporama.dk/REST",
    )
    token_secret_ref: TokenSecretRef = Field(description="name the Secret with the shop's token")
    daily_calls: DailyCalls = Field(default=1000, description="give a number from 50 to 1000000")
    time_zone: ZoneName = Field(
        default="Europe/Copenhagen", description="give an IANA time zone, such as Europe/Copenhagen"
    )
    currency: Currency = Field(
        default="DKK", description="give three capital letters as ISO 4217 has them, such as DKK"
    )

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone; it exists, ``parse_spec`` has looked."""
        return ZoneInfo(self.time_zone)


class Dinero(Group):
    """How to log in to Dinero."""

    secret_ref: SecretRef = Field(description="name the Secret with the credentials for Dinero")


class DomesticAccounts(Group):
    """Revenue accounts for Denmark; ``None`` for goods: the organisation's default sales account."""

    goods: Account | None = Field(default=None, description=_ACCOUNT)
    shipping: Account | None = Field(default=None, description=_ACCOUNT)


class SalesAccounts(Group):
    """Revenue accounts of a destination class; ``None`` for shipping: the account for goods."""

    goods: Account = Field(description=_ACCOUNT)
    shipping: Account | None = Field(default=None, description=_ACCOUNT)


class Sales(Group):
    """Revenue accounts by destination class; orders of a class that is ``None`` are held."""

    domestic: DomesticAccounts = Field(default_factory=DomesticAccounts, description=_SALES)
    eu_business: SalesAccounts | None = Field(default=None, description=_SALES)
    eu_consumer: SalesAccounts | None = Field(default=None, description=_SALES)
    export: SalesAccounts | None = Field(default=None, description=_SALES)


class Lines(Group):
    """How an order becomes lines."""

    discount: DiscountLines = Field(default=DiscountLines.OWN_LINE, description="use OwnLine or Spread")


class Customers(Group):
    """How buyers become contacts."""

    without_email: WithoutEmail = Field(default=WithoutEmail.HOLD, description="use Hold or Collective")
    collective_contact: Guid | None = Field(
        default=None, description="give the Guid of a contact in Dinero, 36 characters with hyphens"
    )


class Vouchers(Group):
    """How voucher codes are understood."""

    gift_card_pattern: Pattern | None = Field(
        default=None, description="give a regular expression of at most 256 characters, such as ^GIFT-"
    )

    def is_gift_card(self, code: str) -> bool:
        """Whether a voucher code, or a part of it, fits the pattern for gift cards."""
        if self.gift_card_pattern is None:
            return False
        compiled: re.Pattern[str] = patterns.compile_pattern(self.gift_card_pattern)  # from re's own cache
        return compiled.search(code[: patterns.LONGEST_CODE]) is not None


class Spec(Group):
    """What the user wants. ``parse_spec`` makes it; organisation, trigger and account are ``None`` during set-up."""

    shop: Shop = Field(description="name the shop's Secret in spec.shop.tokenSecretRef")
    dinero: Dinero = Field(description="name the Secret for Dinero in spec.dinero.secretRef")
    organisation: OrganisationId | None = Field(
        default=None, description="give the organisation's id, one of status.choices.organisations"
    )
    trigger: Trigger | None = Field(default=None, description="use Paid or Sent")
    account: Account | None = Field(
        default=None, description="give the number of a deposit account, one of status.choices.accounts"
    )
    booking: Booking = Field(default=Booking.ON_TRANSFER, description="use OnTransfer, OnSent or Manual")
    payment: Payment = Field(default=Payment.WHEN_PAID, description="use WhenPaid or Always")
    sales: Sales = Field(default_factory=Sales, description="give accounts by destination class")
    start_from: Day | None = Field(default=None, description="give a day as YYYY-MM-DD, such as 2026-11-01")
    interval: Interval = Field(default="5m", description="give a time of at least 1m, such as 90s, 5m or 1h")
    dry_run: Bool = Field(default=False, description=_SWITCH)
    suspend: Bool = Field(default=False, description=_SWITCH)
    lines: Lines = Field(default_factory=Lines, description="give the field discount")
    credits: Credits = Field(default=Credits.HOLD, description="use Automatic or Hold")
    customers: Customers = Field(default_factory=Customers, description="give the field withoutEmail")
    vouchers: Vouchers = Field(default_factory=Vouchers, description="give the field giftCardPattern")
    duplicates: Duplicates = Field(default=Duplicates.HOLD, description="use Hold or Ignore")
    late_orders: LateOrders = Field(default=LateOrders.OWN_DATE, description="use OwnDate, Today or Hold")
    first_run: FirstRun = Field(default=FirstRun.BOOK, description="use Book or Draft")

    @property
    def interval_seconds(self) -> float:
        """Seconds between two polls."""
        return parse_duration(self.interval)
