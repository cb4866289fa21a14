"""A real API server that may be maltreated, and a proxy before it through which the operator reaches it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from suite_outside import Outside
from suite_process import PROGRAM, Operator
from suite_proxy import Proxy
from suite_trouble import Run, new_token

from controlplane.real_kubectl import RealKubectl, establish
from controlplane.real_server import RealServer, Way
from dinero_operator.sandbox.cluster import Cluster


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(
    way: Way, crd: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RealServer]:
    """A server of this file's own, that may be maltreated."""
    if not way.command or way.kubectl is None:
        pytest.skip("the server is not ours to kill")
    server = RealServer(way, tmp_path_factory.mktemp("server") / "data").start()
    establish(RealKubectl(way.kubectl, server.kubeconfig, tmp_path_factory.mktemp("home")), crd)
    yield server
    server.kill()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cluster(server: RealServer) -> AsyncIterator[Cluster]:
    """The server without the proxy."""
    async with Cluster.from_kubeconfig(server.kubeconfig) as cluster:
        yield cluster


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(server: RealServer) -> AsyncIterator[Proxy]:
    proxy = Proxy(server.kubeconfig)
    await proxy.start()
    yield proxy
    await proxy.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def run(proxy: Proxy, cluster: Cluster, outside: Outside, tmp_path: Path) -> AsyncIterator[Run]:
    """Starts an operator behind the proxy, or starts it again as a cluster would."""
    started: list[Operator] = []
    kubeconfig = proxy.write_kubeconfig(tmp_path / "kubeconfig", await new_token(cluster))

    async def start(program: tuple[str, ...] = PROGRAM, *, wait: bool = True, **settings: str) -> Operator:
        log = tmp_path / f"operator-{len(started)}.json"
        started.append(Operator(kubeconfig, log, outside.settings() | settings, program))
        return await started[-1].start(wait=wait)

    yield start
    for operator in started:
        await operator.aclose()
