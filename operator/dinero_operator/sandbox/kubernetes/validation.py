"""Validation of a value against a structural schema, with the errors of kube-apiserver."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from dinero_operator.sandbox.kubernetes.formats import has_format, pattern
from dinero_operator.sandbox.kubernetes.objects import encode
from dinero_operator.sandbox.kubernetes.resources import Json
from dinero_operator.sandbox.kubernetes.schema import INT_OR_STRING, LIST_TYPE, child, list_keys
from dinero_operator.sandbox.kubernetes.status import FieldError, Problem

_BOUNDS: tuple[tuple[str, str, Callable[[Any, Any, bool], bool], str, str], ...] = (
    (
        "minimum",
        "exclusiveMinimum",
        lambda value, bound, strict: value > bound if strict else value >= bound,
        "greater than or equal to",
        "greater than",
    ),
    (
        "maximum",
        "exclusiveMaximum",
        lambda value, bound, strict: value < bound if strict else value <= bound,
        "less than or equal to",
        "less than",
    ),
)


def validate(value: Any, schema: Json, path: str = "") -> Iterator[FieldError]:
    """Yield what is wrong with the value."""
    if value is None and (schema.get("nullable") or "type" not in schema):
        return
    wrong_type = _type_error(value, schema, path)
    if wrong_type is not None:
        yield wrong_type
        return
    yield from _enum(value, schema, path)
    yield from _combined(value, schema, path)
    if isinstance(value, str):
        yield from _string(value, schema, path)
    elif isinstance(value, dict):
        yield from _object(value, schema, path)
    elif isinstance(value, list):
        yield from _list(value, schema, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(value, schema, path)


def type_name(value: Any) -> str:
    """The OpenAPI type of a JSON value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _type_error(value: Any, schema: Json, path: str) -> FieldError | None:
    is_type = type_name(value)
    if schema.get(INT_OR_STRING):
        if is_type in {"integer", "string"}:
            return None
        wanted = "integer,string"
    else:
        wanted = schema.get("type", is_type)
        if is_type == wanted or (wanted == "number" and is_type == "integer"):
            return None
        if wanted == "integer" and is_type == "number" and float(value).is_integer():
            return None
    detail = f'{path} in body must be of type {wanted}: "{is_type}"'
    return FieldError(Problem.TYPE, path, is_type, detail)


def _enum(value: Any, schema: Json, path: str) -> Iterator[FieldError]:
    allowed = schema.get("enum")
    if allowed is not None and value not in allowed:
        listed = ", ".join(f'"{option}"' for option in allowed)
        yield FieldError(Problem.UNSUPPORTED, path, value, f"supported values: {listed}")


def _string(value: str, schema: Json, path: str) -> Iterator[FieldError]:
    shortest, longest = schema.get("minLength"), schema.get("maxLength")
    if longest is not None and len(value) > longest:
        yield FieldError(Problem.TOO_LONG, path, value, f"may not be more than {longest} bytes")
    if shortest is not None and len(value) < shortest:
        detail = f"{path} in body should be at least {shortest} chars long"
        yield FieldError(Problem.INVALID, path, value, detail)
    wanted = schema.get("pattern")
    if wanted is not None and not _matches(wanted, value):
        yield FieldError(Problem.INVALID, path, value, f"{path} in body should match '{wanted}'")
    name = schema.get("format")
    if name is not None and not has_format(value, name):
        detail = f'{path} in body must be of type {name}: "{value}"'
        yield FieldError(Problem.TYPE, path, value, detail)


def _matches(wanted: str, value: str) -> bool:
    try:
        return pattern(wanted).search(value) is not None
    except re.error:
        return False


def _number(value: float, schema: Json, path: str) -> Iterator[FieldError]:
    for bound_key, strict_key, holds, inclusive, exclusive in _BOUNDS:
        bound, strict = schema.get(bound_key), bool(schema.get(strict_key))
        if bound is not None and not holds(value, bound, strict):
            words = exclusive if strict else inclusive
            yield FieldError(Problem.INVALID, path, value, f"{path} in body should be {words} {bound}")
    step = schema.get("multipleOf")
    if step is not None and value % step:
        yield FieldError(Problem.INVALID, path, value, f"{path} in body should be a multiple of {step}")
    width = {"int32": 31, "int64": 63}.get(schema.get("format", ""))
    if width is not None and not -(2**width) <= value < 2**width:
        detail = f"{path} in body must be of type {schema['format']}: {value}"
        yield FieldError(Problem.TYPE, path, value, detail)


def _object(value: Json, schema: Json, path: str) -> Iterator[FieldError]:
    for name in schema.get("required") or ():
        if name not in value:
            yield FieldError(Problem.REQUIRED, child(path, name))
    most, least = schema.get("maxProperties"), schema.get("minProperties")
    if most is not None and len(value) > most:
        yield FieldError(Problem.TOO_MANY, path, len(value), f"must have at most {most} items")
    if least is not None and len(value) < least:
        detail = f"{path} in body should have at least {least} properties"
        yield FieldError(Problem.INVALID, path, value, detail)
    properties = schema.get("properties") or {}
    extra = schema.get("additionalProperties")
    for name, inner in value.items():
        described = properties.get(name, extra)
        if isinstance(described, dict):
            yield from validate(inner, described, child(path, name))


def _list(value: list[Any], schema: Json, path: str) -> Iterator[FieldError]:
    most, least = schema.get("maxItems"), schema.get("minItems")
    if most is not None and len(value) > most:
        yield FieldError(Problem.TOO_MANY, path, len(value), f"must have at most {most} items")
    if least is not None and len(value) < least:
        detail = f"{path} in body should have at least {least} items"
        yield FieldError(Problem.INVALID, path, len(value), detail)
    items = schema.get("items")
    if isinstance(items, dict):
        for index, item in enumerate(value):
            yield from validate(item, items, f"{path}[{index}]")
    yield from _unique(value, schema, path)


def _unique(value: list[Any], schema: Json, path: str) -> Iterator[FieldError]:
    keys = list_keys(schema)
    if not keys and schema.get(LIST_TYPE) != "set":
        return
    seen: set[bytes] = set()
    for index, item in enumerate(value):
        if keys and not isinstance(item, dict):
            continue
        identity = {key: item[key] for key in keys if key in item} if keys else item
        print_of = encode(identity)
        if print_of in seen:
            yield FieldError(Problem.DUPLICATE, f"{path}[{index}]", identity)
        seen.add(print_of)


def _combined(value: Any, schema: Json, path: str) -> Iterator[FieldError]:
    for part in schema.get("allOf") or ():
        yield from validate(value, part, path)
    hits = {
        key: sum(not any(validate(value, part, path)) for part in schema[key])
        for key in ("anyOf", "oneOf")
        if schema.get(key)
    }
    shown = value if not isinstance(value, dict | list) else type_name(value)
    if hits.get("anyOf") == 0:
        detail = f"{path} in body must validate at least one schema (anyOf)"
        yield FieldError(Problem.INVALID, path, shown, detail)
    if hits.get("oneOf", 1) != 1:
        detail = f"{path} in body must validate one and only one schema (oneOf)"
        yield FieldError(Problem.INVALID, path, shown, detail)
    if "not" in schema and not any(validate(value, schema["not"], path)):
        detail = f"{path} in body must not validate the schema (not)"
        yield FieldError(Problem.INVALID, path, shown, detail)
