"""All pages of the set-up, as one application below ``/connect``."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from dinero_operator.connect.approval import Approval
from dinero_operator.connect.begin import Begin
from dinero_operator.connect.choosing import Choosing
from dinero_operator.connect.guard import Guard
from dinero_operator.connect.links import Links
from dinero_operator.connect.pages import ErrorPage
from dinero_operator.connect.ports import Cluster
from dinero_operator.connect.problems import ErrorKind
from dinero_operator.connect.rendering import Assets, Pages
from dinero_operator.connect.review import Review
from dinero_operator.connect.seal import Seal
from dinero_operator.connect.site import Site, Stop
from dinero_operator.connect.webhooks import webhook_path
from dinero_operator.dinero.oauth import OAuthClient
from dinero_operator.sync.services import Services

STATIC_LIFE = 30 * 24 * 3600
"""Seconds."""


def connect_app(
    *,
    cluster: Cluster,
    services: Services,
    oauth: OAuthClient,
    client_secret: str,
    public_url: str,
    authorize_url: str,
) -> web.Application:
    """What is served below ``/connect``. ``public_url`` and ``authorize_url`` have no slash at the end."""
    clock = services.clock
    seal = Seal(client_secret, clock)
    base = urlsplit(public_url).path.rstrip("/")
    site = Site(
        cluster=cluster,
        services=services,
        oauth=oauth,
        seal=seal,
        links=Links(seal, public_url=public_url, clock=clock),
        pages=Pages(static_path=f"{base}/connect/static"),
        clock=clock,
        public_url=public_url,
        base=base,
    )
    app = web.Application(middlewares=[Guard(site, authorize_url=authorize_url).guard])
    app.add_routes(_routes(site))
    return app


def _routes(site: Site) -> list[web.RouteDef]:
    begin, approval, choosing = Begin(site), Approval(site), Choosing(site)
    review = Review(site, lambda place, token: site.public_url + webhook_path(token, place))
    return [
        web.get("/begin/{token}", begin.show),
        web.post("/begin/{token}", begin.take),
        web.get("/connect", approval.show),
        web.post("/connect", approval.start),
        # Without HEAD: to ask is to use up.
        web.get("/callback", approval.finish, allow_head=False),
        web.post("/callback", approval.receive),
        web.get("/organisation", choosing.show_organisation),
        web.post("/organisation", choosing.take_organisation),
        web.get("/trigger", choosing.show_trigger),
        web.post("/trigger", choosing.take_trigger),
        web.get("/account", choosing.show_account),
        web.post("/account", choosing.take_account),
        web.get("/review", review.show),
        web.post("/review", review.save),
        web.get("/done", review.done),
        web.get("/static/{file}", Static(site.pages.assets).show),
    ]


class Static:
    """The style sheet and the icon. Their names change with their contents, so browsers may keep them."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets

    async def show(self, request: web.Request) -> web.StreamResponse:
        """One file."""
        found = self._assets.find(request.match_info["file"])
        if found is None:
            raise Stop(ErrorPage(ErrorKind.NOT_FOUND))
        kind, body = found
        headers = {"Cache-Control": f"public, max-age={STATIC_LIFE}, immutable"}
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)
