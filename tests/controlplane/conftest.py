"""Our kind in the real server."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml
from real_helm import chart, leave_out_without_helm

from controlplane.alike_servers import both, embedded
from controlplane.real_kubectl import RealKubectl, establish
from controlplane.real_server import RealServer, Way
from dinero_operator.sandbox.cluster import Cluster

__all__ = ["both", "chart", "embedded"]
CRD = Path(__file__).parents[2] / "crds" / "dinerointegrations.shoporama.dk.yaml"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    leave_out_without_helm(config, items)


@pytest.fixture(scope="session")
def kubectl(real_server: RealServer, tmp_path_factory: pytest.TempPathFactory) -> RealKubectl:
    if real_server.kubectl is None:
        pytest.skip("kubectl is not installed")
    return RealKubectl(real_server.kubectl, real_server.kubeconfig, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def clean(way: Way, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealKubectl]:
    """kubectl on a server of one file's own, on which nothing is installed. It may be left in any state."""
    if not way.command or way.kubectl is None:
        pytest.skip("a server of its own, and kubectl, are needed")
    server = RealServer(way).start()
    yield RealKubectl(way.kubectl, server.kubeconfig, tmp_path_factory.mktemp("clean"))
    server.stop()


@pytest.fixture(scope="session")
def established(kubectl: RealKubectl) -> dict[str, Any]:
    """Our CRD, served."""
    manifest = yaml.safe_load(CRD.read_text(encoding="utf-8"))
    assert isinstance(manifest, dict)
    establish(kubectl, manifest)
    return manifest


@pytest.fixture(scope="module")
def namespace(kubectl: RealKubectl) -> Iterator[str]:
    """One for a file. It is not deleted: no controller runs that would ever finish that."""
    name = f"real-{secrets.token_hex(4)}"
    kubectl("create", "namespace", name)
    yield name
    kubectl.run("delete", "dinerointegrations", "--all", f"--namespace={name}")


@pytest.fixture
def ours(kubectl: RealKubectl, established: dict[str, Any], namespace: str) -> RealKubectl:
    """kubectl in this file's namespace, where our kind is served."""
    return kubectl.within(namespace)


@pytest_asyncio.fixture
async def cluster(real_server: RealServer) -> AsyncIterator[Cluster]:
    async with Cluster.from_kubeconfig(real_server.kubeconfig) as cluster:
        yield cluster
