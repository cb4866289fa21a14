"""Answers that are about the server and not about objects: discovery, version, health, OpenAPI."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from dinero_operator.sandbox.kubernetes import discovery, openapi
from dinero_operator.sandbox.kubernetes.objects import encode
from dinero_operator.sandbox.kubernetes.resources import Json, Registry
from dinero_operator.sandbox.kubernetes.status import method_not_allowed

_HEALTH = {"healthz", "livez", "readyz"}


def static_answer(request: web.Request, registry: Registry) -> web.Response | None:
    """Answer a request that is about the server; ``None`` where it is about objects.

    Raises `ApiError` 405 for any other method than GET.
    """
    parts = [part for part in request.path.split("/") if part]
    content_type = "application/json"
    if parts and parts[0] in _HEALTH:
        return web.Response(text="ok")
    match parts:
        case ["api" | "apis"] if _wants_everything(request):
            answer: Json | None = discovery.aggregated(registry, core=parts == ["api"])
            content_type = discovery.AGGREGATED
        case _:
            answer = _document(parts, registry, request.host)
    if answer is None:
        return None
    if request.method not in {"GET", "HEAD"}:
        raise method_not_allowed()
    return web.Response(status=HTTPStatus.OK, body=encode(answer), headers={"Content-Type": content_type})


def _wants_everything(request: web.Request) -> bool:
    offers = request.headers.get("Accept", "").replace(" ", "").split(",")
    wish = set(discovery.AGGREGATED.split(";"))
    return any(wish <= set(offer.split(";")) for offer in offers)


def _document(parts: list[str], registry: Registry, host: str) -> Json | None:
    groups = registry.groups()
    match parts:
        case ["version"]:
            return discovery.VERSION
        case ["api"]:
            return discovery.core_versions(host)
        case ["apis"]:
            return discovery.group_list(registry)
        case ["api", version] if version in groups[""]:
            return discovery.resource_list(registry, "", version)
        case ["apis", group] if group in groups and group:
            return discovery.group(registry, group)
        case ["apis", group, version] if version in groups.get(group, ()):
            return discovery.resource_list(registry, group, version)
        case ["openapi", "v3"]:
            return openapi.index(registry)
        case ["openapi", "v3", "api", version] if version in groups[""]:
            return openapi.document(registry, "", version)
        case ["openapi", "v3", "apis", group, version] if version in groups.get(group, ()):
            return openapi.document(registry, group, version)
        case _:
            return None
