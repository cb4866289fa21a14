"""Reading a request's object into the form that is kept: its kind, its types, fields that nobody knows, defaults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dinero_operator.sandbox.kubernetes import events
from dinero_operator.sandbox.kubernetes.bodies import doubled_fields
from dinero_operator.sandbox.kubernetes.go_types import misfit, written
from dinero_operator.sandbox.kubernetes.metadata import META_SCHEMA
from dinero_operator.sandbox.kubernetes.objects import encode
from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.schema import fill_defaults, prune, unknown_fields
from dinero_operator.sandbox.kubernetes.status import ApiError, FieldError, Problem, bad_request, refused

_DROPPED_WHEN_EMPTY = ("labels", "annotations", "finalizers", "ownerReferences", "generateName", "selfLink")


def decode(
    body: Json,
    resource: Resource,
    field_validation: str,
    warnings: list[str],
    *,
    defaults: bool = True,
    patched: bool = False,
) -> Json:
    """Read an object. What came in is not changed.

    ``field_validation`` is ``Strict``, ``Warn`` or ``Ignore``; ``defaults`` is off for an applied configuration, which
    owns only what it says; ``patched`` says that the object is a patch's result. Raises `ApiError` 400, or 422.
    """
    _check_kind(body, resource, patched=patched)
    said = _misfit(body, resource) or _strict_error(body, resource, field_validation, warnings)
    if said and patched:
        raise _bad_patch(body, said)
    if said:
        raise bad_request(
            f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {said}'
        )
    value: Json = {**prune(body, resource.schema), "metadata": clean_metadata(body.get("metadata") or {})}
    if not resource.custom:
        value = {name: inner for name, inner in written(value, _full(resource)).items() if inner is not None}
        value = {**value, **{name: empty for name, empty in resource.empty.items() if name not in value}}
        return events.to_stored(value, resource) if resource.storage == "events" else value
    if defaults:
        fill_defaults(value, resource.schema)
    return value


def _check_kind(body: Json, resource: Resource, *, patched: bool) -> None:
    kind, api_version = str(body.get("kind", "")), str(body.get("apiVersion", ""))
    if patched and not kind:
        raise _bad_patch(body, f"Object 'Kind' is missing in '{encode(body).decode()}'")
    name = ""
    if resource.custom:
        name = (
            str((body.get("metadata") or {}).get("name", ""))
            if isinstance(body.get("metadata"), dict)
            else ""
        )
        if kind != resource.kind:
            error = FieldError(Problem.INVALID, "kind", kind, f"must be {resource.kind}")
            raise refused(resource.group, kind, name, [error])
    elif kind != resource.kind or api_version != resource.api_version:
        module = resource.group.partition(".")[0] or "core"
        why = (
            f"converting ({api_version}.{kind}) to ({module}.{resource.kind}): unknown conversion"
            if api_version == resource.api_version
            else f'no kind "{kind}" is registered for version "{api_version}" in scheme "pkg/runtime/scheme.go:111"'
        )
        raise bad_request(f'{kind} in version "{api_version}" cannot be handled as a {resource.kind}: {why}')
    if api_version != resource.api_version and patched:
        error = FieldError(Problem.INVALID, "apiVersion", api_version, f"must be {resource.api_version}")
        raise refused(resource.group, kind, name, [error])
    if api_version != resource.api_version:
        raise bad_request(
            f"the API version in the data ({api_version}) does not match the expected API version "
            f"({resource.api_version})"
        )


def _bad_patch(body: Json, said: str) -> ApiError:
    """A server tells of a patch's result as of a field of the request."""
    return refused("", "", "", [FieldError(Problem.INVALID, "patch", encode(body).decode(), said)])


def _full(resource: Resource) -> Json:
    return {
        **resource.schema,
        "properties": {**resource.schema.get("properties", {}), "metadata": META_SCHEMA},
    }


def _misfit(body: Json, resource: Resource) -> str:
    if resource.custom:
        return misfit(body.get("metadata"), META_SCHEMA, "ObjectMeta")
    known = {name: inner for name, inner in body.items() if name not in {"kind", "apiVersion"}}
    return misfit(known, _full(resource), resource.kind)


def _strict_error(body: Json, resource: Resource, field_validation: str, warnings: list[str]) -> str:
    if field_validation == "Ignore":
        return ""
    texts = [f'duplicate field "{path}"' for path in doubled_fields(body)]
    texts += [f'unknown field "{path}"' for path in _unknown(body, resource)]
    if texts and field_validation == "Strict":
        return f"strict decoding error: {', '.join(texts)}"
    warnings += texts
    return ""


def _unknown(body: Json, resource: Resource) -> Iterator[str]:
    if resource.custom:
        yield from unknown_fields(body.get("metadata") or {}, META_SCHEMA, "metadata", root=False)
        yield from sorted(unknown_fields(body, resource.schema))
        return
    known = {name: inner for name, inner in body.items() if name not in {"kind", "apiVersion"}}
    yield from unknown_fields(known, _full(resource), root=False)


def clean_metadata(meta: Any) -> Json:
    """Metadata that fits, without what is empty or unknown."""
    clean: Json = written(prune(meta, META_SCHEMA, root=False), META_SCHEMA)
    return {
        name: inner
        for name, inner in clean.items()
        if inner is not None and not (name in _DROPPED_WHEN_EMPTY and not inner)
    }
