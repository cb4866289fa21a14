"""Events tell of transitions, once, and never flood."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from api_server import ScriptedApi, answer, refusal, scripted
from kube_bodies import an_entry
from status_reports import FIRST, REPORT, after

from dinero_operator.domain.errors import CredentialsRejected, InvalidConfiguration, Unavailable
from dinero_operator.kube.events import MAX_EVENTS_OF_RUN, MAX_MESSAGE, EventRecorder
from dinero_operator.kube.registry import Entry
from dinero_operator.kube.resource_status import Status
from dinero_operator.sync import verdict
from dinero_operator.sync.report import Condition, Report
from fake_clock import FakeClock

BANK = verdict.ended(warnings=(verdict.BANK,), held=False, owed=False, dry_run=False, quota_low=False)
OUTAGE = verdict.failed(Unavailable("Dinero does not answer."))


@dataclass
class Posted:
    """What a recorder has posted."""

    script: ScriptedApi
    recorder: EventRecorder
    entry: Entry = field(default_factory=lambda: an_entry(namespace="team", name="shop"))

    @property
    def events(self) -> list[dict[str, Any]]:
        return [call.body for call in self.script.calls]

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(event["type"], event["reason"]) for event in self.events]


@pytest.fixture
async def posted(clock: FakeClock) -> Any:
    async with scripted() as (script, api):
        script.will(answer(201, {}))
        yield Posted(script, EventRecorder(api, clock))


def status(*conditions: Condition, old: Status = FIRST) -> Status:
    return after(old, Report(conditions, 300.0))


async def test_an_event_names_the_resource(posted: Posted) -> None:
    await posted.recorder.record(posted.entry, "GiftCard", "Order 1042 is held.", is_warning=True)
    assert posted.events == [
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": "shop.", "namespace": "team"},
            "involvedObject": {
                "apiVersion": "shoporama.dk/v1alpha1",
                "kind": "DineroIntegration",
                "namespace": "team",
                "name": "shop",
                "uid": "uid-1",
                "resourceVersion": "100",
            },
            "reason": "GiftCard",
            "message": "Order 1042 is held.",
            "type": "Warning",
            "firstTimestamp": "2026-03-02T09:00:00Z",
            "lastTimestamp": "2026-03-02T09:00:00Z",
            "count": 1,
            "source": {"component": "dinero-operator"},
            "reportingComponent": "dinero-operator",
            "reportingInstance": "dinero-operator",
        }
    ]


async def test_long_names_and_messages_are_cut(posted: Posted) -> None:
    entry = an_entry(name="s" * 253)
    await posted.recorder.record(entry, "GiftCard", "m" * 5000, is_warning=False)
    (event,) = posted.events
    assert len(event["message"]) == MAX_MESSAGE
    assert len(event["metadata"]["generateName"]) <= 248
    assert event["involvedObject"]["name"] == entry.key.name


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (Status(), FIRST, [("Normal", "Succeeded")]),
        (FIRST, FIRST, []),
        (FIRST, status(*OUTAGE), [("Warning", "Unavailable")]),
        (status(*OUTAGE), status(*OUTAGE), []),
        (status(*OUTAGE), status(*verdict.failed(Unavailable("Shoporama does not answer."))), []),
        (status(*OUTAGE), FIRST, [("Normal", "Succeeded")]),
        (FIRST, status(*BANK), [("Warning", "AccountIsBank")]),
        (status(*BANK), status(*BANK), []),
        (status(*BANK), FIRST, []),
        (Status(), status(*BANK, old=Status()), [("Normal", "Succeeded"), ("Warning", "AccountIsBank")]),
        (FIRST, status(*verdict.failed(CredentialsRejected("x."))), [("Warning", "CredentialsRejected")]),
        (
            FIRST,
            status(*verdict.failed(InvalidConfiguration("x.", reason="AccountMissing"))),
            [("Warning", "AccountMissing")],
        ),
        (Status(), status(old=Status()), []),  # not known yet
    ],
)
async def test_transitions_are_told_once(
    posted: Posted, old: Status, new: Status, expected: list[tuple[str, str]]
) -> None:
    await posted.recorder.transition(posted.entry, old, new)
    assert posted.told == expected


async def test_a_thousand_holds_do_not_flood_and_do_not_drown_the_transition(posted: Posted) -> None:
    for _ in range(1000):
        await posted.recorder.record(posted.entry, "GiftCard", "An order is held.", is_warning=True)
    await posted.recorder.transition(posted.entry, Status(), after(Status(), REPORT))
    assert posted.told == [("Warning", "GiftCard")] * MAX_EVENTS_OF_RUN + [("Normal", "Succeeded")]
    posted.entry.events_of_run = 0  # the next run
    await posted.recorder.record(posted.entry, "GiftCard", "An order is held.", is_warning=True)
    assert len(posted.events) == MAX_EVENTS_OF_RUN + 2


async def test_an_event_that_cannot_be_posted_is_lost_with_a_line_in_the_log(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with scripted() as (script, api):
        script.will(refusal(403, "hush"))
        recorder = EventRecorder(api, clock)
        await recorder.record(an_entry(), "GiftCard", "An order is held.", is_warning=True)
    assert [record.message for record in caplog.records] == [
        "an event could not be posted: The service account may not create event: grant it (examples/rbac.yaml)"
    ]


async def test_the_time_is_in_utc(clock: FakeClock) -> None:
    clock.start = datetime.fromisoformat("2026-03-29T03:00:00+02:00")
    async with scripted() as (script, api):
        script.will(answer(201, {}))
        await EventRecorder(api, clock).record(an_entry(), "GiftCard", "x", is_warning=True)
        assert script.calls[0].body["firstTimestamp"] == "2026-03-29T01:00:00Z"
    assert clock.now().astimezone(UTC).hour == 1
