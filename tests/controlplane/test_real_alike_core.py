"""The embedded server keeps Secrets, ConfigMaps, Events and Leases as the real one does."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from controlplane.alike import STRATEGIC, TABLE, Json, Side
from controlplane.alike_servers import Both

NEW_EVENTS = "events.k8s.io/v1"
MOMENT = "2026-11-02T09:00:00.123456Z"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def secret(name: str = "s", **more: Any) -> Json:
    """A Secret."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, **more}


async def secrets(api: Side) -> None:
    path, one = api.core("secrets"), api.core("secrets", "s")
    made = await api.post(path, secret(data={"token": b64("x")}, stringData={"user": "me"}))
    await api.post(path, secret())
    await api.get(api.core("secrets", "none"))
    await api.put(one, {**made, "data": {"token": b64("y")}})
    await api.put(one, {**made, "data": {"token": b64("z")}})  # its version is a stale one by now
    await api.put(one, secret(data={"token": b64("any version")}))
    await api.put(api.core("secrets", "none"), secret("none"))
    await api.put(one, secret("other"))
    await api.put(one, secret(type="example.com/other"))
    for value in ("1", None):
        await api.patch(one, {"metadata": {"annotations": {"example.com/a": value}}})
    stale, now = made["metadata"]["resourceVersion"], (await api.get(one))["metadata"]["resourceVersion"]
    for version in (stale, now):
        await api.patch(one, {"metadata": {"resourceVersion": version}, "stringData": {"q": "r"}})
    await api.patch(one, {"data": {"q": None, "w": b64("e")}}, STRATEGIC)
    for data in ({"q": "not base64!"}, {"q": "YWI"}, {"bad key": b64("e")}, {"q": 5}, None):
        await api.patch(one, {"data": data})
    await api.patch(one, {"immutable": True, "data": {"a": b64("1")}})
    for change in ({"data": {"a": b64("2")}}, {"immutable": False}, {"metadata": {"labels": {"a": "b"}}}):
        await api.patch(one, change)
    await api.delete(one)


async def kinds_of_secrets(api: Side) -> None:
    path = api.core("secrets")
    for number, (kind, data) in enumerate(
        (
            ("tls", {"tls.crt": "x"}),
            ("tls", {"tls.crt": "x", "tls.key": "y"}),
            ("basic-auth", {"x": "x"}),
            ("basic-auth", {"username": "x"}),
            ("dockerconfigjson", {"x": "x"}),
            ("dockerconfigjson", {".dockerconfigjson": "x"}),
            ("dockerconfigjson", {".dockerconfigjson": "{}"}),
            ("dockercfg", {}),
            ("ssh-auth", {"a": "b"}),
            ("service-account-token", {}),
        )
    ):
        await api.post(path, secret(f"s{number}", type=f"kubernetes.io/{kind}", stringData=data))
    for number, more in enumerate(
        (
            {"data": {"a": None}},
            {"data": {}},
            {"data": []},
            {"data": {"a": "b c"}},
            {"data": {"a b": b64("c"), "..": b64("x"), "": b64("z"), "k" * 254: b64("x")}},
            {"what": 3},
            {"type": "example.com/own"},
        )
    ):
        await api.post(path, secret(f"o{number}", **more))
    await api.post(path, secret("strict", what=3), fieldValidation="Strict")
    await api.post(path, secret("BAD_NAME"))
    await api.get(path)
    await api.get(path, accept=TABLE)
    for selector in (
        *("type=kubernetes.io/tls", "metadata.name=s1", "metadata.namespace=x", "data.x=y"),
        "type=Opaque,metadata.name!=o1",
    ):
        await api.get(path, fieldSelector=selector)
    await api.delete(path)


async def config_maps(api: Side) -> None:
    path, one = api.core("configmaps"), api.core("configmaps", "c")
    body: Json = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    await api.post(path, body | {"data": {"a": "b"}, "binaryData": {"c": b64("d")}})
    for more in (
        {"data": {"a": "b"}, "binaryData": {"a": b64("d")}},
        {"data": {"a": {}}},
        {"immutable": "x"},
        {"Data": {"a": "b"}},
    ):
        await api.post(path, body | {"metadata": {"name": "d"}} | more, fieldValidation="Strict")
    await api.put(one, body | {"data": {"a": "c"}})
    await api.patch(one, {"data": {"z": "1"}}, STRATEGIC)
    await api.get(path, accept=TABLE)


async def leases(api: Side) -> None:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{api.namespace}/leases"
    moments = dict.fromkeys(("acquireTime", "renewTime"), "2026-11-02T09:00:00.000000Z")
    spec = {"holderIdentity": "a", "leaseDurationSeconds": 15, "leaseTransitions": 0, **moments}
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"}, "spec": spec}
    made = await api.post(path, lease)
    await api.post(path, lease)
    await api.put(f"{path}/l", lease)  # without a version
    for holder in ("b", "c"):  # the second one holds a stale version
        await api.put(f"{path}/l", {**made, "spec": {**spec, "holderIdentity": holder}})
    for name, meta in (
        ("m1", {}),
        ("m2", {"resourceVersion": "5"}),
        ("m3", {"uid": made["metadata"]["uid"]}),
    ):
        await api.put(f"{path}/{name}", {**lease, "metadata": {"name": name, **meta}})
    for change in (
        {"leaseDurationSeconds": 0, "leaseTransitions": -1},
        *(
            {"renewTime": text}
            for text in ("2026-11-02T09:00:00Z", "2026-11-02T09:00:00.123456789Z", "x", "", 5)
        ),
        {"renewTime": "2026-11-02T10:00:00.123456+01:00"},
        *({"leaseDurationSeconds": number} for number in ("x", 1.5, 2**40, True)),
        *({"strategy": "Nope"}, {"holderIdentity": ""}, {"holderIdentity": None}),
        None,
    ):
        await api.patch(f"{path}/l", {"spec": change})
    await api.get(path, accept=TABLE)
    await api.delete(f"{path}/l", {"preconditions": {"resourceVersion": "1"}})
    await api.delete(f"{path}/l")


def about(api: Side) -> Json:
    """What events are about."""
    version = {"apiVersion": "example.com/v1alpha1"}
    return {"kind": "Kiosk", "namespace": api.namespace, "name": "north", **version}


async def events(api: Side) -> None:
    path = api.core("events")
    event: Json = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "e"},
        "involvedObject": about(api),
    }
    event |= {"reason": "Synced", "message": "hello", "type": "Normal", "source": {"component": "dinero"}}
    event |= {"firstTimestamp": "2026-11-02T09:00:00Z", "lastTimestamp": "2026-11-02T09:00:00Z", "count": 1}
    made = await api.post(path, event)
    reporter = {"reportingComponent": "example.com/x", "reportingInstance": "y", "action": "Sync"}
    for number, more in enumerate(
        (
            {"involvedObject": {**about(api), "namespace": "other"}},
            {"involvedObject": {"kind": 5}},
            *(
                {"type": "Other"},
                {"type": ""},
                {"firstTimestamp": "x"},
                {"count": "x"},
                {"source": {"host": 1}},
            ),
            *({"eventTime": text} for text in (MOMENT, "2026-11-02T09:00:00Z", "2026-11-02")),
            {"eventTime": MOMENT, **reporter},
        )
    ):
        await api.post(path, {**event, "metadata": {"name": f"e{number}"}, **more})
    later = {"count": 2, "lastTimestamp": "2026-11-02T10:05:00+01:00"}
    await api.patch(f"{path}/e", later, STRATEGIC)
    await api.put(f"{path}/e", {**made, "count": 3})
    for selector in (
        "involvedObject.name=north,reason=Synced",
        "reportingComponent=example.com/x",
        "source=dinero",
    ):
        await api.get(path, fieldSelector=selector)
    # When they happened is a while ago, and longer ago for the second server.
    await api.get(
        path,
        accept=TABLE,
        note=lambda table: [[*row["cells"][1:7], *row["cells"][8:]] for row in table["rows"]],
    )
    await api.get(f"/apis/{NEW_EVENTS}/namespaces/{api.namespace}/events/e")


async def new_events(api: Side) -> None:
    path = f"/apis/{NEW_EVENTS}/namespaces/{api.namespace}/events"
    event: Json = {
        "apiVersion": NEW_EVENTS,
        "kind": "Event",
        "metadata": {"name": "f"},
        "regarding": about(api),
    }
    event |= {"reason": "Synced", "note": "hello", "type": "Normal", "eventTime": MOMENT, "action": "Sync"}
    event |= {"reportingController": "example.com/x", "reportingInstance": "y"}
    await api.post(path, event)
    long = "x" * 129
    for number, more in enumerate(
        (
            *({"note": "x" * 1025}, {"type": "Bad"}, {"reportingController": "bad controller"}),
            {"reason": long, "action": long, "reportingInstance": long},
            *({"deprecatedCount": 3}, {"deprecatedSource": {"host": "h"}}),
        )
    ):
        await api.post(path, {**event, "metadata": {"name": f"f{number}"}, **more})
    await api.post(path, {"apiVersion": NEW_EVENTS, "kind": "Event", "metadata": {"name": "bare"}})
    series = {"series": {"count": 2, "lastObservedTime": "2026-11-02T09:05:00.000000Z"}}
    for change in (series, {"note": "changed"}):
        await api.patch(f"{path}/f", change)
    await api.get(api.core("events", "f"))
    await api.get(path, fieldSelector="regarding.name=north")


@pytest.mark.parametrize("script", [secrets, kinds_of_secrets, config_maps, leases, events, new_events])
async def test_alike(both: Both, script: object) -> None:
    await both.play(script)
