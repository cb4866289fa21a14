"""Lists: selectors, pages, tables; what the server says of itself; JSONPath and ages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kubernetes_samples import KIOSKS, SECRETS, Client, crd, kiosk, ready, serving

from dinero_operator.sandbox.kubernetes import KubernetesApi
from dinero_operator.sandbox.kubernetes.jsonpath import JsonPath
from dinero_operator.sandbox.kubernetes.tables import age

ALL = "/apis/example.com/v1alpha1/kiosks"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
PARTIAL = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
NOW = datetime(2025, 3, 1, 12, 5, tzinfo=UTC)


@pytest.fixture
async def served() -> AsyncIterator[tuple[KubernetesApi, Client]]:
    async with serving(now=lambda: NOW) as (api, client):
        for name, namespace, colour in (
            ("b", "default", "red"),
            ("a", "default", "blue"),
            ("c", "extra", "red"),
        ):
            body = kiosk(name, namespace)
            body["metadata"]["labels"] = {"colour": colour} | ({"big": ""} if name == "a" else {})
            api.store.put(body)
        yield api, client


@pytest.fixture
def client(served: tuple[KubernetesApi, Client]) -> Client:
    return served[1]


@pytest.fixture
def api(served: tuple[KubernetesApi, Client]) -> KubernetesApi:
    return served[0]


async def names(client: Client, path: str = ALL, **query: str) -> list[str]:
    status, found = await client.call("GET", path, **query)
    assert status == 200, found
    return [item["metadata"]["name"] for item in found["items"]]


async def test_a_list_has_kind_version_and_order(client: Client) -> None:
    _, found = await client.call("GET", ALL)
    assert (found["kind"], found["apiVersion"]) == ("KioskList", "example.com/v1alpha1")
    assert int(found["metadata"]["resourceVersion"]) > 0
    assert [item["kind"] for item in found["items"]] == ["Kiosk"] * 3
    assert await names(client) == ["a", "b", "c"]
    assert await names(client, KIOSKS) == ["a", "b"]
    assert await names(client, KIOSKS.replace("default", "nosuch")) == []


async def test_items_of_built_in_lists_come_without_their_kind(client: Client) -> None:
    _, found = await client.call("GET", "/api/v1/namespaces")
    assert found["kind"] == "NamespaceList"
    assert all("kind" not in item and "apiVersion" not in item for item in found["items"])


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("colour=red", ["b", "c"]),
        ("colour==red,big", []),
        ("colour!=red", ["a"]),
        ("big", ["a"]),
        ("!big", ["b", "c"]),
        ("colour in (red, blue),!big", ["b", "c"]),
        ("colour notin (red)", ["a"]),
        ("nosuch!=x", ["a", "b", "c"]),
    ],
)
async def test_label_selectors(client: Client, selector: str, found: list[str]) -> None:
    assert await names(client, labelSelector=selector) == found


async def test_field_selectors_know_name_and_namespace_and_refuse_others(client: Client) -> None:
    assert await names(client, fieldSelector="metadata.namespace=extra") == ["c"]
    assert await names(client, KIOSKS, fieldSelector="metadata.name=b") == ["b"]
    assert await names(client, KIOSKS, fieldSelector="metadata.name!=b") == ["a"]
    status, refused = await client.call("GET", ALL, fieldSelector="spec.owner=7")
    assert (status, refused["message"]) == (400, "field label not supported: spec.owner")
    assert (await client.call("GET", ALL, labelSelector="a=(b"))[0] == 400


async def test_pages_join_to_the_whole_list_under_the_first_pages_version(
    api: KubernetesApi, client: Client
) -> None:
    _, first = await client.call("GET", ALL, limit="2")
    assert [item["metadata"]["name"] for item in first["items"]] == ["a", "b"]
    assert first["metadata"]["remainingItemCount"] == 1
    api.store.put(kiosk("d"))
    token = first["metadata"]["continue"]
    _, second = await client.call("GET", ALL, **{"limit": "2", "continue": token})
    assert [item["metadata"]["name"] for item in second["items"]] == ["d", "c"]
    assert second["metadata"] == {"resourceVersion": first["metadata"]["resourceVersion"], "continue": ""}
    api.cut_watches(gone=True)
    status, refused = await client.call("GET", ALL, **{"continue": token})
    assert (status, refused["reason"]) == (410, "Expired")
    assert (await client.call("GET", ALL, **{"continue": "nonsense"}))[0] == 400


async def test_a_version_from_the_future_is_waited_for_in_vain(client: Client) -> None:
    status, refused = await client.call("GET", ALL, resourceVersion="999999")
    assert (status, refused["reason"]) == (504, "Timeout")
    assert await names(client, resourceVersion="0") == ["a", "b", "c"]


async def test_a_table_has_the_columns_of_the_definition(api: KubernetesApi, client: Client) -> None:
    api.store.put(kiosk("a") | {"status": ready()})
    _, table = await client.call("GET", KIOSKS, accept=TABLE)
    assert table["kind"] == "Table"
    columns = [(column["name"], column["type"], column["priority"]) for column in table["columnDefinitions"]]
    assert columns == [
        ("Name", "string", 0),
        ("Owner", "integer", 0),
        ("Ready", "string", 0),
        ("Last Sync", "date", 0),
        ("Interval", "string", 1),
        ("Age", "date", 0),
    ]
    assert [row["cells"] for row in table["rows"]] == [
        ["a", 7, "True", "5m", "5m", "0s"],
        ["b", 7, None, None, "5m", "0s"],
    ]
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    _, whole = await client.call("GET", f"{KIOSKS}/a", accept=TABLE, includeObject="Object")
    assert whole["rows"][0]["object"]["spec"]["owner"] == 7


async def test_metadata_alone(client: Client) -> None:
    _, found = await client.call("GET", KIOSKS, accept=PARTIAL)
    assert found["kind"] == "PartialObjectMetadataList"
    assert set(found["items"][0]) == {"kind", "apiVersion", "metadata"}


async def test_tables_of_built_in_kinds(api: KubernetesApi, client: Client) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "shop"},
        "stringData": {"a": "1", "b": "2"},
    }
    api.store.put(secret)
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "x"},
        "involvedObject": {"kind": "Kiosk", "name": "a", "namespace": "default"},
        "lastTimestamp": "2025-03-01T12:00:00Z",
        "reason": "Opened",
        "message": "hello",
        "type": "Normal",
    }
    api.store.put(event)
    _, secrets = await client.call("GET", SECRETS, accept=TABLE)
    assert [row["cells"] for row in secrets["rows"]] == [["shop", "Opaque", 2, "0s"]]
    _, events = await client.call("GET", "/api/v1/namespaces/default/events", accept=TABLE)
    assert events["rows"][0]["cells"][:4] == ["5m", "Normal", "Opened", "kiosk/a"]
    _, spaces = await client.call("GET", "/api/v1/namespaces", accept=TABLE)
    assert spaces["rows"][0]["cells"] == ["default", "Active", "0s"]


async def test_discovery_in_both_forms_and_openapi(client: Client) -> None:
    _, groups = await client.call("GET", "/apis")
    assert "example.com" in [group["name"] for group in groups["groups"]]
    _, listed = await client.call("GET", "/apis/example.com/v1alpha1")
    assert [entry["name"] for entry in listed["resources"]] == ["kiosks", "kiosks/status"]
    assert listed["resources"][0]["categories"] == ["street"]
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
    async with client.session.get("/apis", headers={"Accept": accept}) as answer:
        assert "as=APIGroupDiscoveryList" in answer.headers["Content-Type"]
        versions = {
            item["metadata"]["name"]: item["versions"]
            for item in (await answer.json(content_type=None))["items"]
        }
    assert versions["example.com"][0]["resources"][0]["subresources"][0]["subresource"] == "status"
    _, index = await client.call("GET", "/openapi/v3")
    _, document = await client.call("GET", index["paths"]["apis/example.com/v1alpha1"]["serverRelativeURL"])
    schema = document["components"]["schemas"]["com.example.v1alpha1.Kiosk"]
    assert schema["properties"]["spec"]["properties"]["trigger"]["enum"] == ["Paid", "Sent"]
    assert (await client.call("POST", "/apis", {}))[0] == 405


async def test_a_deleted_definition_takes_its_objects_and_its_paths_with_it(
    api: KubernetesApi, client: Client
) -> None:
    _, definition = await client.call(
        "GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/kiosks.example.com"
    )
    assert [c["type"] for c in definition["status"]["conditions"] if c["status"] == "True"] == [
        "NamesAccepted",
        "Established",
    ]
    api.store.delete("crd", "", "kiosks.example.com")
    async with client.session.get(ALL) as answer:
        assert answer.status == 404
    api.load_crd(crd())
    assert await names(client) == []


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=-5), "<invalid>"),
        (timedelta(seconds=119), "119s"),
        (timedelta(seconds=120), "2m"),
        (timedelta(seconds=125), "2m5s"),
        (timedelta(minutes=10, seconds=5), "10m"),
        (timedelta(minutes=179), "179m"),
        (timedelta(hours=3, minutes=5), "3h5m"),
        (timedelta(hours=8, minutes=5), "8h"),
        (timedelta(hours=47), "47h"),
        (timedelta(days=2), "2d"),
        (timedelta(days=2, hours=3), "2d3h"),
        (timedelta(days=9, hours=3), "9d"),
        (timedelta(days=729), "729d"),
        (timedelta(days=731), "2y1d"),
        (timedelta(days=3000), "8y"),
    ],
)
def test_ages_are_printed_as_kubectl_does(span: timedelta, text: str) -> None:
    assert age(span.total_seconds()) == text


VALUE: dict[str, Any] = {
    "metadata": {"annotations": {"a.b/c": "x"}},
    "status": {"conditions": [{"type": "A", "n": 1}, {"type": "Ready", "n": 2, "status": "True"}]},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
        (".status.conditions[?(@.type=='Ready')].n", [2]),
        (".status.conditions[?(@.n<2)].type", ["A"]),
        (".status.conditions[?(@.status)].type", ["Ready"]),
        (".status.conditions[?(@.n>'x')].type", []),
        (".status.conditions[*].n", [1, 2]),
        (".status.conditions[-1].n", [2]),
        (".status.conditions[0:1].n", [1]),
        (r".metadata.annotations.a\.b/c", ["x"]),
        (".metadata.annotations['a.b/c']", ["x"]),
        ("{$.status..n}", [1, 2]),
        (".nosuch.field", []),
    ],
)
def test_json_paths(path: str, found: list[Any]) -> None:
    assert JsonPath(path).all(VALUE) == found


@pytest.mark.parametrize("path", [".a[", ".a[?(b==1)]", ".a[?(@.b==x)]"])
def test_a_broken_json_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="JSONPath"):
        JsonPath(path)
