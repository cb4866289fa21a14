"""JSON merge patch (RFC 7386), JSON patch (RFC 6902) and the part of strategic merge patch that is needed."""

from __future__ import annotations

import copy
from http import HTTPStatus
from typing import Any

from dinero_operator.sandbox.kubernetes.resources import Json
from dinero_operator.sandbox.kubernetes.schema import items_of, list_keys, property_of
from dinero_operator.sandbox.kubernetes.status import ApiError, bad_request

MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"

_MERGE_KEYS = {"ownerReferences": ["uid"], "conditions": ["type"]}
"""Lists of metadata and status that strategic merge patch merges by key."""


def merge(value: Any, patch: Any) -> Any:
    """Apply a JSON merge patch: null removes, objects merge, everything else replaces. ``value`` is not changed."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    merged = dict(value) if isinstance(value, dict) else {}
    for name, inner in patch.items():
        if inner is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), inner)
    return merged


def strategic(value: Any, patch: Any, schema: Json) -> Any:
    """Apply a strategic merge patch: as a merge patch, but lists with a merge key are merged by it."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    directive = patch.get("$patch")
    if directive == "replace":
        return {name: copy.deepcopy(inner) for name, inner in patch.items() if name != "$patch"}
    merged = dict(value) if isinstance(value, dict) else {}
    for name, inner in patch.items():
        if name.startswith(("$setElementOrder/", "$retainKeys")):
            continue
        if name.startswith("$deleteFromPrimitiveList/"):
            field = name.partition("/")[2]
            merged[field] = [item for item in merged.get(field) or [] if item not in inner]
        elif inner is None:
            merged.pop(name, None)
        elif isinstance(inner, list):
            merged[name] = _strategic_list(merged.get(name), inner, property_of(schema, name), name)
        else:
            merged[name] = strategic(merged.get(name), inner, property_of(schema, name))
    return merged


def _strategic_list(value: Any, patch: list[Any], schema: Json, name: str) -> list[Any]:
    keys = list_keys(schema) or _MERGE_KEYS.get(name)
    if name == "finalizers":
        kept = list(value or [])
        return kept + [item for item in patch if item not in kept]
    if not keys or not all(isinstance(item, dict) for item in patch):
        return copy.deepcopy(patch)
    merged = list(value or [])
    for item in patch:
        if item.get("$patch") == "replace":
            return [copy.deepcopy(other) for other in patch if "$patch" not in other]
        wanted = [item.get(key) for key in keys]
        at = next((i for i, old in enumerate(merged) if [old.get(key) for key in keys] == wanted), None)
        if item.get("$patch") == "delete":
            merged = [old for old in merged if [old.get(key) for key in keys] != wanted]
        elif at is None:
            merged.append(copy.deepcopy(item))
        else:
            merged[at] = strategic(merged[at], item, items_of(schema))
    return merged


def json_patch(value: Json, operations: Any) -> Json:
    """Apply a JSON patch. Raises `ApiError`: 400 where it cannot be read, 422 where it does not fit the object."""
    if not isinstance(operations, list):
        raise bad_request(
            "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch"
        )
    root: Json = {"": copy.deepcopy(value)}
    for operation in operations:
        try:
            _operate(root, operation)
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "Invalid",
                f"the server rejected our request due to an error in our request: {error}",
                details={},
            ) from error
    result: Json = root[""]
    return result


def _operate(root: Json, operation: Json) -> None:
    path = _pointer(operation["path"])
    match operation["op"]:
        case "add":
            _add(root, path, copy.deepcopy(operation["value"]))
        case "replace":
            _take(root, path)
            _add(root, path, copy.deepcopy(operation["value"]))
        case "remove":
            _take(root, path)
        case "test":
            if _look(root, path) != operation.get("value"):
                raise ValueError(f"testing value {operation['path']} failed: test failed")
        case "copy":
            _add(root, path, copy.deepcopy(_look(root, _pointer(operation["from"]))))
        case "move":
            _add(root, path, _take(root, _pointer(operation["from"])))
        case other:
            raise ValueError(f"unexpected kind: {other}")


def _pointer(text: str) -> list[str]:
    if text and not text.startswith("/"):
        raise ValueError(f"not a JSON pointer: {text}")
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")]


def _index(part: str, length: int, *, end: bool = False) -> int:
    if part == "-" and end:
        return length
    index = int(part)
    if not 0 <= index < length + end:
        raise IndexError(f"index {part} is out of bounds")
    return index


def _look(value: Any, path: list[str]) -> Any:
    for part in path:
        value = value[_index(part, len(value))] if isinstance(value, list) else value[part]
    return value


def _add(root: Json, path: list[str], value: Any) -> None:
    holder = _look(root, path[:-1])
    if isinstance(holder, list):
        holder.insert(_index(path[-1], len(holder), end=True), value)
    else:
        holder[path[-1]] = value


def _take(root: Json, path: list[str]) -> Any:
    holder = _look(root, path[:-1])
    return holder.pop(_index(path[-1], len(holder)) if isinstance(holder, list) else path[-1])
