"""What the simulators have in common: a server on loopback, a log of calls, and faults on the wire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from dinero_operator.sandbox.faults import Fault, FaultPlan

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STALE = web.RequestKey("stale", bool)
"""Set on a request whose answer is to show the version before the last one."""

_HTML = "<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Call:
    """One request that a simulator answered. ``scope`` is the organisation or shop; ``status`` 0 means no answer."""

    method: str
    route: str
    scope: str
    status: int


class Simulator:
    """A simulated system on loopback. Subclasses add their routes to ``self.app`` in their constructor.

    They name each route (``name="invoices"``), and override ``scope_of`` and ``too_many_requests``.
    """

    def __init__(self, *, faults: FaultPlan | None = None) -> None:
        self.faults = faults or FaultPlan()
        self.calls: list[Call] = []
        self.app = web.Application(middlewares=[self._observe], client_max_size=16 * 2**20)
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Base address without trailing slash. Known once started."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; port 0 takes a free one, and a restarted simulator keeps its port."""
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port or self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the server and its connections."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def count(self, *, scope: str | None = None) -> Counter[str]:
        """Calls by operation (``POST invoices``), of one scope or of all."""
        return Counter(
            f"{call.method} {call.route}" for call in self.calls if scope is None or call.scope == scope
        )

    def scope_of(self, request: web.Request) -> str:
        """Whose call this is: the organisation's id, or the shop's name."""
        raise NotImplementedError

    def too_many_requests(self) -> web.Response:
        """Answer with the system's own 429."""
        raise NotImplementedError

    @web.middleware
    async def _observe(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        route = request.match_info.route.name or "unknown"
        status = 0
        try:
            response = await self._play(request, handler, self.faults.draw(f"{request.method} {route}"))
            status = response.status
        except web.HTTPException as answer:
            status = answer.status
            raise
        finally:
            lost = request.transport is None or request.transport.is_closing()
            self.calls.append(Call(request.method, route, self.scope_of(request), 0 if lost else status))
        return response

    async def _play(self, request: web.Request, handler: Handler, fault: Fault | None) -> web.StreamResponse:
        match fault:
            case Fault.CONNECTION_RESET:
                return self._cut(request)
            case Fault.TOO_MANY_REQUESTS:
                refusal = self.too_many_requests()
                if self.faults.retry_after is not None:
                    refusal.headers["Retry-After"] = str(self.faults.retry_after)
                return refusal
            case Fault.BROWNOUT:
                return web.Response(status=480, text="Brownout")
            case Fault.SERVER_ERROR | Fault.BAD_GATEWAY:
                status = int(fault.value)
                return web.Response(status=status, text=_HTML.format(title=status), content_type="text/html")
            case Fault.STALE_TIMESTAMP:
                request[STALE] = True
        response = await handler(request)
        if fault is Fault.ANSWER_LOST:
            return self._cut(request)
        if (
            fault is Fault.TRUNCATED
            and isinstance(response, web.Response)
            and isinstance(response.body, bytes)
        ):
            # The length that is announced stays that of the whole body, so the client sees a broken answer.
            whole = response.body
            stream = web.StreamResponse(
                status=response.status, headers={"Content-Type": response.content_type}
            )
            stream.content_length = len(whole)
            await stream.prepare(request)
            await stream.write(whole[: len(whole) // 2])
            self._cut(request)
            return stream
        return response

    @staticmethod
    def _cut(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort() if hasattr(request.transport, "abort") else request.transport.close()
        return web.Response(status=500)
