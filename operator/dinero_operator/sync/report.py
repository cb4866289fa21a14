"""What a run has to say: the conditions, the counts and the holds, free of Kubernetes' words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ConditionType(StrEnum):
    """The conditions of the resource (contract)."""

    READY = "Ready"
    CONNECTED = "Connected"
    CONFIGURED = "Configured"
    SYNCED = "Synced"
    STALLED = "Stalled"


class Reason(StrEnum):
    """The conditions' reasons; those of errors in the configuration come with the error."""

    SUCCEEDED = "Succeeded"
    PROGRESSING = "Progressing"
    AUTHENTICATED = "Authenticated"
    ACCEPTED = "Accepted"
    ACCOUNT_IS_BANK = "AccountIsBank"
    OAUTH_IGNORED = "RefreshTokenIgnored"
    UP_TO_DATE = "UpToDate"
    DRY_RUN = "DryRun"
    ORDERS_HELD = "OrdersHeld"
    ORDERS_OWED = "OrdersOwed"
    ORDERS_UNREADABLE = "OrdersUnreadable"
    SELECTION_MISSING = "SelectionMissing"
    CREDENTIALS_REJECTED = "CredentialsRejected"
    SUBSCRIPTION_MISSING = "SubscriptionMissing"
    QUOTA_LOW = "QuotaLow"
    RATE_LIMITED = "RateLimited"
    UNAVAILABLE = "Unavailable"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Condition:
    """One statement about the integration. ``status``: true, false, or ``None`` for unknown."""

    type: ConditionType
    status: bool | None
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class HeldOrder:
    """An order that is held, as ``status.held`` lists it. ``since`` is UTC, to the second."""

    order_id: int
    number: str
    reason: str
    message: str
    since: datetime


@dataclass(frozen=True, slots=True)
class LastBooked:
    """The newest booking. ``time`` is UTC, to the second."""

    order_number: str
    invoice_number: int | None
    time: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be picked during set-up: an organisation's id or an account's number, with its name."""

    key: int
    name: str


@dataclass(frozen=True, slots=True)
class Counts:
    """``status.orders``."""

    booked: int = 0
    drafted: int = 0
    credited: int = 0
    held: int = 0
    pending: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The state of an integration after, or in the middle of, a run.

    ``None`` leaves what the status has. ``next_run`` is in seconds from now. ``watermark`` is RFC 3339 with the shop's
    offset, so that the shop's wall time can be read back from it.
    """

    conditions: tuple[Condition, ...]
    next_run: float
    finished: bool = True
    succeeded: bool = False
    organisation: Choice | None = None
    account: Choice | None = None
    organisations: tuple[Choice, ...] | None = None
    accounts: tuple[Choice, ...] | None = None
    counts: Counts | None = None
    held: tuple[HeldOrder, ...] | None = None
    watermark: str | None = None
    watermark_instant: datetime | None = None
    last_booked: LastBooked | None = None

    def condition(self, kind: ConditionType) -> Condition | None:
        """The condition of one type, where the report has it."""
        return next((condition for condition in self.conditions if condition.type is kind), None)
