"""The link: a page with a button, and the button, which uses the link up and begins a session."""

from __future__ import annotations

import secrets

from aiohttp import web

from dinero_operator.connect.links import LIFE, Claim
from dinero_operator.connect.pages import BeginPage, ErrorPage, Form
from dinero_operator.connect.ports import Resource
from dinero_operator.connect.problems import ErrorKind
from dinero_operator.connect.seal import Expired, Invalid, same
from dinero_operator.connect.session import Session
from dinero_operator.connect.site import Site, Stop, limit

COOKIE = "begin"


class Begin:
    """The pages of a link."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The button. Looking at a link does not use it up: mail programs and chats look at links."""
        site, token = self._site, request.match_info["token"]
        resource = await self._open(token)
        visit = secrets.token_urlsafe(24)
        page = BeginPage(str(resource.place), Form(site.path(f"begin/{token}"), self._csrf(visit, token)))
        response = site.show(request, page)
        site.set_cookie(response, COOKIE, visit, LIFE.total_seconds())
        return response

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Use the link up, and begin a session."""
        site, token = self._site, request.match_info["token"]
        visit = request.cookies.get(site.cookie_name(COOKIE), "")
        if not visit:
            raise Stop(ErrorPage(ErrorKind.FORM_FOREIGN))
        await site.fields(request, self._csrf(visit, token))
        resource = await self._open(token)
        if not await site.cluster.consume(resource, site.links.url(token)):
            raise Stop(self._page(ErrorKind.LINK_USED, resource))
        response = site.go("connect", Session.begin(resource, site.clock.now()))
        response.del_cookie(site.cookie_name(COOKIE), path="/", secure=site.is_protected, httponly=True)
        return response

    async def _open(self, token: str) -> Resource:
        """The resource whose status has this very link. Raises ``Stop``."""
        site = self._site
        try:
            claim = site.links.read(token)
        except Expired as error:
            place = error.content
            page = ErrorPage(
                ErrorKind.LINK_EXPIRED, namespace=str(place.get("ns")), name=str(place.get("name"))
            )
            raise Stop(page) from None
        except Invalid:
            raise Stop(ErrorPage(ErrorKind.LINK_UNKNOWN)) from None
        limit(site.visits, claim.uid)
        resource = await self._resource(claim)
        link = resource.link
        if link is None or not same(link.url, site.links.url(token)):
            raise Stop(self._page(ErrorKind.LINK_USED, resource))
        if site.clock.now() >= link.expires_at:
            raise Stop(self._page(ErrorKind.LINK_EXPIRED, resource))
        return resource

    async def _resource(self, claim: Claim) -> Resource:
        resource = await self._site.cluster.read(claim.place)
        if resource is None or resource.uid != claim.uid:
            raise Stop(ErrorPage(ErrorKind.LINK_UNKNOWN))
        return resource

    def _csrf(self, visit: str, token: str) -> str:
        return self._site.seal.proof("csrf-begin", visit, token)

    @staticmethod
    def _page(kind: ErrorKind, resource: Resource) -> ErrorPage:
        return ErrorPage(kind, namespace=resource.place.namespace, name=resource.place.name)
