"""An API server on loopback that follows a script, and clients that log in to it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import kopf
from aiohttp import web
from aiohttp.test_utils import TestServer

from dinero_operator.kube.api import KubernetesApi
from dinero_operator.metrics import Metrics
from fake_clock import FakeClock

Step = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    token: str
    content_type: str
    body: Any


class ScriptedApi:
    """Answers the n-th call with the n-th step; the last step answers all further calls."""

    def __init__(self) -> None:
        self.url = ""
        self.token = "first-token"
        self.steps: list[Step] = []
        self.calls: list[Call] = []
        self.clock = FakeClock()
        self.metrics = Metrics()
        self.logins = 0
        self.refuses_login: Exception | None = None

    def will(self, *steps: Step) -> None:
        self.steps.extend(steps)

    def log_in(self) -> kopf.ConnectionInfo:
        """What the service account's files say now."""
        self.logins += 1
        if self.refuses_login is not None:
            raise self.refuses_login
        return kopf.ConnectionInfo(server=self.url + "/", token=self.token)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        step = self.steps[min(len(self.calls), len(self.steps) - 1)]
        body = await request.text()
        self.calls.append(
            Call(
                request.method,
                request.raw_path,
                request.headers.get("Authorization", "").removeprefix("Bearer "),
                request.headers.get("Content-Type", ""),
                json.loads(body) if body else None,
            )
        )
        return await step(request)

    @property
    def pauses(self) -> list[float]:
        return self.clock.slept

    def requests(self, operation: str) -> dict[str, float]:
        """The calls that the metrics have seen, by code."""
        return {
            sample.labels["code"]: sample.value
            for family in self.metrics.registry.collect()
            for sample in family.samples
            if sample.name == "dinero_operator_http_requests_total"
            and sample.labels["operation"] == operation
        }


def answer(status: int = 200, body: Any = None) -> Step:
    async def step(_request: web.Request) -> web.StreamResponse:
        text = body if isinstance(body, str) else json.dumps(body if body is not None else {})
        return web.Response(status=status, text=text)

    return step


def refusal(status: int, said: str = "no") -> Step:
    return answer(status, {"kind": "Status", "status": "Failure", "message": said, "code": status})


async def hang_up(request: web.Request) -> web.StreamResponse:
    """The answer is lost after the request was read."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def break_off(request: web.Request) -> web.StreamResponse:
    """The answer ends before its length is reached."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"data":')
    assert request.transport is not None
    request.transport.close()
    return response


@asynccontextmanager
async def scripted() -> AsyncIterator[tuple[ScriptedApi, KubernetesApi]]:
    script = ScriptedApi()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", script.handle)
    async with TestServer(app, host="127.0.0.1") as running:
        script.url = str(running.make_url("")).rstrip("/")
        api = KubernetesApi(script.log_in, clock=script.clock, metrics=script.metrics)
        try:
            yield script, api
        finally:
            await api.aclose()
