"""The HTTP server: metrics and probes."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from dinero_operator.metrics import Metrics


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
    ) -> None:
        self._port = port
        self._metrics = metrics
        self._problems = problems
        self._is_ready = is_ready
        self._is_standby = is_standby
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen. Raises ``OSError`` where the port is taken."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/metrics", self._serve_metrics),
                web.get("/healthz", self._serve_health),
                web.get("/readyz", self._serve_readiness),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        # All interfaces: the kubelet and Prometheus come from outside the pod.
        await web.TCPSite(self._runner, "0.0.0.0", self._port).start()  # noqa: S104

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
