"""What comes in the body of a request: JSON or YAML, read as strictly as Go reads it and refused in its words."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import yaml

from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.schema import child
from dinero_operator.sandbox.kubernetes.status import ApiError, bad_request

_HEAD = (
    'json: cannot unmarshal {} into Go value of type struct {{ APIVersion string "json:\\"apiVersion,omitempty\\""; '
    'Kind string "json:\\"kind,omitempty\\"" }}'
)
_SHOWN = 30
_EXPECTED = {
    "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
    "Illegal trailing comma before end of object": "looking for beginning of object key string",
    "Expecting ':' delimiter": "after object key",
    "Expecting ',' delimiter": "after object key:value pair",
    "Extra data": "after top-level value",
    "Expecting value": "looking for beginning of value",
}
_YAML_WORDS = {
    "expected the node content": "did not find expected node content",
    "mapping values are not allowed": "mapping values are not allowed in this context",
}
_LITERALS = ("true", "false", "null")


class Unreadable(ValueError):
    """A text is no JSON or YAML. ``str()`` is what Go says of it."""


class Doubled(dict[str, Any]):
    """An object in which a name comes twice. The last value counts."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.names = sorted(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)


class _Loader(yaml.SafeLoader):
    """YAML as Kubernetes reads it: dates are texts, and y and n are booleans."""


_Loader.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in found if not tag.endswith((":timestamp", ":value"))]
    for sign, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^[yYnN]$"), list("yYnN"))
_Loader.bool_values = {**yaml.SafeLoader.bool_values, "y": True, "n": False}


def go_kind(value: Any) -> str:
    """What Go's decoder calls a JSON value."""
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
        case _:
            return "null"


def read_json(raw: bytes) -> Any:
    """Read JSON. Objects in which a name comes twice are `Doubled`. Raises `Unreadable`."""
    try:
        return json.loads(raw, object_pairs_hook=_object, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Unreadable(_go_syntax(error)) from error
    except ValueError as error:
        raise Unreadable(str(error)) from error


def _object(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Doubled(pairs)


def _no_number(text: str) -> None:
    raise ValueError(f"invalid character '{text[0]}' looking for beginning of value")


def _go_syntax(error: json.JSONDecodeError) -> str:
    rest = error.doc[error.pos :]
    if error.msg == "Illegal trailing comma before end of object":
        rest = rest[1:].lstrip()
    if not rest.strip():
        return "unexpected end of JSON input"
    literal = next((word for word in _LITERALS if word[0] == rest[0]), "")
    if error.msg == "Expecting value" and literal:
        at = next((i for i, sign in enumerate(literal) if rest[i : i + 1] != sign), 0)
        if len(rest) <= at:
            return "unexpected end of JSON input"
        return f"invalid character '{rest[at]}' in literal {literal} (expecting '{literal[at]}')"
    return f"invalid character '{rest[0]}' {_EXPECTED.get(error.msg, 'in string literal')}"


def read_yaml(raw: bytes) -> Any:
    """Read YAML, or the JSON that is its subset. Raises `Unreadable`."""
    try:
        return yaml.load(raw, _Loader)  # noqa: S506 - a safe loader with fewer types
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark is not None else ""
        said = str(getattr(error, "problem", None) or error)
        for ours, theirs in _YAML_WORDS.items():
            said = theirs if ours in said else said
        if mark is not None and mark.line == 0 and "mapping values" in said:
            line = ""
        raise Unreadable(f"yaml: {line}{said}") from error


def outline(raw: bytes, resource: Resource, *, is_yaml: bool) -> Json:
    """Read an object whose kind is to be found in it, or by the path of a built-in one. Raises `ApiError` 400."""
    try:
        value = read_yaml(raw) if is_yaml else read_json(raw)
    except Unreadable as error:
        raise _unrecognized(resource, raw, str(error) if is_yaml else _found_no_kind(str(error))) from error
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise _unrecognized(resource, raw, _found_no_kind(_HEAD.format(go_kind(value))))
    for name in ("apiVersion", "kind"):
        if not isinstance(value.get(name, ""), str | None):
            said = (
                f"json: cannot unmarshal {go_kind(value[name])} into Go struct field .{name} of type string"
            )
            raise _unrecognized(resource, raw, _found_no_kind(said))
    if not value.get("kind"):
        if resource.custom:
            raise _unrecognized(
                resource, raw, f"Object 'Kind' is missing in '{raw.decode(errors='replace')}'"
            )
        value["kind"] = resource.kind
    if not value.get("apiVersion") and not resource.custom:
        value["apiVersion"] = resource.api_version
    return value


def _found_no_kind(said: str) -> str:
    return f"couldn't get version/kind; json parse error: {said}"


def _unrecognized(resource: Resource, raw: bytes, said: str) -> ApiError:
    if not raw:
        shown = "<empty>"
    elif raw[:1] == b"{":
        shown = raw[:_SHOWN].decode(errors="replace") + (" ..." if len(raw) > _SHOWN else "")
    else:
        shown = raw[:_SHOWN].hex() + (" ..." if len(raw) > _SHOWN else "")
    return bad_request(
        f"the object provided is unrecognized (must be of type {resource.kind}): {said} ({shown})"
    )


def doubled_fields(value: Any, path: str = "") -> Iterator[str]:
    """Paths of the fields that came twice."""
    if isinstance(value, dict):
        if isinstance(value, Doubled):
            yield from (child(path, name) for name in value.names)
        for name, inner in value.items():
            yield from doubled_fields(inner, child(path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from doubled_fields(inner, f"{path}[{index}]")
