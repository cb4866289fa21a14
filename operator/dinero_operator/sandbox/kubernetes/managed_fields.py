"""Who has set which field: ``metadata.managedFields``, and server-side apply on top of it."""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from dinero_operator.sandbox.kubernetes.client_side import renew, taken_over
from dinero_operator.sandbox.kubernetes.fields import (
    Fields,
    Path,
    compare,
    from_v1,
    is_granular,
    part_of,
    said,
    shown,
    to_v1,
    with_parents,
    without,
)
from dinero_operator.sandbox.kubernetes.metadata import META_SCHEMA
from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.schema import items_of, list_keys, property_of
from dinero_operator.sandbox.kubernetes.status import ApiError

_BEFORE = "before-first-apply"
_SERVERS_OWN = {("f:apiVersion",), ("f:kind",), ("f:metadata",)} | {
    ("f:metadata", f"f:{name}")
    for name in (
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "managedFields",
        "selfLink",
    )
}


@dataclass(frozen=True, slots=True, order=True)
class Manager:
    """Who writes: how, and the client's name for itself."""

    operation: str
    name: str
    api_version: str
    subresource: str = ""

    @classmethod
    def of(cls, entry: Json) -> Manager:
        """The manager of an entry."""
        return cls(
            entry.get("operation", ""),
            entry.get("manager", ""),
            entry.get("apiVersion", ""),
            entry.get("subresource", ""),
        )


def full_schema(resource: Resource) -> Json:
    """The schema of a kind with what all kinds have."""
    texts = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": META_SCHEMA}
    return {**resource.schema, "properties": {**(resource.schema.get("properties") or {}), **texts}}


def _tracked(fields: Fields, resource: Resource, writer: Manager) -> Fields:
    """The fields that a write to the object, or to its status, can give to its writer."""
    kept = fields - _SERVERS_OWN
    if writer.subresource == "status":
        return {
            path
            for path in kept
            if path[0] == "f:status" or (path[0] == "f:metadata" and not resource.custom)
        }
    return {path for path in kept if path[0] != "f:status"} if resource.has_status else kept


def _owned(entries: list[Json] | None) -> dict[Manager, Fields]:
    return {Manager.of(entry): from_v1(entry.get("fieldsV1") or {}) for entry in entries or () if entry}


def _note(
    value: Json, owned: dict[Manager, Fields], entries: list[Json], written: Manager | None, time: str
) -> None:
    """Write the owners into the object. ``written`` has its moment set anew."""
    known = {Manager.of(entry): entry for entry in entries if entry}
    noted = []
    for manager, fields in owned.items():
        if not fields:
            continue
        entry: Json = {
            "manager": manager.name,
            "operation": manager.operation,
            "apiVersion": manager.api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": to_v1(fields),
        }
        is_new = manager == written or (manager.name == _BEFORE and manager not in known)
        moment = time if is_new else known.get(manager, {}).get("time")
        if moment:
            entry["time"] = moment
        if manager.subresource:
            entry["subresource"] = manager.subresource
        noted.append(entry)
    noted.sort(
        key=lambda entry: (entry["operation"], entry.get("time", ""), entry["manager"], entry["apiVersion"])
    )
    if noted:
        value["metadata"]["managedFields"] = noted
    else:
        value["metadata"].pop("managedFields", None)


def _bare(value: Json) -> Json:
    meta = {name: inner for name, inner in value["metadata"].items() if name != "managedFields"}
    return {**value, "metadata": meta}


def track_update(new: Json, old: Json | None, resource: Resource, writer: Manager, time: str) -> None:
    """Note in ``new`` that ``writer`` owns what differs from ``old`` (``None``: from an empty object)."""
    before = {"metadata": {}, **resource.empty} if old is None else old
    differs = compare(_bare(before), _bare(new), full_schema(resource))
    changed = differs.modified | differs.added
    # Whoever says nothing about managedFields leaves them as they are; a list of one empty entry resets them.
    entries = new["metadata"].get("managedFields") or (old or new)["metadata"].get("managedFields") or []
    owned = _owned(entries)
    if old is not None and not owned:
        _note(new, {}, [], None, time)
        return  # nobody keeps count of what was never applied and began with nothing
    mine = _tracked(changed, resource, writer)
    for manager in owned:
        owned[manager] = owned[manager] - differs.removed - (changed if manager != writer else set())
    if mine:
        owned[writer] = owned.get(writer, set()) | mine
    _note(new, owned, entries, writer if mine else None, time)


def track_first_apply(new: Json, applied: Json, resource: Resource, writer: Manager, time: str) -> None:
    """Note in a new object that ``writer`` owns what it has applied, and nobody the defaults."""
    mine = _tracked(said(_bare(applied), full_schema(resource)), resource, writer)
    _note(new, {writer: mine}, [], writer, time)


def apply(live: Json, applied: Json, resource: Resource, writer: Manager, time: str, *, force: bool) -> Json:
    """Server-side apply: the live object with the applied configuration merged in.

    Raises `ApiError` 409 where other managers hold a field with another value and ``force`` is not given.
    """
    schema = full_schema(resource)
    entries = live["metadata"].get("managedFields") or []
    owned = _owned(entries)
    if not owned:
        # All that there was before somebody began to count has an owner of its own.
        there = compare({"metadata": {}, **resource.empty}, _bare(live), schema)
        earlier = Manager("Update", _BEFORE, resource.api_version)
        owned[earlier] = _tracked(there.added | there.modified, resource, earlier)
    last = owned.get(writer, set())
    configured = said(_bare(applied), schema)
    owned[writer] = configured
    before = _bare(live)
    merged: Json = _merge(copy.deepcopy(before), _bare(applied), schema)
    if last:
        kept = set[Path]().union(*(with_parents(fields, schema) for fields in owned.values()))
        merged = without(merged, with_parents(last, schema) - kept, schema)
    differs = compare(before, merged, schema)
    changed = differs.modified | differs.added
    conflicts = {
        manager: fields & changed
        for manager, fields in owned.items()
        if manager != writer and fields & changed
    }
    allowed = changed if force else taken_over(live, schema, writer.name)
    conflicts = {manager: fields - allowed for manager, fields in conflicts.items() if fields - allowed}
    if conflicts:
        raise _conflict(conflicts, writer)
    for manager in owned:
        if manager != writer:
            owned[manager] = owned[manager] - changed - differs.removed
    owned[writer] = _tracked(configured, resource, writer)
    # Who changes no value gets a share in the fields, and no moment.
    _note(merged, owned, entries, writer if changed or differs.removed else None, time)
    renew(merged, applied, writer.name)
    return merged


def _merge(live: Any, applied: Any, schema: Json) -> Any:
    if isinstance(live, dict) and isinstance(applied, dict) and is_granular(live, schema):
        for name, inner in applied.items():
            live[name] = _merge(live.get(name), inner, property_of(schema, name))
        return live
    if isinstance(live, list) and isinstance(applied, list) and is_granular(applied, schema):
        return _merge_lists(live, applied, schema)
    return copy.deepcopy(applied)


def _merge_lists(live: list[Any], applied: list[Any], schema: Json) -> list[Any]:
    keys = list_keys(schema)
    here = {part_of(item, keys): item for item in live}
    there = {part_of(item, keys): item for item in applied}
    merged = {
        part: _merge(here[part], item, items_of(schema)) if part in here else copy.deepcopy(item)
        for part, item in there.items()
    }
    return [merged.get(part, here.get(part)) for part in _interleaved(list(here), list(there))]


def _interleaved(left: list[str], right: list[str]) -> list[str]:
    """Two orders in one: that of the right counts, and what only the left has keeps its place as far as it can."""
    known, present = set(right), set(left)
    shared = deque(part for part in right if part in present)
    placed: set[str] = set()
    order: list[str] = []
    ours, theirs = deque(left), deque(right)
    while ours or theirs:
        first = ours[0] if ours else ""
        if ours and first not in known:
            order.append(ours.popleft())
            continue
        is_next = bool(theirs) and first == theirs[0]
        if ours and not is_next and (first in placed or (shared and first != shared[0])):
            ours.popleft()  # it has its place where the right has it
            continue
        part = theirs.popleft()
        placed.add(part)
        order.append(part)
        if is_next:
            ours.popleft()
        if shared and shared[0] == part:
            shared.popleft()
    return order


def _conflict(conflicts: dict[Manager, Fields], writer: Manager) -> ApiError:
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f"conflict with {_described(manager, writer)}",
            "field": shown(path),
        }
        for manager in sorted(conflicts)
        for path in sorted(conflicts[manager])
    ]
    noun = "conflict" if len(causes) == 1 else "conflicts"
    listed = _listed(causes)
    message = f"Apply failed with {len(causes)} {noun}: {listed}"
    return ApiError(HTTPStatus.CONFLICT, "Conflict", message, details={"causes": causes})


def _described(manager: Manager, writer: Manager) -> str:
    text = f'"{manager.name}"'
    if manager.subresource:
        text += f' with subresource "{manager.subresource}"'
    if manager.operation == "Update" or manager.api_version != writer.api_version:
        text += f" using {manager.api_version}"
    return text


def _listed(causes: list[Json]) -> str:
    texts: dict[str, list[str]] = {}
    for cause in causes:
        texts.setdefault(cause["message"], []).append(cause["field"])
    return "\n".join(
        f"{message}: {fields[0]}"
        if len(fields) == 1
        else message.replace("conflict", "conflicts", 1) + ":\n" + "\n".join(f"- {f}" for f in fields)
        for message, fields in texts.items()
    )
