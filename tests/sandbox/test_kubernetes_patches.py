"""The patch formats, and who owns which field."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from kubernetes_samples import KIOSKS, SECRETS, Client, kiosk, ready, serving

from dinero_operator.sandbox.kubernetes.patch import json_patch, merge, strategic
from dinero_operator.sandbox.kubernetes.status import ApiError

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
NORTH = f"{KIOSKS}/north"


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with serving() as (_, client):
        yield client


@pytest.mark.parametrize(
    ("value", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_keeps_to_the_examples_of_rfc_7386(value: Any, patch: Any, result: Any) -> None:
    assert merge(value, patch) == result


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ({"op": "add", "path": "/b", "value": 1}, {"a": [1, 2], "b": 1}),
        ({"op": "add", "path": "/a/-", "value": 3}, {"a": [1, 2, 3]}),
        ({"op": "add", "path": "/a/0", "value": 0}, {"a": [0, 1, 2]}),
        ({"op": "remove", "path": "/a/1"}, {"a": [1]}),
        ({"op": "replace", "path": "/a", "value": {}}, {"a": {}}),
        ({"op": "replace", "path": "/b", "value": 1}, {"a": [1, 2], "b": 1}),
        ({"op": "move", "from": "/a", "path": "/b~1c~0d"}, {"b/c~d": [1, 2]}),
        ({"op": "copy", "from": "/a/1", "path": "/b"}, {"a": [1, 2], "b": 2}),
        ({"op": "test", "path": "/a/0", "value": 1}, {"a": [1, 2]}),
        ({"op": "test", "path": "/a/-1", "value": 2}, {"a": [1, 2]}),
        ({"op": "test", "path": "/b", "value": None}, {"a": [1, 2]}),
    ],
)
def test_json_patch_knows_its_operations(operation: Any, result: Any) -> None:
    value = {"a": [1, 2]}
    assert json_patch(value, [operation]) == result
    assert value == {"a": [1, 2]}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/nosuch"},
        {"op": "add", "path": "/a/5", "value": 1},
        {"op": "add", "path": "/x/y", "value": 1},
        {"op": "test", "path": "/a", "value": 1},
        {"op": "test", "path": "/a/-3", "value": 2},
        {"op": "swap", "path": "/a"},
        {"path": "/a"},
    ],
)
def test_a_json_patch_that_does_not_fit_is_refused(operation: Any) -> None:
    with pytest.raises(ApiError) as caught:
        json_patch({"a": [1, 2]}, [operation])
    assert caught.value.code == 422


def test_strategic_merge_joins_conditions_by_type_and_replaces_other_lists() -> None:
    value = {
        "status": {"conditions": [{"type": "A", "status": "True"}, {"type": "B"}]},
        "x": [1],
        "y": [1, 2],
    }
    patch = {
        "status": {
            "conditions": [{"type": "A", "status": "False"}, {"type": "B", "$patch": "delete"}, {"type": "C"}]
        },
        "x": [2],
        "$deleteFromPrimitiveList/y": [1],
    }
    assert strategic(value, patch, {}) == {
        "status": {"conditions": [{"type": "A", "status": "False"}, {"type": "C"}]},
        "x": [2],
        "y": [2],
    }


async def test_custom_kinds_take_no_strategic_merge(client: Client) -> None:
    await client.call("POST", KIOSKS, kiosk())
    status, refused = await client.call("PATCH", NORTH, {}, kind=STRATEGIC)
    assert (status, refused["reason"]) == (415, "UnsupportedMediaType")
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop"}, "data": {"a": "YQ=="}}
    await client.call("POST", SECRETS, secret)
    status, patched = await client.call("PATCH", f"{SECRETS}/shop", {"data": {"b": "Yg=="}}, kind=STRATEGIC)
    assert (status, patched["data"]) == (200, {"a": "YQ==", "b": "Yg=="})


async def test_a_patch_may_insist_on_a_version_and_may_not_rename(client: Client) -> None:
    _, made = await client.call("POST", KIOSKS, kiosk())
    version = made["metadata"]["resourceVersion"]
    patch = {"metadata": {"resourceVersion": version}, "spec": {"trigger": "Sent"}}
    assert (await client.call("PATCH", NORTH, patch, kind=MERGE))[0] == 200
    assert (await client.call("PATCH", NORTH, patch, kind=MERGE))[0] == 409
    assert (await client.call("PATCH", NORTH, {"metadata": {"name": "south"}}, kind=MERGE))[0] == 400
    assert (await client.call("PATCH", f"{KIOSKS}/nosuch", {}, kind=MERGE))[0] == 404
    assert (await client.call("PATCH", NORTH, {"spec": {"owner": 0}}, kind=MERGE))[0] == 422


async def test_a_null_in_a_merge_patch_brings_the_default_back(client: Client) -> None:
    await client.call("POST", KIOSKS, kiosk(interval="10m"))
    _, patched = await client.call("PATCH", NORTH, {"spec": {"interval": None}}, kind=MERGE)
    assert patched["spec"]["interval"] == "5m"


async def test_apply_creates_merges_and_takes_back_what_is_no_longer_said(client: Client) -> None:
    status, made = await client.call(
        "PATCH", NORTH, kiosk(note="a", tags=["x"]), kind=APPLY, fieldManager="me"
    )
    assert (status, made["spec"]["interval"]) == (201, "5m")
    assert [entry["manager"] for entry in made["metadata"]["managedFields"]] == ["me"]
    owned = made["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]
    assert "f:interval" not in owned, "a default belongs to nobody"
    assert owned["f:tags"] == {'v:"x"': {}}
    await client.call("PATCH", NORTH, {"spec": {"tags": ["x", "y"]}}, kind=MERGE, fieldManager="other")
    status, applied = await client.call("PATCH", NORTH, kiosk(interval="10m"), kind=APPLY, fieldManager="me")
    assert status == 200
    assert applied["spec"]["interval"] == "10m"
    assert "note" not in applied["spec"]
    assert applied["spec"]["tags"] == ["y"], "what another manager has put in stays"


async def test_apply_stops_at_a_field_that_somebody_else_has_set(client: Client) -> None:
    await client.call("PATCH", NORTH, kiosk(), kind=APPLY, fieldManager="me")
    await client.call("PATCH", NORTH, {"spec": {"trigger": "Sent"}}, kind=MERGE, fieldManager="editor")
    status, refused = await client.call("PATCH", NORTH, kiosk(), kind=APPLY, fieldManager="me")
    assert (status, refused["reason"]) == (409, "Conflict")
    assert refused["message"] == (
        'Apply failed with 1 conflict: conflict with "editor" using example.com/v1alpha1: .spec.trigger'
    )
    assert refused["details"]["causes"][0]["reason"] == "FieldManagerConflict"
    status, forced = await client.call("PATCH", NORTH, kiosk(), kind=APPLY, fieldManager="me", force="true")
    assert (status, forced["spec"]["trigger"]) == (200, "Paid")
    assert [entry["manager"] for entry in forced["metadata"]["managedFields"]] == ["me"]
    status, _ = await client.call("PATCH", NORTH, kiosk(), kind=APPLY)
    assert status == 422, "a manager has to be named"


async def test_two_managers_share_a_list_map(client: Client) -> None:
    await client.call("POST", KIOSKS, kiosk())
    bare = {key: value for key, value in kiosk().items() if key != "spec"}
    for name, kind in (("one", "Ready"), ("two", "Synced")):
        condition = ready()["conditions"][0] | {"type": kind}
        body = bare | {"status": {"conditions": [condition]}}
        status, _ = await client.call("PATCH", f"{NORTH}/status", body, kind=APPLY, fieldManager=name)
        assert status == 200
    _, seen = await client.call("PATCH", f"{NORTH}/status", bare, kind=APPLY, fieldManager="one")
    assert [condition["type"] for condition in seen["status"]["conditions"]] == ["Synced"]
    assert {entry.get("subresource") for entry in seen["metadata"]["managedFields"]} == {None, "status"}
