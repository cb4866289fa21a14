"""From a run's report to the resource's status: what is new, and the smallest patch that says so. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dinero_operator.kube.fields import MAX_ACCOUNT, MIN_ACCOUNT, moment
from dinero_operator.kube.resource_status import (
    MAX_CHOICES,
    MAX_HELD_MESSAGE,
    MAX_MESSAGE,
    MAX_NAME,
    MAX_RECONCILE_TOKEN,
    AccountChoice,
    Choices,
    Condition,
    HeldOrder,
    LastBooked,
    OrderCounts,
    OrganisationChoice,
    Status,
)
from dinero_operator.sync import report as sync
from dinero_operator.sync.integration import Restored
from dinero_operator.sync.report import ConditionType, Report

MAX_ORDER_NUMBER = 64
COARSE = timedelta(hours=1)
"""``lastSyncTime`` alone is written this often at most: a status that says the same is not written."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ALWAYS = (ConditionType.READY, ConditionType.CONNECTED, ConditionType.CONFIGURED, ConditionType.SYNCED)


def next_status(
    old: Status,
    report: Report,
    *,
    generation: int,
    start_from: date | None,
    handled: str | None,
    now: datetime,
) -> Status:
    """The status after a report. ``handled`` is the reconcile annotation's token, where this run was its answer."""
    changes = _facts(report) | {"conditions": _conditions(old, report, generation, now)}
    if report.organisations is not None or report.condition(ConditionType.CONFIGURED) is not None:
        changes["choices"] = _choices(report)
    if report.finished:
        if generation != old.observed_generation:
            # It was reached with another spec. Orders that it has passed may be due by this one.
            changes["watermark"] = report.watermark
        changes["observed_generation"] = generation
        changes["last_handled_reconcile_at"] = (
            handled[:MAX_RECONCILE_TOKEN] if handled is not None else old.last_handled_reconcile_at
        )
    if start_from is not None:
        changes["start_from"] = start_from
    new = old.model_copy(update=changes)
    last = old.last_sync_moment
    if report.succeeded and (new != old or last is None or now - last >= COARSE):
        new = new.model_copy(update={"last_sync_time": timestamp(now)})
    return new


def merge_patch(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON merge patch (RFC 7386) that turns one object into the other; empty where they are equal."""
    patch: dict[str, Any] = dict.fromkeys((key for key in old if key not in new), None)
    for key, value in new.items():
        if key not in old:
            patch[key] = value
        elif isinstance(value, Mapping) and isinstance(old[key], Mapping):
            if inner := merge_patch(old[key], value):
                patch[key] = inner
        elif value != old[key]:
            patch[key] = value
    return patch


def restored(status: Status, generation: int) -> Restored:
    """What a new process takes over. A spec that was edited meanwhile makes the watermark void: it may make old orders due."""
    held = []
    for order in status.held:
        if order.order_id.isdecimal():
            # Whatever else is missing: a hold that is left out is an order that nobody looks at again.
            since = moment(order.since) or status.last_sync_moment or EPOCH
            number, message = order.order_number or order.order_id, order.message or ""
            held.append(
                sync.HeldOrder(int(order.order_id), number, order.reason, message, since.astimezone(UTC))
            )
    # Without a watermark everything is read anew, and so is what was pending.
    watermark = status.watermark_time if status.observed_generation == generation else None
    last, booked_at = status.last_booked, moment(status.last_booked.time) if status.last_booked else None
    return Restored(
        organisation=status.organisation.id if status.organisation else None,
        watermark=watermark,
        held=tuple(held),
        pending=status.orders.pending if status.orders and watermark is not None else 0,
        last_booked=sync.LastBooked(last.order_number or "", last.invoice_number, booked_at)
        if last is not None and booked_at is not None
        else None,
    )


def timestamp(moment_: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return moment_.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _facts(report: Report) -> dict[str, Any]:
    """What the report knows; what it does not know stays as it is."""
    facts: dict[str, Any] = {}
    if report.held is not None:
        facts["held"] = tuple(_held(order) for order in report.held)
    if report.organisation is not None:
        facts["organisation"] = OrganisationChoice(
            id=report.organisation.key, name=report.organisation.name[:MAX_NAME]
        )
    if report.account is not None and MIN_ACCOUNT <= report.account.key <= MAX_ACCOUNT:
        facts["account"] = AccountChoice(number=report.account.key, name=report.account.name[:MAX_NAME])
    if report.watermark is not None:
        facts["watermark"] = report.watermark
    if report.counts is not None:
        counts = report.counts
        facts["orders"] = OrderCounts(
            booked=counts.booked,
            drafted=counts.drafted,
            credited=counts.credited,
            held=counts.held,
            pending=counts.pending,
        )
    if report.last_booked is not None and report.last_booked.invoice_number:
        facts["last_booked"] = _last_booked(report.last_booked, report.last_booked.invoice_number)
    return facts


def _conditions(old: Status, report: Report, generation: int, now: datetime) -> tuple[Condition, ...]:
    found: list[Condition] = []
    for kind in (*_ALWAYS, ConditionType.STALLED):
        known, said = old.condition(kind), report.condition(kind)
        if said is not None:
            found.append(_condition(said, known, generation, now))
        elif kind is ConditionType.STALLED:
            # Present only when true, and a run in the middle does not know yet.
            if known is not None and not report.finished:
                found.append(known)
        elif known is not None:
            found.append(known)
        else:
            unknown = sync.Condition(kind, None, sync.Reason.PROGRESSING, "Not known yet.")
            found.append(_condition(unknown, None, generation, now))
    return tuple(found)


def _condition(said: sync.Condition, known: Condition | None, generation: int, now: datetime) -> Condition:
    status = {True: "True", False: "False", None: "Unknown"}[said.status]
    moved = known is None or known.status != status
    return Condition.model_validate(
        {
            "type": said.type.value,
            "status": status,
            "observedGeneration": generation,
            "lastTransitionTime": timestamp(now) if moved or known is None else known.last_transition_time,
            "reason": str(said.reason),
            "message": said.message[:MAX_MESSAGE],
        }
    )


def _held(order: sync.HeldOrder) -> HeldOrder:
    return HeldOrder(
        order_id=str(order.order_id),
        order_number=order.number[:MAX_ORDER_NUMBER],
        reason=order.reason,
        message=order.message[:MAX_HELD_MESSAGE],
        since=timestamp(order.since),
    )


def _last_booked(booked: sync.LastBooked, invoice_number: int) -> LastBooked:
    return LastBooked(
        order_number=booked.order_number[:MAX_ORDER_NUMBER],
        invoice_number=invoice_number,
        time=timestamp(booked.time),
    )


def _choices(report: Report) -> Choices | None:
    if report.organisations is None:
        return None
    return Choices(
        organisations=tuple(
            OrganisationChoice(id=choice.key, name=choice.name[:MAX_NAME]) for choice in report.organisations
        )[:MAX_CHOICES],
        accounts=tuple(
            AccountChoice(number=choice.key, name=choice.name[:MAX_NAME])
            for choice in report.accounts or ()
            if MIN_ACCOUNT <= choice.key <= MAX_ACCOUNT
        )[:MAX_CHOICES],
    )
