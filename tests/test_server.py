"""Probes and metrics over a real socket."""

import asyncio
import errno
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

    async def get(
        self, path: str, method: str = "GET", host: str = "127.0.0.1", **headers: str
    ) -> tuple[int, str, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"http://{host}:{self.port}{path}", headers=headers) as response,
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
    with pytest.raises(OSError, match="in use") as caught:
        await second.start()
    assert caught.value.errno == errno.EADDRINUSE
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


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
async def test_it_answers_by_ipv6_and_by_ipv4(site: Site) -> None:
    for host in ("[::1]", "127.0.0.1"):
        assert (await site.get("/healthz", host=host))[:2] == (200, "ok")


@pytest.mark.parametrize("what", ["no family", "no address", "no dual stack"])
async def test_without_ipv6_it_answers_by_ipv4(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """As with a kernel without IPv6, with IPv6 switched off, and on systems that keep the two apart."""

    class Socket(socket.socket):
        def __init__(self, family: int = -1, *arguments: int, **more: object) -> None:
            if family == socket.AF_INET6 and what == "no family":
                raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
            super().__init__(family, *arguments, **more)  # type: ignore[arg-type]

        def setsockopt(self, *arguments: object) -> None:
            if arguments[0] == socket.IPPROTO_IPV6 and what == "no dual stack":
                raise OSError(errno.EINVAL, "Invalid argument")
            super().setsockopt(*arguments)  # type: ignore[call-overload]

        def bind(self, address: object) -> None:
            if self.family == socket.AF_INET6 and what == "no address":
                raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
            super().bind(address)  # type: ignore[arg-type]

    site = Site()
    with monkeypatch.context() as patch:
        patch.setattr(socket, "socket", Socket)
        await site.server.start()
    assert (await site.get("/healthz"))[:2] == (200, "ok")
    await site.server.stop()


async def test_a_port_that_only_ipv4_has_taken_is_an_error_too() -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))  # noqa: S104 - that is the case
        other.listen()
        port: int = other.getsockname()[1]
        server = Server(port=port, metrics=Metrics(), problems=list, is_ready=lambda: True)
        with pytest.raises(OSError, match="in use"):
            await server.start()
        await server.stop()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /webhooks/planted-secret\x00 HTTP/1.1\r\n\r\n",
        b"GET  /webhooks/planted-secret HTTP/9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nplanted secret\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused_and_not_quoted_in_the_log(
    site: Site, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(sent)
    await writer.drain()
    answer = await reader.read(1000)
    writer.close()
    assert answer.startswith(b"HTTP/1.0 400")
    assert "planted" not in caplog.text
