"""The embedded server patches and applies as the real one does, down to who then owns which field."""

from __future__ import annotations

from typing import Any

import pytest

from controlplane.alike import APPLY, JSON_PATCH, MERGE, STRATEGIC, Json, Side
from controlplane.alike_servers import Both
from sandbox.kubernetes_samples import kiosk, ready

KIOSK = {"apiVersion": "example.com/v1alpha1", "kind": "Kiosk", "metadata": {"name": "north"}}
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
LEASE = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"}}
UIDS = ("5f0e8a52-6a0c-4b2e-9d53-0d1f6c1b7a10", "5f0e8a52-6a0c-4b2e-9d53-0d1f6c1b7a11")


def applied(**spec: Any) -> Json:
    """A configuration of a kiosk."""
    return {**KIOSK, "spec": spec}


async def apply(api: Side) -> None:
    path, reference = api.kiosks("north"), {"name": "x"}
    await api.patch(path, applied(secretRef=reference), APPLY)  # without a manager
    first = applied(secretRef=reference, owner=7, tags=["a", "b"], prices={"p": 1.5})
    for _ in range(2):
        await api.patch(path, first, APPLY, fieldManager="one")
    other = {"name": "y"}
    for manager, force, configuration in (
        ("two", "false", applied(owner=7, trigger="Paid", tags=["c"])),
        ("two", "false", applied(owner=8, secretRef=other)),
        ("two", "false", applied(secretRef=other)),
        ("two", "true", applied(secretRef=other, tags=["c", "a"])),
        ("one", "false", applied(owner=7, secretRef=other, prices={"q": 2})),
        ("one", "false", applied(secretRef=other)),  # gives up the owner, which must not change
        ("three", "false", applied(owner=7)),
        ("one", "false", applied(secretRef=other)),
        ("one", "false", applied(secretRef=other, prices={})),
        ("one", "false", applied(secretRef=other, tags=["z"])),
    ):
        await api.patch(path, configuration, APPLY, fieldManager=manager, force=force)
    labels = {"labels": {"l": "1"}, "annotations": {"a": "b"}, "finalizers": ["example.com/x"]}
    for meta in (labels, {"labels": {"m": "1"}}, {}):
        body = {**applied(secretRef=other), "metadata": {"name": "north", **meta}}
        await api.patch(path, body, APPLY, fieldManager="one")
    await api.patch(path, {"spec": {"trigger": "Sent"}})
    for trigger in ("Paid", "Sent"):
        await api.patch(path, applied(secretRef=other, trigger=trigger), APPLY, fieldManager="one")
    await api.patch(path, {"spec": {"trigger": "Paid", "note": "n"}})
    await api.patch(path, {**KIOSK, "spec": {}}, APPLY, fieldManager="one")
    await api.patch(path, KIOSK, APPLY, fieldManager="two")
    await api.get(path)


async def apply_status(api: Side) -> None:
    await api.post(api.kiosks(), kiosk("north", api.namespace))
    path, status = api.kiosks("north") + "/status", ready()
    (condition,) = status["conditions"]
    other = {**condition, "type": "Other"}
    for manager, said in (
        ("one", status),
        ("two", {**status, "conditions": [condition, other]}),
        ("two", {"conditions": [other]}),
        ("two", {"conditions": [{**condition, "status": "False"}]}),
        ("three", {"conditions": [{"type": "Ready", "status": "False"}]}),
        ("two", {}),
    ):
        await api.patch(path, {**KIOSK, "status": said}, APPLY, fieldManager=manager)
    more = {"spec": {"owner": 3}, "metadata": {"name": "north", "labels": {"via": "status"}}, "status": {}}
    await api.patch(path, KIOSK | more, APPLY, fieldManager="three")
    whole = {**applied(secretRef={"name": "shop"}, trigger="Sent"), "status": ready("False")}
    await api.patch(api.kiosks("north"), whole, APPLY, fieldManager="one")
    absent = {**KIOSK, "metadata": {"name": "none"}, "status": status}
    await api.patch(api.kiosks("none") + "/status", absent, APPLY, fieldManager="one")


async def apply_refused(api: Side) -> None:
    await api.post(api.kiosks(), kiosk("north", api.namespace))
    path, reference = api.kiosks("north"), {"secretRef": {"name": "y"}}
    for spec in (
        {"unknown": 1},
        {"owner": "x"},
        {"tags": ["a", "a"]},
        {"tags": "x"},
    ):
        for strictness in ("Warn", "Strict"):
            body = applied(**reference, **spec)
            await api.patch(path, body, APPLY, fieldManager="one", fieldValidation=strictness)
    for body in (
        {**KIOSK, "metadata": {"name": "other"}},
        {"kind": "Kiosk", "metadata": {"name": "north"}},
        {"apiVersion": "example.com/v1alpha1", "metadata": {"name": "north"}},
        {**KIOSK, "kind": "Other"},
        {**KIOSK, "apiVersion": "v1"},
        *(
            {**KIOSK, "metadata": {"name": "north", **meta}}
            for meta in ({"managedFields": [{}]}, {"resourceVersion": "1"}, {"uid": UIDS[0]})
        ),
        *(b"[", b"x"),
    ):
        await api.patch(path, body, APPLY, fieldManager="one")
    for manager in ("x" * 129, "one\n"):
        await api.patch(path, applied(**reference), APPLY, fieldManager=manager)
    await api.patch(path, {"spec": {"owner": 7}}, MERGE, force="true")


async def apply_built_in(api: Side) -> None:
    path, lease = (
        api.core("secrets", "s"),
        f"/apis/coordination.k8s.io/v1/namespaces/{api.namespace}/leases/l",
    )
    for manager, force, more in (
        ("one", "false", {"stringData": {"a": "b"}}),
        ("one", "false", {"stringData": {"a": "c"}}),
        ("two", "false", {"data": {"a": "Yg=="}}),
        ("two", "true", {"data": {"a": "Yg==", "q": "Yg=="}}),
        ("two", "false", {"data": {"a": "Yg=="}}),
        *(("two", "false", bad) for bad in ({"data": {"a": "!!"}}, {"data": {"a": 7}}, {"what": {"a": 7}})),
        ("two", "false", {"metadata": {"name": "s", "ownerReferences": [owner(0, "c")]}}),
    ):
        await api.patch(path, SECRET | more, APPLY, fieldManager=manager, force=force)
    await api.patch(path, {"metadata": {"ownerReferences": [owner(1, "d")]}}, STRATEGIC)
    await api.patch(path, {"metadata": {"ownerReferences": [{"kind": "ConfigMap"}]}})
    for manager, spec in (
        ("one", {"holderIdentity": "a", "leaseDurationSeconds": 15}),
        ("two", {"holderIdentity": "b"}),
        ("two", {"holderIdentity": "a", "renewTime": "2026-11-02T09:00:00.000000Z"}),
        ("two", {}),
    ):
        await api.patch(lease, {**LEASE, "spec": spec}, APPLY, fieldManager=manager)


async def owners(api: Side) -> None:
    path = api.core("configmaps", "c")
    bare = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    await api.post(api.core("configmaps"), bare)
    await api.patch(path, {"data": {"a": "1"}})
    for data in ({"a": "1"}, {"a": "2"}):
        await api.patch(path, {**bare, "data": data}, APPLY, fieldManager="one")
    await api.patch(path, {"data": {"b": "1"}})
    await api.patch(path, {"metadata": {"managedFields": [{}]}})
    await api.patch(path, {"data": {"c": "1"}})
    await api.patch(path, {**bare, "data": {"a": "1", "d": "1"}}, APPLY, fieldManager="one")
    made = await api.post(api.kiosks(), kiosk("north", api.namespace))
    for entries in ([], [{}], made["metadata"]["managedFields"]):
        await api.patch(api.kiosks("north"), {"metadata": {"managedFields": entries}})
    configuration = applied(secretRef={"name": "shop"}, owner=7, tags=["a"])
    await api.patch(api.kiosks("north"), configuration, APPLY, fieldManager="one")


def owner(number: int, name: str) -> Json:
    """An owner's reference."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": UIDS[number]}


async def json_patch(api: Side) -> None:
    await api.post(api.kiosks(), kiosk("north", api.namespace, tags=["a", "b"]))
    for operations in (
        [{"op": "add", "path": "/spec/tags/-", "value": "c"}],
        [{"op": "remove", "path": "/spec/tags/0"}],
        [{"op": "add", "path": "/spec/tags/9", "value": "z"}],
        [{"op": "test", "path": "/spec/tags/-1", "value": "c"}],
        [
            {"op": "test", "path": "/spec/owner", "value": 7},
            {"op": "replace", "path": "/spec/owner", "value": 8},
        ],
        [{"op": "test", "path": "/spec/owner", "value": 8}],
        [{"op": "test", "path": "/spec/note", "value": None}],
        [{"op": "move", "from": "/spec/trigger", "path": "/spec/note"}],
        [{"op": "copy", "from": "/spec/note", "path": "/spec/interval"}],
        [{"op": "copy", "from": "/spec/none", "path": "/spec/note"}],
        [{"op": "add", "path": "spec"}],
        [{"op": "replace", "path": "/spec/nope", "value": 1}],
        [{"op": "replace", "path": "/nope/x", "value": 1}],
        [{"op": "replace", "path": "/metadata/name", "value": "x"}],
        [],
        [{"path": "/a"}],
        [{"op": "swap", "path": "/spec"}],
        [{"op": "add", "path": "/metadata/labels/x", "value": "y"}],
        [{"op": "remove", "path": "/metadata/uid"}],
        [{"op": "replace", "path": "/metadata/resourceVersion", "value": "1"}],
        [{"op": "remove", "path": "/kind"}],
        {"op": "what"},
    ):
        await api.patch(api.kiosks("north"), operations, JSON_PATCH)


async def merge(api: Side) -> None:
    path = api.kiosks("north")
    await api.post(api.kiosks(), kiosk("north", api.namespace))
    for body in (
        *({"spec": {"owner": "x"}}, {"spec": None}, {"spec": {"note": None}}, {"spec": {"owner": 7}}),
        *(
            {"kind": "Other"},
            {"apiVersion": "example.com/v2"},
            {"metadata": None},
            {"metadata": {"name": None}},
        ),
        *({"metadata": {"name": "other"}}, {"metadata": {"namespace": "other"}}),
        *({"metadata": {"labels": {"a": 1}}}, {"metadata": {"resourceVersion": "1"}}),
        *({"metadata": {"resourceVersion": ""}}, {"metadata": {"managedFields": [{}]}}),
        {"metadata": {"creationTimestamp": "2026-11-02T09:00:00Z", "generation": 77}},
        {"metadata": {"deletionTimestamp": "2026-11-02T09:00:00Z"}},
        *(b"", b"{", [1]),
    ):
        await api.patch(path, body)
    await api.patch(path, {"spec": {"unknown": 1}}, fieldValidation="Strict")
    await api.patch(api.kiosks("none"), {"spec": {}})
    for kind in (STRATEGIC, "text/plain", "application/json"):
        await api.patch(path, {}, kind)
    path = api.core("configmaps", "c")
    await api.post(
        api.core("configmaps"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    )
    for body in ([1], b"{", {"data": {"z": "1"}}, {"data": {"z": 1}}, {"metadata": {"finalizers": ["a/b"]}}):
        await api.patch(path, body, STRATEGIC)
    for kind in ("text/plain", "application/json"):
        await api.patch(path, {}, kind)


@pytest.mark.parametrize(
    "script", [apply, apply_status, apply_refused, apply_built_in, owners, json_patch, merge]
)
async def test_alike(both: Both, script: object) -> None:
    await both.play(script)
