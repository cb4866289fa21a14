"""From what happened to the conditions: one place that decides which of them is what, and why.

Messages name the field and the remedy, and hold nothing that changes from run to run, so that a status which says the same
is not written again.
"""

from __future__ import annotations

from dinero_operator.dinero.connection import StoreUnusable
from dinero_operator.domain.errors import (
    CredentialsRejected,
    InvalidConfiguration,
    OperatorError,
    RateLimited,
    SubscriptionMissing,
    Unavailable,
)
from dinero_operator.sync.report import Condition, ConditionType, Reason

CONNECTED = Condition(
    ConditionType.CONNECTED, True, Reason.AUTHENTICATED, "Shoporama and Dinero accept the credentials."
)
BANK = (
    Reason.ACCOUNT_IS_BANK.value,
    (
        "spec.account looks like the bank. The gateway keeps its fee, so less arrives there than was sold: choose a deposit "
        "account (beholdning) such as Webshop salg instead."
    ),
)
"""A warning: its reason and its sentence."""
OAUTH_IGNORED = (
    Reason.OAUTH_IGNORED.value,
    "spec.dinero.secretRef: the Secret has both apiKey and refreshToken; apiKey is used. Remove the one that is not meant.",
)


def configured(warnings: tuple[tuple[str, str], ...]) -> Condition:
    """The configuration works. Warnings do not stop it, and are told here: the first one gives the reason."""
    if warnings:
        message = " ".join(text for _, text in warnings)
        return Condition(ConditionType.CONFIGURED, True, warnings[0][0], message)
    message = "Dinero knows the organisation and the accounts."
    return Condition(ConditionType.CONFIGURED, True, Reason.ACCEPTED, message)


def selection_missing(missing: tuple[str, ...]) -> tuple[Condition, ...]:
    """Something is still to be chosen."""
    message = f"Choose {', '.join(missing)}: status.choices lists what can be picked."
    return (
        Condition(ConditionType.READY, False, Reason.SELECTION_MISSING, message),
        Condition(ConditionType.CONFIGURED, False, Reason.SELECTION_MISSING, message),
        Condition(ConditionType.CONNECTED, True, Reason.AUTHENTICATED, "Dinero accepts the credentials."),
    )


def failed(error: OperatorError) -> tuple[Condition, ...]:
    """A run that an error ended. Who must act decides which condition is false."""
    message = str(error)
    match error:
        case SubscriptionMissing():
            return _stopped(ConditionType.CONNECTED, Reason.SUBSCRIPTION_MISSING, message, stalled=True)
        case CredentialsRejected():
            return _stopped(ConditionType.CONNECTED, Reason.CREDENTIALS_REJECTED, message, stalled=True)
        case StoreUnusable():
            return _stopped(ConditionType.CONNECTED, error.reason, message, stalled=True)
        case InvalidConfiguration():
            return _stopped(ConditionType.CONFIGURED, error.reason, message, stalled=True)
        case RateLimited():
            return (Condition(ConditionType.READY, False, Reason.RATE_LIMITED, message),)
        case Unavailable():
            return (Condition(ConditionType.READY, False, Reason.UNAVAILABLE, message),)
        case _:
            return (Condition(ConditionType.READY, False, Reason.FAILED, message),)


def secret_unusable(reason: str, message: str) -> tuple[Condition, ...]:
    """A Secret, or a key of it, is missing. It may appear at any time, so this is no standstill."""
    return _stopped(ConditionType.CONNECTED, reason, message, stalled=False)


def ended(
    *,
    warnings: tuple[tuple[str, str], ...],
    held: bool,
    owed: bool,
    dry_run: bool,
    quota_low: bool,
    unreadable: bool = False,
) -> tuple[Condition, ...]:
    """A run that went through. ``owed``: some orders are still to be done; ``unreadable``: rows had no order id."""
    message = "The last run went through."
    if quota_low:
        message += (
            " The day's calls to the shop (spec.shop.dailyCalls) run low, so polls are further apart for now."
        )
    ready = Condition(ConditionType.READY, True, Reason.QUOTA_LOW if quota_low else Reason.SUCCEEDED, message)
    return (
        ready,
        CONNECTED,
        configured(warnings),
        _synced(held=held, owed=owed, dry_run=dry_run, unreadable=unreadable),
    )


def progressing(*, warnings: tuple[tuple[str, str], ...]) -> tuple[Condition, ...]:
    """A long run that is under way."""
    return (
        CONNECTED,
        configured(warnings),
        Condition(ConditionType.SYNCED, False, Reason.PROGRESSING, "Orders are being transferred."),
    )


def _synced(*, held: bool, owed: bool, dry_run: bool, unreadable: bool) -> Condition:
    if dry_run and owed:
        message = "spec.dryRun is set: orders are planned, and nothing is written to Dinero."
        return Condition(ConditionType.SYNCED, False, Reason.DRY_RUN, message)
    if owed:
        message = "Some orders could not be transferred yet. They are tried again at the next run."
        return Condition(ConditionType.SYNCED, False, Reason.ORDERS_OWED, message)
    if unreadable:
        message = (
            "The shop lists orders without an id, which cannot be told apart, so they are not transferred. Ask Shoporama "
            "for the form of its orders, and report it."
        )
        return Condition(ConditionType.SYNCED, False, Reason.ORDERS_UNREADABLE, message)
    if held:
        message = "Some orders are held: status.held says why, and what to do."
        return Condition(ConditionType.SYNCED, False, Reason.ORDERS_HELD, message)
    return Condition(ConditionType.SYNCED, True, Reason.UP_TO_DATE, "Every order that is due is in Dinero.")


def _stopped(kind: ConditionType, reason: str, message: str, *, stalled: bool) -> tuple[Condition, ...]:
    conditions = (
        Condition(ConditionType.READY, False, reason, message),
        Condition(kind, False, reason, message),
    )
    if stalled:
        return (*conditions, Condition(ConditionType.STALLED, True, reason, message))
    return conditions
