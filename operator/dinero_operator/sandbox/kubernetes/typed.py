"""Whether an applied configuration fits the schema's types: server-side apply looks at nothing else of it at first."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from dinero_operator.sandbox.kubernetes.bodies import go_kind
from dinero_operator.sandbox.kubernetes.fields import is_granular, part_of, shown_part
from dinero_operator.sandbox.kubernetes.resources import Json
from dinero_operator.sandbox.kubernetes.schema import (
    EMBEDDED,
    INT_OR_STRING,
    PRESERVE,
    items_of,
    list_keys,
    property_of,
)
from dinero_operator.sandbox.kubernetes.status import ApiError

_GO_TYPES = {
    "string": "string",
    "bool": "bool",
    "array": "[]interface {}",
    "object": "map[string]interface {}",
}


def kind_of(value: Json) -> str:
    """Group, version and kind of an object, as Go prints them."""
    api_version = str(value.get("apiVersion", ""))
    return f"{'' if '/' in api_version else '/'}{api_version}, Kind={value.get('kind', '')}"


def described(value: Json) -> str:
    """An object with its kind, as errors of server-side apply name it."""
    meta = value["metadata"]
    return f"({meta.get('namespace', '')}/{meta.get('name', '')}; {kind_of(value)})"


def check_types(value: Json, schema: Json) -> None:
    """Hold a configuration to the types of its kind. Raises `ApiError` 500, as a real server does."""
    rest = {name: inner for name, inner in value.items() if name not in {"apiVersion", "kind"}}
    found = [*_misfits(rest, {**schema, EMBEDDED: False}, "")]
    if not found:
        return
    listed = found[0] if len(found) == 1 else "errors:\n" + "\n".join(f"  {said}" for said in found)
    message = f"failed to create typed patch object {described(value)}: {listed}"
    raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "", message)


def _misfits(value: Any, schema: Json, path: str) -> Iterator[str]:
    kind = go_kind(value)
    wanted = schema.get("type")
    if value is None or wanted is None or schema.get(INT_OR_STRING):
        return
    where = f"{path}: " if path else ""
    match wanted:
        case "object" | "array" if kind != wanted:
            yield f"{where}expected {'map' if wanted == 'object' else 'list'}, got &{{{value}}}"
        case "integer" | "number" if kind != "number":
            yield f"{where}expected numeric (int or float), got {_GO_TYPES[kind]}"
        case "string" | "boolean" if kind != wanted.removesuffix("ean"):
            yield f"{where}expected {wanted}, got &value.valueUnstructured{{Value:{_plain(value)}}}"
        case "object":
            yield from _members(value, schema, path)
        case "array":
            yield from _entries(value, schema, path)


def _plain(value: Any) -> str:
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f'"{value}"'
        if isinstance(value, str)
        else str(value)
    )


def _members(value: Json, schema: Json, path: str) -> Iterator[str]:
    if schema.get(PRESERVE) and not schema.get("properties"):
        return
    properties = schema.get("properties") or {}
    for name, inner in value.items():
        at = f"{path}.{name}"
        if name in properties or isinstance(schema.get("additionalProperties"), dict):
            yield from _misfits(inner, property_of(schema, name), at)
        elif not schema.get(PRESERVE) and not schema.get("additionalProperties"):
            yield f"{at}: field not declared in schema"


def _entries(value: list[Any], schema: Json, path: str) -> Iterator[str]:
    keys, seen = list_keys(schema), set()
    granular = is_granular(value, schema)
    for index, item in enumerate(value):
        part = shown_part(part_of(item, keys)) if granular else f"[{index}]"
        if granular and part in seen:
            yield f"{path}: duplicate entries for key {part}"
        seen.add(part)
        yield from _misfits(item, items_of(schema), f"{path}{part}")
