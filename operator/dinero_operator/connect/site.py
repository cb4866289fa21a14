"""What all pages share, and what one request is: a visit, in a language, with a session where there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web

from dinero_operator.connect.language import LANGUAGE_QUERY, Language, choose_language
from dinero_operator.connect.limits import RateLimit
from dinero_operator.connect.links import Links
from dinero_operator.connect.pages import CSRF_FIELD, ErrorPage, Form, Page
from dinero_operator.connect.ports import Cluster, Resource
from dinero_operator.connect.problems import ErrorKind
from dinero_operator.connect.rendering import Pages
from dinero_operator.connect.seal import Invalid, Seal, same
from dinero_operator.connect.session import LIFE, Session, Sessions
from dinero_operator.dinero.oauth import OAuthClient
from dinero_operator.sync.services import Services
from dinero_operator.transport.clock import Clock

PAGES_PER_MINUTE, PAGES_AT_ONCE = 120, 60
"""For one resource: a person who clicks fast."""
LOOKS_PER_MINUTE, LOOKS_AT_ONCE = 6, 6
"""For one resource: pages that ask the shop, whose calls are counted by the day."""

CALLBACK = "/connect/callback"
"""The one form that comes from another site, and the one address that a visitor must not come back to."""

Fields = Mapping[str, str]


class Stop(Exception):
    """There is no page to show but this one."""

    def __init__(self, page: ErrorPage) -> None:
        super().__init__(page.kind.value)
        self.page = page


@dataclass(slots=True)
class Site:
    """The pages' common ground. ``public_url`` has no slash at its end; ``base`` is its path."""

    cluster: Cluster
    services: Services
    oauth: OAuthClient
    seal: Seal
    links: Links
    pages: Pages
    clock: Clock
    public_url: str
    base: str = ""
    sessions: Sessions = field(init=False)
    visits: RateLimit = field(init=False)
    looks: RateLimit = field(init=False)

    def __post_init__(self) -> None:
        """Make what belongs to the pages alone."""
        self.sessions = Sessions(self.seal)
        self.visits = RateLimit(per_minute=PAGES_PER_MINUTE, burst=PAGES_AT_ONCE, clock=self.clock)
        self.looks = RateLimit(per_minute=LOOKS_PER_MINUTE, burst=LOOKS_AT_ONCE, clock=self.clock)

    @property
    def is_protected(self) -> bool:
        """Whether browsers come by https: anything but a test on loopback."""
        return self.public_url.startswith("https:")

    @property
    def redirect_uri(self) -> str:
        """Where Visma Connect sends the browser back to: registered there, to the letter."""
        return self.public_url + CALLBACK

    def path(self, step: str) -> str:
        """The path of a page, as the browser sees it."""
        return f"{self.base}/connect/{step}"

    def cookie_name(self, name: str) -> str:
        """``__Host-`` keeps a cookie from being set by a neighbour domain; browsers take it over https only."""
        return f"__Host-dinero-{name}" if self.is_protected else f"dinero-{name}"

    def set_cookie(self, response: web.StreamResponse, name: str, value: str, seconds: float) -> None:
        """Set a cookie that scripts cannot read and other sites cannot send along with a form."""
        response.set_cookie(
            self.cookie_name(name),
            value,
            max_age=max(0, int(seconds)),
            path="/",
            secure=self.is_protected,
            httponly=True,
            samesite="Lax",
        )

    def language(self, request: web.Request) -> Language:
        """The language of a request."""
        return choose_language(request.headers.get("Accept-Language"), request.cookies.get(LANGUAGE_QUERY))

    def show(self, request: web.Request, page: Page, *, status: int | None = None) -> web.Response:
        """Render a page."""
        if status is None:
            status = page.kind.http_status if isinstance(page, ErrorPage) else HTTPStatus.OK
        is_shown_again = request.path != CALLBACK and status != HTTPStatus.NOT_FOUND
        here = self.base + request.rel_url.raw_path if is_shown_again else None
        html = self.pages.render(page, language=self.language(request), here=here)
        response = web.Response(status=status, text=html, content_type="text/html", charset="utf-8")
        if isinstance(page, ErrorPage) and page.wait is not None:
            response.headers["Retry-After"] = str(page.wait)
        return response

    def go(self, step: str, session: Session | None = None) -> web.Response:
        """Send the browser to another page, with what the session has become."""
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": self.path(step)})
        return self.keep(response, session) if session is not None else response

    def keep(self, response: web.Response, session: Session) -> web.Response:
        """Hand the session to the browser."""
        left = (session.until - self.clock.now()).total_seconds()
        self.set_cookie(response, "setup", self.sessions.close(session), min(left, LIFE.total_seconds()))
        return response

    def session(self, request: web.Request) -> Session:
        """The session of a request. Raises ``Stop``."""
        try:
            text = request.cookies.get(self.cookie_name("setup"), "")
            session = self.sessions.open(text, self.clock.now())
        except Invalid:
            raise Stop(ErrorPage(ErrorKind.SESSION_MISSING)) from None
        limit(self.visits, session.uid)
        return session

    async def resource(self, session: Session) -> Resource:
        """The session's resource as it is now. Raises ``Stop`` where it is gone, or another one has its name."""
        resource = await self.cluster.read(session.place)
        if resource is None or resource.uid != session.uid:
            raise Stop(ErrorPage(ErrorKind.LINK_UNKNOWN))
        return resource

    def form(self, step: str, session: Session) -> Form:
        """A form of a page that is posted to the page itself."""
        return Form(self.path(step), self.sessions.csrf(session))

    async def fields(self, request: web.Request, token: str) -> Fields:
        """The fields of a form of ours, with the CSRF token that it must carry. Raises ``Stop``."""
        fields = await form_fields(request)
        if not same(fields.get(CSRF_FIELD, ""), token):
            raise Stop(ErrorPage(ErrorKind.FORM_FOREIGN))
        return fields


async def form_fields(request: web.Request) -> Fields:
    """The text fields of a form, the first of each name. Raises ``Stop`` where it is none.

    Browsers send our forms, and Visma's, in UTF-8. A sender must not choose among Python's encodings: some are slow over a
    few kilobytes, and some make text that cannot be compared.
    """
    charset = (request.charset or "utf-8").lower()
    if request.content_type != "application/x-www-form-urlencoded" or charset != "utf-8":
        raise Stop(ErrorPage(ErrorKind.FORM_INVALID))
    try:
        sent: Mapping[str, Any] = await request.post()
    except ValueError:  # bytes that are no UTF-8
        raise Stop(ErrorPage(ErrorKind.FORM_INVALID)) from None
    return {name: str(value) for name, value in reversed(list(sent.items()))}


def limit(rate: RateLimit, key: str) -> None:
    """Take one of a limit. Raises ``Stop`` where none is left."""
    wait = rate.take(key)
    if wait > 0:
        raise Stop(ErrorPage(ErrorKind.TOO_MANY, wait=max(1, round(wait + 0.5))))
