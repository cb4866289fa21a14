"""The fullest status that the operator can write is kept by the real server, to the last character."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from controlplane.constraints import nodes, spelled
from controlplane.full import full_manifest
from controlplane.real_kubectl import RealKubectl
from controlplane.test_real_crd import SCHEMA
from dinero_operator.kube.resource import Status
from dinero_operator.kube.resource_status import Connect, parse_status
from dinero_operator.kube.status import merge_patch, next_status
from dinero_operator.sandbox.cluster import Cluster
from dinero_operator.sync.report import (
    Choice,
    Condition,
    ConditionType,
    Counts,
    HeldOrder,
    LastBooked,
    Report,
)

NOW = datetime(2026, 11, 2, 9, 0, 0, 987654, tzinfo=UTC)
LONG = "Æøå \"'\\\n\t€😀" * 10_000
"""Longer than any field, with what has several bytes, and what JSON and CEL escape."""


def fullest() -> Status:
    """More of everything than the status takes: what is too much must have been left out here, not by the server."""
    report = Report(
        conditions=tuple(
            Condition(kind, True, "Succeeded", LONG[: 32_768 if kind is ConditionType.READY else 1024])
            for kind in ConditionType
        ),
        next_run=300.0,
        succeeded=True,
        organisation=Choice(2**31 - 1, LONG),
        account=Choice(99_999, LONG),
        organisations=tuple(Choice(1 + number, LONG) for number in range(200)),
        accounts=tuple(Choice(1000 + number, LONG) for number in range(250)),
        counts=Counts(booked=2**53 + 1, drafted=1, credited=2, held=50, pending=4),
        held=tuple(HeldOrder(10**12 + number, LONG, "GiftCard", LONG, NOW) for number in range(50)),
        watermark="2026-11-02T09:55:00.123456+01:00",
        last_booked=LastBooked(LONG, 2**53 + 1, NOW),
    )
    status = next_status(Status(), report, generation=1, start_from=date(2026, 11, 1), handled=LONG, now=NOW)
    return status.model_copy(
        update={
            "connect": Connect(url="https://example.com/".ljust(2048, "x"), expires_at="2026-11-02T10:00:00Z")
        }
    )


def fields(value: Any, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return {path}.union(*(fields(item, f"{path}.{key}") for key, item in value.items()))
    if isinstance(value, list):
        return {path}.union(*(fields(item, f"{path}[0]") for item in value))
    return {path}


def test_it_has_every_field_of_the_schema() -> None:
    named = {f".{spelled(path)}" for path, _ in nodes(SCHEMA) if path[:1] == ("status",)}
    assert fields(fullest().wire(), ".status") == named


async def test_nothing_that_the_operator_writes_is_dropped(
    cluster: Cluster, ours: RealKubectl, namespace: str
) -> None:
    path = f"/apis/shoporama.dk/v1alpha1/namespaces/{namespace}/dinerointegrations"
    spec = {name: value for name, value in full_manifest()["spec"].items() if name != "organisation"}
    manifest = full_manifest() | {"metadata": {"name": "fullest"}, "spec": spec}
    before = await cluster.create(path, {key: value for key, value in manifest.items() if key != "status"})
    status = fullest()
    patch = merge_patch(before["status"], status.wire())
    after = await cluster.merge(f"{path}/fullest/status", {"status": patch})
    assert after["status"] == status.wire()
    found = await cluster.get(f"{path}/fullest")
    assert found is not None
    assert found["status"] == status.wire()
    assert parse_status(found["status"]) == status
    # The same again is no change: nobody who watches is woken.
    again = await cluster.merge(f"{path}/fullest/status", {"status": status.wire()})
    assert again["metadata"]["resourceVersion"] == after["metadata"]["resourceVersion"]
    # And all of it can be taken back.
    empty = await cluster.merge(
        f"{path}/fullest/status", {"status": merge_patch(status.wire(), Status().wire())}
    )
    assert empty["status"] == Status().wire()


async def test_what_the_schema_does_not_know_is_dropped(
    cluster: Cluster, ours: RealKubectl, namespace: str
) -> None:
    path = f"/apis/shoporama.dk/v1alpha1/namespaces/{namespace}/dinerointegrations"
    spec = full_manifest()["spec"]
    manifest = full_manifest() | {"metadata": {"name": "pruned"}, "spec": spec | {"unknown": 1}}
    found = await cluster.create(path, manifest)
    assert found["spec"] == spec
    after = await cluster.merge(
        f"{path}/pruned/status", {"status": {"unknown": 1, "startFrom": "2026-11-01"}}
    )
    assert after["status"] == {"observedGeneration": -1, "startFrom": "2026-11-01"}
