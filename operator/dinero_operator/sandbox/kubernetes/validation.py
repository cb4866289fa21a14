"""Validation of a value against a structural schema, with the errors of kube-apiserver.

An update is ratcheted: what is wrong with a value that the update leaves as it is, is not held against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dinero_operator.sandbox.kubernetes.formats import has_format, pattern
from dinero_operator.sandbox.kubernetes.objects import encode
from dinero_operator.sandbox.kubernetes.resources import Json
from dinero_operator.sandbox.kubernetes.schema import INT_OR_STRING, child, items_of, list_keys
from dinero_operator.sandbox.kubernetes.status import FieldError, Problem

ABSENT: Any = object()
"""Stands for an earlier value where there was none."""
_LARGEST_JSON_INTEGER = 2**53 - 1
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is: its path, the path that messages show, and the field that general errors are told of."""

    path: str = ""
    shown: str = ""
    root: str = "<nil>"

    def member(self, name: str) -> Place:
        """A member of the object here."""
        return Place(child(self.path, name), child(self.shown, name), self.root)

    def entry(self, index: int) -> Place:
        """An entry of the list here."""
        return Place(f"{self.path}[{index}]", f"{self.shown}[{index}]", self.root)


def validate(value: Any, schema: Json, place: Place | None = None, old: Any = ABSENT) -> list[FieldError]:
    """Say what is wrong with the value. ``old`` is what stood there before an update."""
    place = place or Place()
    if value is None and (schema.get("nullable") or "type" not in schema):
        return []
    found = [*_validate(value, schema, place, old)]
    return [] if found and old is not ABSENT and is_same(value, old) else found


def is_same(value: Any, old: Any) -> bool:
    """Whether two JSON values are equal; true is not 1 there."""
    return (
        bool(value == old) and encode(value) == encode(old)
        if isinstance(value, bool | int | float)
        else bool(value == old)
    )


def _validate(value: Any, schema: Json, place: Place, old: Any) -> Iterator[FieldError]:
    wrong_type = _type_error(value, schema, place)
    if wrong_type is not None:
        yield wrong_type
    yield from _enum(value, schema, place)
    yield from _combined(value, schema, place)
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(value, schema, place)
    elif wrong_type is not None:
        return
    elif isinstance(value, str):
        yield from _string(value, schema, place)
    elif isinstance(value, dict):
        yield from _object(value, schema, place, old)
    elif isinstance(value, list):
        yield from _list(value, schema, place, old)


def type_name(value: Any) -> str:
    """The OpenAPI type of a JSON value."""
    return _kind(value)[0]


def _kind(value: Any) -> tuple[str, str]:
    """The OpenAPI type and format that the server takes a value for; whole numbers above int64 are no integers."""
    match value:
        case None:
            return "null", ""
        case bool():
            return "boolean", ""
        case int():
            return ("integer", "int64") if -(2**63) <= value < 2**63 else ("number", "float64")
        case float():
            return "number", "float64"
        case str():
            return "string", ""
        case list():
            return "array", ""
        case _:
            return "object", ""


def _is_whole(value: Any) -> bool:
    return abs(value) <= _LARGEST_JSON_INTEGER and float(value).is_integer()


def _type_error(value: Any, schema: Json, place: Place) -> FieldError | None:
    is_type, is_format = _kind(value)
    wanted = schema.get("type", is_type)
    if schema.get(INT_OR_STRING):
        if is_type in {"integer", "string"}:
            return None
        wanted = "integer,string"
    elif (
        is_type == wanted
        or (wanted == "number" and is_type == "integer")
        or (wanted == "integer" and is_type == "number" and _is_whole(value))
    ):
        return None
    if schema.get("format") and is_type not in {"string", "array", "null"}:
        # A real server then asks for the format, and has another name for what it has found.
        wanted, is_type = schema["format"], is_format
    elif schema.get("format") and wanted == "string" and is_type == "array":
        return None  # nobody looks at it there
    detail = f'{place.shown} in body must be of type {wanted}: "{is_type}"'
    return FieldError(Problem.TYPE, place.path, is_type, detail)


def _enum(value: Any, schema: Json, place: Place) -> Iterator[FieldError]:
    allowed = schema.get("enum")
    if allowed is not None and value not in allowed:
        listed = ", ".join(f'"{option}"' for option in allowed)
        yield FieldError(Problem.UNSUPPORTED, place.path, value, f"supported values: {listed}")


def _string(value: str, schema: Json, place: Place) -> Iterator[FieldError]:
    yield from _text(value, schema, place)
    name = schema.get("format")
    if name is not None and not has_format(value, name):
        detail = f'{place.shown} in body must be of type {name}: "{value}"'
        yield FieldError(Problem.TYPE, place.path, value, detail)


def _text(value: str, schema: Json, place: Place) -> Iterator[FieldError]:
    shortest, longest = schema.get("minLength"), schema.get("maxLength")
    wanted = schema.get("pattern")
    if longest is not None and len(value) > longest:
        yield FieldError(Problem.TOO_LONG, place.path, value, f"may not be more than {longest} bytes")
    elif shortest is not None and len(value) < shortest:
        detail = f"{place.shown} in body should be at least {shortest} chars long"
        yield FieldError(Problem.INVALID, place.path, value, detail)
    elif wanted is not None and not _matches(wanted, value):
        yield FieldError(Problem.INVALID, place.path, value, f"{place.shown} in body should match '{wanted}'")


def _matches(wanted: str, value: str) -> bool:
    try:
        return pattern(wanted).search(value) is not None
    except re.error:
        return False


def _number(value: float, schema: Json, place: Place) -> Iterator[FieldError]:
    if schema.get("type") == "integer" and _kind(value)[0] == "number" and not _is_whole(value):
        form = f"with format {schema['format']}" if schema.get("format") else "(default format)"
        detail = f"Checked value must be of type integer {form} in {place.shown}"
        yield FieldError(Problem.INVALID, place.root, "", detail)
    for bound_key, strict_key, holds, inclusive, exclusive in _BOUNDS:
        bound, strict = schema.get(bound_key), bool(schema.get(strict_key))
        if bound is not None and not holds(value, bound, strict):
            words = exclusive if strict else inclusive
            seen = value if _kind(value)[0] == "integer" else float(value)
            detail = f"{place.shown} in body should be {words} {bound}"
            yield FieldError(Problem.INVALID, place.path, seen, detail)
    step = schema.get("multipleOf")
    if step is not None and value % step:
        detail = f"{place.shown} in body should be a multiple of {step}"
        yield FieldError(Problem.INVALID, place.path, value, detail)
    if schema.get("format") == "int32" and type_name(value) == "integer" and not -(2**31) <= value < 2**31:
        detail = f"Checked value must be of type integer with format int32 in {place.shown}"
        yield FieldError(Problem.INVALID, place.root, "", detail)


def _object(value: Json, schema: Json, place: Place, old: Any) -> Iterator[FieldError]:
    for name in schema.get("required") or ():
        if name not in value:
            yield FieldError(Problem.REQUIRED, child(place.path, name))
    most, least = schema.get("maxProperties"), schema.get("minProperties")
    if most is not None and len(value) > most:
        yield FieldError(Problem.TOO_MANY, place.path, len(value), at_most(most))
    if least is not None and len(value) < least:
        detail = f"{place.shown} in body should have at least {least} properties"
        yield FieldError(Problem.INVALID, place.path, value, detail)
    properties = schema.get("properties") or {}
    extra = schema.get("additionalProperties")
    for name, inner in value.items():
        described = properties.get(name, extra)
        if isinstance(described, dict):
            before = old.get(name, ABSENT) if isinstance(old, dict) else ABSENT
            yield from validate(inner, described, place.member(name), before)


def _list(value: list[Any], schema: Json, place: Place, old: Any) -> Iterator[FieldError]:
    most, least = schema.get("maxItems"), schema.get("minItems")
    if most is not None and len(value) > most:
        yield FieldError(Problem.TOO_MANY, place.path, len(value), at_most(most))
    if least is not None and len(value) < least:
        detail = f"{place.shown} in body should have at least {least} items"
        yield FieldError(Problem.INVALID, place.path, len(value), detail)
    items = items_of(schema)
    if items:
        before = counterparts(old, list_keys(schema))
        for index, item in enumerate(value):
            yield from validate(item, items, place.entry(index), before(item))


def at_most(most: int) -> str:
    """The words for a list or a map that is too long."""
    return f"must have at most {most} item{'s' * (most != 1)}"


def counterparts(old: Any, keys: list[str]) -> Callable[[Any], Any]:
    """Find an entry's earlier state: only those of list-maps have one."""
    if not keys or not isinstance(old, list):
        return lambda _: ABSENT
    known = {_identity(entry, keys): entry for entry in old if isinstance(entry, dict)}
    return lambda item: known.get(_identity(item, keys), ABSENT) if isinstance(item, dict) else ABSENT


def _identity(item: Json, keys: list[str]) -> bytes:
    return encode([item.get(key) for key in keys])


def _combined(value: Any, schema: Json, place: Place) -> Iterator[FieldError]:
    for part in schema.get("allOf") or ():
        yield from validate(value, part, place)
    hits = {
        key: sum(not validate(value, part, place) for part in schema[key])
        for key in ("anyOf", "oneOf")
        if schema.get(key)
    }
    shown = value if not isinstance(value, dict | list) else type_name(value)
    if hits.get("anyOf") == 0:
        detail = f"{place.shown} in body must validate at least one schema (anyOf)"
        yield FieldError(Problem.INVALID, place.path, shown, detail)
    if hits.get("oneOf", 1) != 1:
        detail = f"{place.shown} in body must validate one and only one schema (oneOf)"
        yield FieldError(Problem.INVALID, place.path, shown, detail)
    if "not" in schema and not validate(value, schema["not"], place):
        detail = f"{place.shown} in body must not validate the schema (not)"
        yield FieldError(Problem.INVALID, place.path, shown, detail)
