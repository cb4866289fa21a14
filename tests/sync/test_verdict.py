"""Which condition is what: one table of all the ways a run can end."""

import itertools

import pytest

from dinero_operator.domain.errors import (
    CredentialsRejected,
    InvalidConfiguration,
    OperatorError,
    OutcomeUnknown,
    RateLimited,
    SubscriptionMissing,
    Unavailable,
)
from dinero_operator.sync import verdict
from dinero_operator.sync.report import Condition

SAID = "spec.account: choose one."


def words(conditions: tuple[Condition, ...]) -> dict[str, str]:
    """Each condition as ``status/reason``; a type that occurs twice would overwrite itself in the status."""
    assert len({condition.type for condition in conditions}) == len(conditions)
    return {str(condition.type): f"{condition.status}/{condition.reason}" for condition in conditions}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            CredentialsRejected(SAID),
            {
                "Ready": "False/CredentialsRejected",
                "Connected": "False/CredentialsRejected",
                "Stalled": "True/CredentialsRejected",
            },
        ),
        (
            SubscriptionMissing(SAID),
            {
                "Ready": "False/SubscriptionMissing",
                "Connected": "False/SubscriptionMissing",
                "Stalled": "True/SubscriptionMissing",
            },
        ),
        (
            InvalidConfiguration(SAID, reason="AccountMissing"),
            {
                "Ready": "False/AccountMissing",
                "Configured": "False/AccountMissing",
                "Stalled": "True/AccountMissing",
            },
        ),
        (RateLimited(SAID, retry_after=60.0), {"Ready": "False/RateLimited"}),
        (Unavailable(SAID), {"Ready": "False/Unavailable"}),
        (OutcomeUnknown(SAID), {"Ready": "False/Failed"}),
        (OperatorError(SAID), {"Ready": "False/Failed"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_who_must_act_decides_what_is_false(error: OperatorError, expected: dict[str, str]) -> None:
    conditions = verdict.failed(error)
    assert words(conditions) == expected
    assert {condition.message for condition in conditions} == {SAID}


def test_a_missing_secret_is_no_standstill() -> None:
    conditions = verdict.secret_unusable("SecretMissing", SAID)
    assert words(conditions) == {"Ready": "False/SecretMissing", "Connected": "False/SecretMissing"}


def test_what_is_still_to_be_chosen_is_named() -> None:
    conditions = verdict.selection_missing(("spec.trigger", "spec.account"))
    assert words(conditions) == {
        "Ready": "False/SelectionMissing",
        "Configured": "False/SelectionMissing",
        "Connected": "True/Authenticated",
    }
    assert (
        conditions[0].message == "Choose spec.trigger, spec.account: status.choices lists what can be picked."
    )


@pytest.mark.parametrize(
    ("held", "owed", "dry_run", "synced"),
    [
        (False, False, False, "True/UpToDate"),
        (False, False, True, "True/UpToDate"),
        (True, False, False, "False/OrdersHeld"),
        (True, False, True, "False/OrdersHeld"),
        (False, True, False, "False/OrdersOwed"),
        (True, True, False, "False/OrdersOwed"),
        (False, True, True, "False/DryRun"),
        (True, True, True, "False/DryRun"),
    ],
)
@pytest.mark.parametrize("bank", [False, True])
@pytest.mark.parametrize("quota_low", [False, True])
def test_a_run_that_went_through_is_ready_whatever_is_held(
    *, held: bool, owed: bool, dry_run: bool, synced: str, bank: bool, quota_low: bool
) -> None:
    conditions = verdict.ended(
        warnings=(verdict.BANK,) if bank else (), held=held, owed=owed, dry_run=dry_run, quota_low=quota_low
    )
    assert words(conditions) == {
        "Ready": "True/QuotaLow" if quota_low else "True/Succeeded",
        "Connected": "True/Authenticated",
        "Configured": "True/AccountIsBank" if bank else "True/Accepted",
        "Synced": synced,
    }


@pytest.mark.parametrize("bank", [False, True])
def test_a_run_under_way_says_nothing_of_ready(bank: bool) -> None:
    assert words(verdict.progressing(warnings=(verdict.BANK,) if bank else ())) == {
        "Connected": "True/Authenticated",
        "Configured": "True/AccountIsBank" if bank else "True/Accepted",
        "Synced": "False/Progressing",
    }


def test_every_warning_is_told() -> None:
    configured = verdict.configured((verdict.OAUTH_IGNORED, verdict.BANK))
    assert (configured.status, configured.reason) == (True, "RefreshTokenIgnored")
    assert configured.message == f"{verdict.OAUTH_IGNORED[1]} {verdict.BANK[1]}"


def test_messages_are_sentences_without_changing_text() -> None:
    flags = itertools.product([False, True], repeat=5)
    for bank, held, owed, dry_run, quota_low in flags:
        for condition in verdict.ended(
            warnings=(verdict.BANK,) if bank else (),
            held=held,
            owed=owed,
            dry_run=dry_run,
            quota_low=quota_low,
        ):
            assert condition.message.endswith(".")
            assert not any(letter.isdigit() for letter in condition.message)
