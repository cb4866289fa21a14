"""For each constraint of the CRD: values at its edge, just inside and just outside, and what the server says of those."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Path = tuple[str, ...]
"""From the resource to a field; ``[]`` is the first item of a list."""
ABSENT = object()
WRONG_TYPE = {"object": "x", "string": 7, "integer": "x", "boolean": "x", "array": {}}
HANDLED = {
    *(
        "type",
        "required",
        "enum",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "maxItems",
        "pattern",
        "format",
    ),
    "x-kubernetes-list-map-keys",
}
"""Keywords that this module tries. What it leaves to others are defaults, rules, and what constrains nothing."""
NOT_TRIED = {
    *("properties", "items", "description", "default", "x-kubernetes-validations", "x-kubernetes-list-type"),
}


@dataclass(frozen=True, slots=True)
class Texts:
    """Strings for a pattern: of any length that fits it, and one that does not fit whatever its length."""

    of: Callable[[int], str]
    bad: str


BY_PATTERN = {
    r"^https?://[^\s/?#@]+(/[^\s?#@]*)?$": Texts(lambda n: "http://a"[:n].ljust(n, "a"), "ftp://example.com"),
    "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$": Texts(lambda n: "a" * n, "Shop"),
    "^[A-Za-z0-9._-]+$": Texts(lambda n: "k" * n, "a/b"),
    "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$": Texts(lambda n: "Z" * n, "Europe/Copenhagen/"),
    "^[A-Z]{3}$": Texts(lambda n: "E" * n, "dkk"),
    r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$": Texts(lambda n: ("1" + "1m" * (n // 2))[-n:], "5 minutes"),
    "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$": Texts(
        lambda n: ("5f0e8a52-6a0c-4b2e-9d53-0d1f6c1b7a10" + "0" * n)[:n],
        "5f0e8a52-6a0c-4b2e-9d53-0d1f6c1b7a1g",
    ),
    r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$": Texts(
        lambda n: "R" * n, "Ready-"
    ),
    "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$": Texts(lambda n: "R" * n, "Not ready"),
    "^[A-Za-z][A-Za-z0-9]*$": Texts(lambda n: "R" * n, "Not-ready"),
}
BY_FORMAT = {
    "date": Texts(lambda n: "2026-11-01"[:n].ljust(n, "0"), "2026-13-01"),
    "date-time": Texts(lambda n: "2026-11-01T10:00:00." + "0" * (n - 21) + "Z", "2026-11-01 at ten"),
    "uuid": BY_PATTERN["^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"],
}
# å has two bytes: lengths are counted in characters.
PLAIN = Texts(lambda n: "å" * n, "")


@dataclass(frozen=True, slots=True)
class Case:
    """A value for a field, ``ABSENT`` to leave it out, and the message if it is to be refused."""

    keyword: str
    path: Path
    value: Any
    message: str = ""

    def put_into(self, manifest: Json) -> Json:
        """The manifest with this value."""
        manifest = copy.deepcopy(manifest)
        *way, last = self.path
        place: Any = manifest
        for part in way:
            place = place[0] if part == "[]" else place[part]
        if self.value is ABSENT:
            del place[last]
        else:
            place[0 if last == "[]" else last] = self.value
        return manifest


def nodes(schema: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """All of a schema, from above; not the server's own fields."""
    yield path, schema
    for name, child in schema.get("properties", {}).items():
        if path or name in {"spec", "status"}:
            yield from nodes(child, (*path, name))
    if "items" in schema:
        yield from nodes(schema["items"], (*path, "[]"))


@dataclass(frozen=True, slots=True)
class Field:
    """A node of the schema, and what stands there in a manifest that has everything."""

    path: Path
    node: Json
    present: Any

    @property
    def shown(self) -> str:
        """Its place in the message itself: a status is validated apart from the rest."""
        return spelled(self.path[1:] if self.path[0] == "status" else self.path)

    def case(self, keyword: str, value: Any, message: str = "") -> Case:
        """A case; the message is what follows the path."""
        return Case(keyword, self.path, value, f"{spelled(self.path)}: {message}" if message else "")

    def invalid(self, keyword: str, value: Any, must: str, shown: str = "") -> Case:
        """A value that is refused as invalid."""
        seen = shown or (f'"{value}"' if isinstance(value, str) else str(value))
        return self.case(keyword, value, f"Invalid value: {seen}: {self.shown} in body {must}")


def cases(path: Path, node: Json, full: Json) -> Iterator[Case]:
    """Each keyword of a node, tried. ``full`` is a manifest with every field."""
    assert set(node) <= HANDLED | NOT_TRIED, set(node) - HANDLED - NOT_TRIED
    for name in node.get("required", ()):
        child = (*path, name)
        yield Case("required", child, ABSENT, f"{spelled(child)}: Required value")
    if not path:
        return
    present: Any = full
    for part in path:
        present = present[0] if part == "[]" else present[part]
    field = Field(path, node, present)
    yield from _types(field)
    yield from _choices(field)
    yield from _texts(field)
    yield from _bounds(field)
    yield from _lists(field)


def _types(field: Field) -> Iterator[Case]:
    yield field.case("type", field.present)
    wrong = WRONG_TYPE[field.node["type"]]
    seen = {str: "string", int: "integer", dict: "object"}[type(wrong)]
    wanted = field.node["type"]
    if wanted == "string" and "format" in field.node:
        # The server asks for the format instead, and has another name for what it found.
        wanted, seen = field.node["format"], "int64"
    yield field.invalid("type", wrong, f'must be of type {wanted}: "{seen}"', f'"{seen}"')


def _choices(field: Field) -> Iterator[Case]:
    choices = field.node.get("enum", [])
    for choice in choices:
        yield field.case("enum", choice)
    if choices:
        supported = ", ".join(f'"{choice}"' for choice in choices)
        yield field.case("enum", "Else", f'Unsupported value: "Else": supported values: {supported}')


def _texts(field: Field) -> Iterator[Case]:
    node = field.node
    if node["type"] != "string" or "enum" in node:
        return
    pattern, form = node.get("pattern"), node.get("format")
    texts = BY_PATTERN[pattern] if pattern else BY_FORMAT[form] if form else PLAIN
    if low := node.get("minLength"):
        yield field.case("minLength", texts.of(low))
        yield field.invalid("minLength", texts.of(low - 1), f"should be at least {low} chars long")
    high = node["maxLength"]
    yield field.case("maxLength", texts.of(high))
    yield field.case("maxLength", texts.of(high + 1), f"Too long: may not be more than {high} bytes")
    if pattern:
        yield field.invalid("pattern", texts.bad, f"should match '{pattern}'")
    if form:
        yield field.invalid("format", texts.bad, f'must be of type {form}: "{texts.bad}"')


def _bounds(field: Field) -> Iterator[Case]:
    node = field.node
    if "minimum" in node:
        low = node["minimum"]
        yield field.case("minimum", low)
        yield field.invalid("minimum", low - 1, f"should be greater than or equal to {low}")
    if "maximum" in node:
        high = node["maximum"]
        yield field.case("maximum", high)
        yield field.invalid("maximum", high + 1, f"should be less than or equal to {high}")
    elif node.get("format") == "int64":
        yield field.case("format", 2**63 - 1)
        yield field.invalid("format", 2**63, 'must be of type int64: "float64"', '"float64"')


def _lists(field: Field) -> Iterator[Case]:
    node = field.node
    if node["type"] != "array":
        return
    first, most, keys = field.present[0], node["maxItems"], node.get("x-kubernetes-list-map-keys", [])
    items = [first | {key: f"{first[key]}{n}" for key in keys} for n in range(most + 1)]
    yield field.case("maxItems", items[:-1])
    yield field.case("maxItems", items, f"Too many: {most + 1}: must have at most {most} items")
    if keys:
        same = ",".join(f'"{key}":"{first[key]}"' for key in keys)
        message = f"{spelled(field.path)}[1]: Duplicate value: {{{same}}}"
        twice = [first, first | {"message": "Another."}]
        yield Case("x-kubernetes-list-map-keys", field.path, twice, message)


def spelled(path: Path) -> str:
    """A path as the server's messages spell it."""
    return ".".join(path).replace(".[]", "[0]")
