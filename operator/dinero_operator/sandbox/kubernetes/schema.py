"""Structural schemas: dropping unknown fields and filling in defaults. Validation is in `validation`."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from dinero_operator.sandbox.kubernetes.resources import Json

PRESERVE = "x-kubernetes-preserve-unknown-fields"
INT_OR_STRING = "x-kubernetes-int-or-string"
EMBEDDED = "x-kubernetes-embedded-resource"
LIST_TYPE = "x-kubernetes-list-type"
LIST_KEYS = "x-kubernetes-list-map-keys"
RULES = "x-kubernetes-validations"

_TYPE_META = frozenset({"apiVersion", "kind", "metadata"})


def child(path: str, name: str) -> str:
    """The path of a field below ``path``."""
    return f"{path}.{name}" if path else name


def prune(value: Any, schema: Json, *, root: bool = True) -> Any:
    """The value without the fields that the schema does not know. What is kept is copied as far as it changed."""
    if isinstance(value, dict):
        return _prune_object(value, schema, root=root or bool(schema.get(EMBEDDED)))
    if isinstance(value, list):
        items = schema.get("items")
        if isinstance(items, dict):
            return [prune(item, items, root=False) for item in value]
    return value


def _prune_object(value: Json, schema: Json, *, root: bool) -> Json:
    properties = schema.get("properties") or {}
    extra = schema.get("additionalProperties")
    kept: Json = {}
    for name, inner in value.items():
        if root and name in _TYPE_META:
            kept[name] = inner
        elif name in properties:
            kept[name] = prune(inner, properties[name], root=False)
        elif isinstance(extra, dict):
            kept[name] = prune(inner, extra, root=False)
        elif extra or schema.get(PRESERVE):
            kept[name] = inner
    return kept


def unknown_fields(value: Any, schema: Json, path: str = "", *, root: bool = True) -> Iterator[str]:
    """Paths of the fields that `prune` would drop."""
    if isinstance(value, list):
        items = schema.get("items")
        if isinstance(items, dict):
            for index, item in enumerate(value):
                yield from unknown_fields(item, items, f"{path}[{index}]", root=False)
        return
    if not isinstance(value, dict):
        return
    root = root or bool(schema.get(EMBEDDED))
    properties = schema.get("properties") or {}
    extra = schema.get("additionalProperties")
    for name, inner in value.items():
        if root and name in _TYPE_META:
            continue
        if name in properties:
            yield from unknown_fields(inner, properties[name], child(path, name), root=False)
        elif isinstance(extra, dict):
            yield from unknown_fields(inner, extra, child(path, name), root=False)
        elif not extra and not schema.get(PRESERVE):
            yield child(path, name)


def fill_defaults(value: Any, schema: Json) -> None:
    """Set what is missing to its default, in place; a null that the schema does not allow counts as missing.

    Without a default such a null is dropped. Only in lists it stays, where it has a place.
    """
    if isinstance(value, dict):
        _fill_object(value, schema)
    elif isinstance(value, list):
        items = schema.get("items")
        if isinstance(items, dict):
            _fill_list(value, items)


def _fill_object(value: Json, schema: Json) -> None:
    extra = schema.get("additionalProperties")
    properties = schema.get("properties") or {}
    for name, inner in properties.items():
        if "default" in inner and (name not in value or (value[name] is None and not inner.get("nullable"))):
            value[name] = copy.deepcopy(inner["default"])
        elif name in value and value[name] is None and not inner.get("nullable"):
            del value[name]
        if isinstance(value.get(name), dict | list):
            fill_defaults(value[name], inner)
    if isinstance(extra, dict):
        for name, entry in list(value.items()):
            if name not in properties:
                if entry is None and not extra.get("nullable"):
                    if "default" not in extra:
                        del value[name]
                        continue
                    value[name] = copy.deepcopy(extra["default"])
                fill_defaults(value[name], extra)


def _fill_list(value: list[Any], items: Json) -> None:
    for index, item in enumerate(value):
        if item is None and "default" in items and not items.get("nullable"):
            value[index] = copy.deepcopy(items["default"])
        fill_defaults(value[index], items)


def property_of(schema: Json, name: str) -> Json:
    """The schema of a field, or an empty one where it is not described."""
    found = (schema.get("properties") or {}).get(name, schema.get("additionalProperties"))
    return found if isinstance(found, dict) else {}


def items_of(schema: Json) -> Json:
    """The schema of a list's entries, or an empty one."""
    found = schema.get("items")
    return found if isinstance(found, dict) else {}


def list_keys(schema: Json) -> list[str]:
    """The keys of a list-map, or nothing for other lists."""
    return list(schema.get(LIST_KEYS) or []) if schema.get(LIST_TYPE) == "map" else []
