"""The API server cuts watches, forgets history, or is away. The embedded server only: no test can do this to a real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from eventually import eventually
from suite_cluster import Namespace
from suite_outside import Outside, Place
from suite_process import Operator, StartOperator

from dinero_operator.sandbox.cluster import Cluster
from dinero_operator.sandbox.kubernetes import KubernetesApi


@asynccontextmanager
async def embedded(crd: dict[str, object], folder: Path) -> AsyncIterator[tuple[KubernetesApi, Path]]:
    """A server of our own, that a test may maltreat, and its kubeconfig."""
    api = KubernetesApi()
    api.load_crd(crd)
    await api.start()
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(api.kubeconfig(), encoding="utf-8")
    yield api, kubeconfig
    await api.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(
    crd: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[KubernetesApi, Path]]:
    async with embedded(crd, tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def api(server: tuple[KubernetesApi, Path]) -> KubernetesApi:
    return server[0]


@pytest.fixture(scope="module")
def kubeconfig(server: tuple[KubernetesApi, Path]) -> Path:
    """All of this file works on the server that may be maltreated."""
    return server[1]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cluster(kubeconfig: Path) -> AsyncIterator[Cluster]:
    async with Cluster.from_kubeconfig(kubeconfig) as cluster:
        yield cluster


@pytest.mark.parametrize(
    "how", [{}, {"gone": True}, {"abrupt": True}, {"gone": True, "abrupt": True}], ids=str
)
async def test_a_watch_that_ends(
    api: KubernetesApi, operator: Operator, place: Place, how: dict[str, bool]
) -> None:
    orders = [place.order(1)]
    resource = await place.integrate()
    await resource.booked(1)
    api.cut_watches(**how)
    orders.append(place.order(2))
    await resource.edit(interval="2m")
    await resource.booked(2)
    second = await place.integrate("second")
    await second.booked(2)
    api.cut_watches(**how)
    await second.delete()

    async def names() -> set[str]:
        samples = await operator.samples()
        series = samples.get("dinero_operator_suspended", [])
        return {labels["name"] for labels, _ in series if labels["namespace"] == place.namespace.name}

    await eventually(names, lambda found: found == {"demo"}, told="the deletion during the cut")
    assert (await operator.get("/healthz"))[0] == 200
    place.assert_once(orders)


async def test_the_server_is_away_for_a_while(api: KubernetesApi, operator: Operator, place: Place) -> None:
    orders = [place.order(1)]
    resource = await place.integrate()
    await resource.booked(1)
    await api.stop()
    # What happens meanwhile happens in the store, as by somebody who is nearer to it.
    orders.append(place.order(2))
    found = api.store.get("dinerointegration", place.namespace.name, "demo")
    annotations = {"shoporama.dk/reconcile-requested-at": "while it was away"}
    api.store.put(found | {"metadata": found["metadata"] | {"annotations": annotations}})
    assert (await operator.get("/healthz"))[0] == 200, "no fault of ours"
    await api.start()
    status = await eventually(
        resource.status, lambda status: status.get("lastHandledReconcileAt") == "while it was away"
    )
    assert status["orders"]["booked"] == 2
    place.assert_once(orders)


async def test_the_server_goes_away_in_the_middle_of_a_run(
    api: KubernetesApi, operator: Operator, place: Place
) -> None:
    orders = place.orders(30)
    resource = await place.integrate()
    await eventually(place.dinero_calls, lambda calls: calls > 10)
    await api.stop()
    # The run goes on: its orders need Dinero and the shop, not the API server.
    await eventually(
        lambda: sum(len(i.payments) for i in place.invoices()), lambda done: done == 30, told="30 payments"
    )
    await api.start()
    status = await resource.booked(30)
    assert status["orders"]["booked"] == 30
    place.assert_once(orders)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_status_that_cannot_be_written_at_once(
    api: KubernetesApi, operator: Operator, place: Place, status: int
) -> None:
    order = place.order()
    api.fail_next(2, status, verb="patch")
    api.fail_next(1, status, verb="get", resource="secrets")
    resource = await place.integrate()
    await resource.booked(1)
    place.assert_once([order])


async def test_it_starts_before_the_server_answers(
    crd: dict[str, object], outside: Outside, tmp_path: Path
) -> None:
    async with embedded(crd, tmp_path) as (api, path), Cluster.from_kubeconfig(path) as cluster:
        place = await outside.open(Namespace(cluster, "default"))
        order = place.order()
        resource = await place.integrate()
        api.fail_next(2, 503, verb="list")
        operator = Operator(path, tmp_path / "log", outside.settings())
        try:
            await operator.start()
            await resource.booked(1)
            place.assert_once([order])
        finally:
            await operator.aclose()


async def test_it_stops_while_the_server_is_away(
    api: KubernetesApi, start_operator: StartOperator, place: Place
) -> None:
    operator = await start_operator()
    await (await place.integrate()).settled()
    await api.stop()
    try:
        code, seconds = await operator.stop()
    finally:
        await api.start()
    assert code == 0
    assert seconds < 3


async def test_a_program_that_starts_before_the_definition(
    outside: Outside, crd: dict[str, object], tmp_path: Path
) -> None:
    """It says what it waits for, is not ready meanwhile, and begins once the definition is there."""
    api = KubernetesApi()
    await api.start()
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(api.kubeconfig(), encoding="utf-8")
    operator = await Operator(kubeconfig, tmp_path / "operator.json", outside.settings()).start(wait=False)
    await eventually(
        lambda: "waiting: no definition of" in operator.log.read_text(), told="the line in the log"
    )
    assert (await operator.get("/readyz"))[0] == 503
    api.load_crd(crd)

    async def is_ready() -> bool:
        return (await operator.get("/readyz"))[0] == 200

    await eventually(is_ready, told="readiness")
    assert (await operator.stop())[0] == 0
    await api.stop()
