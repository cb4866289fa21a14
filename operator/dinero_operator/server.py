"""The HTTP server: metrics, probes, and the applications that others mount on it."""

from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Callable, Mapping

from aiohttp import web
from aiohttp.http import HttpProcessingError

from dinero_operator.metrics import Metrics

LARGEST_BODY = 64 * 1024
"""Bytes of a request's body. The largest that is meant is a form of a few thousand."""

log = logging.getLogger(__name__)


class _NoForeignBytes(logging.Filter):
    """Keeps out aiohttp's tracebacks of requests that are no HTTP: they quote the sender's bytes, a secret address perhaps."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


log.addFilter(_NoForeignBytes())


class Server:
    """Serves ``/metrics``, ``/healthz`` and ``/readyz`` on all addresses.

    ``problems`` says why the program should be restarted, ``is_ready`` whether it has begun its work, ``is_standby``
    whether it waits for the lead, which is as ready as a follower gets.
    """

    def __init__(
        self,
        *,
        port: int,
        metrics: Metrics,
        problems: Callable[[], list[str]],
        is_ready: Callable[[], bool],
        is_standby: Callable[[], bool] = lambda: False,
        mounts: Mapping[str, web.Application] | None = None,
    ) -> None:
        self._port = port
        self._metrics = metrics
        self._problems = problems
        self._is_ready = is_ready
        self._is_standby = is_standby
        self._mounts = mounts or {}
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen. Raises ``OSError`` where the port is taken."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.add_routes(
            [
                web.get("/metrics", self._serve_metrics),
                web.get("/healthz", self._serve_health),
                web.get("/readyz", self._serve_readiness),
            ]
        )
        for path, mounted in self._mounts.items():
            app.add_subapp(path, mounted)
        self._runner = web.AppRunner(app, access_log=None, logger=log, shutdown_timeout=1.0)
        await self._runner.setup()
        listener = listen_everywhere(self._port)
        try:
            await web.SockSite(self._runner, listener).start()
        except BaseException:
            listener.close()
            raise

    async def stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve_metrics(self, request: web.Request) -> web.Response:
        body, content_type = self._metrics.expose(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def _serve_health(self, _request: web.Request) -> web.Response:
        problems = self._problems()
        return web.Response(status=503 if problems else 200, text="\n".join(problems) or "ok")

    async def _serve_readiness(self, _request: web.Request) -> web.Response:
        if self._is_standby():
            return web.Response(text="standby")
        is_ready = self._is_ready()
        return web.Response(status=200 if is_ready else 503, text="ok" if is_ready else "starting")


def listen_everywhere(port: int) -> socket.socket:
    """A socket on all interfaces, since the kubelet and Prometheus come from outside the pod.

    For IPv6 and IPv4 where the machine has IPv6, else for IPv4: a pod may have either alone. Raises ``OSError``.
    """
    try:
        return _bound(socket.AF_INET6, "::", port)
    except OSError as error:
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            raise
    return _bound(socket.AF_INET, "0.0.0.0", port)  # noqa: S104


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # A restart must not wait for connections of the past to be forgotten.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((address, port))
    except BaseException:
        listener.close()
        raise
    return listener
