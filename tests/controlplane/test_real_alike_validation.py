"""The embedded server refuses what the real one refuses, in its words; and what an update leaves as it is, neither minds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from controlplane.alike import APPLY, Json, Side
from controlplane.alike_servers import Both
from controlplane.constraints import cases, nodes
from controlplane.full import full_manifest
from controlplane.test_real_crd import SCHEMA
from sandbox.kubernetes_samples import crd, kiosk, ready

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
FULL = full_manifest()
(CONDITION,) = ready()["conditions"]
BIG = 2**63


async def specs(api: Side) -> None:
    for spec in (
        *({"owner": value} for value in (0, 100, "x", 1.5, 1.0, BIG, -BIG - 1, 10**30, True, [], {}, None)),
        *({"trigger": value} for value in ("X", 5, "")),
        *({"interval": value} for value in ("59s", "x", 5, "1" * 21, None)),
        *({"opens": value} for value in ("2026-13-01", 5, 1.5, True, None, "", [], {})),
        {"opens": "2026-11-02", "closes": "2026-11-01"},
        *({"note": value} for value in (None, 5)),
        *({"port": value} for value in (5, "x", 1.5, True, None)),
        *({"tags": value} for value in (["a", "a"], ["a"] * 4, ["x" * 11], [5], {}, "x", [None])),
        *({"prices": value} for value in ({"a": "x"}, {"a": 1, "b": 1.5}, {"a": None}, [], {"a": True})),
        *({"secretRef": value} for value in (None, "x", {}, {"name": 5}, {"name": "x" * 254}, {"name": ""})),
        {"secretRef": {"name": "x", "key": None}},
        {"owner": 0, "trigger": "X", "interval": "1s"},
        {"owner": 0, "interval": "59s"},
    ):
        await api.post(api.kiosks(), kiosk("north", api.namespace, **spec), dryRun="All")
    for whole in ("x", [], None):
        await api.post(api.kiosks(), {**kiosk("north", api.namespace), "spec": whole}, dryRun="All")


async def statuses(api: Side) -> None:
    await api.post(api.kiosks(), kiosk("north", api.namespace))
    for status in (
        *({"conditions": value} for value in ([CONDITION] * 2, [{}], [{"type": "Ready"}], [None], ["x"], {})),
        *({"conditions": [{**CONDITION, "lastTransitionTime": value}]} for value in ("x", 5)),
        *({"conditions": [{**CONDITION, "observedGeneration": value}]} for value in (-1, BIG, "x", 1.5)),
        *({"conditions": [{**CONDITION, name: ""}]} for name in ("reason", "type", "status")),
        *({"conditions": [{**CONDITION, "message": value}]} for value in ("x" * 101, "é" * 100)),
        {"conditions": [{**CONDITION, "extra": 1}]},
        *({"observedGeneration": value} for value in ("x", 1.5, BIG)),
        *({"lastSyncTime": f"2026-11-02{rest}"} for rest in ("", "T10:00:00+01:00", "t10:00:00z", "T10:00Z")),
        *("x", None, []),
    ):
        await api.patch(f"{api.kiosks('north')}/status", {"status": status}, dryRun="All")


async def our_kind(api: Side) -> None:
    path = f"/apis/shoporama.dk/v1alpha1/namespaces/{api.namespace}/dinerointegrations"
    spec = {name: value for name, value in FULL["spec"].items() if name != "organisation"}
    await api.post(path, {**FULL, "metadata": {"name": "made"}, "spec": spec})
    for place, node in nodes(SCHEMA):
        for case in cases(place, node, FULL):
            manifest = case.put_into(FULL)
            if place[:1] == ("status",):
                await api.patch(f"{path}/made/status", {"status": manifest["status"]}, dryRun="All")
            else:
                body = {name: value for name, value in manifest.items() if name != "status"}
                await api.post(path, {**body, "metadata": {"name": "tried"}}, dryRun="All")


async def metadata(api: Side) -> None:
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{api.namespace}/leases"
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}
    for meta in (
        *("x", None, {"name": None}, {"name": True}, {"name": {}}),
        *(
            {"name": "x", **more}
            for more in (
                *({"creationTimestamp": "x"}, {"generation": "x"}, {"generation": 1.5}, {"finalizers": "x"}),
                *(
                    {"finalizers": [1]},
                    {"ownerReferences": [{"name": 1}]},
                    {"ownerReferences": [{"controller": 1}]},
                ),
                *({"labels": {"a": None}}, {"labels": None}, {"labels": {"a": 1}}, {"labels": ["a"]}),
                *({"deletionGracePeriodSeconds": "a"}, {"managedFields": [{"time": "x"}]}, {"what": 1}),
            )
        ),
    ):
        await api.post(leases, {**lease, "metadata": meta}, dryRun="All")
        await api.post(api.kiosks(), {**kiosk("x", api.namespace), "metadata": meta}, dryRun="All")
    for spec in ("x", [], {"holderIdentity": 5}):
        await api.post(leases, {**lease, "metadata": {"name": "x"}, "spec": spec}, dryRun="All")


async def until(api: Side, path: str, body: Json, is_so: Callable[[int], bool]) -> None:
    """Wait for a definition to be in force."""
    async with asyncio.timeout(30):
        while True:
            async with api.session.post(path, params={"dryRun": "All"}, json=body) as answer:
                if is_so(answer.status):
                    return
            await asyncio.sleep(0.05)


async def ratcheting(api: Side) -> None:
    definition = crd()
    kind = f"Ratchet{api.namespace[-8:]}"
    name = definition["metadata"]["name"] = f"{kind.lower()}s.example.com"
    definition["spec"]["names"] = {"kind": kind, "plural": f"{kind.lower()}s"}
    await api.post(DEFINITIONS, definition, note=lambda _: 0)
    path = f"/apis/example.com/v1alpha1/namespaces/{api.namespace}/{kind.lower()}s"

    def made(name: str, **spec: Any) -> Json:
        return {**kiosk(name, api.namespace, **spec), "kind": kind}

    await until(api, path, made("probe"), lambda status: status == 201)
    await api.post(path, made("north", tags=["a", "b"], note="bad", prices={"a": 1}))
    one = f"{path}/north"
    await api.patch(f"{one}/status", {"status": ready()})
    definition = await api.get(f"{DEFINITIONS}/{name}", note=lambda _: 0)
    tighten(definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"])
    await api.put(f"{DEFINITIONS}/{name}", definition, note=lambda _: 0)
    await until(api, path, made("probe"), lambda status: status == 422)
    await api.post(path, made("new", note="bad"))
    await api.patch(one, {"metadata": {"labels": {"a": "b"}}})
    for spec in (
        {"secretRef": {"key": "other"}},  # what is missing is missing in what changes
        *({"opens": "2026-11-02"}, {"opens": "2026-11-03"}, {"note": "worse"}, {"tags": ["a", "c"]}),
        *({"trigger": "Paid"}, {"prices": {"b": 2}}, {"owner": 0}),
    ):
        await api.patch(one, {"spec": spec})
    other = {**CONDITION, "type": "Other", "reason": "xy"}
    for status in (
        {"observedGeneration": 3},
        {"conditions": [CONDITION, other]},
        {"conditions": [{**CONDITION, "status": "False"}]},
        {"conditions": [{**CONDITION, "reason": "xyz"}]},
    ):
        await api.patch(f"{one}/status", {"status": status})
    now = await api.get(one)
    await api.put(one, {**now, "spec": {**now["spec"], "secretRef": {"name": "other"}}})
    body = {"apiVersion": "example.com/v1alpha1", "kind": kind, "metadata": {"name": "north"}}
    await api.patch(one, {**body, "spec": {"owner": 7, "note": "bad"}}, APPLY, fieldManager="m", force="true")
    await api.patch(one, {"spec": {"trigger": "Sent", "tags": ["a"], "note": "good", "prices": {}}})


def tighten(schema: Json) -> None:
    """Constraints that the object in the store breaks."""
    schema["spec"]["required"].append("opens")
    fields = schema["spec"]["properties"]
    rule = {"rule": "self != 'bad'", "message": "not bad"}
    fields["note"] |= {"pattern": "^good$", "x-kubernetes-validations": [rule]}
    fields["tags"]["maxItems"] = 1
    fields["trigger"]["enum"] = ["Sent"]
    fields["prices"]["maxProperties"] = 0
    schema["status"]["properties"]["conditions"]["items"]["properties"]["reason"]["maxLength"] = 2


@pytest.mark.parametrize("script", [specs, statuses, our_kind, metadata, ratcheting])
async def test_alike(both: Both, script: object) -> None:
    await both.play(script)
