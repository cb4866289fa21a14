"""The two servers that are compared: the real one, and an embedded one for all tests of a run."""

from __future__ import annotations

import asyncio
import secrets
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest
import yaml

from controlplane.alike import Known, Script, Side, differences
from controlplane.alike_known import KNOWN
from controlplane.real_server import RealServer
from dinero_operator.sandbox.cluster import Cluster
from dinero_operator.sandbox.kubernetes import KubernetesApi
from sandbox.kubernetes_samples import crd

_CRD = Path(__file__).parents[2] / "crds" / "dinerointegrations.shoporama.dk.yaml"
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_SERVED = ("/apis/example.com/v1alpha1/kiosks", "/apis/shoporama.dk/v1alpha1/dinerointegrations")


class Embedded:
    """The embedded API, on a loop and a thread of its own."""

    def __init__(self, **options: Any) -> None:
        self.api = KubernetesApi(**options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.api.start(), self._loop).result(20)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.api.stop(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()


@dataclass(frozen=True, slots=True)
class Door:
    """Where a server is, and how one gets in."""

    url: str
    headers: Mapping[str, str]
    tls: ssl.SSLContext | bool

    @classmethod
    def of(cls, kubeconfig: Path) -> Door:
        cluster = Cluster.from_kubeconfig(kubeconfig)
        return cls(cluster.server, cluster._headers, cluster._tls or True)

    def session(self) -> aiohttp.ClientSession:
        """A client of the server."""
        return aiohttp.ClientSession(
            self.url,
            headers={**self.headers, "User-Agent": "alike/1.0"},
            connector=aiohttp.TCPConnector(ssl=self.tls),
            timeout=aiohttp.ClientTimeout(total=30),
        )


@dataclass(frozen=True, slots=True)
class Both:
    """Both servers."""

    real: Door
    embedded: Door

    async def play(self, script: Script, known: tuple[Known, ...] = KNOWN) -> None:
        """Play a script on both and compare, but for what is known. Raises ``AssertionError`` with every difference."""
        found = await self.compared(script, known)
        assert not found, "\n\n".join(found)

    async def compared(self, script: Script, known: tuple[Known, ...] = ()) -> list[str]:
        """Play a script on both; gives the differences."""
        sides = []
        namespace = f"alike-{secrets.token_hex(4)}"
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        for door in (self.real, self.embedded):
            async with door.session() as session:
                side = Side(session, namespace)
                await side.post("/api/v1/namespaces", manifest)
                await script(side)
                sides.append(side)
                async with session.delete(f"/api/v1/namespaces/{namespace}"):
                    pass
        return list(differences(sides[0], sides[1], known))


async def _define(door: Door) -> None:
    async with door.session() as session:
        for definition in (crd(), yaml.safe_load(_CRD.read_text(encoding="utf-8"))):
            async with session.post(_DEFINITIONS, json=definition) as answer:
                assert answer.status in {HTTPStatus.CREATED, HTTPStatus.CONFLICT}, await answer.text()
        for path in _SERVED:
            async with asyncio.timeout(30):
                while True:
                    async with session.get(path) as answer:
                        if answer.ok:
                            break
                    await asyncio.sleep(0.05)


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of an embedded server."""
    with Embedded() as server:
        path = tmp_path_factory.mktemp("embedded") / "kubeconfig"
        path.write_text(server.api.kubeconfig(), encoding="utf-8")
        yield path


@pytest.fixture(scope="session")
def both(real_server: RealServer, embedded: Path) -> Both:
    """Both servers, with our kind and that of the kiosks."""
    doors = Both(Door.of(real_server.kubeconfig), Door.of(embedded))
    for door in (doors.real, doors.embedded):
        asyncio.run(_define(door))
    return doors
