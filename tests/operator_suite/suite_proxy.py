"""A proxy between the operator and its API server: the network, and a server in trouble, as a test wants them."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web
from yarl import URL

Instead = Callable[[web.Request], web.Response | None]
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "host"}


@dataclass(slots=True)
class Watch:
    """A watch under way. Where it does not flow, its connection stays open, and nothing comes any more."""

    request: web.Request
    response: web.StreamResponse
    flows: asyncio.Event = field(default_factory=asyncio.Event)

    def cut(self) -> None:
        """End the connection in the middle of a word."""
        if self.request.transport is not None:
            self.request.transport.abort()

    async def say(self, event: Mapping[str, Any]) -> None:
        """Put an event of our own into the stream."""
        await self.response.write(json.dumps(event).encode() + b"\n")


class Proxy:
    """Plain http on loopback in front of one API server. Who asks is who the token says, as without it."""

    def __init__(self, kubeconfig: Path) -> None:
        cluster = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))["clusters"][0]["cluster"]
        self._server: str = cluster["server"]
        # Without the certificate of the kubeconfig's own user.
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._tls = ssl.create_default_context(cadata=authority)
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.calls: list[tuple[str, URL]] = []
        self.watches: list[Watch] = []
        """Those under way."""
        self.is_away = False
        """Every connection ends without an answer."""
        self.hangs_watches = False
        """No watch gets an answer, and no connection for one ends."""
        self.instead: Instead | None = None
        """What is answered in the server's place."""

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(ssl=self._tls)
        timeout = aiohttp.ClientTimeout(total=None)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False)
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self.cut()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    def reset(self) -> None:
        """No trouble any more."""
        self.is_away = self.hangs_watches = False
        self.instead = None

    def cut(self) -> None:
        """End the connections of all watches."""
        for watch in self.watches:
            watch.cut()

    def stall(self) -> None:
        """Let nothing more through on the connections of the watches that are under way, for ever."""
        for watch in self.watches:
            watch.flows.clear()

    async def say(self, event: Mapping[str, Any]) -> None:
        """Put an event into all watches, and end them."""
        for watch in list(self.watches):
            await watch.say(event)
            watch.cut()

    def lists(self) -> int:
        """How many lists of our resources, or pages of one, were asked for."""
        asked = [url for method, url in self.calls if method == "GET" and url.name == "dinerointegrations"]
        return sum("watch" not in url.query for url in asked)

    def write_kubeconfig(self, path: Path, token: str) -> Path:
        """The way here, with this token, as kubectl has it."""
        named: dict[str, Any] = {"name": "dinero-test"}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "dinero-test",
            "contexts": [named | {"context": {"cluster": "dinero-test", "user": "dinero-test"}}],
            "clusters": [named | {"cluster": {"server": f"http://127.0.0.1:{self.port}"}}],
            "users": [named | {"user": {"token": token}}],
        }
        # As the kubelet does it: whoever reads meanwhile reads the old or the new.
        draft = path.with_suffix(".draft")
        draft.write_text(yaml.safe_dump(config), encoding="utf-8")
        draft.replace(path)
        return path

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        self.calls.append((request.method, request.rel_url))
        is_watch = request.query.get("watch") == "true"
        if self.is_away:
            return _nothing(request)
        if is_watch and self.hangs_watches:
            await asyncio.Event().wait()
        if self.instead is not None and (answer := self.instead(request)) is not None:
            return answer
        assert self._session is not None
        headers = {key: text for key, text in request.headers.items() if key.lower() not in _HOP_BY_HOP}
        try:
            async with self._session.request(
                request.method,
                URL(self._server + request.raw_path, encoded=True),
                headers=headers,
                data=await request.read() or None,
                skip_auto_headers=("Content-Type", "User-Agent"),
            ) as answer_:
                return await self._stream(request, answer_, is_watch=is_watch)
        except (aiohttp.ClientError, ConnectionError):
            return _nothing(request)

    async def _stream(
        self, request: web.Request, answer: aiohttp.ClientResponse, *, is_watch: bool
    ) -> web.StreamResponse:
        kept = {key: text for key, text in answer.headers.items() if key.lower() not in _HOP_BY_HOP}
        response = web.StreamResponse(status=answer.status, headers=kept)
        await response.prepare(request)
        watch = Watch(request, response)
        watch.flows.set()
        if is_watch:
            self.watches.append(watch)
        try:
            async for chunk in answer.content.iter_any():
                await watch.flows.wait()
                await response.write(chunk)
            await response.write_eof()
        finally:
            if is_watch:
                self.watches.remove(watch)
        return response


def _nothing(request: web.Request) -> web.StreamResponse:
    """No answer at all."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
