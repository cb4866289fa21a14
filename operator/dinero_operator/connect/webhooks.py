"""What the shop may call: any authentic call makes the next poll come now, and nothing in it is trusted.

How Shoporama signs its webhooks, and what they hold, is not documented. So the address itself is the secret, made from
the shop's API token; whoever has that can read the orders anyway. A new token makes a new address.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from dinero_operator.connect.guard import COMMON_HEADERS
from dinero_operator.connect.limits import RateLimit
from dinero_operator.connect.ports import Cluster, ClusterUnavailable, Place
from dinero_operator.connect.seal import same
from dinero_operator.transport.clock import Clock

SECRET_LENGTH = 32
PER_MINUTE, AT_ONCE = 60, 30
"""Calls for one resource."""
ALL_PER_MINUTE, ALL_AT_ONCE = 1200, 300
"""Calls for all resources together: each may cost two reads of the Kubernetes API."""
QUIET = 10.0
"""Seconds between two polls that calls have brought about, for one resource. What comes meanwhile is one call."""
SLOWLY = 0.5
"""Seconds that a refusal takes at least: it must not tell whether a resource exists."""
KNOWN_FOR = 60.0
"""Seconds for which an address that was found right is taken without another look."""
MOST_KNOWN = 10_000
RETRY_AFTER = "60"
CSP = "default-src 'none'; frame-ancestors 'none'"

_SECRET = re.compile(r"[0-9a-f]{32}", re.ASCII)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger(__name__)


def webhook_secret(shop_token: str, place: Place) -> str:
    """The last part of a resource's address: hex, 128 bits."""
    message = f"dinero-operator/webhook/{place.namespace}/{place.name}"
    return hmac.new(shop_token.encode(), message.encode(), hashlib.sha256).hexdigest()[:SECRET_LENGTH]


def webhook_path(shop_token: str, place: Place) -> str:
    """The path that the shop calls."""
    return f"/webhooks/shoporama/{place.namespace}/{place.name}/{webhook_secret(shop_token, place)}"


class Webhooks:
    """Answers the shops' calls."""

    def __init__(self, cluster: Cluster, clock: Clock) -> None:
        self._cluster = cluster
        self._clock = clock
        self._each = RateLimit(per_minute=PER_MINUTE, burst=AT_ONCE, clock=clock)
        self._all = RateLimit(per_minute=ALL_PER_MINUTE, burst=ALL_AT_ONCE, clock=clock)
        self._known: OrderedDict[Place, tuple[str, float]] = OrderedDict()
        self._quiet_until: OrderedDict[Place, float] = OrderedDict()
        self._later: dict[Place, asyncio.Task[None]] = {}

    def app(self) -> web.Application:
        """What is served below ``/webhooks``."""
        app = web.Application(middlewares=[_headers])
        path = "/shoporama/{namespace}/{name}/{secret}"
        app.add_routes([web.post(path, self.take), web.get(path, self.take, allow_head=False)])
        app.on_cleanup.append(self._end)
        return app

    async def take(self, request: web.Request) -> web.StreamResponse:
        """One call. Its body is not read."""
        began = self._clock.monotonic()
        place = Place(request.match_info["namespace"], request.match_info["name"])
        # What could not be an address is not remembered: it may be kilobytes of the caller's choice.
        wait = self._all.take() or (self._each.take(place) if place.is_valid else 0.0)
        if wait > 0:
            return _plain(HTTPStatus.TOO_MANY_REQUESTS, str(max(1, round(wait + 0.5))))
        try:
            is_authentic = await self._is_authentic(place, request.match_info["secret"])
        except ClusterUnavailable as error:
            log.warning("a webhook could not be checked: %s", error)
            return _plain(HTTPStatus.SERVICE_UNAVAILABLE, RETRY_AFTER)
        if not is_authentic:
            await self._clock.sleep(began + SLOWLY - self._clock.monotonic())
            return _plain(HTTPStatus.NOT_FOUND)
        await self._hasten(place)
        return _plain(HTTPStatus.OK)

    async def _is_authentic(self, place: Place, secret: str) -> bool:
        """Whether there is a resource, and this is its secret."""
        if not place.is_valid or not _SECRET.fullmatch(secret):
            return False
        known = self._known.get(place)
        if known is not None and self._clock.monotonic() < known[1] and same(known[0], secret):
            return True
        resource = await self._cluster.read(place)
        token = await self._cluster.shop_token(resource) if resource is not None else None
        if not same(webhook_secret(token, place) if token else "", secret):
            return False
        self._known[place] = (secret, self._clock.monotonic() + KNOWN_FOR)
        self._known.move_to_end(place)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return True

    async def _hasten(self, place: Place) -> None:
        now = self._clock.monotonic()
        if place in self._later:
            return
        wait = self._quiet_until.get(place, now) - now
        if wait > 0:
            task = asyncio.ensure_future(self._hasten_later(place, wait))
            self._later[place] = task
            task.add_done_callback(lambda _task: self._later.pop(place, None))
            return
        await self._hasten_now(place)

    async def _hasten_later(self, place: Place, seconds: float) -> None:
        await self._clock.sleep(seconds)
        await self._hasten_now(place)

    async def _hasten_now(self, place: Place) -> None:
        self._quiet_until[place] = self._clock.monotonic() + QUIET
        self._quiet_until.move_to_end(place)
        while len(self._quiet_until) > MOST_KNOWN:
            self._quiet_until.popitem(last=False)
        try:
            await self._cluster.hasten(place)
        except ClusterUnavailable as error:
            # Nothing is lost: the next poll comes by itself.
            log.warning("a webhook brought no poll about: %s", error)

    async def _end(self, _app: web.Application) -> None:
        tasks = list(self._later.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@web.middleware
async def _headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPMethodNotAllowed as refusal:
        response = _plain(HTTPStatus.METHOD_NOT_ALLOWED)
        response.headers["Allow"] = refusal.headers.get("Allow", "POST")
    except web.HTTPNotFound:
        response = _plain(HTTPStatus.NOT_FOUND)
    except Exception:
        log.exception("a webhook failed in an unforeseen way")
        response = _plain(HTTPStatus.INTERNAL_SERVER_ERROR)
    for name, value in (COMMON_HEADERS | {"Content-Security-Policy": CSP}).items():
        response.headers.setdefault(name, value)
    return response


def _plain(status: HTTPStatus, retry_after: str = "") -> web.Response:
    headers = {"Retry-After": retry_after} if retry_after else {}
    return web.Response(status=status, text=status.phrase.lower() + "\n", headers=headers)
