"""The JSONPath of printer columns and CRD field paths: names, indexes, wildcards, descent and filters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

_TOKEN = re.compile(
    r"""\.\.(?P<deep>[\w-]+)
    | \.(?P<name>(?:\\.|[^.\[\]\\])+)
    | \[\s*'(?P<single>[^']*)'\s*\] | \[\s*"(?P<double>[^"]*)"\s*\]
    | \[\?\((?P<filter>.*?)\)\]
    | \[(?P<slice>-?\d*:-?\d*)\]
    | \[(?P<index>-?\d+)\]
    | \[(?P<all>\*)\]""",
    re.VERBOSE,
)
_FILTER = re.compile(r"^\s*@(?P<path>[^=!<>\s]*)\s*(?:(?P<op>==|!=|<=|>=|<|>)\s*(?P<value>.+?))?\s*$")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}

Step = Callable[[Any], Iterator[Any]]


class JsonPath:
    """A compiled path such as ``.status.conditions[?(@.type=="Ready")].status``.

    Raises ``ValueError`` where it cannot be read.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._steps = _compile(text)

    def all(self, value: Any) -> list[Any]:
        """Everything that the path points at."""
        found = [value]
        for step in self._steps:
            found = [hit for item in found for hit in step(item)]
        return found

    def first(self, value: Any) -> Any:
        """The first hit, or ``None``."""
        found = self.all(value)
        return found[0] if found else None


@lru_cache(maxsize=512)
def _compile(text: str) -> tuple[Step, ...]:
    body = text.strip().removeprefix("{").removesuffix("}").removeprefix("$")
    if body and body[0] not in ".[":
        body = "." + body
    steps: list[Step] = []
    position = 0
    while position < len(body):
        found = _TOKEN.match(body, position)
        if found is None or not found.lastgroup:
            raise ValueError(f"not a JSONPath: {text!r}, at {body[position:]!r}")
        steps.append(_step(found.lastgroup, found[found.lastgroup]))
        position = found.end()
    return tuple(steps)


def _step(kind: str, text: str) -> Step:
    match kind:
        case "name":
            return _wildcard if text == "*" else _name(re.sub(r"\\(.)", r"\1", text))
        case "single" | "double":
            return _name(text)
        case "deep":
            return lambda value: _descend(value, text)
        case "all":
            return _wildcard
        case "filter":
            return _filter(text)
        case "index":
            return _slice(slice(int(text), int(text) + 1 or None))
        case _:
            low, _, high = text.partition(":")
            return _slice(slice(int(low) if low else None, int(high) if high else None))


def _name(name: str) -> Step:
    def step(value: Any) -> Iterator[Any]:
        if isinstance(value, dict) and name in value:
            yield value[name]

    return step


def _slice(part: slice) -> Step:
    def step(value: Any) -> Iterator[Any]:
        if isinstance(value, list):
            yield from value[part]

    return step


def _wildcard(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif isinstance(value, dict):
        yield from value.values()


def _descend(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, dict) and name in value:
        yield value[name]
    for inner in _wildcard(value):
        yield from _descend(inner, name)


def _filter(text: str) -> Step:
    found = _FILTER.match(text)
    if found is None:
        raise ValueError(f"not a JSONPath filter: {text!r}")
    path = JsonPath(found["path"])
    operator, literal = found["op"], found["value"]
    wanted = None if literal is None else _literal(literal)

    def keeps(item: Any) -> bool:
        hits = path.all(item)
        if operator is None or not hits:
            return bool(hits)
        try:
            return _COMPARE[operator](hits[0], wanted)
        except TypeError:
            return False

    return lambda value: (item for item in _wildcard(value) if keeps(item))


def _literal(text: str) -> Any:
    if text[0] == text[-1] == "'":
        return text[1:-1]
    try:
        return json.loads(text)
    except ValueError:
        raise ValueError(f"not a literal in a JSONPath filter: {text!r}") from None
