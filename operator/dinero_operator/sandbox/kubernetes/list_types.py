"""Sets and list-maps (``x-kubernetes-list-type``): no entry twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dinero_operator.sandbox.kubernetes.objects import encode
from dinero_operator.sandbox.kubernetes.resources import Json
from dinero_operator.sandbox.kubernetes.schema import LIST_TYPE, child, items_of, list_keys, property_of
from dinero_operator.sandbox.kubernetes.status import FieldError, Problem, Raw


def repeated(value: Any, schema: Json, path: str = "") -> Iterator[FieldError]:
    """Yield the entries that are there twice, and those of list-maps that are no objects."""
    if isinstance(value, dict):
        for name, inner in value.items():
            described = property_of(schema, name)
            if described:
                yield from repeated(inner, described, child(path, name))
    elif isinstance(value, list):
        yield from _repeated(value, schema, path)
        items = items_of(schema)
        if items:
            for index, inner in enumerate(value):
                yield from repeated(inner, items, f"{path}[{index}]")


def _repeated(value: list[Any], schema: Json, path: str) -> Iterator[FieldError]:
    keys = list_keys(schema)
    if not keys and schema.get(LIST_TYPE) != "set":
        return
    seen: dict[bytes, int] = {}
    for index, item in enumerate(value):
        where = f"{path}[{index}]"
        if keys and not isinstance(item, dict):
            if item is not None:
                detail = "must be an object for an array of list-type map"
                yield FieldError(Problem.INVALID, where, item, detail)
            continue
        identity = {key: item[key] for key in sorted(keys) if key in item} if keys else item
        print_of = encode(identity)
        seen[print_of] = seen.get(print_of, 0) + 1
        if seen[print_of] == 2:  # noqa: PLR2004 (told of once, however often it comes)
            shown = Raw(encode(identity).decode()) if isinstance(identity, dict | list) else identity
            yield FieldError(Problem.DUPLICATE, where, shown)
