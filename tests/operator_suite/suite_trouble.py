"""What the tests in ``trouble/`` share: who the operator is on the server, and what it says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from suite_cluster import Resource
from suite_outside import Place
from suite_process import Operator

from dinero_operator.sandbox.cluster import Cluster

ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts"
BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
Run = Callable[..., Awaitable[Operator]]


async def new_token(cluster: Cluster, account: str = "operator") -> str:
    """A token of a service account that may do everything; the account is made where there is none."""
    if await cluster.get(f"{ACCOUNTS}/{account}") is None:
        await cluster.create(ACCOUNTS, {"metadata": {"name": account}})
    if await cluster.get(f"{BINDINGS}/{account}") is None:
        subject = {"kind": "ServiceAccount", "name": account, "namespace": "default"}
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
        await cluster.create(
            BINDINGS, {"metadata": {"name": account}, "subjects": [subject], "roleRef": role}
        )
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    answer = await cluster.create(f"{ACCOUNTS}/{account}/token", request)
    return str(answer["status"]["token"])


async def health(operator: Operator) -> tuple[int, str]:
    status, _, text = await operator.get("/healthz")
    return status, text


async def names(operator: Operator, namespace: str) -> set[str]:
    """The resources of a namespace that an operator works on."""
    series = (await operator.samples()).get("dinero_operator_suspended", [])
    return {labels["name"] for labels, _ in series if labels["namespace"] == namespace}


def said(operator: Operator, words: str) -> bool:
    return words in operator.log.read_text(encoding="utf-8")


def refusal(status: int, **headers: str) -> web.Response:
    """A refusal as an API server words it."""
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "message": "made up"}
    return web.json_response(
        body, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def gone(code: int) -> dict[str, Any]:
    """The event that ends a watch in a stream that began well."""
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": "made up"}
    return {"type": "ERROR", "object": body}


async def made(place: Place, name: str) -> Resource | None:
    """A resource, as soon as the server takes it."""
    resource = place.namespace.resource(name)
    try:
        if not await resource.exists():
            await resource.create(place.spec())
    except Exception:  # noqa: BLE001 - whatever a server says while it starts
        return None
    return resource
