"""From reports to the status: what is said, and nothing where nothing is new."""

from dataclasses import replace
from datetime import timedelta

import pytest
from status_reports import ENDED, FIRST, HELD, LATER, NOW, REPORT, SCHEMA, after

from dinero_operator.domain.errors import CredentialsRejected, Unavailable
from dinero_operator.kube.resource import Status, parse_status
from dinero_operator.kube.resource_status import MAX_CHOICES, MAX_HELD_MESSAGE, MAX_MESSAGE, MAX_NAME
from dinero_operator.kube.status import COARSE, merge_patch, restored, timestamp
from dinero_operator.sandbox.kubernetes.validation import validate
from dinero_operator.sync import verdict
from dinero_operator.sync.report import Choice, Counts, LastBooked, Report


def told(status: Status) -> dict[str, tuple[str, str]]:
    return {condition.type: (condition.status, condition.reason) for condition in status.conditions}


def moved(status: Status) -> dict[str, str]:
    return {condition.type: condition.last_transition_time for condition in status.conditions}


def test_the_whole_status_in_the_words_of_the_contract() -> None:
    wire = after(Status(), replace(REPORT, conditions=ENDED[:1]), handled="now please").wire()
    unknown = {
        "status": "Unknown",
        "observedGeneration": 3,
        "lastTransitionTime": "2026-11-02T09:00:00Z",
        "reason": "Progressing",
        "message": "Not known yet.",
    }
    assert wire == {
        "observedGeneration": 3,
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "observedGeneration": 3,
                "lastTransitionTime": "2026-11-02T09:00:00Z",
                "reason": "Succeeded",
                "message": "The last run went through.",
            },
            *({"type": kind} | unknown for kind in ("Connected", "Configured", "Synced")),
        ],
        "organisation": {"id": 118_427, "name": "Demo ApS"},
        "account": {"number": 55_040, "name": "Webshop salg"},
        "startFrom": "2026-11-01",
        "watermark": "2026-11-02T09:55:00+01:00",
        "lastSyncTime": "2026-11-02T09:00:00Z",
        "lastHandledReconcileAt": "now please",
        "orders": {"booked": 12, "drafted": 1, "credited": 0, "held": 1, "pending": 2},
        "held": [
            {
                "orderId": "1234567",
                "orderNumber": "1042",
                "reason": "GiftCard",
                "message": "A gift card pays. Book it by hand.",
                "since": "2026-11-02T09:00:00Z",
            }
        ],
        "lastBooked": {"orderNumber": "1041", "invoiceNumber": 2077, "time": "2026-11-02T09:00:00Z"},
    }


def test_a_status_that_says_the_same_is_not_written() -> None:
    again = after(FIRST, REPORT, now=LATER)
    assert again == FIRST
    assert merge_patch(FIRST.wire(), again.wire()) == {}


def test_the_time_of_the_last_run_alone_is_written_hourly() -> None:
    almost = after(FIRST, REPORT, now=NOW + COARSE - timedelta(seconds=2))
    assert almost == FIRST
    patch = merge_patch(FIRST.wire(), after(FIRST, REPORT, now=NOW + COARSE).wire())
    assert patch == {"lastSyncTime": "2026-11-02T10:00:00Z"}


def test_the_time_of_the_last_run_goes_along_with_other_changes() -> None:
    report = replace(REPORT, counts=Counts(booked=13, drafted=1, held=1, pending=2))
    patch = merge_patch(FIRST.wire(), after(FIRST, report, now=LATER).wire())
    assert patch == {"orders": {"booked": 13}, "lastSyncTime": "2026-11-02T09:05:00Z"}


def test_a_run_that_failed_is_no_sync() -> None:
    failed = Report(verdict.failed(Unavailable("Dinero does not answer.")), 15.0, held=(HELD,))
    patch = merge_patch(FIRST.wire(), after(FIRST, failed, now=NOW + COARSE * 3).wire())
    assert patch.keys() == {"conditions"}
    ready = patch["conditions"][0]
    assert (ready["status"], ready["reason"], ready["lastTransitionTime"]) == (
        "False",
        "Unavailable",
        "2026-11-02T12:00:00Z",
    )
    assert patch["conditions"][1:] == FIRST.wire()["conditions"][1:], "what it does not know stays"


def test_what_a_report_does_not_know_stays() -> None:
    nothing = Report(verdict.secret_unusable("SecretMissing", "Create it."), 300.0)
    new = after(FIRST, nothing, now=LATER, start_from=None)
    patch = merge_patch(FIRST.wire(), new.wire())
    assert patch.keys() == {"conditions"}
    assert new.held == FIRST.held, "an order that leaves the list is an order that nobody looks at again"


def test_holds_leave_the_list_only_when_a_report_says_so() -> None:
    assert after(FIRST, replace(REPORT, held=())).held == ()


def test_a_transition_is_a_change_of_status_and_nothing_else() -> None:
    low = verdict.ended(warnings=(verdict.BANK,), held=False, owed=False, dry_run=False, quota_low=True)
    new = after(FIRST, replace(REPORT, conditions=low), now=LATER)
    assert told(new)["Ready"] == ("True", "QuotaLow")
    assert told(new)["Configured"] == ("True", "AccountIsBank")
    assert moved(new) == moved(FIRST) | {"Synced": timestamp(LATER)}, "held before, not any more"


def test_stalled_is_there_only_while_it_is_true() -> None:
    stalled = Report(verdict.failed(CredentialsRejected("Renew the key.")), 300.0)
    new = after(FIRST, stalled, now=LATER)
    assert told(new)["Stalled"] == ("True", "CredentialsRejected")
    progress = Report(verdict.progressing(warnings=()), 300.0, finished=False)
    assert "Stalled" in told(after(new, progress)), "a run in the middle does not know yet"
    assert "Stalled" not in told(after(new, REPORT))
    assert "Stalled" not in told(after(new, Report(verdict.failed(Unavailable("x.")), 15.0)))


def test_a_run_under_way_neither_observes_the_generation_nor_answers_a_wish() -> None:
    progress = replace(REPORT, finished=False, succeeded=False, watermark=None)
    new = after(FIRST, progress, generation=4, handled="token")
    assert new.observed_generation == 3
    assert new.last_handled_reconcile_at is None
    assert new.watermark == FIRST.watermark
    assert all(condition.observed_generation == 4 for condition in new.conditions)


def test_a_wish_is_answered_and_stays_answered() -> None:
    answered = after(FIRST, REPORT, handled="t" * 2000)
    assert answered.last_handled_reconcile_at == "t" * 1024
    assert after(answered, REPORT).last_handled_reconcile_at == "t" * 1024


def test_a_watermark_of_another_generation_is_dropped_until_a_run_reaches_a_new_one() -> None:
    """Orders that were passed by with the spec before may be due with this one; a restart must find them."""
    failed = Report(verdict.failed(Unavailable("Dinero does not answer.")), 15.0, held=(HELD,))
    new = after(FIRST, failed, generation=4)
    assert new.watermark is None
    assert restored(new, 4).watermark is None
    assert after(new, failed, generation=4).watermark is None
    reached = after(new, REPORT, generation=4)
    assert restored(reached, 4).watermark is not None
    assert after(reached, failed, generation=4).watermark == REPORT.watermark


def test_choices_are_shown_until_the_set_up_is_known_to_be_done() -> None:
    choosing = Report(
        verdict.selection_missing(("spec.account",)),
        300.0,
        organisations=(Choice(118_427, "Demo ApS"),),
        accounts=(Choice(55_040, "Webshop salg"), Choice(999, "no such number"), Choice(100_000, "neither")),
    )
    new = after(Status(), choosing)
    assert new.wire()["choices"] == {
        "organisations": [{"id": 118_427, "name": "Demo ApS"}],
        "accounts": [{"number": 55_040, "name": "Webshop salg"}],
    }
    outage = Report(verdict.failed(Unavailable("Dinero does not answer.")), 15.0)
    assert after(new, outage).choices == new.choices
    assert merge_patch(new.wire(), after(new, REPORT).wire())["choices"] is None


def test_everything_keeps_to_the_lengths_of_the_crd() -> None:
    long = "ø" * 40_000
    crowd = tuple(Choice(1000 + number, long) for number in range(MAX_CHOICES + 5))
    report = replace(
        REPORT,
        organisation=Choice(118_427, long),
        account=Choice(55_040, long),
        organisations=crowd,
        accounts=crowd,
        held=tuple(replace(HELD, order_id=number, number=long, message=long) for number in range(50)),
        last_booked=LastBooked(long, 1, NOW),
        conditions=tuple(replace(condition, message=long) for condition in ENDED),
    )
    wire = after(Status(), report, handled=long).wire()
    assert list(validate(wire, SCHEMA)) == []
    assert len(wire["choices"]["accounts"]) == MAX_CHOICES
    assert len(wire["organisation"]["name"]) == MAX_NAME
    assert len(wire["held"][0]["message"]) == MAX_HELD_MESSAGE
    assert {len(condition["message"]) for condition in wire["conditions"]} == {MAX_MESSAGE}
    assert parse_status(wire).wire() == wire


@pytest.mark.parametrize("number", [None, 0])
def test_a_booking_without_a_number_is_not_shown(number: int | None) -> None:
    report = replace(REPORT, last_booked=LastBooked("1", number, NOW))
    assert after(Status(), report).last_booked is None


def test_an_account_number_that_dinero_cannot_have_is_not_shown() -> None:
    assert after(Status(), replace(REPORT, account=Choice(12, "?"))).account is None
