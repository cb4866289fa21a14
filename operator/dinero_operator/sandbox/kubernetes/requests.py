"""Reading requests: bodies in JSON or YAML, and the options in the query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aiohttp import web

from dinero_operator.sandbox.kubernetes import protobuf
from dinero_operator.sandbox.kubernetes.bodies import Unreadable, outline, read_json, read_yaml
from dinero_operator.sandbox.kubernetes.options import Options
from dinero_operator.sandbox.kubernetes.patch import APPLY
from dinero_operator.sandbox.kubernetes.resources import Json
from dinero_operator.sandbox.kubernetes.routing import Target
from dinero_operator.sandbox.kubernetes.status import (
    FieldError,
    Problem,
    bad_option,
    bad_request,
    unsupported_media_type,
)

_JSON, _YAML = "application/json", "application/yaml"
_KINDS = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}
_LONGEST_MANAGER = 128
_POLICIES = ("Foreground", "Background", "Orphan")


def _content_type(request: web.Request) -> str:
    return request.content_type if "Content-Type" in request.headers else _JSON


async def body_of(request: web.Request, aim: Target) -> Json:
    """The object in a request's body. Raises `ApiError` 400 or 415."""
    content_type = _content_type(request)
    raw = await request.read()
    if content_type == protobuf.CONTENT_TYPE and not aim.resource.custom:
        return protobuf.decode(raw)
    if content_type not in {_JSON, _YAML}:
        raise unsupported_media_type([_JSON, _YAML, protobuf.CONTENT_TYPE])
    return outline(raw, aim.resource, is_yaml=content_type == _YAML)


async def patch_of(request: web.Request) -> tuple[str, bytes]:
    """The format and the content of a patch."""
    return _content_type(request), await request.read()


async def deletion_of(request: web.Request, aim: Target) -> tuple[Json | None, Options]:
    """What a deletion asks for. A body replaces all that the query says. Raises `ApiError` 400 or 422."""
    raw = await request.read()
    if not raw:
        query = request.query
        wanted: Json = (
            {"propagationPolicy": query["propagationPolicy"]} if "propagationPolicy" in query else {}
        )
        dry_run = query.getall("dryRun", [])
    else:
        try:
            wanted = read_yaml(raw) if _content_type(request) == _YAML else read_json(raw)
        except Unreadable as error:
            raise bad_request(f"couldn't get version/kind; json parse error: {error}") from error
        if not isinstance(wanted, dict):
            raise bad_request("delete options are no object")
        dry_run = wanted.get("dryRun") or []
    errors = [*_dry_run(dry_run)]
    policy = wanted.get("propagationPolicy")
    if policy and policy not in _POLICIES:
        errors.append(_unsupported("propagationPolicy", policy, (*_POLICIES, "nil")))
    if errors:
        raise bad_option("DeleteOptions", errors)
    return wanted, Options(manager=_manager(request), dry_run=bool(dry_run), status=aim.status)


def _manager(request: web.Request) -> str:
    return (
        request.query.get("fieldManager", "")
        or request.headers.get("User-Agent", "unknown").partition("/")[0]
    )


def options_of(request: web.Request, aim: Target) -> Options:
    """The options of a write. Raises `ApiError` 422."""
    query = request.query
    dry_run = query.getall("dryRun", [])
    errors = [
        *_dry_run(dry_run),
        *_field_options(query, is_apply=request.content_type == APPLY, verb=aim.verb),
    ]
    if errors:
        raise bad_option(_KINDS[aim.verb], errors)
    return Options(
        manager=_manager(request),
        dry_run=bool(dry_run),
        field_validation=query.get("fieldValidation") or "Warn",
        force=query.get("force") in {"true", "1"},
        status=aim.status,
    )


def _unsupported(field: str, value: Any, supported: tuple[str, ...]) -> FieldError:
    listed = ", ".join(f'"{option}"' for option in supported)
    return FieldError(Problem.UNSUPPORTED, field, value, f"supported values: {listed}")


def _dry_run(given: list[str]) -> Iterator[FieldError]:
    if given not in ([], ["All"]):
        yield _unsupported("dryRun", given, ("All",))


def _field_options(query: Mapping[str, str], *, is_apply: bool, verb: str) -> Iterator[FieldError]:
    manager = query.get("fieldManager", "")
    if verb == "patch" and is_apply and not manager:
        yield FieldError(Problem.REQUIRED, "fieldManager", detail="is required for apply patch")
    if verb == "patch" and not is_apply and "force" in query:
        yield FieldError(Problem.FORBIDDEN, "force", detail="may not be specified for non-apply patch")
    if len(manager) > _LONGEST_MANAGER:
        detail = f"may not be more than {_LONGEST_MANAGER} bytes"
        yield FieldError(Problem.TOO_LONG, "fieldManager", manager, detail)
    for position, sign in enumerate(manager):
        if not sign.isprintable():
            detail = f"invalid character U+{ord(sign):04X} (at position {position})"
            yield FieldError(Problem.INVALID, "fieldManager", manager, detail)
    validation = query.get("fieldValidation", "")
    if validation not in ("", "Ignore", "Strict", "Warn"):
        yield _unsupported("fieldValidation", validation, ("", "Ignore", "Strict", "Warn"))
