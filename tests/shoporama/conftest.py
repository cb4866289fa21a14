"""A simulated shop, and the real client and transport to talk to it over a socket."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from dinero_operator.metrics import Metrics
from dinero_operator.sandbox.shoporama import OrderLine, Quirks, Shop, ShoporamaSimulator, SimOrder
from dinero_operator.shoporama.client import ShopClient
from dinero_operator.shoporama.quota import DailyQuota
from dinero_operator.transport.clock import Clock
from dinero_operator.transport.http import Transport

TOKEN = "0123456789abcdef0123456789abcdef"
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@pytest.fixture
async def transport(clock: Clock) -> AsyncIterator[Transport]:
    transport = Transport(clock=clock, metrics=Metrics(), random=random.Random(1))  # noqa: S311 - jitter is no secret
    yield transport
    await transport.aclose()


@pytest.fixture
async def simulator(clock: Clock) -> AsyncIterator[ShoporamaSimulator]:
    simulator = ShoporamaSimulator(now=clock.now)
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
def quota(clock: Clock) -> DailyQuota:
    return DailyQuota(1000, clock)


class Scene:
    """One shop with its orders, and a client of it."""

    def __init__(self, simulator: ShoporamaSimulator, shop: Shop, client: ShopClient, clock: Any) -> None:
        self.simulator = simulator
        self.shop = shop
        self.client = client
        self.clock = clock

    def place(self, count: int = 1, *, age: timedelta = timedelta(), **fields: Any) -> list[int]:
        """Orders one minute apart, the last of them ``age`` ago."""
        line = OrderLine(name="Bog", unit_price=100_00)
        placed = []
        for number in range(count):
            moment = self.clock.now() - age - timedelta(minutes=count - 1 - number)
            order = SimOrder(lines=(line,), placed_at=moment, modified_at=moment, **fields)
            placed.append(self.shop.place(order).order_id)
        return placed

    def calls(self) -> int:
        """Calls since the last time this was asked."""
        made = len(self.simulator.calls)
        self.simulator.calls.clear()
        return made


@pytest.fixture
def scene(
    simulator: ShoporamaSimulator, transport: Transport, quota: DailyQuota, clock: Clock
) -> Callable[..., Scene]:
    """Open a shop with quirks."""

    def build(*, daily_limit: int = 1000, **quirks: Any) -> Scene:
        shop = simulator.add_shop("bog", quirks=Quirks(**quirks), daily_limit=daily_limit)
        client = ShopClient(
            transport=transport, base_url=simulator.rest_url, token=shop.token, quota=quota, zone=COPENHAGEN
        )
        return Scene(simulator, shop, client, clock)

    return build


class Script:
    """A server that answers every path with what it is told, and the client of it."""

    def __init__(self, client: ShopClient) -> None:
        self.client = client
        self.answers: dict[str, Callable[[web.Request], web.Response]] = {}
        self.seen: list[web.Request] = []

    def will(self, path: str, status: int = 200, **body: Any) -> None:
        """Answer a path with ``json=``, ``text=`` or ``headers=``."""
        self.answers[path] = lambda _request: (
            web.json_response(body["json"], status=status)
            if "json" in body
            else web.Response(status=status, **body)
        )


@pytest.fixture
async def script(transport: Transport, quota: DailyQuota) -> AsyncIterator[Script]:
    async with AsyncExitStack() as stack:
        holder: list[Script] = []

        async def handle(request: web.Request) -> web.Response:
            holder[0].seen.append(request)
            return holder[0].answers[request.path](request)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        server = await stack.enter_async_context(TestServer(app))
        client = ShopClient(
            transport=transport,
            base_url=f"http://{server.host}:{server.port}/REST/",
            token=f"{TOKEN}\n",
            quota=quota,
            zone=COPENHAGEN,
        )
        holder.append(Script(client))
        yield holder[0]
