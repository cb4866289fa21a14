"""A server on loopback that follows a script, and transports to talk to it."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from dinero_operator.metrics import Metrics
from dinero_operator.transport.http import Request, Transport

Step = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ScriptedServer:
    """Answers the n-th call with the n-th step; the last step answers all further calls."""

    def __init__(self) -> None:
        self.url = ""
        self.steps: list[Step] = []
        self.calls: list[tuple[str, str, bytes]] = []
        self.headers: list[dict[str, str]] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        step = self.steps[min(len(self.calls), len(self.steps) - 1)]
        self.calls.append((request.method, request.raw_path, await request.read()))
        self.headers.append(dict(request.headers))
        return await step(request)

    def will(self, *steps: Step) -> None:
        self.steps.extend(steps)

    def request(self, **changes: Any) -> Request:
        defaults: dict[str, Any] = {
            "system": "dinero",
            "operation": "list_invoices",
            "method": "GET",
            "url": f"{self.url}/v1/1/invoices",
        }
        return Request(**defaults | changes)

    def payment(self, **changes: Any) -> Request:
        """A write that must not happen twice."""
        defaults = {"operation": "add_payment", "method": "POST", "json": {"Amount": 1}, "repeatable": False}
        return self.request(**defaults | changes)

    @staticmethod
    def answer(status: int = 200, body: str | bytes = "{}", **headers: str) -> Step:
        async def step(_request: web.Request) -> web.StreamResponse:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.Response(status=status, body=body, headers=named)

        return step

    @staticmethod
    async def hang_up(request: web.Request) -> web.StreamResponse:
        """The connection is lost after the request was read."""
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    @staticmethod
    async def break_off(request: web.Request) -> web.StreamResponse:
        """The answer ends before its length is reached."""
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"Guid":')
        assert request.transport is not None
        request.transport.close()
        return response


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    script = ScriptedServer()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", script.handle)
    async with TestServer(app, host="127.0.0.1") as running:
        script.url = str(running.make_url("")).rstrip("/")
        yield script


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def make_transport(clock: Any, metrics: Metrics) -> AsyncIterator[Callable[..., Transport]]:
    async with AsyncExitStack() as stack:

        def make(**options: Any) -> Transport:
            jitter = random.Random(7)  # noqa: S311 - repeatable, no secret
            transport = Transport(**{"clock": clock, "metrics": metrics, "random": jitter} | options)
            stack.push_async_callback(transport.aclose)
            return transport

        yield make


@pytest.fixture
def transport(make_transport: Callable[..., Transport]) -> Transport:
    return make_transport()
