"""Sets of fields: what of two states differs, what an applied configuration says, and the form of ``fieldsV1``.

A field is a path of the parts that ``fieldsV1`` names: ``f:`` a member, ``k:`` an entry of a list-map by its keys, ``v:``
an entry of a set. A map or an entry can be in a set itself beside what is in it; ``fieldsV1`` writes that as a dot.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dinero_operator.sandbox.kubernetes.resources import Json
from dinero_operator.sandbox.kubernetes.schema import LIST_TYPE, items_of, list_keys, property_of

Path = tuple[str, ...]
Fields = set[Path]
_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a newer state has more, otherwise and less than an older one."""

    added: Fields = field(default_factory=set)
    modified: Fields = field(default_factory=set)
    removed: Fields = field(default_factory=set)


def is_granular(value: Any, schema: Json) -> bool:
    """Whether a map or a list can have several owners; all else is one field."""
    if isinstance(value, dict):
        return schema.get("x-kubernetes-map-type") != "atomic"
    if isinstance(value, list):
        keys = list_keys(schema)
        return schema.get(LIST_TYPE) == "set" or bool(keys and all(isinstance(item, dict) for item in value))
    return False


def parts(value: Any, schema: Json) -> Iterator[tuple[str, Any, Json]]:
    """What is directly in a granular map or list: the part of the path, the value, and its schema."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"f:{name}", inner, property_of(schema, name)
        return
    keys = list_keys(schema)
    for item in value:
        yield part_of(item, keys), item, items_of(schema)


def part_of(item: Any, keys: list[str]) -> str:
    """The name of a list's entry."""
    if not keys:
        return "v:" + _compact(item)
    return "k:" + _compact({key: item[key] for key in sorted(keys) if key in item})


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def compare(old: Any, new: Any, schema: Json) -> Comparison:
    """Say what differs between two states of an object."""
    found = Comparison()
    _compare(old, new, schema, (), found)
    return found


def _compare(old: Any, new: Any, schema: Json, path: Path, found: Comparison) -> None:
    shown = old if new is _ABSENT or new is None else new
    empty = not (old if old is not _ABSENT else None) and not (new if new is not _ABSENT else None)
    alike = old is _ABSENT or old is None or new is _ABSENT or new is None or type(old) is type(new)
    if empty or not alike or not is_granular(shown, schema):
        if old is _ABSENT:
            found.added.add(path)
        elif new is _ABSENT:
            found.removed.add(path)
        elif old != new or type(old) is not type(new):
            found.modified.add(path)
        return
    before = {part: inner for part, inner, _ in parts(old, schema)} if old not in (_ABSENT, None) else {}
    after = {part: inner for part, inner, _ in parts(new, schema)} if new not in (_ABSENT, None) else {}
    for part in before | after:
        inner = property_of(schema, part[2:]) if part[0] == "f" else items_of(schema)
        _compare(before.get(part, _ABSENT), after.get(part, _ABSENT), inner, (*path, part), found)
    if path and old is _ABSENT:
        found.added.add(path)
    elif path and new is _ABSENT:
        found.removed.add(path)


def said(value: Any, schema: Json, path: Path = ()) -> Fields:
    """The fields that an applied configuration says something about."""
    if not is_granular(value, schema):
        return {path} if path else set()
    found: Fields = set()
    for part, inner, inner_schema in parts(value, schema):
        at = (*path, part)
        found |= said(inner, inner_schema, at)
        # A map that is described field by field is no field itself; the entries of free maps and of lists are.
        if inner in (None, {}) or part[0] != "f" or part[2:] not in (schema.get("properties") or {}):
            found.add(at)
    return found


def with_parents(fields: Fields, schema: Json) -> Fields:
    """The fields, and the described maps that they are in."""
    found = set(fields)
    for path in fields:
        node = schema
        for depth, part in enumerate(path[:-1], 1):
            if part[0] == "f" and part[2:] in (node.get("properties") or {}):
                found.add(path[:depth])
            node = property_of(node, part[2:]) if part[0] == "f" else items_of(node)
    return found


def without(value: Any, fields: Fields, schema: Json, path: Path = ()) -> Any:
    """The value without some of its fields, and all that is in them. What loses its last member becomes null."""
    if not is_granular(value, schema) or not value:
        return value
    kept = [
        (part, without(inner, fields, inner_schema, (*path, part)))
        for part, inner, inner_schema in parts(value, schema)
        if (*path, part) not in fields
    ]
    if not kept:
        return None
    return (
        {part[2:]: inner for part, inner in kept} if isinstance(value, dict) else [inner for _, inner in kept]
    )


def shown(path: Path) -> str:
    """A field as messages name it."""
    return "".join(f".{part[2:]}" if part[0] == "f" else shown_part(part) for part in path)


def shown_part(part: str) -> str:
    """A list's entry as messages name it."""
    if part[0] == "v":
        return f"[={part[2:]}]"
    return "[" + ",".join(f"{key}={_compact(value)}" for key, value in json.loads(part[2:]).items()) + "]"


def to_v1(fields: Fields) -> Json:
    """The set as ``fieldsV1``."""
    tree: Json = {}
    for path in sorted(fields):  # a map comes before what is in it
        node = tree
        for part in path:
            node = node.setdefault(part, {})
    for path in sorted(fields):
        node = tree
        for part in path:
            node = node[part]
        if node:
            node["."] = {}
    return tree


def from_v1(tree: Json, path: Path = ()) -> Fields:
    """Read ``fieldsV1``."""
    found: Fields = set()
    for part, inner in tree.items():
        if part == ".":
            found.add(path)
        elif inner:
            found |= from_v1(inner, (*path, part))
        else:
            found.add((*path, part))
    return found
