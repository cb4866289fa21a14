"""A report as a run gives it, and the status after it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from dinero_operator.kube.resource import Status
from dinero_operator.kube.status import next_status
from dinero_operator.sync import verdict
from dinero_operator.sync.report import Choice, Counts, HeldOrder, LastBooked, Report

CRD = yaml.safe_load((Path(__file__).parents[2] / "crds/dinerointegrations.shoporama.dk.yaml").read_text())
SCHEMA = CRD["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"]
NOW = datetime(2026, 11, 2, 9, 0, 0, 987654, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
HELD = HeldOrder(
    1234567, "1042", "GiftCard", "A gift card pays. Book it by hand.", NOW.replace(microsecond=0)
)
ENDED = verdict.ended(warnings=(), held=True, owed=False, dry_run=False, quota_low=False)
REPORT = Report(
    conditions=ENDED,
    next_run=300.0,
    succeeded=True,
    organisation=Choice(118_427, "Demo ApS"),
    account=Choice(55_040, "Webshop salg"),
    counts=Counts(booked=12, drafted=1, held=1, pending=2),
    held=(HELD,),
    watermark="2026-11-02T09:55:00+01:00",
    last_booked=LastBooked("1041", 2077, NOW.replace(microsecond=0)),
)


def after(old: Status, report: Report, *, now: datetime = NOW, **changes: Any) -> Status:
    options: dict[str, Any] = {"generation": 3, "start_from": date(2026, 11, 1), "handled": None}
    return next_status(old, report, now=now, **options | changes)


FIRST = after(Status(), REPORT)
