"""Tokens and rights change while the operator runs, on a real API server."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from pathlib import Path

import yaml
from aiohttp import web
from eventually import eventually
from suite_outside import Place
from suite_process import HURRIED
from suite_proxy import Proxy
from suite_trouble import ACCOUNTS, BINDINGS, Run, health, new_token, refusal, said

from dinero_operator.sandbox.cluster import Cluster, ClusterError


async def test_a_token_that_was_replaced_in_time_is_read_again(
    run: Run, proxy: Proxy, cluster: Cluster, place: Place, tmp_path: Path
) -> None:
    operator = await run()
    orders = [place.order(1)]
    resource = await place.integrate()
    await resource.booked(1)
    old = yaml.safe_load((tmp_path / "kubeconfig").read_text())["users"][0]["user"]["token"]
    proxy.write_kubeconfig(tmp_path / "kubeconfig", await new_token(cluster))
    refused: list[str] = []

    def expired(request: web.Request) -> web.Response | None:
        if request.headers["Authorization"] != f"Bearer {old}":
            return None
        refused.append(request.query.get("watch", ""))
        return refusal(401)

    proxy.instead = expired
    proxy.cut()
    orders.append(place.order(2))
    await resource.run()
    await resource.booked(2)
    await eventually(lambda: proxy.watches, told="a new watch")
    assert set(refused) == {"true", ""}, "the watch and the other calls were refused, and each came again"
    assert operator.is_running
    place.assert_once(orders)


async def test_a_token_that_is_void_ends_the_program_and_the_next_waits_for_another(
    run: Run, proxy: Proxy, cluster: Cluster, place: Place, tmp_path: Path
) -> None:
    path = tmp_path / "kubeconfig"
    proxy.write_kubeconfig(path, await new_token(cluster, "leaver"))
    operator = await run()
    orders = [place.order(1)]
    resource = await place.integrate()
    await resource.booked(1)
    await cluster.delete(f"{ACCOUNTS}/leaver")
    async with Cluster.from_kubeconfig(path) as leaver:
        await eventually(lambda: is_refused(leaver), told="the refusal")
    proxy.cut()
    assert await operator.wait() == 1
    assert said(operator, "the watch has ended: the API server does not accept the credentials")
    operator = await run(wait=False)
    await eventually(lambda: said(operator, "waiting: the API server does not accept"), told="the line")
    assert (await operator.get("/readyz"))[0] == 503
    assert await health(operator) == (200, "ok"), "a restart would not help"
    orders.append(place.order(2))
    proxy.write_kubeconfig(path, await new_token(cluster))
    await resource.booked(2)
    assert (await operator.get("/readyz"))[0] == 200
    place.assert_once(orders)


async def is_refused(cluster: Cluster) -> bool:
    try:
        await cluster.get("/api/v1/namespaces/default")
    except ClusterError as error:
        return error.status == HTTPStatus.UNAUTHORIZED
    return False


async def test_a_right_that_is_taken_away_is_told(
    run: Run, proxy: Proxy, cluster: Cluster, place: Place, tmp_path: Path
) -> None:
    """The watch goes on trying; the program does not claim to be well meanwhile."""
    account = f"operator-{secrets.token_hex(3)}"
    proxy.write_kubeconfig(tmp_path / "kubeconfig", await new_token(cluster, account))
    operator = await run(HURRIED)
    orders = [place.order(1)]
    resource = await place.integrate()
    await resource.booked(1)
    await cluster.delete(f"{BINDINGS}/{account}")
    proxy.cut()
    told = "The service account may not list resources: grant it (examples/rbac.yaml)"
    await eventually(lambda: health(operator), (503, told).__eq__, told="the refusal")
    assert operator.is_running
    orders.append(place.order(2))
    await new_token(cluster, account)
    await resource.request()
    await resource.booked(2)
    await eventually(lambda: health(operator), (200, "ok").__eq__, told="health")
    place.assert_once(orders)
