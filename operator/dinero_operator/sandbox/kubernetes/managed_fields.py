"""Who has set which field: ``metadata.managedFields``, and server-side apply on top of it."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.schema import LIST_TYPE, items_of, list_keys, property_of
from dinero_operator.sandbox.kubernetes.status import ApiError

Path = tuple[str, ...]

_UNTRACKED = {("f:apiVersion",), ("f:kind",)} | {
    ("f:metadata", f"f:{name}")
    for name in (
        "name",
        "generateName",
        "namespace",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "managedFields",
        "selfLink",
    )
}


@dataclass(frozen=True, slots=True)
class Manager:
    """Who writes: the client's name for itself, and how."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""

    @classmethod
    def of(cls, entry: Json) -> Manager:
        """The manager of an entry."""
        return cls(
            entry.get("manager", ""),
            entry.get("operation", ""),
            entry.get("apiVersion", ""),
            entry.get("subresource", ""),
        )


def leaves(value: Any, schema: Json, path: Path = ()) -> dict[Path, Any]:
    """The fields that can have an owner, with their values; atomic lists are one field."""
    if path in _UNTRACKED:
        return {}
    if isinstance(value, dict) and value and schema.get("x-kubernetes-map-type") != "atomic":
        found: dict[Path, Any] = {}
        for name, inner in value.items():
            found.update(leaves(inner, property_of(schema, name), (*path, f"f:{name}")))
        return found
    if isinstance(value, list) and value:
        keys = list_keys(schema)
        if keys and all(isinstance(item, dict) for item in value):
            found = {}
            for item in value:
                at = (*path, _key_of(item, keys))
                found[(*at, ".")] = None
                found.update(leaves(item, items_of(schema), at))
            return found
        if schema.get(LIST_TYPE) == "set":
            return {(*path, f"v:{json.dumps(item)}"): None for item in value}
    return {path: value}


def _key_of(item: Json, keys: list[str]) -> str:
    return "k:" + json.dumps({key: item.get(key) for key in keys}, separators=(",", ":"))


def _to_fields(paths: set[Path]) -> Json:
    tree: Json = {}
    for path in sorted(paths):
        node = tree
        for part in path:
            node = node.setdefault(part, {})
    return tree


def _from_fields(tree: Json, path: Path = ()) -> set[Path]:
    found: set[Path] = set()
    for part, inner in tree.items():
        found |= _from_fields(inner, (*path, part)) if inner else {(*path, part)}
    return found


def _owned(entries: list[Json] | None) -> dict[Manager, set[Path]]:
    return {Manager.of(entry): _from_fields(entry.get("fieldsV1") or {}) for entry in entries or () if entry}


def _entries(owned: dict[Manager, set[Path]], before: list[Json], writer: Manager, time: str) -> list[Json]:
    times = {Manager.of(entry): entry for entry in before if entry}
    entries = []
    for manager, paths in owned.items():
        if not paths:
            continue
        fields = _to_fields(paths)
        known = times.get(manager)
        unchanged = known is not None and (manager != writer or known.get("fieldsV1") == fields)
        entry: Json = {
            "manager": manager.name,
            "operation": manager.operation,
            "apiVersion": manager.api_version,
            "time": known.get("time", time) if known is not None and unchanged else time,
            "fieldsType": "FieldsV1",
            "fieldsV1": fields,
        }
        if manager.subresource:
            entry["subresource"] = manager.subresource
        entries.append(entry)
    return entries


def track_update(new: Json, old: Json | None, schema: Json, writer: Manager, time: str) -> None:
    """Note in ``new`` that ``writer`` owns what differs from ``old``."""
    before = leaves(old, schema) if old is not None else {}
    after = leaves(new, schema)
    changed = {path for path, value in after.items() if path not in before or before[path] != value}
    # Whoever says nothing about managedFields leaves them as they are; a list of one empty entry resets them.
    entries = new["metadata"].get("managedFields") or (old or new)["metadata"].get("managedFields") or []
    owned = _owned(entries)
    if changed or before.keys() - after.keys():
        for manager in owned:
            owned[manager] &= after.keys()
            if manager != writer:
                owned[manager] -= changed
        owned[writer] = owned.get(writer, set()) | changed
    _set_entries(new, _entries(owned, entries, writer, time))


def track_first_apply(new: Json, applied: Json, schema: Json, writer: Manager, time: str) -> None:
    """Note in a new object that ``writer`` owns what it has applied, and nobody the defaults."""
    _set_entries(new, _entries({writer: set(leaves(applied, schema))}, [], writer, time))


def _set_entries(value: Json, entries: list[Json]) -> None:
    if entries:
        value["metadata"]["managedFields"] = entries
    else:
        value["metadata"].pop("managedFields", None)


def apply(live: Json, applied: Json, resource: Resource, writer: Manager, time: str, *, force: bool) -> Json:
    """Server-side apply: the live object with the applied configuration merged in.

    Raises `ApiError` 409 where other managers hold a field with another value and ``force`` is not given.
    """
    schema = resource.schema
    wanted, present = leaves(applied, schema), leaves(live, schema)
    entries = live["metadata"].get("managedFields") or []
    owned = _owned(entries)
    disputed = {path for path in wanted.keys() & present.keys() if wanted[path] != present[path]}
    conflicts = {
        manager: sorted(paths & disputed)
        for manager, paths in owned.items()
        if manager != writer and paths & disputed
    }
    if conflicts and not force:
        raise _conflict(conflicts)
    merged: Json = _merge(copy.deepcopy(live), applied, schema)
    for manager in owned:
        if manager != writer:
            owned[manager] -= disputed
    elsewhere = {path for manager, paths in owned.items() if manager != writer for path in paths}
    dropped = owned.get(writer, set()) - wanted.keys() - elsewhere
    # Whole entries of list-maps first: once its key is gone, an entry cannot be found any more.
    for path in sorted(dropped, key=lambda path: (path[-1] != ".", -len(path))):
        _remove(merged, path)
    owned[writer] = set(wanted)
    _set_entries(merged, _entries(owned, entries, writer, time))
    return merged


def _merge(live: Any, applied: Any, schema: Json) -> Any:
    if isinstance(live, dict) and isinstance(applied, dict):
        for name, inner in applied.items():
            live[name] = _merge(live.get(name), inner, property_of(schema, name))
        return live
    keys = list_keys(schema)
    if isinstance(live, list) and isinstance(applied, list) and (keys or schema.get(LIST_TYPE) == "set"):
        if not keys:
            return live + [item for item in applied if item not in live]
        at = {_key_of(item, keys): index for index, item in enumerate(live)}
        for item in applied:
            index = at.get(_key_of(item, keys))
            if index is None:
                live.append(copy.deepcopy(item))
            else:
                live[index] = _merge(live[index], item, items_of(schema))
        return live
    return copy.deepcopy(applied)


def _remove(value: Any, path: Path) -> None:
    *parents, last = path
    trail: list[tuple[Any, str]] = []
    for part in parents:
        trail.append((value, part))
        value = _step(value, part)
    if last == ".":
        holder, part = trail[-1]
        if isinstance(holder, list) and value in holder:
            holder.remove(value)
        return
    if isinstance(value, dict):
        value.pop(last[2:], None)
    elif isinstance(value, list) and last.startswith("v:"):
        wanted = json.loads(last[2:])
        if wanted in value:
            value.remove(wanted)
    for holder, part in reversed(trail):
        # A map that has lost its last field to the removal goes with it.
        if isinstance(holder, dict) and holder.get(part[2:]) == {}:
            del holder[part[2:]]


def _step(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value.get(part[2:])
    if isinstance(value, list) and part.startswith("k:"):
        wanted: Json = json.loads(part[2:])
        return next((item for item in value if wanted.items() <= item.items()), None)
    return None


def _conflict(conflicts: dict[Manager, list[Path]]) -> ApiError:
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f'conflict with "{manager.name}" using {manager.api_version}',
            "field": _shown(path),
        }
        for manager, paths in conflicts.items()
        for path in paths
    ]
    listed = "; ".join(f"{cause['message']}: {cause['field']}" for cause in causes)
    noun = "conflict" if len(causes) == 1 else "conflicts"
    message = f"Apply failed with {len(causes)} {noun}: {listed}"
    return ApiError(HTTPStatus.CONFLICT, "Conflict", message, details={"causes": causes})


def _shown(path: Path) -> str:
    return "".join(
        f".{part[2:]}" if part.startswith("f:") else f"[{part[2:]}]" for part in path if part != "."
    )
