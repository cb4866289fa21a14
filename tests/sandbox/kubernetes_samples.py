"""A small definition of our own and an object of its kind: the API must not be made for one CRD."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from dinero_operator.sandbox.kubernetes import KubernetesApi

KIOSKS = "/apis/example.com/v1alpha1/namespaces/default/kiosks"
SECRETS = "/api/v1/namespaces/default/secrets"

CONDITION: dict[str, Any] = {
    "type": "object",
    "required": ["type", "status", "reason", "message", "lastTransitionTime"],
    "properties": {
        "type": {"type": "string", "maxLength": 316},
        "status": {"type": "string", "enum": ["True", "False", "Unknown"]},
        "observedGeneration": {"type": "integer", "format": "int64", "minimum": 0},
        "lastTransitionTime": {"type": "string", "format": "date-time"},
        "reason": {"type": "string", "minLength": 1, "maxLength": 1024},
        "message": {"type": "string", "maxLength": 100},
    },
}
SPEC: dict[str, Any] = {
    "type": "object",
    "description": "What is wanted of the kiosk.",
    "required": ["secretRef"],
    "x-kubernetes-validations": [
        {
            "rule": "!has(oldSelf.owner) || has(self.owner) && self.owner == oldSelf.owner",
            "message": "create a new kiosk for another owner",
        },
        {
            "rule": "!has(self.opens) || !has(self.closes) || self.opens < self.closes",
            "message": "opens before it closes",
        },
    ],
    "properties": {
        "secretRef": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "maxLength": 253},
                "key": {"type": "string", "default": "token"},
            },
        },
        "owner": {"type": "integer", "minimum": 1, "maximum": 99},
        "trigger": {"type": "string", "enum": ["Paid", "Sent"]},
        "interval": {
            "type": "string",
            "default": "5m",
            "maxLength": 20,
            "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$",
            "x-kubernetes-validations": [
                {"rule": "duration(self) >= duration('1m')", "message": "the interval is at least 1m"},
            ],
        },
        "opens": {"type": "string", "format": "date"},
        "closes": {"type": "string", "format": "date"},
        "note": {"type": "string", "nullable": True},
        "port": {"x-kubernetes-int-or-string": True},
        "tags": {
            "type": "array",
            "maxItems": 3,
            "x-kubernetes-list-type": "set",
            "items": {"type": "string", "maxLength": 10},
        },
        "prices": {"type": "object", "additionalProperties": {"type": "number"}},
    },
}
COLUMNS: list[dict[str, Any]] = [
    {"name": "Owner", "type": "integer", "jsonPath": ".spec.owner"},
    {"name": "Ready", "type": "string", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
    {"name": "Last Sync", "type": "date", "jsonPath": ".status.lastSyncTime"},
    {"name": "Interval", "type": "string", "jsonPath": ".spec.interval", "priority": 1},
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
]


def crd() -> dict[str, Any]:
    """Kiosks: with status subresource, defaults, CEL rules, a list-map and columns."""
    schema: dict[str, Any] = {
        "type": "object",
        "required": ["spec"],
        "properties": {
            "spec": SPEC,
            "status": {
                "type": "object",
                "properties": {
                    "observedGeneration": {"type": "integer"},
                    "lastSyncTime": {"type": "string", "format": "date-time"},
                    "conditions": {
                        "type": "array",
                        "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["type"],
                        "items": CONDITION,
                    },
                },
            },
        },
    }
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": schema},
        "additionalPrinterColumns": COLUMNS,
    }
    return copy.deepcopy(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "kiosks.example.com"},
            "spec": {
                "group": "example.com",
                "scope": "Namespaced",
                "names": {
                    "kind": "Kiosk",
                    "plural": "kiosks",
                    "shortNames": ["ki"],
                    "categories": ["street"],
                },
                "versions": [version],
            },
        }
    )


def kiosk(name: str = "north", namespace: str = "default", **spec: Any) -> dict[str, Any]:
    """A valid kiosk."""
    return {
        "apiVersion": "example.com/v1alpha1",
        "kind": "Kiosk",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"secretRef": {"name": "shop"}, "owner": 7, "trigger": "Paid", **spec},
    }


def ready(status: str = "True", time: str = "2025-03-01T12:00:00Z") -> dict[str, Any]:
    """A status with one condition."""
    condition = {
        "type": "Ready",
        "status": status,
        "reason": "Synced",
        "message": "",
        "lastTransitionTime": time,
    }
    return {"conditions": [condition], "lastSyncTime": time}


class Client:
    """A bare HTTP client of the API: answers are status and JSON."""

    def __init__(self, api: KubernetesApi) -> None:
        connector = aiohttp.TCPConnector(ssl=api.ssl_context or True)
        headers = {"Authorization": f"Bearer {api.token}", "User-Agent": "tests/1"}
        self.session = aiohttp.ClientSession(api.url, headers=headers, connector=connector)

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        """Send a request; ``kind`` is the body's content type, ``accept`` the answer's, the rest is the query."""
        headers = {"Accept": options.pop("accept", "application/json")}
        if body is not None:
            headers["Content-Type"] = options.pop("kind", "application/json")
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        async with self.session.request(method, path, data=data, headers=headers, params=options) as answer:
            return answer.status, await answer.json(content_type=None)

    async def watch(self, path: str, **query: Any) -> AsyncIterator[dict[str, Any]]:
        """Yield the events of a watch."""
        async with self.session.get(path, params={"watch": "true", **query}) as answer:
            assert answer.status == 200, await answer.text()
            async for line in answer.content:
                yield json.loads(line)


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[tuple[KubernetesApi, Client]]:
    """A started API that knows kiosks, and a client of it."""
    api = KubernetesApi(**{"seed": 1, "tls": False, **options})
    api.load_crd(crd())
    await api.start()
    client = Client(api)
    try:
        yield api, client
    finally:
        await client.session.close()
        await api.stop()
