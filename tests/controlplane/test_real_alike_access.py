"""The embedded server answers what is asked about it, its kinds, rights and tokens as the real one does."""

from __future__ import annotations

import asyncio
import base64
import copy
import json
from typing import Any

import pytest

from controlplane.alike import MERGE, TABLE, Json, Side
from controlplane.alike_servers import Both
from sandbox.kubernetes_samples import crd

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
REVIEWS = "/apis/authorization.k8s.io/v1"
GROUPED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
CORE = ("configmaps", "events", "namespaces", "secrets", "serviceaccounts")
KINDS = {
    *CORE,
    *("leases", "kiosks", "dinerointegrations", "customresourcedefinitions"),
    *(f"{scope}subjectaccessreviews" for scope in ("", "local", "self")),
    *("selfsubjectrulesreviews", "selfsubjectreviews", "tokenreviews"),
}
"""What the embedded server has of all that the real one has."""
GROUPS = {
    *(
        f"{name}.k8s.io"
        for name in ("events", "coordination", "authorization", "authentication", "apiextensions")
    ),
    "shoporama.dk",
}


async def namespaces(api: Side) -> None:
    path = f"/api/v1/namespaces/{api.namespace}"
    await api.get(path)
    for name in ("Bad.name", "x" * 64, api.namespace):
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        await api.post("/api/v1/namespaces", body)
    await api.get("/api/v1/namespaces", fieldSelector=f"metadata.name={api.namespace}", accept=TABLE)
    await api.get("/api/v1/namespaces/none")
    for labels in ({"a": "b"}, {"kubernetes.io/metadata.name": None}):
        await api.patch(path, {"metadata": {"labels": labels}}, MERGE)


def claimed(answer: Json) -> Any:
    """A TokenRequest's answer, with what the token says in the place of the token."""
    _, claims, _ = answer["status"].pop("token").split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    for moment in ("iat", "exp", "nbf", "jti"):
        assert said.pop(moment)
    return [answer, said]


async def tokens(api: Side) -> None:
    path = api.core("serviceaccounts")
    await api.post(path, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "op"}})
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
    for spec in (
        *({"expirationSeconds": seconds} for seconds in (600, 10, 2**33)),
        *({}, {"audiences": ["a", "b"], "expirationSeconds": 3600}),
    ):
        await api.post(f"{path}/op/token", {**request, "spec": spec}, note=claimed)
    await api.post(f"{path}/none/token", {**request, "spec": {}})
    await api.get(f"{path}/op/token")
    await api.get(path, accept=TABLE)
    for more in ({"secrets": [{"name": 5}]}, {"secrets": 5}, {"automountServiceAccountToken": "x"}):
        body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "x"}}
        await api.post(path, body | more, dryRun="All")


async def reviews(api: Side) -> None:
    head = {"apiVersion": "authorization.k8s.io/v1"}
    asked = {"resourceAttributes": {"namespace": api.namespace, "verb": "get", "resource": "secrets"}}
    someone = {"user": "u", "groups": ["system:masters"]}
    for spec in (asked, {"nonResourceAttributes": {"path": "/x", "verb": "get"}}, {}):
        body = {**head, "kind": "SelfSubjectAccessReview", "spec": spec}
        await api.post(f"{REVIEWS}/selfsubjectaccessreviews", body)
        body = {**head, "kind": "SubjectAccessReview", "spec": spec | someone}
        await api.post(f"{REVIEWS}/subjectaccessreviews", body)
    body = {**head, "kind": "LocalSubjectAccessReview", "spec": asked | someone}
    await api.post(f"{REVIEWS}/namespaces/{api.namespace}/localsubjectaccessreviews", body)
    await api.get(f"{REVIEWS}/selfsubjectaccessreviews")
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "nonsense"}}
    await api.post("/apis/authentication.k8s.io/v1/tokenreviews", body)


def of_ours(answer: Json) -> Any:
    """The kinds of a list of kinds that both servers have."""
    kinds = [kind for kind in answer["resources"] if kind["name"].split("/")[0] in KINDS]
    left_out = {"namespaces/finalize"}
    return {
        **answer,
        "resources": [
            {name: value for name, value in kind.items() if name != "storageVersionHash"}
            for kind in kinds
            if kind["name"] not in left_out
        ],
    }


def of_our_groups(answer: Json) -> Any:
    """The groups and kinds that both servers have."""
    found = []
    for group in answer["items"]:
        if group["metadata"].get("name", "") not in GROUPS | {""}:
            continue
        for version in group["versions"]:
            version["resources"] = [kind for kind in version["resources"] if kind["resource"] in KINDS]
            for kind in version["resources"]:
                parts = [part for part in kind.pop("subresources", []) if part["subresource"] != "finalize"]
                kind.update({"subresources": parts} if parts else {})
        found.append(group)
    return sorted(found, key=lambda group: group["metadata"].get("name", ""))


async def discovery(api: Side) -> None:
    for path in ("/api/v1", *(f"/apis/{group}/v1" for group in sorted(GROUPS - {"shoporama.dk"}))):
        await api.get(path, note=of_ours)
    for path in ("/apis/example.com/v1alpha1", "/apis/shoporama.dk/v1alpha1"):
        await api.get(path, note=of_ours)
    for path in ("/apis/events.k8s.io", "/apis/example.com", "/apis/none.example.com"):
        await api.get(path)
    groups = lambda said: sorted((g for g in said["groups"] if g["name"] in GROUPS), key=str)  # noqa: E731
    await api.get("/apis", note=groups)
    await api.get("/api", note=lambda said: [said["kind"], said["versions"]])
    for path in ("/api", "/apis"):
        await api.get(path, accept=GROUPED, note=of_our_groups)
    for path in ("/healthz", "/livez", "/readyz"):
        await api.get(path)
    await api.get("/openapi/v3", note=lambda said: [path for path in said["paths"] if "shoporama" in path])
    await api.post("/api/v1", {})


def settled(definition: Json) -> Any:
    """A definition without what controllers write when they come to it."""
    meta = {k: v for k, v in definition["metadata"].items() if k not in {"managedFields", "resourceVersion"}}
    conditions = sorted(definition["status"].pop("conditions"), key=lambda condition: condition["type"])
    told = [{**condition, "lastTransitionTime": ""} for condition in conditions]
    return {**definition, "metadata": meta, "conditions": told}


async def definitions(api: Side) -> None:
    definition = crd()
    kind = f"Stall{api.namespace[-8:]}"
    path = f"{DEFINITIONS}/{kind.lower()}s.example.com"
    definition["metadata"]["name"] = f"{kind.lower()}s.example.com"
    definition["spec"]["names"] = {"kind": kind, "plural": f"{kind.lower()}s"}
    await api.post(DEFINITIONS, definition, note=lambda said: said["spec"])
    async with asyncio.timeout(30):
        while True:
            async with api.session.get(path) as answer:
                conditions = (await answer.json()).get("status", {}).get("conditions") or ()
            if any((one["type"], one["status"]) == ("Established", "True") for one in conditions):
                break
            await asyncio.sleep(0.05)
    await api.get(path, note=settled)
    selector = f"metadata.name={definition['metadata']['name']}"
    shown = lambda table: [table["columnDefinitions"], table["rows"][0]["cells"][:3]]  # noqa: E731
    await api.get(DEFINITIONS, fieldSelector=selector, accept=TABLE, note=shown)
    bad = copy.deepcopy(definition)
    bad["metadata"]["name"], bad["spec"]["names"] = (
        f"q{kind.lower()}s.example.com",
        {"kind": "Q", "plural": "qs"},
    )
    for change in ({}, {"group": "other.com"}, {"scope": "Nowhere"}, {"versions": []}):
        await api.post(DEFINITIONS, {**bad, "spec": bad["spec"] | change}, dryRun="All")
    bad["metadata"]["name"] = "qs.example.com"
    properties = bad["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    rule = {"rule": "duration(self) >= duration('10m')", "message": "ten"}
    properties["interval"]["x-kubernetes-validations"] = [rule]  # which its default breaks
    await api.post(DEFINITIONS, bad, dryRun="All")
    await api.post(DEFINITIONS, definition)
    await api.delete(path, note=lambda _: 0)


@pytest.mark.parametrize("script", [namespaces, tokens, reviews, discovery, definitions])
async def test_alike(both: Both, script: object) -> None:
    await both.play(script)
