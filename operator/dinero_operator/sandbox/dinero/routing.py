"""Routes with a version per endpoint and method, as the API has them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from dinero_operator.sandbox.dinero.books import Books

BOOKS = web.RequestKey("books", Books)
"""Under this key a request carries the books that its address names, once it is admitted."""

BooksHandler = Callable[[web.Request, Books], Awaitable[web.StreamResponse]]
Routes = Mapping[tuple[str, str], BooksHandler]
"""Method and version (``("PUT", "v1.2")``) → handler."""

_LOST = "<html><head><title>404</title></head><body><h1>404 - File or directory not found.</h1></body></html>"


def unknown_url() -> web.Response:
    """Answer for an address that is none: HTML, unlike all other refusals."""
    return web.Response(status=404, text=_LOST, content_type="text/html")


def register(app: web.Application, name: str, path: str, routes: Routes) -> None:
    """Add one noun of an organisation. ``path`` follows ``/{version}/{organisation}``.

    A resource has one name and several versions, since calls are counted by noun whatever their version.
    """

    async def dispatch(request: web.Request) -> web.StreamResponse:
        handler = routes.get((request.method, request.match_info["version"]))
        if handler is None:
            return unknown_url()
        return await handler(request, request[BOOKS])

    versions = "|".join(sorted({version.replace(".", r"\.") for _, version in routes}))
    template = f"/{{version:{versions}}}/{{organisation:\\d+}}{path}"
    resource = app.router.add_resource(template, name=name)
    for method in sorted({method for method, _ in routes}):
        resource.add_route(method, dispatch)
