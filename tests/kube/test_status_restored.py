"""What a new process takes over from the status, and any story of reports and restarts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from rfc7386 import apply
from status_reports import ENDED, FIRST, HELD, NOW, REPORT, SCHEMA, after

from dinero_operator.domain.errors import CredentialsRejected, InvalidConfiguration, Unavailable
from dinero_operator.kube.resource import Status, parse_status
from dinero_operator.kube.status import merge_patch, restored, timestamp
from dinero_operator.sandbox.kubernetes.validation import validate
from dinero_operator.sync import verdict
from dinero_operator.sync.report import Choice, Counts, LastBooked, Report

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def test_a_new_process_takes_over_what_the_status_says() -> None:
    taken = restored(parse_status(FIRST.wire()), 3)
    assert taken.organisation == 118_427
    assert taken.watermark == datetime(2026, 11, 2, 8, 55, tzinfo=UTC)
    assert taken.held == (HELD,)
    assert taken.pending == 2
    assert taken.last_booked == REPORT.last_booked


def test_an_edited_spec_makes_the_watermark_void_and_what_was_pending_is_read_anew() -> None:
    taken = restored(FIRST, 4)
    assert taken.watermark is None
    assert taken.pending == 0
    assert taken.organisation == 118_427, "the books stay the same ones"
    assert taken.held == (HELD,)


def test_without_a_watermark_what_was_pending_is_read_anew() -> None:
    assert restored(after(Status(), replace(REPORT, watermark=None)), 3).pending == 0


def test_a_hold_is_taken_over_even_where_the_status_does_not_say_since_when() -> None:
    wire = FIRST.wire()
    wire["held"] = [{"orderId": "5", "reason": "GiftCard"}, {"orderId": "no id", "reason": "GiftCard"}]
    (held,) = restored(parse_status(wire), 3).held
    assert (held.order_id, held.number, held.reason) == (5, "5", "GiftCard")
    assert held.since == datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    del wire["lastSyncTime"]
    (held,) = restored(parse_status(wire), 3).held
    assert held.since == datetime(1970, 1, 1, tzinfo=UTC)


def test_nothing_is_taken_over_from_nothing() -> None:
    taken = restored(Status(), 1)
    assert (taken.organisation, taken.watermark, taken.held, taken.pending, taken.last_booked) == (
        None,
        None,
        (),
        0,
        None,
    )


reports = st.builds(
    Report,
    conditions=st.sampled_from(
        [
            ENDED,
            verdict.progressing(warnings=(verdict.BANK,)),
            verdict.selection_missing(("spec.account",)),
            verdict.failed(CredentialsRejected("a.")),
            verdict.failed(InvalidConfiguration("b.", reason="AccountMissing")),
            verdict.failed(Unavailable("c.")),
            verdict.secret_unusable("SecretMissing", "d."),
        ]
    ),
    next_run=st.just(300.0),
    finished=st.booleans(),
    succeeded=st.booleans(),
    organisation=st.none() | st.builds(Choice, st.integers(1, 9), st.text(max_size=3)),
    account=st.none() | st.builds(Choice, st.integers(0, 100_001), st.text(max_size=3)),
    organisations=st.none() | st.just((Choice(1, "A"),)),
    accounts=st.none() | st.just((Choice(1000, "B"),)),
    counts=st.none() | st.builds(Counts, st.integers(0, 3), st.integers(0, 3)),
    held=st.none() | st.lists(st.sampled_from([HELD, replace(HELD, order_id=2)]), max_size=2).map(tuple),
    watermark=st.none()
    | st.integers(0, 400 * 24 * 3600).map(
        lambda seconds: (
            (NOW + timedelta(seconds=seconds)).astimezone(COPENHAGEN).isoformat(timespec="seconds")
        )
    ),
    last_booked=st.none()
    | st.builds(LastBooked, st.text(max_size=3), st.none() | st.integers(0, 9), st.just(NOW)),
)
NO_WISH: tuple[str | None, ...] = (None, "", "a", "b")


@given(
    story=st.lists(
        st.tuples(reports, st.integers(1, 3), st.sampled_from(NO_WISH), st.integers(0, 8000)),
        min_size=1,
        max_size=6,
    )
)
def test_any_story_of_reports(
    story: list[tuple[Report, int, str | None, int]],
) -> None:
    server: Any = {}
    now = NOW
    for report, generation, handled, seconds in story:
        now += timedelta(seconds=seconds)
        old = parse_status(server)
        new = after(old, report, generation=generation, handled=handled, now=now)
        patch = merge_patch(old.wire(), new.wire())
        server = apply(patch, server)
        assert list(validate(server, SCHEMA)) == []
        assert parse_status(server) == new, "what the server has then is what was meant"
        again = after(new, report, generation=generation, handled=handled, now=now)
        assert merge_patch(new.wire(), again.wire()) == {}
        kinds = [condition.type for condition in new.conditions]
        assert kinds[:4] == ["Ready", "Connected", "Configured", "Synced"]
        assert kinds[4:] in ([], ["Stalled"])
        for condition in new.wire()["conditions"]:
            assert condition.keys() == {
                "type",
                "status",
                "observedGeneration",
                "lastTransitionTime",
                "reason",
                "message",
            }
            before = old.condition(condition["type"])
            same = before is not None and before.status == condition["status"]
            expected = before.last_transition_time if same and before is not None else timestamp(now)
            assert condition["lastTransitionTime"] == expected
            assert condition["type"] != "Stalled" or condition["status"] == "True"
        taken = restored(new, generation)
        if report.held is not None:
            assert [held.order_id for held in taken.held] == [held.order_id for held in report.held]
        if report.finished and report.watermark is not None:
            assert taken.watermark == datetime.fromisoformat(report.watermark)
