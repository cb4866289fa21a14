"""The embedded server lists, selects, shows tables and watches as the real one does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from controlplane.alike import TABLE, Json, Side
from controlplane.alike_servers import Both
from sandbox.kubernetes_samples import kiosk, ready

PARTIAL = "application/json;as=PartialObjectMetadata{};v=v1;g=meta.k8s.io"
FOUR = {"a": "y", "b": "x", "c": "y", "d": "x"}


def found(answer: Any) -> Any:
    """The names in a list, and what it says of further pages."""
    told = {name: value for name, value in answer["metadata"].items() if name != "resourceVersion" and value}
    return [[item["metadata"]["name"] for item in answer["items"]], told]


async def four(api: Side) -> None:
    for name, tier in FOUR.items():
        body = kiosk(name, api.namespace)
        body["metadata"]["labels"] = {"tier": tier, "n": name, "size": str(len(name))}
        await api.post(api.kiosks(), body)


async def lists(api: Side) -> None:
    path = api.kiosks()
    await api.get(path)
    await api.get(path, accept=TABLE)
    await four(api)
    page = await api.get(path, limit="3")
    await api.get(path, limit="3", **{"continue": page["metadata"]["continue"]})
    await api.get(path, **{"continue": "!!!"})
    for limit in ("4", "-1", "0", "x"):
        await api.get(path, limit=limit, note=found)
    await api.get(path, limit="1", labelSelector="tier=x", note=found)
    everywhere = "/apis/example.com/v1alpha1/kiosks"
    here = {"fieldSelector": f"metadata.namespace={api.namespace}"}
    await api.get(everywhere, labelSelector="n=a", **here)
    for query in ({"dryRun": "All"}, {"labelSelector": "tier=x"}, {"fieldSelector": "metadata.name=a"}, {}):
        await api.delete(path, **query)
        await api.get(path, note=found)
    await api.delete("/api/v1/namespaces")


async def selectors(api: Side) -> None:
    await four(api)
    for selector in (
        *(
            "tier=x",
            "tier==x",
            "tier!=x",
            "tier",
            "!n",
            "n=a,n=b",
            "tier=x,n!=b",
            "size>0",
            "size<1",
            "none>1",
        ),
        *(
            "tier in (x,y),n notin (a)",
            "tier notin (x)",
            "n in (a,,b)",
            "tier in ()",
            " tier = x ",
            "",
            "a=",
            "!none",
        ),
        *(
            "tier in x",
            "=x",
            "tier=x,",
            "a b",
            "tier in (x",
            "x/y/z=1",
            "tier=bad value",
            "size>x",
            ",",
            "!",
            "n in",
        ),
        *("(", "tier=x tier=y", "tier=-x", "tier=" + "x" * 64, "example.com/=x"),
    ):
        await api.get(api.kiosks(), labelSelector=selector, note=found)
    for selector in (
        *("metadata.name=a", "metadata.name!=a", "metadata.name==a", "metadata.name=a,metadata.name=b", ""),
        *(f"metadata.namespace={api.namespace}", "metadata.namespace=x"),
        *("spec.owner=7", "metadata.name", "metadata.labels.n=a"),
    ):
        await api.get(api.kiosks(), fieldSelector=selector, note=found)


async def versions(api: Side) -> None:
    await four(api)
    await api.get(api.kiosks(), note=found)  # what answers for version 0 is then up to date
    for query in (
        {"resourceVersion": "0"},
        {"resourceVersion": "1", "resourceVersionMatch": "NotOlderThan"},
        {"resourceVersionMatch": "Exact"},
        {"resourceVersion": "x"},
        {"resourceVersion": "1", "resourceVersionMatch": "What"},
        {"resourceVersion": "0", "resourceVersionMatch": "Exact"},
        {"sendInitialEvents": "true"},
    ):
        await api.get(api.kiosks(), **query, note=found)


async def forms(api: Side) -> None:
    await four(api)
    for included in ("", "None", "Metadata", "Object", "Some"):
        await api.get(api.kiosks(), accept=TABLE, includeObject=included, limit="1")
    await api.get(api.kiosks("a"), accept=TABLE)
    await api.get(api.kiosks("none"), accept=TABLE)
    await api.patch(api.kiosks("a") + "/status", {"status": ready()})
    # The cells without those that tell how long ago something was.
    await api.get(api.kiosks("a"), accept=TABLE, note=lambda table: table["rows"][0]["cells"][:3])
    await api.get(api.kiosks("a"), accept=PARTIAL.format(""))
    await api.get(api.kiosks(), accept=PARTIAL.format("List"), limit="1")
    await api.get(api.kiosks("a"), watch="true")


async def changed(api: Side) -> tuple[str, Json]:
    """The version before some changes, and the first of them."""
    start = (await api.get(api.kiosks()))["metadata"]["resourceVersion"]
    body = kiosk("a", api.namespace)
    body["metadata"]["labels"] = {"n": "a"}
    made = await api.post(api.kiosks(), body)
    await api.post(api.kiosks(), kiosk("b", api.namespace))
    await api.patch(api.kiosks("a"), {"spec": {"trigger": "Sent"}})
    await api.patch(api.kiosks("a"), {"metadata": {"labels": {"n": "z"}}})
    await api.delete(api.kiosks("b"))
    return start, made


async def watches(api: Side) -> None:
    start, made = await changed(api)
    path = api.kiosks()
    await api.watch(path, 5, resourceVersion=start)
    await api.watch(path, 3, resourceVersion=start, labelSelector="n=a")
    await api.watch(path, 2, resourceVersion=start, fieldSelector="metadata.name=b")
    await api.watch(path, 1, resourceVersion="0")
    await api.watch(path, 1)
    await api.watch(path, 4, resourceVersion=made["metadata"]["resourceVersion"], timeoutSeconds="1")
    await api.watch(path, 1, resourceVersion="1")  # forgotten long ago
    await api.post(api.core("secrets"), {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}})
    await api.watch(api.core("secrets"), 1)
    held = kiosk("held", api.namespace)
    held["metadata"]["finalizers"] = ["example.com/hold"]
    made = await api.post(path, held)
    await api.delete(api.kiosks("held"))
    await api.patch(api.kiosks("held"), {"metadata": {"finalizers": None}})
    await api.watch(path, 2, resourceVersion=made["metadata"]["resourceVersion"])


async def initial_events(api: Side) -> None:
    await changed(api)
    path, match = api.kiosks(), {"resourceVersionMatch": "NotOlderThan"}
    asked = {"sendInitialEvents": "true", **match}
    await api.watch(path, 1, **asked)
    await api.watch(path, 2, **asked, allowWatchBookmarks="true")
    await api.watch(path, 2, **asked, allowWatchBookmarks="true", resourceVersion="0")
    await api.watch(path, 0, **asked | {"sendInitialEvents": "false"})
    await api.watch(path, 1, watch="maybe")
    for wrong in (
        {"sendInitialEvents": "true"},
        {"sendInitialEvents": "true", "resourceVersionMatch": "Exact"},
        match,
        {"resourceVersion": "x"},
        {"timeoutSeconds": "1.5"},
        {"labelSelector": "a b"},
    ):
        await api.get(path, watch="true", **wrong)


async def watched_tables(api: Side) -> None:
    start, _ = await changed(api)
    query = {"watch": "1", "resourceVersion": start, "labelSelector": "n=a"}
    async with api.session.get(api.kiosks(), params=query, headers={"Accept": TABLE}) as answer:
        lines = [json.loads(await answer.content.readline()) for _ in range(3)]
        said = [answer.status, [answer.headers["Content-Type"]], api.placed(lines)]
    api.transcript.append(("a watch of tables", said))


@pytest.mark.parametrize(
    "script", [lists, selectors, versions, forms, watches, initial_events, watched_tables]
)
async def test_alike(both: Both, script: object) -> None:
    await both.play(script)
