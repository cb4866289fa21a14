"""Reading the protobuf bodies in which kubectl creates built-in kinds (``kubectl create secret``).

Only what kubectl sends so is known here; answers are always JSON, which every client takes.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from dinero_operator.sandbox.kubernetes.resources import Json
from dinero_operator.sandbox.kubernetes.status import bad_request

CONTENT_TYPE = "application/vnd.kubernetes.protobuf"

_MAGIC = b"k8s\x00"
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_TEXT, _BYTES, _FLAG, _NUMBER, _TIME = "text", "bytes", "flag", "number", "time"

Fields = dict[int, tuple[str, Any]]
"""Field number: name, and what it is. A list of one thing is repeated, ``("map", thing)`` a map from text."""

_META: Fields = {
    1: ("name", _TEXT),
    2: ("generateName", _TEXT),
    3: ("namespace", _TEXT),
    5: ("uid", _TEXT),
    6: ("resourceVersion", _TEXT),
    8: ("creationTimestamp", _TIME),
    11: ("labels", ("map", _TEXT)),
    12: ("annotations", ("map", _TEXT)),
    14: ("finalizers", [_TEXT]),
}
_LOCAL: Fields = {1: ("name", _TEXT)}
_RESOURCE: Fields = {
    1: ("namespace", _TEXT),
    2: ("verb", _TEXT),
    3: ("group", _TEXT),
    4: ("version", _TEXT),
    5: ("resource", _TEXT),
    6: ("subresource", _TEXT),
    7: ("name", _TEXT),
}
_KINDS: dict[str, Fields] = {
    "Secret": {
        1: ("metadata", _META),
        2: ("data", ("map", _BYTES)),
        3: ("type", _TEXT),
        4: ("stringData", ("map", _TEXT)),
        5: ("immutable", _FLAG),
    },
    "ConfigMap": {
        1: ("metadata", _META),
        2: ("data", ("map", _TEXT)),
        3: ("binaryData", ("map", _BYTES)),
        4: ("immutable", _FLAG),
    },
    "Namespace": {
        1: ("metadata", _META),
        2: ("spec", {1: ("finalizers", [_TEXT])}),
        3: ("status", {1: ("phase", _TEXT)}),
    },
    "ServiceAccount": {
        1: ("metadata", _META),
        3: ("imagePullSecrets", [_LOCAL]),
        4: ("automountServiceAccountToken", _FLAG),
    },
    "SelfSubjectAccessReview": {
        1: ("metadata", _META),
        2: (
            "spec",
            {
                1: ("resourceAttributes", _RESOURCE),
                2: ("nonResourceAttributes", {1: ("path", _TEXT), 2: ("verb", _TEXT)}),
            },
        ),
    },
    "SelfSubjectRulesReview": {1: ("metadata", _META), 2: ("spec", {1: ("namespace", _TEXT)})},
    "SelfSubjectReview": {1: ("metadata", _META)},
    "TokenRequest": {
        1: ("metadata", _META),
        2: ("spec", {1: ("audiences", [_TEXT]), 4: ("expirationSeconds", _NUMBER)}),
    },
}
_ENVELOPE: Fields = {1: ("type", {1: ("apiVersion", _TEXT), 2: ("kind", _TEXT)}), 2: ("raw", _BYTES)}


def decode(raw: bytes) -> Json:
    """The object in a protobuf body. Raises `ApiError` 400 where it cannot be read."""
    if not raw.startswith(_MAGIC):
        raise bad_request(
            "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
        )
    try:
        envelope = _message(raw[len(_MAGIC) :], _ENVELOPE)
        kind = envelope["type"]["kind"]
        fields = _KINDS.get(kind)
        if fields is None:
            raise bad_request(f"the sandbox's API reads {kind} as JSON only")
        return {**envelope["type"], **_message(base64.b64decode(envelope.get("raw", "")), fields)}
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise bad_request(f"proto: illegal wire type or truncated message: {error}") from error


def _message(raw: bytes, fields: Fields) -> Json:
    value: Json = {}
    for number, content in _parts(raw):
        if number not in fields:
            continue
        name, what = fields[number]
        if isinstance(what, list):
            value.setdefault(name, []).append(_content(content, what[0]))
        elif isinstance(what, tuple):
            entry = _message(_raw(content), {1: ("key", _TEXT), 2: ("value", what[1])})
            value.setdefault(name, {})[entry.get("key", "")] = entry.get("value", "")
        else:
            value[name] = _content(content, what)
    # Go writes empty texts where JSON would leave the field out.
    return {name: inner for name, inner in value.items() if inner != ""}


def _content(content: bytes | int, what: Any) -> Any:
    if isinstance(what, dict):
        return _message(_raw(content), what)
    match what:
        case "text":
            return _raw(content).decode()
        case "bytes":
            return base64.b64encode(_raw(content)).decode()
        case "flag":
            return bool(content)
        case "time":
            seconds = _message(_raw(content), {1: ("seconds", _NUMBER)}).get("seconds")
            return (
                None
                if seconds is None
                else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            )
        case _:
            return content


def _raw(content: bytes | int) -> bytes:
    if isinstance(content, int):
        raise IndexError("a number where bytes belong")
    return content


def _parts(raw: bytes) -> Iterator[tuple[int, bytes | int]]:
    position = 0
    while position < len(raw):
        tag, position = _varint(raw, position)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            content, position = _varint(raw, position)
            yield number, content
            continue
        if wire == _LENGTH:
            length, position = _varint(raw, position)
        elif wire in {_FIXED32, _FIXED64}:
            length = 8 if wire == _FIXED64 else 4
        else:
            raise IndexError(f"wire type {wire}")
        if position + length > len(raw):
            raise IndexError("unexpected end")
        yield number, raw[position : position + length]
        position += length


def _varint(raw: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        part = raw[position]
        value |= (part & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if part < 0x80:  # noqa: PLR2004 (the bit that says: more follows)
            return value, position
