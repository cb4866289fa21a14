"""What one integration is asked to do, free of Kubernetes' words. ``kube`` makes it from the resource and its Secrets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from re import Pattern
from uuid import UUID
from zoneinfo import ZoneInfo

from dinero_operator.dinero.auth import ApiKey
from dinero_operator.dinero.connection import Connection
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
from dinero_operator.domain.destination import Destination


@dataclass(frozen=True, slots=True)
class SalesChoice:
    """Revenue accounts as the spec gives them; ``None`` takes the default."""

    goods: int | None = None
    shipping: int | None = None


@dataclass(frozen=True, slots=True)
class IntegrationSpec:
    """The resource's spec. ``interval`` is in seconds; ``organisation``, ``trigger``, ``account`` may not be chosen yet."""

    shop_url: str
    zone: ZoneInfo
    start_from: date
    daily_calls: int = 1000
    currency: str = "DKK"
    organisation: int | None = None
    trigger: Trigger | None = None
    account: int | None = None
    booking: Booking = Booking.ON_TRANSFER
    payment: Payment = Payment.WHEN_PAID
    sales: Mapping[Destination, SalesChoice] = field(
        default_factory=lambda: {Destination.DOMESTIC: SalesChoice()}
    )
    interval: float = 300.0
    dry_run: bool = False
    discount: DiscountLines = DiscountLines.OWN_LINE
    without_email: WithoutEmail = WithoutEmail.HOLD
    collective_contact: UUID | None = None
    gift_card_pattern: Pattern[str] | None = None
    duplicates: Duplicates = Duplicates.HOLD
    credits: Credits = Credits.HOLD
    late_orders: LateOrders = LateOrders.OWN_DATE
    first_run: FirstRun = FirstRun.BOOK
    skip: frozenset[int] = frozenset()
    warnings: tuple[tuple[str, str], ...] = ()
    """What the resource asks for and does not get: a reason and a sentence each."""

    def fingerprint(self) -> str:
        """Twelve hex digits that name the choices by which documents are made; the same in every process."""
        pattern = self.gift_card_pattern.pattern if self.gift_card_pattern else None
        sales = sorted((place.value, choice.goods, choice.shipping) for place, choice in self.sales.items())
        without = {"sales", "gift_card_pattern", "skip", "warnings", "interval", "daily_calls"}
        rest = [
            (each.name, str(getattr(self, each.name))) for each in fields(self) if each.name not in without
        ]
        return hashlib.sha256(repr((rest, sales, pattern)).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the Secrets hold. ``repr`` never shows it."""

    shop_token: str
    dinero: ApiKey | Connection
    has_unused_oauth: bool = False
    """The Secret holds a connection made in the browser too; the API key wins (contract)."""

    def __repr__(self) -> str:
        return "Credentials(…)"

    def shop_fingerprint(self) -> str:
        """Tell two shops' tokens apart without keeping them."""
        return hashlib.sha256(self.shop_token.encode()).hexdigest()

    def fingerprint(self) -> str:
        """Tell two sets of credentials apart without keeping them. A connection's tokens may change, and it stays the same."""
        match self.dinero:
            case ApiKey(client_id=client_id, client_secret=client_secret, api_key=api_key):
                parts = (self.shop_token, client_id, client_secret, api_key)
            case Connection(key=key, identity=identity):
                parts = (self.shop_token, "connection", key, identity)
        return hashlib.sha256(repr(parts).encode()).hexdigest()
