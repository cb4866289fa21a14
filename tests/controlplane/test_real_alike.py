"""The embedded server says what the real one says, of objects of a custom kind: their life, and what is refused.

What is known to differ is in one list, `alike_known.KNOWN`; each entry is shown here to be still needed.
"""

from __future__ import annotations

import json

import pytest

from controlplane.alike import Json, Known, Side
from controlplane.alike_known import KNOWN
from controlplane.alike_servers import Both
from sandbox.kubernetes_samples import kiosk, ready

WRONG_UID = "5f0e8a52-6a0c-4b2e-9d53-0d1f6c1b7a10"
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}


def north(api: Side, **meta: object) -> Json:
    """A kiosk with other metadata."""
    body = kiosk("north", api.namespace)
    return {**body, "metadata": {**body["metadata"], **meta}}


@pytest.mark.parametrize("entry", KNOWN, ids=[entry.what for entry in KNOWN])
async def test_what_is_known_to_differ_still_does(both: Both, entry: Known) -> None:
    assert await both.compared(entry.script, ()), "it need not be listed any more"
    assert not await both.compared(entry.script, (entry,))


async def life(api: Side) -> None:
    path = api.kiosks("north")
    made = await api.post(api.kiosks(), north(api))
    await api.get(path)
    await api.get(api.kiosks("south"))
    await api.post(api.kiosks(), north(api))
    changed = {**made, "spec": {**made["spec"], "trigger": "Sent"}}
    now = await api.put(path, changed)
    await api.put(path, changed)  # its version is a stale one by now
    await api.put(path, now)  # this changes nothing
    unversioned = {name: value for name, value in now["metadata"].items() if name != "resourceVersion"}
    await api.put(path, {**now, "metadata": unversioned})
    await api.put(api.kiosks("south"), now)
    await api.put(api.kiosks("south"), kiosk("south", api.namespace))
    await api.put(api.kiosks("south"), north(api, name="south", resourceVersion="1"))
    await api.post(api.kiosks(), north(api, name="south", resourceVersion="1"))
    await api.put(f"{path}/status", {**now, "status": ready()})
    now = await api.get(f"{path}/status")
    both_halves = {"status": ready("False"), "spec": {**now["spec"], "owner": 8}}
    await api.put(f"{path}/status", now | both_halves)
    labelled = {"metadata": {"labels": {"a": "b"}}, "spec": {"owner": 9}, "status": {"observedGeneration": 3}}
    await api.patch(f"{path}/status", labelled)
    now = await api.get(path)
    await api.post(path, now)
    meta = now["metadata"]
    for wanted in ({"uid": WRONG_UID}, {"resourceVersion": "1"}):
        await api.delete(path, {"preconditions": wanted})
    await api.delete(path, dryRun="All")
    options = {"kind": "DeleteOptions", "apiVersion": "v1"}
    exact = {"preconditions": {"resourceVersion": meta["resourceVersion"], "uid": meta["uid"]}}
    # With a body the query counts for nothing: this deletes.
    await api.delete(path, options | exact, dryRun="All")
    await api.delete(path, options)


async def finalizers(api: Side) -> None:
    path = api.kiosks("north")
    held = north(api, finalizers=["example.com/hold"])
    await api.post(api.kiosks(), held)
    await api.delete(path)
    await api.delete(path)
    await api.post(api.kiosks(), held)
    await api.patch(path, {"spec": {"trigger": "Sent"}})
    await api.patch(path, {"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}})
    await api.patch(f"{path}/status", {"status": ready()})
    await api.patch(path, {"metadata": {"finalizers": None}})
    await api.get(path)
    await api.post(api.kiosks(), north(api, finalizers=["nogroup"]))
    await api.post(api.kiosks(), north(api, name="x", finalizers=["bad finalizer/x"]))
    await api.post(api.kiosks(), {**held, "metadata": {**held["metadata"], "name": "z"}})
    for options in (
        {"propagationPolicy": "Foreground"},
        {"propagationPolicy": "Nonsense"},
        {"dryRun": ["Some"]},
        {"gracePeriodSeconds": -1},
    ):
        await api.delete(api.kiosks("z"), options)


async def uids(api: Side) -> None:
    made = await api.post(api.kiosks(), north(api))
    secret = await api.post(api.core("secrets"), SECRET)
    for path, found in ((api.kiosks("north"), made), (api.core("secrets", "s"), secret)):
        await api.put(path, {**found, "metadata": {**found["metadata"], "uid": WRONG_UID}})
        await api.patch(path, {"metadata": {"uid": WRONG_UID}})
        await api.patch(path, {"metadata": {"uid": WRONG_UID, "resourceVersion": "1"}})


async def paths(api: Side) -> None:
    await api.post(api.kiosks(), north(api))
    await api.post(api.core("secrets"), SECRET)
    elsewhere = "/apis/example.com/v1alpha1/namespaces/nowhere/kiosks"
    await api.post(elsewhere, north(api, namespace="nowhere"))
    for path in (elsewhere, f"{elsewhere}/x"):
        await api.get(path)
    for path in ("/apis/example.com/v1alpha1/kiosks", api.kiosks("other"), api.kiosks("other") + "/status"):
        await api.post(path, north(api, name="third"))
    for path in ("/api/v1/secrets", api.core("secrets", "s")):
        await api.post(path, SECRET)
    for path in (api.kiosks(), api.core("secrets")):
        await api.put(path, {})
        await api.patch(path, {})
    for path in (api.kiosks("north") + "/status", api.core("secrets", "s") + "/status"):
        await api.delete(path)
    for path in (
        *("/nothing", "/nothing/at/all", "/apis/nope.example.com/v9/kiosks", "/api/v9/secrets"),
        *("/apis/example.com/v1alpha1/nothing", "/apis/example.com/v9/kiosks", "/api/v1/nothing"),
        *("/apis/coordination.k8s.io/v1/nothing", "/apis/coordination.k8s.io/v9/leases"),
        *(f"{api.kiosks('north')}/status/x", f"{api.kiosks('north')}/scale", f"{api.kiosks('none')}/scale"),
        *(api.core("secrets", "s") + "/status", api.core("secrets", "none") + "/status"),
    ):
        await api.get(path)
    for path in (api.kiosks("north"), api.core("secrets")):
        await api.get(path, accept="application/xml")


async def options(api: Side) -> None:
    odd = north(api, what=5)
    odd |= {"spec": {**odd["spec"], "unknown": {"x": 1}, "also": 2}, "top": 1}
    for strictness in ("", "Warn", "Strict", "Ignore", "Other"):
        await api.post(api.kiosks(), odd, dryRun="All", fieldValidation=strictness)
    doubled = json.dumps(north(api)).replace('"owner": 7', '"owner": 6, "owner": 7').encode()
    for strictness in ("Warn", "Strict"):
        await api.post(api.kiosks(), doubled, dryRun="All", fieldValidation=strictness)
    await api.post(api.kiosks(), north(api), dryRun="Some")
    for manager in ("someone", "x" * 129, "one\n"):
        await api.post(api.kiosks(), north(api), dryRun="All", fieldManager=manager)


async def bodies(api: Side) -> None:
    path = api.kiosks()
    for raw in (
        *(b"{", b"", b"[]", b"{}", b"null", b'"x"', b"nonsense"),
        *(b'{"a":1,}', b'{"a" 1}', b'{"a":1}x', b'{"a":nul}'),
    ):
        await api.post(path, raw)
        await api.post(api.core("secrets"), raw)
    for raw in (b"a: [", b"a: b: c", b"x", b"[]"):
        await api.post(path, raw, kind="application/yaml")
    head = "apiVersion: example.com/v1alpha1\nkind: Kiosk\n"
    spec = "spec: {secretRef: {name: a}, opens: 2026-11-02}\n"
    for name in ("name: yes-it-is", "name: y"):  # the second one is no text there
        await api.post(path, f"{head}metadata: {{{name}}}\n{spec}".encode(), kind="application/yaml")
    await api.post(path, north(api), kind="text/plain")
    body = north(api)
    for change in (
        *({"kind": "Other"}, {"kind": ""}, {"kind": 5}, {"apiVersion": ""}),
        *({"apiVersion": "example.com/v2"}, {"apiVersion": "v1"}),
    ):
        await api.post(path, {**body, **change})
    for change in ({"kind": "ConfigMap"}, {"apiVersion": "v2"}, {"kind": ""}, {"apiVersion": ""}):
        await api.post(api.core("secrets"), {**SECRET, **change})
    await api.post(path, north(api, namespace="other"))
    await api.post(path, {**body, "metadata": {}})
    await api.post(path, north(api, name="nons", namespace=""))


async def names(api: Side) -> None:
    for name in ("North", "a b", "x" * 254, "a.b-c", "-a", ""):
        await api.post(api.kiosks(), north(api, name=name), dryRun="All")
    generated = kiosk("", api.namespace)
    generated["metadata"] = {"generateName": "gen-"}
    await api.post(api.kiosks(), generated, note=lambda said: len(said["metadata"].pop("name")))
    labels = {"a b": "x", "ok": "bad value!", "long": "x" * 64, "example.com/": "x", "l" * 64: "x", "/a": "x"}
    await api.post(api.kiosks(), north(api, labels=labels))
    await api.post(api.kiosks(), north(api, annotations={"a b": "x", "UPPER/ok": "x", "a/b/c": "d"}))
    await api.post(api.kiosks(), north(api, ownerReferences=[{"kind": "Kiosk"}]))


@pytest.mark.parametrize("script", [life, finalizers, uids, paths, options, bodies, names])
async def test_alike(both: Both, script: object) -> None:
    await both.play(script)
