"""Probes and metrics over a real socket."""

import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest

from dinero_operator.metrics import Metrics
from dinero_operator.server import Server


class Site:
    """A server on a free port, and what its probes say."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.metrics = Metrics()
        self.problems: list[str] = []
        self.is_ready = False
        self.is_standby = False
        self.server = Server(
            port=self.port,
            metrics=self.metrics,
            problems=lambda: self.problems,
            is_ready=lambda: self.is_ready,
            is_standby=lambda: self.is_standby,
        )

    async def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"http://127.0.0.1:{self.port}{path}", headers=headers) as response,
        ):
            return response.status, await response.text(), response.headers["Content-Type"]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.server.start()
    yield site
    await site.server.stop()


async def test_health_names_every_problem(site: Site) -> None:
    assert (await site.get("/healthz"))[:2] == (200, "ok")
    site.problems = ["the scheduler stands still", "the watch does not show what the API server has"]
    status, text, _ = await site.get("/healthz")
    assert status == 503
    assert text.splitlines() == site.problems
    site.problems = []
    assert (await site.get("/healthz"))[0] == 200


async def test_readiness_comes_with_the_first_list(site: Site) -> None:
    assert (await site.get("/readyz"))[:2] == (503, "starting")
    site.is_ready = True
    assert (await site.get("/readyz"))[:2] == (200, "ok")


async def test_a_follower_is_ready_and_says_what_it_is(site: Site) -> None:
    site.is_standby = True
    assert (await site.get("/readyz"))[:2] == (200, "standby")
    site.is_standby = False
    assert (await site.get("/readyz"))[:2] == (503, "starting")
    site.is_ready = True
    assert (await site.get("/readyz"))[:2] == (200, "ok")


async def test_metrics_come_in_the_form_that_is_asked_for(site: Site) -> None:
    site.metrics.add_resource("team", "shop")
    status, text, content_type = await site.get("/metrics")
    assert status == 200
    assert content_type.startswith("text/plain")
    assert 'dinero_operator_orders_pending{name="shop",namespace="team"} 0.0' in text
    _, text, content_type = await site.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")


@pytest.mark.parametrize("path", ["/", "/metrics/", "/connect/", "/webhooks/x"])
async def test_there_is_nothing_else(site: Site, path: str) -> None:
    assert (await site.get(path))[0] == 404


async def test_nothing_can_be_written(site: Site) -> None:
    assert (await site.get("/healthz", "POST"))[0] == 405


async def test_a_port_that_is_taken_is_an_error(site: Site) -> None:
    second = Server(port=site.port, metrics=Metrics(), problems=list, is_ready=lambda: True)
    with pytest.raises(OSError, match=str(site.port)):
        await second.start()
    await second.stop()
    assert (await site.get("/healthz"))[0] == 200


async def test_the_port_is_free_after_stopping() -> None:
    site = Site()
    for _ in range(2):
        await site.server.start()
        assert (await site.get("/healthz"))[0] == 200
        await site.server.stop()
        await site.server.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await site.get("/healthz")
