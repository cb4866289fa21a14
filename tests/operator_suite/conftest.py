"""One world for all files: two API servers, both simulators, and for each file an operator in a process of its own.

Every test that needs an API server runs twice: on the embedded one, and on the real one of ``tests/controlplane``. What
differs is a defect of the embedded one.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml
from suite_cluster import KUBECTL, Kubectl, Namespace
from suite_outside import Outside, Place
from suite_process import Operator, StartOperator

from controlplane.real_kubectl import RealKubectl, establish
from controlplane.real_server import RealServer
from controlplane.real_tests import MARK
from dinero_operator.sandbox.cluster import Cluster
from dinero_operator.sandbox.kubernetes import KubernetesApi

CRD = Path(__file__).parents[2] / "crds" / "dinerointegrations.shoporama.dk.yaml"


@dataclass(frozen=True, slots=True)
class ApiServer:
    """One that serves our kind. ``kubectl`` is the command of one that fits to it, where there is any."""

    kubeconfig: Path
    kubectl: tuple[str, ...] | None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of the suite runs in one event loop: the simulators live in it from the first test to the last."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def crd() -> dict[str, Any]:
    manifest = yaml.safe_load(CRD.read_text(encoding="utf-8"))
    assert isinstance(manifest, dict)
    return manifest


@pytest_asyncio.fixture(
    scope="session",
    loop_scope="session",
    params=["embedded", pytest.param("real", marks=getattr(pytest.mark, MARK))],
)
async def api_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, crd: dict[str, Any]
) -> AsyncIterator[ApiServer]:
    """The server of this variant of a test."""
    folder = tmp_path_factory.mktemp("cluster")
    if request.param == "real":
        # Not an argument: where there is no real server, the embedded one still is.
        real: RealServer = request.getfixturevalue("real_server")
        if real.kubectl is None:
            pytest.skip("kubectl is not installed")
        establish(RealKubectl(real.kubectl, real.kubeconfig, folder), crd)
        yield ApiServer(real.kubeconfig, real.kubectl)
        return
    api = KubernetesApi()
    api.load_crd(crd)
    await api.start()
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(api.kubeconfig(), encoding="utf-8")
    yield ApiServer(kubeconfig, KUBECTL)
    await api.stop()


@pytest.fixture(scope="session")
def kubeconfig(api_server: ApiServer) -> Path:
    """The way to the API server. A file may have its own, of a server that it maltreats."""
    return api_server.kubeconfig


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cluster(kubeconfig: Path) -> AsyncIterator[Cluster]:
    async with Cluster.from_kubeconfig(kubeconfig) as cluster:
        yield cluster


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def outside() -> AsyncIterator[Outside]:
    outside = Outside()
    await outside.start()
    yield outside
    await outside.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def operator(
    kubeconfig: Path, outside: Outside, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Operator]:
    """The operator of one file."""
    log = tmp_path_factory.mktemp("operator") / "log.json"
    operator = Operator(kubeconfig, log, outside.settings())
    yield await operator.start()
    await operator.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def start_operator(kubeconfig: Path, outside: Outside, tmp_path: Path) -> AsyncIterator[StartOperator]:
    """Starts operators that belong to one test."""
    started: list[Operator] = []

    async def start(*, wait: bool = True, **settings: str) -> Operator:
        log = tmp_path / f"operator-{len(started)}.json"
        operator = Operator(kubeconfig, log, outside.settings() | settings)
        started.append(operator)
        return await operator.start(wait=wait)

    yield start
    for operator in started:
        await operator.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def new_namespace(cluster: Cluster) -> AsyncIterator[Callable[[], Awaitable[Namespace]]]:
    """Makes namespaces that belong to one test."""
    made: list[Namespace] = []

    async def make() -> Namespace:
        name = f"suite-{secrets.token_hex(4)}"
        await cluster.create(
            "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        )
        made.append(Namespace(cluster, name))
        return made[-1]

    yield make
    for namespace in made:
        await namespace.clear()


@pytest_asyncio.fixture(loop_scope="session")
async def namespace(new_namespace: Callable[[], Awaitable[Namespace]]) -> Namespace:
    return await new_namespace()


@pytest_asyncio.fixture(loop_scope="session")
async def place(outside: Outside, namespace: Namespace) -> Place:
    """A shop without orders, its empty books, and the Secrets for both."""
    return await outside.open(namespace)


@pytest.fixture
def kubectl(api_server: ApiServer, tmp_path: Path, namespace: Namespace) -> Kubectl:
    if api_server.kubectl is None:
        pytest.skip("kubectl is not installed")
    return Kubectl(api_server.kubectl, api_server.kubeconfig, tmp_path, namespace.name)
