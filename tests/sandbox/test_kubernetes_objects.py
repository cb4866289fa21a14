"""One object's life: creation, optimistic locking, the status apart, deletion."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from kubernetes_samples import KIOSKS, SECRETS, Client, kiosk, ready, serving

from dinero_operator.sandbox.kubernetes import KubernetesApi

NORTH = f"{KIOSKS}/north"
STATUS = f"{NORTH}/status"


@pytest.fixture
async def served() -> AsyncIterator[tuple[KubernetesApi, Client]]:
    async with serving() as pair:
        yield pair


@pytest.fixture
def api(served: tuple[KubernetesApi, Client]) -> KubernetesApi:
    return served[0]


@pytest.fixture
def client(served: tuple[KubernetesApi, Client]) -> Client:
    return served[1]


async def test_a_created_object_is_stamped_and_its_name_is_then_taken(client: Client) -> None:
    status, made = await client.call("POST", KIOSKS, kiosk() | {"status": ready()})
    assert status == 201
    meta = made["metadata"]
    assert meta["uid"]
    assert meta["generation"] == 1
    assert meta["creationTimestamp"].endswith("Z")
    assert int(meta["resourceVersion"]) > 0
    assert "status" not in made, "the main resource does not take a status"
    status, refused = await client.call("POST", KIOSKS, kiosk())
    assert (status, refused["reason"]) == (409, "AlreadyExists")
    assert refused["message"] == 'kiosks.example.com "north" already exists'
    assert refused["details"] == {"name": "north", "group": "example.com", "kind": "kiosks"}


async def test_a_name_is_generated_from_a_prefix(client: Client) -> None:
    body = kiosk()
    del body["metadata"]["name"]
    body["metadata"]["generateName"] = "north-"
    names = {(await client.call("POST", KIOSKS, body))[1]["metadata"]["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("north-") and len(name) == 11 for name in names)


async def test_put_needs_the_present_resource_version(client: Client) -> None:
    _, made = await client.call("POST", KIOSKS, kiosk())
    made["spec"]["trigger"] = "Sent"
    status, changed = await client.call("PUT", NORTH, made)
    assert (status, changed["metadata"]["generation"]) == (200, 2)
    status, refused = await client.call("PUT", NORTH, made)
    assert (status, refused["reason"]) == (409, "Conflict")
    assert refused["message"].startswith(
        'Operation cannot be fulfilled on kiosks.example.com "north": the object'
    )
    status, refused = await client.call("PUT", NORTH, kiosk())
    assert (status, refused["reason"]) == (422, "Invalid")
    assert "metadata.resourceVersion: Invalid value: 0: must be specified for an update" in refused["message"]


async def test_secrets_may_be_put_without_a_version_but_not_with_a_stale_one(client: Client) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "shop"},
        "stringData": {"token": "abc"},
    }
    _, made = await client.call("POST", SECRETS, secret)
    assert made["data"] == {"token": "YWJj"}
    assert made["type"] == "Opaque"
    assert "stringData" not in made
    status, _ = await client.call("PUT", f"{SECRETS}/shop", secret | {"stringData": {"token": "xyz"}})
    assert status == 200
    status, refused = await client.call("PUT", f"{SECRETS}/shop", made)
    assert (status, refused["reason"]) == (409, "Conflict")
    status, refused = await client.call("PUT", f"{SECRETS}/shop", secret | {"data": {"token": "%%"}})
    assert status == 400
    status, refused = await client.call("PUT", f"{SECRETS}/shop", secret | {"type": "example.com/other"})
    assert (
        refused["message"]
        == 'Secret "shop" is invalid: type: Invalid value: "example.com/other": field is immutable'
    )


async def test_the_status_and_the_rest_are_apart_both_ways(client: Client) -> None:
    _, made = await client.call("POST", KIOSKS, kiosk())
    both = {"metadata": {"labels": {"a": "b"}}, "spec": {"owner": 8}, "status": ready()}
    status, answer = await client.call("PATCH", STATUS, both, kind="application/merge-patch+json")
    assert status == 200
    assert answer["status"]["conditions"][0]["type"] == "Ready"
    assert answer["spec"] == made["spec"]
    assert "labels" not in answer["metadata"]
    assert answer["metadata"]["generation"] == 1
    patch = {"metadata": {"labels": {"a": "b"}}, "spec": {"trigger": "Sent"}, "status": None}
    status, answer = await client.call("PATCH", NORTH, patch, kind="application/merge-patch+json")
    assert status == 200
    assert answer["status"] == ready()
    assert answer["metadata"]["generation"] == 2
    answer["status"], answer["spec"]["trigger"] = {}, "Paid"
    _, put = await client.call("PUT", STATUS, answer)
    assert put["status"] == {}
    assert put["spec"]["trigger"] == "Sent"
    _, read = await client.call("GET", STATUS)
    assert read["metadata"]["resourceVersion"] == put["metadata"]["resourceVersion"]


async def test_a_change_of_labels_is_no_new_generation_and_no_change_is_no_new_version(
    client: Client,
) -> None:
    await client.call("POST", KIOSKS, kiosk())
    patch = {"metadata": {"labels": {"a": "b"}}}
    _, first = await client.call("PATCH", NORTH, patch, kind="application/merge-patch+json")
    _, second = await client.call("PATCH", NORTH, patch, kind="application/merge-patch+json")
    assert first["metadata"]["generation"] == 1
    assert first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"]


async def test_finalizers_hold_a_deleted_object_until_they_are_gone(
    api: KubernetesApi, client: Client
) -> None:
    body = kiosk()
    body["metadata"]["finalizers"] = ["example.com/hold"]
    _, made = await client.call("POST", KIOSKS, body)
    _, marked = await client.call("DELETE", NORTH)
    assert marked["metadata"]["deletionTimestamp"]
    assert marked["metadata"]["generation"] == made["metadata"]["generation"] + 1
    more = {"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}}
    status, _ = await client.call("PATCH", NORTH, more, kind="application/merge-patch+json")
    assert status == 422
    none = {"metadata": {"finalizers": None}}
    assert (await client.call("PATCH", NORTH, none, kind="application/merge-patch+json"))[0] == 200
    assert api.store.list("kiosks") == []


async def test_deletion_answers_with_success_and_keeps_to_its_preconditions(client: Client) -> None:
    _, made = await client.call("POST", KIOSKS, kiosk())
    status, refused = await client.call("DELETE", NORTH, {"preconditions": {"uid": "another"}})
    assert (status, refused["reason"]) == (409, "Conflict")
    status, done = await client.call("DELETE", NORTH, {"propagationPolicy": "Background"})
    assert (status, done["status"], done["details"]["uid"]) == (200, "Success", made["metadata"]["uid"])
    status, gone = await client.call("DELETE", NORTH)
    assert (status, gone["reason"]) == (404, "NotFound")
    assert gone["message"] == 'kiosks.example.com "north" not found'


async def test_a_collection_is_deleted_by_selector(api: KubernetesApi, client: Client) -> None:
    for name, label in (("a", "x"), ("b", "y"), ("c", "x")):
        body = kiosk(name)
        body["metadata"]["labels"] = {"at": label}
        api.store.put(body)
    status, _ = await client.call("DELETE", KIOSKS, labelSelector="at=x")
    assert status == 200
    assert [one["metadata"]["name"] for one in api.store.list("kiosks")] == ["b"]


async def test_namespaces_must_exist_and_take_their_contents_with_them(
    api: KubernetesApi, client: Client
) -> None:
    path = KIOSKS.replace("default", "elsewhere")
    status, refused = await client.call("POST", path, kiosk(namespace="elsewhere"))
    assert (status, refused["message"]) == (404, 'namespaces "elsewhere" not found')
    api.store.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "elsewhere"}})
    held = kiosk(namespace="elsewhere")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    await client.call("POST", path, held)
    await client.call("POST", path, kiosk("south", "elsewhere"))
    status, ending = await client.call("DELETE", "/api/v1/namespaces/elsewhere")
    assert ending["status"]["phase"] == "Terminating"
    status, refused = await client.call("POST", path, kiosk("east", "elsewhere"))
    assert (status, refused["reason"]) == (403, "Forbidden")
    none = {"metadata": {"finalizers": None}}
    await client.call("PATCH", f"{path}/north", none, kind="application/merge-patch+json")
    assert (await client.call("GET", "/api/v1/namespaces/elsewhere"))[0] == 404


async def test_a_dry_run_answers_and_changes_nothing(api: KubernetesApi, client: Client) -> None:
    status, made = await client.call("POST", KIOSKS, kiosk(), dryRun="All")
    assert (status, made["spec"]["interval"]) == (201, "5m")
    assert api.store.list("kiosks") == []
    api.store.put(kiosk())
    await client.call(
        "PATCH", NORTH, {"spec": {"trigger": "Sent"}}, kind="application/merge-patch+json", dryRun="All"
    )
    await client.call("DELETE", NORTH, dryRun="All")
    assert api.store.get("kiosk", "default", "north")["spec"]["trigger"] == "Paid"


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eA=="}])
async def test_without_the_token_nothing_is_told(client: Client, header: dict[str, str]) -> None:
    headers = {"Authorization": ""} | header
    for path in ("/api", NORTH, "/openapi/v3"):
        async with client.session.get(path, headers=headers) as answer:
            assert answer.status == 401
            assert (await answer.json())["reason"] == "Unauthorized"
    async with client.session.get("/version", headers=headers) as answer:
        assert answer.status == 200


async def test_wrong_verbs_formats_and_paths_are_refused(client: Client) -> None:
    async with client.session.post("/apis/example.com/v1alpha1/kiosks", json=kiosk()) as answer:
        assert (answer.status, await answer.text()) == (404, "404 page not found\n")
    assert (await client.call("POST", "/api/v1/secrets", kiosk()))[0] == 405
    assert (await client.call("PUT", KIOSKS, kiosk()))[0] == 400
    assert (await client.call("PUT", SECRETS, kiosk()))[0] == 405
    assert (await client.call("POST", KIOSKS, kiosk(), kind="text/plain"))[0] == 415
    assert (await client.call("POST", KIOSKS, b"{"))[0] == 400
    assert (await client.call("GET", KIOSKS, accept="application/vnd.kubernetes.protobuf"))[0] == 406
    async with client.session.get("/apis/example.com/v1alpha1/nosuch") as answer:
        assert (answer.status, await answer.text()) == (404, "404 page not found\n")
    async with client.session.get(f"{SECRETS}/x/status") as answer:
        assert answer.status == 404
    other = kiosk() | {"kind": "Shop"}
    assert (await client.call("POST", KIOSKS, other))[0] == 422
    misplaced = kiosk(namespace="kube-system")
    status, refused = await client.call("POST", KIOSKS, misplaced)
    assert (status, refused["reason"]) == (400, "BadRequest")


async def test_names_labels_and_annotations_are_checked(client: Client) -> None:
    status, refused = await client.call("POST", KIOSKS, kiosk("North"))
    assert status == 422
    assert 'metadata.name: Invalid value: "North": a lowercase RFC 1123 subdomain' in refused["message"]
    body = kiosk()
    body["metadata"]["labels"] = {"a": "no blanks"}
    assert (await client.call("POST", KIOSKS, body))[0] == 422
    body = kiosk()
    body["metadata"]["annotations"] = {"a": "x" * 300_000}
    assert (await client.call("POST", KIOSKS, body))[0] == 422
    body["metadata"]["annotations"] = {"a": 5}
    assert (await client.call("POST", KIOSKS, body))[0] == 400


async def test_calls_are_counted_with_their_subresource(api: KubernetesApi, client: Client) -> None:
    await client.call("POST", KIOSKS, kiosk())
    await client.call("PATCH", STATUS, {"status": ready()}, kind="application/merge-patch+json")
    await client.call("GET", f"{KIOSKS}/nosuch")
    assert [tuple(call) for call in api.calls] == [
        ("create", "kiosks", "default", "", 201),
        ("patch", "kiosks/status", "default", "north", 200),
        ("get", "kiosks", "default", "nosuch", 404),
    ]


async def test_outages_hit_what_they_are_aimed_at_and_nothing_is_done(
    api: KubernetesApi, client: Client
) -> None:
    api.fail_next(1, 429, verb="create")
    api.fail_next(2, 500, resource="secrets")
    assert (await client.call("GET", KIOSKS))[0] == 200
    async with client.session.post(KIOSKS, json=kiosk()) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
        assert (await answer.json())["reason"] == "TooManyRequests"
    assert api.store.list("kiosks") == []
    assert [(await client.call("GET", SECRETS))[0] for _ in range(3)] == [500, 500, 200]
    assert (await client.call("POST", KIOSKS, kiosk()))[0] == 201


async def test_a_lease_is_held_to_six_decimals_and_to_its_version(client: Client) -> None:
    path = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "shard-0"}}
    spec = {"holderIdentity": "a", "leaseDurationSeconds": 15, "renewTime": "2025-03-01T12:00:00.000000Z"}
    _, made = await client.call("POST", path, lease | {"spec": spec})
    assert made["spec"] == spec
    status, _ = await client.call("POST", path, lease | {"spec": {"renewTime": "2025-03-01T12:00:00Z"}})
    assert status == 400
    status, refused = await client.call("PUT", f"{path}/shard-0", lease | {"spec": spec})
    assert status == 422
    assert "must be specified for an update" in refused["message"]
    made["spec"]["holderIdentity"] = "b"
    assert (await client.call("PUT", f"{path}/shard-0", made))[0] == 200
    assert (await client.call("PUT", f"{path}/shard-0", made))[0] == 409
    fresh = lease | {"metadata": {"name": "shard-1"}, "spec": spec}
    assert (await client.call("PUT", f"{path}/shard-1", fresh))[0] == 201


async def test_an_event_is_one_object_in_two_shapes(client: Client) -> None:
    old = "/api/v1/namespaces/default/events"
    new = "/apis/events.k8s.io/v1/namespaces/default/events"
    about = {"kind": "Kiosk", "name": "north", "namespace": "default"}
    event = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"generateName": "north-"},
        "regarding": about,
        "note": "opened",
        "reason": "Opened",
        "type": "Normal",
        "action": "Open",
        "eventTime": "2025-03-01T12:00:00.000000Z",
        "reportingController": "example.com/kiosks",
        "reportingInstance": "a",
    }
    status, made = await client.call("POST", new, event)
    assert (status, made["note"], made["regarding"]) == (201, "opened", about)
    name = made["metadata"]["name"]
    _, same = await client.call("GET", f"{old}/{name}")
    assert (same["apiVersion"], same["message"], same["involvedObject"]) == ("v1", "opened", about)
    _, found = await client.call("GET", old, fieldSelector="involvedObject.name=north,type=Normal")
    assert len(found["items"]) == 1
    status, refused = await client.call("POST", new, event | {"action": ""})
    assert (status, refused["details"]["causes"][0]["field"]) == (422, "action")
    strange = event | {"regarding": about | {"namespace": "elsewhere"}}
    assert (await client.call("POST", new, strange))[0] == 422
