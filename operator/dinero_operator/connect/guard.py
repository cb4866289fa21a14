"""What every answer of the pages has in common: headers, limits, and a page for whatever goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import web

from dinero_operator.connect.language import LANGUAGE_QUERY, Language
from dinero_operator.connect.limits import RateLimit
from dinero_operator.connect.pages import ErrorPage
from dinero_operator.connect.ports import ClusterUnavailable
from dinero_operator.connect.problems import ErrorKind, kind_of
from dinero_operator.connect.site import CALLBACK, Site, Stop, limit
from dinero_operator.domain.errors import OperatorError, RateLimited

ALL_PER_MINUTE, ALL_AT_ONCE = 1200, 300
"""For all pages of one process together."""
LANGUAGE_LIFE = 365 * 24 * 3600
"""Seconds that a browser remembers the language."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COMMON_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}

log = logging.getLogger(__name__)


def security_headers(authorize_url: str) -> dict[str, str]:
    """The headers of every page. A form may lead to us, and by our redirect to the authorization server."""
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {origin(authorize_url)}"
    )
    return COMMON_HEADERS | {"Content-Security-Policy": policy}


def origin(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class Guard:
    """A middleware around all pages."""

    def __init__(self, site: Site, *, authorize_url: str) -> None:
        self._site = site
        self._headers = security_headers(authorize_url)
        self._origin = origin(site.public_url)
        self._everybody = RateLimit(per_minute=ALL_PER_MINUTE, burst=ALL_AT_ONCE, clock=site.clock)

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request; whatever goes wrong has a page of its own."""
        try:
            limit(self._everybody, "")
            response = self._switch_language(request) or await self._answer(request, handler)
        except Stop as stop:
            response = self._site.show(request, stop.page)
        except Exception:
            # The traceback names code and not values; what it may carry by accident, the log's filter masks.
            log.exception("a page failed in an unforeseen way")
            response = self._site.show(request, ErrorPage(ErrorKind.INTERNAL))
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        return response

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        site = self._site
        if request.method == "POST" and request.path != CALLBACK and not comes_from(request, self._origin):
            raise Stop(ErrorPage(ErrorKind.FORM_FOREIGN))
        try:
            return await handler(request)
        except web.HTTPRequestEntityTooLarge as refusal:
            return site.show(request, ErrorPage(ErrorKind.FORM_INVALID), status=refusal.status)
        except web.HTTPMethodNotAllowed as refusal:
            response = site.show(request, ErrorPage(ErrorKind.METHOD))
            response.headers["Allow"] = refusal.headers.get("Allow", "GET")
            return response
        except web.HTTPNotFound:
            raise Stop(ErrorPage(ErrorKind.NOT_FOUND)) from None
        except ClusterUnavailable as error:
            log.warning("a page could not be shown: %s", error)
            page = ErrorPage(ErrorKind.CLUSTER_UNAVAILABLE, again_path=self._here(request))
            raise Stop(page) from None
        except OperatorError as error:
            wait = max(1, round(error.retry_after)) if isinstance(error, RateLimited) else None
            page = ErrorPage(kind_of(error), detail=str(error), again_path=self._here(request), wait=wait)
            raise Stop(page) from None

    def _here(self, request: web.Request) -> str | None:
        """The address of this page, to try again; an answer of Dinero's cannot be given again."""
        if request.path == CALLBACK:
            return self._site.path("connect")
        return self._site.base + request.rel_url.raw_path

    def _switch_language(self, request: web.Request) -> web.Response | None:
        site, chosen = self._site, request.query.get(LANGUAGE_QUERY)
        if request.method not in {"GET", "HEAD"} or chosen not in list(Language):
            return None
        response = web.Response(
            status=HTTPStatus.SEE_OTHER, headers={"Location": site.base + request.rel_url.raw_path}
        )
        response.set_cookie(
            LANGUAGE_QUERY,
            Language(chosen).value,
            max_age=LANGUAGE_LIFE,
            path="/",
            secure=site.is_protected,
            httponly=True,
            samesite="Lax",
        )
        return response


def comes_from(request: web.Request, own_origin: str) -> bool:
    """Whether a form was sent by a page of ours, as far as the browser says.

    Our pages send no referrer, for which browsers make their origin ``null``; then the newer header must speak for them.
    Where it is missing too, the CSRF token decides alone.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin", "null") in {"null", own_origin}
