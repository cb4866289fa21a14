"""A simulated Dinero, a server that answers what it is told, and the real client of either over a socket."""

import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from dinero_operator.dinero.auth import ApiKey, ApiKeyTokens
from dinero_operator.dinero.client import DineroClient
from dinero_operator.metrics import Metrics
from dinero_operator.sandbox.dinero import Books, DineroSimulator
from dinero_operator.transport.http import Transport

ORGANISATION = 118_427
KEY = ApiKey("client", "secret", "key")


@pytest.fixture
async def transport(clock: Any) -> AsyncIterator[Transport]:
    transport = Transport(clock=clock, metrics=Metrics(), random=random.Random(1))  # noqa: S311 - jitter is no secret
    yield transport
    await transport.aclose()


@pytest.fixture
async def dinero(clock: Any) -> AsyncIterator[DineroSimulator]:
    simulator = DineroSimulator(now=clock.now, requests_per_minute=None)
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
def books(dinero: DineroSimulator) -> Books:
    books = dinero.add_organisation(ORGANISATION, "Kopper & Krus ApS")
    dinero.add_api_key(
        client_id="client", client_secret="secret", api_key="key", organisations=[ORGANISATION]
    )
    return books


@pytest.fixture
def refreshes() -> list[str]:
    """Results of the requests for tokens."""
    return []


@pytest.fixture
def tokens(
    dinero: DineroSimulator, books: Books, transport: Transport, clock: Any, refreshes: list[str]
) -> ApiKeyTokens:
    return ApiKeyTokens(
        KEY, transport=transport, token_url=dinero.token_url, clock=clock, on_refresh=refreshes.append
    )


@pytest.fixture
def client(dinero: DineroSimulator, transport: Transport, tokens: ApiKeyTokens) -> DineroClient:
    return DineroClient(transport=transport, base_url=dinero.url, tokens=tokens, organisation=ORGANISATION)


class Script:
    """A server that gives the scripted answers in turn, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Callable[[], web.Response]] = []
        self.seen: list[web.Request] = []
        self.client: DineroClient
        self.url = ""

    def will(self, status: int = 200, *, json: Any = None, text: str | None = None) -> None:
        """Give one more answer."""
        if json is not None:
            self.answers.append(lambda: web.json_response(json, status=status))
        else:
            kind = "text/html" if (text or "").startswith("<") else "text/plain"
            self.answers.append(lambda: web.Response(status=status, text=text, content_type=kind))

    async def handle(self, request: web.Request) -> web.Response:
        self.seen.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer()


class FixedToken:
    """A source with one token."""

    async def token(self) -> str:
        return "token"

    def reject(self, token: str) -> None:
        """Keep it."""


@pytest.fixture
async def script(transport: Transport) -> AsyncIterator[Script]:
    script = Script()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.handle)
    async with TestServer(app) as server:
        script.url = f"http://{server.host}:{server.port}"
        script.client = DineroClient(
            transport=transport, base_url=script.url, tokens=FixedToken(), organisation=ORGANISATION
        )
        yield script
