"""One world for all files: an API server, both simulators, and for each file an operator in a process of its own.

The API server is the embedded one; ``OPERATOR_SUITE_KUBECONFIG`` names the kubeconfig of a real one to use in its place.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
import yaml
from suite_cluster import KUBECTL, Kubectl, Namespace
from suite_outside import Outside, Place
from suite_process import Operator, StartOperator

from dinero_operator.sandbox.cluster import Cluster
from dinero_operator.sandbox.kubernetes import KubernetesApi

CRD = Path(__file__).parents[2] / "crds" / "dinerointegrations.shoporama.dk.yaml"
REAL = os.environ.get("OPERATOR_SUITE_KUBECONFIG", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of the suite runs in one event loop: the simulators live in it from the first test to the last."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def crd() -> dict[str, object]:
    manifest = yaml.safe_load(CRD.read_text(encoding="utf-8"))
    assert isinstance(manifest, dict)
    return manifest


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kubeconfig(tmp_path_factory: pytest.TempPathFactory, crd: dict[str, object]) -> AsyncIterator[Path]:
    """The way to an API server that serves our kind."""
    path = tmp_path_factory.mktemp("cluster") / "kubeconfig"
    if REAL:
        shutil.copy(REAL, path)
        await _install(path, crd)
        yield path
        return
    api = KubernetesApi()
    api.load_crd(crd)
    await api.start()
    path.write_text(api.kubeconfig(), encoding="utf-8")
    yield path
    await api.stop()


async def _install(kubeconfig: Path, crd: dict[str, object]) -> None:
    kind = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    async with Cluster.from_kubeconfig(kubeconfig) as cluster:
        if await cluster.get(f"{kind}/dinerointegrations.shoporama.dk") is None:
            await cluster.create(kind, crd)


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
def kubectl(kubeconfig: Path, tmp_path: Path, namespace: Namespace) -> Kubectl:
    if KUBECTL is None:
        pytest.skip("kubectl is not installed")
    return Kubectl(kubeconfig, tmp_path, namespace.name)
