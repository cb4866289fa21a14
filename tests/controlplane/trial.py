"""A trial of the chart's rights: the operator works with its service account's token, and what it asks for is noted.

Whoever adds a right adds a ``Case`` whose work uses it.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rendering import NAMESPACE, Chart, Json, Rendered
from suite_cluster import Namespace
from suite_outside import Outside, Place
from suite_process import Operator

from controlplane.audit import AuditLog
from controlplane.real_kubectl import RealKubectl
from controlplane.rights import Right, granted, used
from dinero_operator.sandbox.cluster import Cluster
from dinero_operator.sandbox.process import free_port


@dataclass
class Stage:
    """One server, with its audit log and both outside systems."""

    kubectl: RealKubectl
    cluster: Cluster
    outside: Outside
    audit: AuditLog
    folder: Path


@dataclass
class Trial:
    """One release on the server, and what became of it."""

    stage: Stage
    case: Case
    release: str
    rendered: Rendered
    places: dict[str, Place] = field(default_factory=dict)
    """A shop and its books in each namespace of the case."""
    operators: list[Operator] = field(default_factory=list)
    bearer: RealKubectl | None = None

    @property
    def account(self) -> str:
        name = self.rendered.pod["serviceAccountName"]
        assert isinstance(name, str)
        return name

    @property
    def user(self) -> str:
        """Who the operator is to the API server."""
        return f"system:serviceaccount:{NAMESPACE}:{self.account}"

    @property
    def requests(self) -> list[Json]:
        """All that the operator has asked the API server for."""
        return self.stage.audit.of(self.user)

    @property
    def rights(self) -> frozenset[Right]:
        return granted(self.rendered, self.account, NAMESPACE)

    @property
    def uses(self) -> set[Right]:
        return {use for use in map(used, self.requests) if use is not None}

    @property
    def refused(self) -> list[Json]:
        """The requests that were not allowed."""
        return [entry for entry in self.requests if entry["responseStatus"]["code"] in (401, 403)]

    def install(self) -> None:
        """Apply the release, and log in as its service account."""
        kubectl = self.stage.kubectl
        kubectl("apply", "--filename=-", stdin=as_list(self.rendered))
        kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
        token = kubectl("create", "token", self.account, f"--namespace={NAMESPACE}").strip()
        self.bearer = kubectl.as_bearer(token)

    async def start(self, *, wait: bool = True) -> Operator:
        """Start the operator as the pod would be started, but for the addresses that lead to the simulators and to it.

        The app at Visma is the chart's alone: the simulators' settings would bring one along.
        """
        assert self.bearer is not None
        prefix = "DINERO_OPERATOR_"
        files = self._mount()
        given = {
            name.removeprefix(prefix): files.get(value, value)
            for name, value in self.rendered.environment().items()
        }
        del given["LOG_FORMAT"]
        port = free_port()
        given["HTTP_PORT"] = str(port)
        if "PUBLIC_URL" in given:
            given["PUBLIC_URL"] = f"http://127.0.0.1:{port}"
        outside = self.stage.outside.settings()
        addresses = {name: outside[name] for name in outside if not name.startswith("CONNECT_CLIENT_")}
        log = self.stage.folder / f"{self.release}-{len(self.operators)}.json"
        operator = Operator(self.bearer.kubeconfig, log, given | addresses)
        operator.port = port
        self.operators.append(operator)
        return await operator.start(wait=wait)

    def _mount(self) -> dict[str, str]:
        """Do the kubelet's part: files with what Secrets of the release's namespace hold, by their path in the pod."""
        files = {}
        for number, (path, (name, key)) in enumerate(self.rendered.secret_files().items()):
            secret = self.stage.kubectl.read("secret", name, f"--namespace={NAMESPACE}")
            file = self.stage.folder / f"{self.release}-secret-{number}"
            file.write_bytes(base64.b64decode(secret["data"][key]))
            files[path] = str(file)
        return files


def as_list(rendered: Rendered) -> Json:
    return {"apiVersion": "v1", "kind": "List", "items": rendered.objects}


Work = Callable[[Trial], Awaitable[None]]


@dataclass(frozen=True)
class Case:
    """Values of the chart, and work that uses every right that they give."""

    namespaces: tuple[str, ...]
    work: Work
    values: Json = field(default_factory=dict)


@asynccontextmanager
async def trial(stage: Stage, chart: Chart, case: Case, release: str) -> AsyncIterator[Trial]:
    """Install and work; the operators have ended when it is given. Releases of other names do not disturb it."""
    kubectl = stage.kubectl
    for name in {NAMESPACE, *case.namespaces}:
        kubectl("apply", "--filename=-", stdin=_namespace(name))
    tried = Trial(stage, case, release, chart.render(case.values, release=release))
    tried.install()
    for name in case.namespaces:
        tried.places[name] = await stage.outside.open(Namespace(stage.cluster, name))
    try:
        await case.work(tried)
        yield tried
    finally:
        for operator in tried.operators:
            await operator.aclose()
        for place in tried.places.values():
            await place.namespace.clear()


def _namespace(name: str) -> Json:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
