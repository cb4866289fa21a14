"""The operator's rights are what it does: calls are counted at an API server, and rights compared with them."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import kopf
import pytest
import pytest_asyncio
import yaml
from aiohttp import web
from rendering import CHART, NAMESPACE, ROOT, Chart, Json, Rendered
from variants import CONNECT

from dinero_operator.kube import api as client
from dinero_operator.metrics import Metrics
from dinero_operator.sandbox.kubernetes import KubernetesApi
from dinero_operator.sandbox.process import environment, free_port
from dinero_operator.transport.clock import SystemClock

CRD = CHART / "files" / "crds" / "dinerointegrations.shoporama.dk.yaml"
LEASES = "coordination.k8s.io"
OF_PEOPLE = {"events"}
"""Calls of ``kubectl dinero``, which makes them with the rights of whoever types it."""
WEBHOOKS: Json = {"webhooks": {"enabled": True}}
ELECTION: Json = {"replicas": 2, "leaderElection": {"enabled": True}}
WITHIN = 60.0
"""Seconds that a busy machine gets."""


class Right(NamedTuple):
    group: str
    resource: str
    verb: str


VERBS = {"PATCH": "patch", "PUT": "update"}


class Counting(KubernetesApi):
    """Notes each request that needs a right, also where nothing is served, with the namespace (empty: all)."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[tuple[Right, str]] = set()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        right = right_of(request.method, request.path, is_watch="watch" in request.query)
        if right is not None:
            self.asked.add(right)
        return await super()._serve(request)

    @property
    def rights(self) -> set[Right]:
        return {right for right, _ in self.asked}


def right_of(method: str, path: str, *, is_watch: bool) -> tuple[Right, str] | None:
    """What Kubernetes' own authorizer would ask for; ``None`` for discovery, which everybody may read."""
    parts = path.strip("/").split("/")
    group, rest = ("", parts[2:]) if parts[0] == "api" else (parts[1] if parts[1:] else "", parts[3:])
    if not rest or parts[0] not in {"api", "apis"}:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    resource, name, subresource = [*rest, "", ""][:3]
    verb = VERBS.get(method) or {
        ("GET", True): "get",
        ("GET", False): "watch" if is_watch else "list",
        ("POST", False): "create",
        ("DELETE", True): "delete",
        ("DELETE", False): "deletecollection",
    }.get((method, bool(name)), f"{method} {name}")
    return Right(group, f"{resource}/{subresource}" if subresource else resource, verb), namespace


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/apis", None),
        ("GET", "/apis/shoporama.dk/v1alpha1", None),
        ("GET", "/api/v1/namespaces", (Right("", "namespaces", "list"), "")),
        ("GET", "/api/v1/namespaces/a", (Right("", "namespaces", "get"), "")),
        ("GET", "/api/v1/namespaces/a/secrets/b", (Right("", "secrets", "get"), "a")),
        ("GET", "/api/v1/namespaces/a/secrets", (Right("", "secrets", "list"), "a")),
        ("PATCH", "/apis/g/v1/namespaces/a/kinds/b/status", (Right("g", "kinds/status", "patch"), "a")),
        ("PUT", "/apis/g/v1/namespaces/a/kinds/b", (Right("g", "kinds", "update"), "a")),
        ("POST", "/apis/g/v1/namespaces/a/kinds", (Right("g", "kinds", "create"), "a")),
        ("DELETE", "/apis/g/v1/kinds", (Right("g", "kinds", "deletecollection"), "")),
    ],
)
def test_requests_are_read_as_kubernetes_reads_them(method: str, path: str, expected: object) -> None:
    assert right_of(method, path, is_watch=False) == expected


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Counting]:
    server = Counting()
    server.load_crd(yaml.safe_load(CRD.read_text(encoding="utf-8")))
    example = yaml.safe_load((ROOT / "examples" / "full.yaml").read_text(encoding="utf-8"))
    server.store.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "dinero-system"}})
    for namespace in ("north", "south", "elsewhere"):
        server.store.put(example | {"metadata": {"name": "example-shop", "namespace": namespace}})
    await server.start()
    yield server
    await server.stop()


async def run_until_it_reports(
    server: Counting, folder: Path, rendered: Rendered, namespaces: set[str]
) -> None:
    """Run the operator until it has said, in status and event, that the Secrets are missing in these namespaces."""
    kubeconfig, secret = folder / "kubeconfig", folder / "secret"
    kubeconfig.write_text(server.kubeconfig(), encoding="utf-8")
    secret.write_text("secret-of-the-app", encoding="utf-8")
    files = dict.fromkeys(rendered.secret_files(), str(secret))
    given = {
        name.removeprefix("DINERO_OPERATOR_"): files.get(value, value)
        for name, value in rendered.environment().items()
        if not name.endswith(("HTTP_PORT", "LOG_FORMAT"))
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dinero_operator", "run"),
        env=environment(kubeconfig, given | {"HTTP_PORT": str(free_port()), "LOG_FORMAT": "text"}),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    said: set[str] = set()
    try:
        async with asyncio.timeout(WITHIN):
            while said < namespaces or not _is_watched(server):
                assert process.returncode is None, "it has ended"
                said = {
                    event["metadata"]["namespace"]
                    for event in server.store.list("Event")
                    if event["reason"] == "SecretMissing"
                }
                await asyncio.sleep(0.05)
    finally:
        if process.returncode is None:
            process.terminate()
        _, log = await asyncio.wait_for(process.communicate(), WITHIN)
        sys.stderr.write(log.decode())


def _is_watched(server: Counting) -> bool:
    return any(right.verb == "watch" for right in server.rights)


@pytest.mark.parametrize(
    ("values", "enabled"),
    [
        ({}, set()),
        (CONNECT, {"create_secret", "update_secret", "patch_resource"}),
        (WEBHOOKS, set()),
        (WEBHOOKS | ELECTION, {"patch_resource"}),
    ],
    ids=["none", "connect", "webhooks", "webhooks-standby"],
)
async def test_the_rights_are_the_calls(
    chart: Chart, server: Counting, tmp_path: Path, values: Json, enabled: set[str]
) -> None:
    rendered = chart.render(values)
    await run_until_it_reports(server, tmp_path, rendered, {"north", "south", "elsewhere"})
    # Without an election nobody asks for a lease.
    assert bool(elections(server)) == bool(rendered.all("Role")) == ("replicas" in values)
    await every_call(server, enabled)
    assert granted(rendered.one("ClusterRole")) == server.rights - elections(server)


@pytest.mark.parametrize("values", [{}, {"namespaces": ["north"]}], ids=["cluster", "namespaces"])
async def test_the_rights_of_an_election_are_its_calls(
    chart: Chart, server: Counting, tmp_path: Path, values: Json
) -> None:
    rendered = chart.render(ELECTION | values)
    await run_until_it_reports(server, tmp_path, rendered, {"north"})
    role = rendered.one("Role", "dinero-operator-leader-election")
    # It creates the lease, renews it or gives it back at the end, and reads it before.
    assert granted(role) == elections(server)
    assert {namespace for right, namespace in server.asked if right.group == LEASES} == {NAMESPACE}
    assert role["metadata"]["namespace"] == NAMESPACE
    names = {tuple(rule["verbs"]): rule.get("resourceNames") for rule in role["rules"]}
    # A name does not restrict a creation: the authorizer does not see it.
    (lease,) = server.store.list("Lease")
    assert names == {("get", "update"): [lease["metadata"]["name"]], ("create",): None}
    assert lease["spec"]["holderIdentity"] == "", "given back"
    others = [found for found in rendered.all("Role") + rendered.all("ClusterRole") if found != role]
    assert not [rule for found in others for rule in found["rules"] if LEASES in rule["apiGroups"]]


def elections(server: Counting) -> set[Right]:
    return {right for right in server.rights if right.group == LEASES}


def test_the_role_of_an_election_is_bound_to_the_service_account(chart: Chart) -> None:
    rendered = chart.render(ELECTION)
    binding = rendered.one("RoleBinding", "dinero-operator-leader-election")
    assert binding["metadata"]["namespace"] == NAMESPACE
    assert binding["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": "dinero-operator-leader-election",
    }
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "dinero-operator", "namespace": NAMESPACE}
    ]
    assert not chart.render().all("RoleBinding")


def test_the_example_has_the_rights_of_an_election_as_comments(chart: Chart) -> None:
    text = (ROOT / "examples" / "rbac.yaml").read_text(encoding="utf-8")
    _, _, commented = text.partition("\n# For processes that stand by")
    lines = [line.removeprefix("# ").removeprefix("#") for line in commented.splitlines()[1:]]
    role, binding = yaml.safe_load_all("\n".join(lines))
    rendered = chart.render(ELECTION)
    for found in (role, binding):
        expected = rendered.one(found["kind"], found["metadata"]["name"])
        found["metadata"]["labels"] = expected["metadata"]["labels"]
        assert found == expected


async def test_in_namespaces_no_call_goes_elsewhere(chart: Chart, server: Counting, tmp_path: Path) -> None:
    rendered = chart.render({"namespaces": ["north", "south"]})
    await run_until_it_reports(server, tmp_path, rendered, {"north", "south"})
    assert {namespace for _, namespace in server.asked} == {"north", "south"}
    roles = {role["metadata"]["namespace"]: granted(role) for role in rendered.all("Role")}
    everywhere = granted(chart.render().one("ClusterRole"))
    assert roles == dict.fromkeys(("north", "south"), everywhere)
    assert server.rights <= everywhere


async def every_call(server: Counting, enabled: set[str]) -> None:
    """Call each method of our own client, so that a new one cannot come without its right; some only where enabled."""
    # Without a check of the certificate: it is only about which calls there are.
    info = kopf.ConnectionInfo(server=server.url, token=server.token, insecure=True)
    api = client.KubernetesApi(lambda: info, clock=SystemClock(), metrics=Metrics())
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": "x.", "namespace": "north"},
        "involvedObject": {"namespace": "north"},
    }
    lease = {"apiVersion": f"{LEASES}/v1", "kind": "Lease", "metadata": {"name": "example"}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "example", "namespace": "north"}}
    of_features: dict[str, Callable[[], Any]] = {
        "create_secret": lambda: api.create_secret("north", secret),
        "update_secret": lambda: api.update_secret("north", server.store.list("Secret", "north")[0]),
        "patch_resource": lambda: api.patch_resource("north", "example-shop", {"metadata": {}}),
    }
    calls: dict[str, Callable[[], Any]] = {
        "read_secret": lambda: api.read_secret("north", "example-shop-dinero"),
        "patch_status": lambda: api.patch_status("north", "example-shop", {"watermark": None}),
        "create_event": lambda: api.create_event("north", event),
        "resource": lambda: api.resource("north", "example-shop"),
        "resources": lambda: anext(api.resources(None)),
        "knows_kind": api.knows_kind,
        "create_lease": lambda: api.create_lease("north", lease, within=WITHIN),
        "lease": lambda: api.lease("north", "example", within=WITHIN),
        "update_lease": lambda: api.update_lease(
            "north", server.store.list("Lease", "north")[0], within=WITHIN
        ),
    }
    methods = {
        name
        for name, method in inspect.getmembers(client.KubernetesApi, inspect.isfunction)
        if not name.startswith("_") and name != "aclose"
    }
    assert calls.keys() | of_features.keys() == methods - OF_PEOPLE, "call the new method here"
    try:
        for name, call in (calls | of_features).items():
            if name in enabled or name in calls:
                await call()
    finally:
        await api.aclose()


def granted(role: Json) -> set[Right]:
    """A role's rights; nothing in it may be wider than it says."""
    found: list[Right] = []
    for rule in role["rules"]:
        assert rule.keys() - {"resourceNames"} == {"apiGroups", "resources", "verbs"}
        found += [
            Right(group, resource, verb)
            for group in rule["apiGroups"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
        ]
    assert len(set(found)) == len(found), "a right is there twice"
    assert not [right for right in found if "*" in right]
    return set(found)


def test_the_example_grants_the_same(chart: Chart) -> None:
    documents = yaml.safe_load_all((ROOT / "examples" / "rbac.yaml").read_text(encoding="utf-8"))
    (example,) = [document for document in documents if document["kind"] == "ClusterRole"]
    assert granted(example) == granted(chart.render().one("ClusterRole"))


@pytest.mark.parametrize("values", [{}, {"namespaces": ["north", "south"]}], ids=["cluster", "namespaces"])
def test_bindings_give_each_role_to_the_service_account(chart: Chart, values: Json) -> None:
    rendered = chart.render(values)
    bindings = rendered.all("ClusterRoleBinding") + rendered.all("RoleBinding")
    for binding in bindings:
        kind = binding["kind"].removesuffix("Binding")
        name = binding["roleRef"]["name"]
        assert binding["roleRef"] == {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": kind,
            "name": "dinero-operator",
        }
        assert binding["metadata"].get("namespace") in places(rendered, kind, name)
        (subject,) = binding["subjects"]
        account = rendered.one("ServiceAccount")["metadata"]
        assert subject == {
            "kind": "ServiceAccount",
            "name": account["name"],
            "namespace": account["namespace"],
        }
    expected = values.get("namespaces") or [None]
    assert [binding["metadata"].get("namespace") for binding in bindings] == expected


def places(rendered: Rendered, kind: str, name: str) -> list[str | None]:
    return [
        role["metadata"].get("namespace") for role in rendered.all(kind) if role["metadata"]["name"] == name
    ]


def test_no_role_in_the_cluster_for_named_namespaces(chart: Chart) -> None:
    rendered = chart.render({"namespaces": ["north"]})
    assert not rendered.all("ClusterRoleBinding")
    assert {role["metadata"]["name"] for role in rendered.all("ClusterRole")} == {
        "dinero-operator-view",
        "dinero-operator-edit",
    }


def test_no_rights(chart: Chart) -> None:
    rendered = chart.render(ELECTION | {"rbac": {"create": False}})
    assert not rendered.kinds() & {"Role", "RoleBinding", "ClusterRoleBinding"}
