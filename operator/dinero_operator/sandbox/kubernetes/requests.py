"""Reading requests: bodies in JSON or YAML, and the options in the query."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import yaml
from aiohttp import web

from dinero_operator.sandbox.kubernetes import protobuf
from dinero_operator.sandbox.kubernetes.options import Options
from dinero_operator.sandbox.kubernetes.patch import APPLY
from dinero_operator.sandbox.kubernetes.routing import Target
from dinero_operator.sandbox.kubernetes.status import ApiError, bad_request, unsupported_media_type

_JSON, _YAML = "application/json", "application/yaml"


def _parsed(raw: bytes, content_type: str) -> Any:
    try:
        return yaml.safe_load(raw) if content_type in {_YAML, APPLY} else json.loads(raw)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(f"couldn't get version/kind; parse error: {error}") from error


def _content_type(request: web.Request) -> str:
    return request.content_type if "Content-Type" in request.headers else _JSON


async def body_of(request: web.Request, aim: Target) -> Any:
    """The object in a request's body. Raises `ApiError` 400 or 415."""
    content_type = _content_type(request)
    if content_type == protobuf.CONTENT_TYPE and not aim.resource.custom:
        return protobuf.decode(await request.read())
    if content_type not in {_JSON, _YAML}:
        raise unsupported_media_type(
            [_JSON, _YAML] + ([] if aim.resource.custom else [protobuf.CONTENT_TYPE])
        )
    return _parsed(await request.read(), content_type)


async def patch_of(request: web.Request) -> tuple[str, Any]:
    """The format and the content of a patch. Raises `ApiError` 400 or (for a missing format) 415."""
    raw = await request.read()
    content_type = _content_type(request)
    return content_type, _parsed(raw, content_type) if content_type.startswith("application/") else None


async def delete_options_of(request: web.Request) -> Any:
    """The options of a deletion, which may be missing. Raises `ApiError` 400."""
    raw = await request.read()
    options = _parsed(raw, _content_type(request)) if raw else None
    if options is not None and not isinstance(options, dict):
        raise bad_request("delete options are no object")
    return options


def options_of(request: web.Request, aim: Target) -> Options:
    """The options of a write. Raises `ApiError` 400, or 422 for an apply that names no manager."""
    query = request.query
    dry_run = query.getall("dryRun", [])
    if dry_run not in ([], ["All"]):
        raise bad_request(f'invalid dryRun: Unsupported value: "{dry_run[0]}": supported values: "All"')
    manager = query.get("fieldManager", "")
    if not manager and aim.verb == "patch" and request.content_type == APPLY:
        message = 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid", message, details={})
    return Options(
        manager=manager or request.headers.get("User-Agent", "unknown").partition("/")[0],
        dry_run=bool(dry_run),
        field_validation=query.get("fieldValidation") or "Warn",
        force=query.get("force") in {"true", "1"},
        status=aim.status,
    )
