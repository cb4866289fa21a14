"""Built-in kinds and metadata as Go's structs take them: what does not fit, in its words, and how it is written again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from dinero_operator.sandbox.kubernetes.bodies import go_kind
from dinero_operator.sandbox.kubernetes.resources import Json
from dinero_operator.sandbox.kubernetes.schema import PRESERVE, items_of, property_of

STRUCT = "x-go-struct"
"""Name of the struct that an object is read into."""
POINTER = "x-go-pointer"
"""The field tells what is empty from what is missing."""
_WIDTHS = {"int32": 31, "int64": 63}
_TIME = ("2006-01-02T15:04:05Z07:00", "date-time")
_MICRO = ("2006-01-02T15:04:05.000000Z07:00", "micro-time")
_CLOCK: tuple[tuple[str, str], ...] = (
    *(("2006", r"\d{4}"), ("-", "-"), ("01", r"\d\d"), ("-", "-"), ("02", r"\d\d"), ("T", "T")),
    *(("15", r"\d\d"), (":", ":"), ("04", r"\d\d"), (":", ":"), ("05", r"\d\d")),
)
_ZONE = ("Z07:00", r"Z|[+-]\d\d:\d\d")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


def misfit(value: Any, schema: Json, struct: str, path: str = "") -> str:
    """The first thing that does not fit a struct, or nothing."""
    return next(_misfits(value, schema, struct, path), "")


def _misfits(value: Any, schema: Json, struct: str, path: str) -> Iterator[str]:
    if value is None or not schema.get("type"):
        return
    fits = {"object": dict, "array": list, "boolean": bool, "integer": int, "string": str}[schema["type"]]
    kind = go_kind(value)
    if schema["type"] == "integer" and kind == "number":
        width = _WIDTHS[schema.get("format", "int64")]
        if not isinstance(value, int) or not -(2**width) <= value < 2**width:
            yield _refusal(f"number {value}", struct, path, _go_type(schema))
    elif not isinstance(value, fits) or (fits is int and kind == "bool"):
        yield _refusal(kind, struct, path, _go_type(schema))
    elif isinstance(value, str):
        yield from filter(None, [_text_error(value, schema)])
    elif not schema.get(PRESERVE):
        yield from _within(value, schema, struct, path)


def _within(value: Any, schema: Json, struct: str, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _misfits(inner, items_of(schema), struct, path)
    elif isinstance(value, dict):
        inner_struct = schema.get(STRUCT, struct)
        for name, inner in value.items():
            at = f"{path}.{name}" if path else name
            known = name in (schema.get("properties") or {})
            yield from _misfits(inner, property_of(schema, name), inner_struct, at if known else path)


def _refusal(kind: str, struct: str, path: str, wanted: str) -> str:
    into = f"struct field {struct}.{path}" if path else "value"
    return f"json: cannot unmarshal {kind} into Go {into} of type {wanted}"


def _go_type(schema: Json) -> str:
    match schema["type"]:
        case "object" if STRUCT in schema:
            return f"v1.{schema[STRUCT]}"
        case "object":
            return f"map[string]{_go_type(schema.get('additionalProperties') or {'type': 'string'})}"
        case "array":
            return f"[]{_go_type(items_of(schema))}"
        case "boolean":
            return "bool"
        case "integer":
            return str(schema.get("format", "int64"))
        case _:
            return "[]uint8" if schema.get("format") == "byte" else "string"


def _text_error(text: str, schema: Json) -> str:
    match schema.get("format"):
        case "byte":
            return base64_error(text)
        case "date-time":
            return _time_error(text, *_TIME)
        case "micro-time":
            return _time_error(text, *_MICRO)
        case _:
            return ""


def base64_error(text: str) -> str:
    """What is wrong with a base64 text, or nothing."""
    bare = text.replace("\n", "").replace("\r", "")
    body = bare.rstrip("=")
    found = _NOT_BASE64.search(body)
    padding = len(bare) - len(body)
    if found is None and len(bare) % 4 == 0 and padding < 3 and len(body) % 4 != 1:  # noqa: PLR2004 (groups of 4)
        return ""
    at = found.start() if found else len(body) if padding else len(bare) - len(bare) % 4
    return f"illegal base64 data at input byte {at}"


def _time_error(text: str, layout: str, name: str) -> str:
    rest = text
    micro = ((".000000", r"\.\d{6}"),) if name == "micro-time" else (("", r"(\.\d+)?"),)
    said = f'parsing time "{text}" as "{layout}": '
    for token, pattern in (*_CLOCK, *micro, _ZONE):
        found = re.match(pattern, rest, re.ASCII)
        if found is None:
            return f'{said}cannot parse "{rest}" as "{token}"'
        rest = rest[found.end() :]
    if rest:
        return f'{said}extra text: "{rest}"'
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return f'parsing time "{text}": day out of range'
    return ""


def written(value: Any, schema: Json) -> Any:
    """A value that fits, as Go writes it again: without what is empty, and with times in UTC."""
    if isinstance(value, dict) and not schema.get(PRESERVE):
        kept = {}
        for name, inner in value.items():
            described = property_of(schema, name)
            is_entry = name not in (schema.get("properties") or {})
            again = written(inner, described)
            if is_entry and inner is None:
                again = ""  # the zero value of a map's entry
            elif not is_entry and _is_left_out(again, described):
                continue
            kept[name] = again
        return kept
    if isinstance(value, list):
        return [written(inner, items_of(schema)) for inner in value]
    if isinstance(value, str) and schema.get("format") in {"date-time", "micro-time"}:
        moment = datetime.fromisoformat(value).astimezone(UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S" + (".%fZ" if schema["format"] == "micro-time" else "Z"))
    return value


def _is_left_out(value: Any, schema: Json) -> bool:
    if value is None:
        return not schema.get("nullable") or bool(schema.get(POINTER))
    if schema.get(POINTER) or schema.get(STRUCT) or schema.get(PRESERVE):
        return False
    return value in ("", {}, []) or (value == 0 and not isinstance(value, bool))
