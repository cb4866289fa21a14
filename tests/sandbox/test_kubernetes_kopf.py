"""A real kopf operator on the API: it sees what happens, also after cut watches and a 410."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import kopf
import pytest
from kubernetes_samples import crd, kiosk, ready

from dinero_operator.sandbox.kubernetes import KubernetesApi

Seen = asyncio.Queue[tuple[str | None, str, str | None]]


@pytest.fixture(params=[True, False], ids=["tls", "http"])
async def api(request: pytest.FixtureRequest) -> AsyncIterator[KubernetesApi]:
    api = KubernetesApi(tls=request.param)
    api.load_crd(crd())
    await api.start()
    yield api
    await api.stop()


@pytest.fixture
async def seen(api: KubernetesApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Seen]:
    """What a small operator's event handler is told, while it runs.

    It runs in a thread with a loop of its own: at its end kopf cancels whatever else is in its loop.
    """
    path = tmp_path / "config"
    path.write_text(api.kubeconfig())
    monkeypatch.setenv("KUBECONFIG", str(path))
    registry = kopf.OperatorRegistry()
    queue: Seen = asyncio.Queue()
    loop = asyncio.get_running_loop()

    @kopf.on.login(registry=registry)
    def login(**kwargs: Any) -> Any:
        return kopf.login_with_kubeconfig(**kwargs)

    @kopf.on.event("example.com", "v1alpha1", "kiosks", registry=registry)
    async def told(event: Any, name: str, status: Any, **_: Any) -> None:
        conditions = status.get("conditions") or [{}]
        loop.call_soon_threadsafe(queue.put_nowait, (event["type"], name, conditions[0].get("status")))

    settings = kopf.OperatorSettings()
    settings.scanning.disabled = True
    settings.networking.error_backoffs = [0.01, 0.01]
    settings.watching.reconnect_backoff = 0.01
    stop = threading.Event()

    async def operate() -> None:
        await kopf.operator(
            registry=registry, settings=settings, clusterwide=True, standalone=True, stop_flag=stop
        )
        await until_closed()

    operator = asyncio.create_task(asyncio.to_thread(lambda: asyncio.run(operate())))
    await until_watching(api)
    yield queue
    stop.set()
    await operator


async def until_closed() -> None:
    """Wait until the loop's connections are closed: over TLS, aiohttp's session closes them only later."""
    selector = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]
    async with asyncio.timeout(10):
        while len(selector.get_map()) > 1:  # noqa: ASYNC110 (what is left is the loop's own pipe)
            await asyncio.sleep(0.005)


async def until_watching(api: KubernetesApi) -> None:
    async with asyncio.timeout(30):
        while not api.watches:  # noqa: ASYNC110 (the server has no event for it)
            await asyncio.sleep(0.01)


async def told(seen: Seen, wanted: tuple[str | None, str, str | None]) -> None:
    """Wait for an event; what comes before it (a list after a reconnection, for one) is passed over."""
    async with asyncio.timeout(30):
        while await seen.get() != wanted:
            pass


async def test_kopf_sees_an_objects_life(api: KubernetesApi, seen: Seen) -> None:
    api.store.put(kiosk())
    await told(seen, ("ADDED", "north", None))
    api.store.put(kiosk() | {"status": ready("False")})
    await told(seen, ("MODIFIED", "north", "False"))
    api.store.delete("kiosk", "default", "north")
    await told(seen, ("DELETED", "north", "False"))
    assert {call.resource for call in api.calls} == {"kiosks"}, (
        "scanning is off, and events need no finalizers"
    )
    assert {call.verb for call in api.calls} == {"list", "watch"}


@pytest.mark.parametrize("how", [{}, {"gone": True}, {"abrupt": True}], ids=["ended", "gone", "cut"])
async def test_kopf_comes_back_after_an_ended_watch(
    api: KubernetesApi, seen: Seen, how: dict[str, bool]
) -> None:
    api.store.put(kiosk())
    await told(seen, ("ADDED", "north", None))
    api.cut_watches(**how)
    api.store.put(kiosk("south"))
    async with asyncio.timeout(30):
        while (await seen.get())[1] != "south":
            pass
    await until_watching(api)
    api.store.put(kiosk("south") | {"status": ready()})
    await told(seen, ("MODIFIED", "south", "True"))


async def test_kopf_waits_out_an_outage(api: KubernetesApi, seen: Seen) -> None:
    api.fail_next(2, 500, verb="list")
    api.fail_next(1, 503, verb="watch")
    api.cut_watches(gone=True)
    await asyncio.sleep(0)
    await until_watching(api)
    api.store.put(kiosk())
    async with asyncio.timeout(30):
        while (await seen.get())[1] != "north":
            pass
    assert {500, 503} <= {call.status for call in api.calls}
