"""Connecting to Dinero in the sandbox, with the real operator as a process: by a token in a Secret, and in the browser."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from connect.visitor import Visitor
from dinero_operator.sandbox.cluster import Cluster
from dinero_operator.sandbox.dinero.server import utc_now
from dinero_operator.sandbox.faults import Fault
from dinero_operator.sandbox.kubernetes import KubernetesApi
from dinero_operator.sandbox.newcomer import is_set_up, link, offer
from dinero_operator.sandbox.play import Play, Settled
from dinero_operator.sandbox.simulators import CLIENT_ID
from dinero_operator.sandbox.stage import NAMESPACE, Options, Stage
from dinero_operator.sandbox.verify import differences


async def secret(stage: Stage, name: str) -> dict[str, str]:
    async with Cluster.from_kubeconfig(stage.kubeconfig) as cluster:
        found = await cluster.get(f"/api/v1/namespaces/{NAMESPACE}/secrets/{name}")
    return {key: base64.b64decode(value).decode() for key, value in (found or {}).get("data", {}).items()}


@asynccontextmanager
async def watched(stage: Stage) -> AsyncIterator[Callable[[Callable[[], Any]], Any]]:
    """Read the resources until something holds."""

    async def until(holds: Callable[[], Any]) -> Any:
        async with asyncio.timeout(60):
            while not (found := holds()):
                assert stage.broken() is None
                await stage.refresh()
                await asyncio.sleep(0.05)
            return found

    yield until


async def test_a_refresh_token_in_a_secret_is_enough_and_a_lost_answer_does_not_cost_it(
    tmp_path: Path,
) -> None:
    stage = Stage(Options(directory=tmp_path, shops=2, orders=15, seed=5))
    stage.outside.connect.faults.scripted["POST token"] = [Fault.ANSWER_LOST]
    async with stage:
        (authorisation,) = stage.outside.connect.authorisations
        given = (await secret(stage, "stentoej-dinero"))["refreshToken"]
        assert await Play(stage).settle(100) is Settled.DONE
        assert [line for place in stage.places for line in differences(stage.case(place))] == []
        kept = await secret(stage, "stentoej-dinero")
        assert kept.keys() == {"refreshToken", "accessToken", "expiresAt"}
        assert kept["refreshToken"] != given, "one-time tokens"
        assert kept["accessToken"] in authorisation.access_tokens
        assert authorisation.alive
        assert authorisation.refreshes == 2, "the lost one too"
        assert stage.outside.connect.faults.played[Fault.ANSWER_LOST] == 1
        assert authorisation.access_tokens[kept["accessToken"]] > utc_now()


async def test_an_owner_connects_a_shop_in_the_browser_and_its_orders_are_booked(tmp_path: Path) -> None:
    options = Options(directory=tmp_path, shops=1, orders=8, seed=2, with_newcomer=True)
    async with Stage(options) as stage, watched(stage) as until, aiohttp.ClientSession() as session:
        place = stage.newcomer
        assert place is not None
        offering = asyncio.create_task(offer(stage, place))
        visitor = Visitor(session)
        page = await visitor.open(await until(lambda: link(stage, place)))
        page = await visitor.submit(page)
        page = await visitor.submit(page)
        assert page.url.startswith(stage.outside.connect.authorize_url)
        page = await visitor.submit(page, user="maja", decision="approve")
        page = await visitor.submit(page)  # the page that a browser with JavaScript would leave by itself
        assert page.path == "/connect/organisation", page.text
        page = await visitor.submit(page, organisation=str(place.cast.organisation))
        page = await visitor.submit(page, trigger="Paid")
        page = await visitor.submit(page, account="55100")
        assert page.path == "/connect/review", page.text
        page = await visitor.submit(page)
        assert page.path == "/connect/done", page.text

        await until(lambda: is_set_up(stage, place))
        await asyncio.wait_for(offering, 10)
        assert await Play(stage).settle(60) is Settled.DONE
        assert place.books.invoices
        assert differences(stage.case(place)) == []
        assert [(each.client_id, each.user.key) for each in stage.outside.connect.authorisations] == [
            (CLIENT_ID, "maja")
        ]
        assert (await secret(stage, place.cast.dinero_secret)).keys() == {
            "refreshToken",
            "accessToken",
            "expiresAt",
        }
        log = stage.operator.log.read_text()
        tokens = await secret(stage, place.cast.dinero_secret)
        assert not [value for value in (tokens["refreshToken"], tokens["accessToken"]) if value in log]


async def test_what_the_operator_has_created_for_the_owner_is_taken_away_at_the_end(tmp_path: Path) -> None:
    api = KubernetesApi()
    await api.start()
    kubeconfig = tmp_path / "their-kubeconfig"
    kubeconfig.write_text(api.kubeconfig())
    theirs = {"app.kubernetes.io/managed-by": "dinero-operator"}
    metadata = {"name": "nyboden-dinero", "namespace": NAMESPACE, "labels": theirs}
    by_operator = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {}}
    api.store.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    api.store.put(by_operator)
    try:
        options = Options(
            directory=tmp_path / "ours", shops=1, orders=1, kubeconfig=kubeconfig, with_newcomer=True
        )
        async with Stage(options) as stage:
            assert stage.newcomer
            assert "nyboden-dinero" not in names(api), "an earlier sandbox's is gone"
            api.store.put(by_operator)
        assert names(api) == []
    finally:
        await api.stop()


def names(api: KubernetesApi) -> list[str]:
    return [each["metadata"]["name"] for each in api.store.list("Secret", NAMESPACE)]
