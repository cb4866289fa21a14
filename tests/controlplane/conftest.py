"""The real server, and our kind in it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from controlplane.real_kubectl import RealKubectl, until
from controlplane.real_server import RealServer, leave_out_without_server, real_server, way
from dinero_operator.sandbox.cluster import Cluster

__all__ = ["real_server", "way"]
CRD = Path(__file__).parents[2] / "crds" / "dinerointegrations.shoporama.dk.yaml"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    leave_out_without_server(config, items)


@pytest.fixture(scope="session")
def kubectl(real_server: RealServer, tmp_path_factory: pytest.TempPathFactory) -> RealKubectl:
    if real_server.kubectl is None:
        pytest.skip("kubectl is not installed")
    return RealKubectl(real_server.kubectl, real_server.kubeconfig, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def established(kubectl: RealKubectl) -> dict[str, Any]:
    """Our CRD, served."""
    kubectl("apply", "--filename", str(CRD))
    kubectl("wait", "--for=condition=Established", "crd/dinerointegrations.shoporama.dk", "--timeout=30s")
    # The lists of what is served, which kubectl goes by, come a moment later.
    until(lambda: kubectl.run("explain", "dinero").code == 0)
    manifest = yaml.safe_load(CRD.read_text(encoding="utf-8"))
    assert isinstance(manifest, dict)
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
