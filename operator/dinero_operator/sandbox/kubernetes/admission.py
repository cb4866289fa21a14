"""What happens to an object on its way into the store: decoding, pruning, defaults, and the rules of its kind."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from dinero_operator.sandbox.kubernetes import crd, events, metadata
from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.rules import check_rules
from dinero_operator.sandbox.kubernetes.schema import fill_defaults, prune, unknown_fields
from dinero_operator.sandbox.kubernetes.status import FieldError, Problem, bad_request
from dinero_operator.sandbox.kubernetes.validation import validate

_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+\Z")
_KEY_RULE = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
    "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
_LARGEST = 1024 * 1024


def decode(
    body: Any, resource: Resource, field_validation: str, warnings: list[str], *, defaults: bool = True
) -> Json:
    """Read a request's object into the form that is kept, without unknown fields and with defaults.

    ``field_validation`` is ``Strict``, ``Warn`` or ``Ignore``; ``defaults`` is off for an applied configuration, which
    owns only what it says. Raises `ApiError` 400 where it cannot be read.
    """
    value = metadata.read(body, resource)
    _report_unknown(body, resource, field_validation, warnings)
    value = dict(prune(value, resource.schema))
    if resource.custom:
        if defaults:
            fill_defaults(value, resource.schema)
        return value
    value = {name: inner for name, inner in value.items() if inner is not None}
    wrong = next(validate(value, resource.schema), None)
    if wrong is not None:
        raise bad_request(
            f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
            f"{wrong.field}: {wrong.body}"
        )
    if resource.storage == "events":
        value = events.to_stored(value, resource)
    return value


def _report_unknown(body: Json, resource: Resource, field_validation: str, warnings: list[str]) -> None:
    if field_validation not in {"", "Strict", "Warn", "Ignore"}:
        raise bad_request(f'invalid fieldValidation: Unsupported value: "{field_validation}"')
    if field_validation == "Ignore":
        return
    found = [*unknown_fields(body, resource.schema)]
    found += unknown_fields(body.get("metadata") or {}, metadata.META_SCHEMA, "metadata", root=False)
    texts = [f'unknown field "{path}"' for path in found]
    if texts and field_validation == "Strict":
        raise bad_request(
            f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
            f"strict decoding error: {', '.join(texts)}"
        )
    warnings += texts


def prepare(value: Json, resource: Resource) -> None:
    """Set what the server sets for this kind, in place."""
    match resource.kind:
        case "Secret":
            given = value.pop("stringData", None) or {}
            data = value.get("data") or {}
            data |= {name: base64.b64encode(text.encode()).decode() for name, text in given.items()}
            if data:
                value["data"] = data
            value.setdefault("type", "Opaque")
        case "Namespace":
            labels = value["metadata"].setdefault("labels", {})
            labels["kubernetes.io/metadata.name"] = value["metadata"].get("name", "")
            value.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
            value.setdefault("status", {}).setdefault("phase", "Active")
        case "CustomResourceDefinition" if isinstance(value.get("spec"), dict):
            crd.default_names(value)


def problems(value: Json, old: Json | None, resource: Resource) -> list[FieldError]:
    """Everything that is wrong with an object that shall be stored."""
    found = [*metadata.problems(value, resource)]
    if resource.custom:
        found += validate(value, _without_meta(resource.schema))
        found += check_rules(value, old, resource.schema, found)
    else:
        found += _builtin(value, old, resource)
    return found


def _without_meta(schema: Json) -> Json:
    properties = {k: v for k, v in (schema.get("properties") or {}).items() if k != "metadata"}
    return {**schema, "properties": properties}


def _builtin(value: Json, old: Json | None, resource: Resource) -> Iterator[FieldError]:
    match resource.kind:
        case "Secret" | "ConfigMap":
            yield from _config(value, old)
        case "Event":
            yield from events.problems(value, resource)
        case "CustomResourceDefinition":
            yield from crd.check(value)
        case "Lease":
            for name, least in (("leaseDurationSeconds", 1), ("leaseTransitions", 0)):
                number = (value.get("spec") or {}).get(name)
                if number is not None and number < least:
                    detail = f"must be greater than {'or equal to ' * (1 - least)}0"
                    yield FieldError(Problem.INVALID, f"spec.{name}", number, detail)


def _config(value: Json, old: Json | None) -> Iterator[FieldError]:
    size = 0
    for field in ("data", "binaryData"):
        for key, text in (value.get(field) or {}).items():
            size += len(text)
            if not _CONFIG_KEY.match(key):
                yield FieldError(Problem.INVALID, f"{field}[{key}]", key, _KEY_RULE)
    if size > _LARGEST:
        yield FieldError(Problem.TOO_LONG, "data", "", f"may not be more than {_LARGEST} bytes")
    if old is None:
        return
    if value.get("type") != old.get("type"):
        yield FieldError(Problem.INVALID, "type", value.get("type"), "field is immutable")
    if old.get("immutable"):
        for field in ("data", "binaryData", "immutable"):
            if value.get(field) != old.get(field):
                detail = "field is immutable when `immutable` is set"
                yield FieldError(Problem.FORBIDDEN, field, detail=detail)


def presented(value: Json, resource: Resource) -> Json:
    """A stored object in the version that the client asks for. The stored one is not changed."""
    if resource.storage == "events":
        return events.presented(value, resource)
    if value.get("apiVersion") == resource.api_version:
        return value
    # Versions of a custom resource are converted by strategy None: only the name of the version changes.
    return {**value, "apiVersion": resource.api_version}
