"""JSON merge patch (RFC 7386), JSON patch (RFC 6902) and the part of strategic merge patch that is needed."""

from __future__ import annotations

import copy
from http import HTTPStatus
from typing import Any

from dinero_operator.sandbox.kubernetes.bodies import Unreadable, go_kind, read_json, read_yaml
from dinero_operator.sandbox.kubernetes.decoding import clean_metadata
from dinero_operator.sandbox.kubernetes.go_types import misfit
from dinero_operator.sandbox.kubernetes.managed_fields import full_schema
from dinero_operator.sandbox.kubernetes.metadata import META_SCHEMA
from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.schema import items_of, list_keys, property_of
from dinero_operator.sandbox.kubernetes.status import ApiError, bad_request
from dinero_operator.sandbox.kubernetes.typed import check_types, described, kind_of

MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"

_MERGE_KEYS = {"ownerReferences": ["uid"], "conditions": ["type"]}
"""Lists of metadata and status that strategic merge patch merges by key."""


_OBJECT = "into Go value of type map[string]interface {}"


def patched(live: Json, content_type: str, raw: bytes, schema: Json) -> Json:
    """What a patch makes of an object, which is not changed. Raises `ApiError` 400 or 422."""
    try:
        body = read_json(raw)
    except Unreadable as error:
        said = f"error decoding patch: {error}" if content_type == JSON_PATCH else "invalid JSON patch"
        raise bad_request(said) from error
    if content_type == JSON_PATCH:
        if not isinstance(body, list):
            said_of = f"json: cannot unmarshal {go_kind(body)} into Go value of type []handlers.jsonPatchOp"
            raise bad_request(f"error decoding patch: {said_of}")
        return json_patch(live, body)
    if not isinstance(body, dict):
        prefix = "" if content_type == STRATEGIC else "error decoding patch: "
        raise bad_request(f"{prefix}json: cannot unmarshal {go_kind(body)} {_OBJECT}")
    if content_type == MERGE:
        result: Json = merge(live, body)
        return result
    result = strategic(live, body, schema)
    result["metadata"] = strategic(live["metadata"], body.get("metadata") or {}, META_SCHEMA)
    return result


def configuration(raw: bytes, resource: Resource) -> Json:
    """Read an applied configuration. Raises `ApiError` 400, or 500 where it does not fit its kind's types."""
    try:
        body = read_yaml(raw)
    except Unreadable as error:
        raise bad_request(f"error encoding patch: {error}") from error
    if not isinstance(body, dict):
        said = f"json: cannot unmarshal {go_kind(body)} {_OBJECT}"
        raise bad_request(f"error decoding patch: error unmarshaling JSON: while decoding JSON: {said}")
    if (body.get("apiVersion"), body.get("kind")) != (resource.api_version, resource.kind):
        raise bad_request(f"invalid object type: {kind_of(body)}")
    meta = body.get("metadata")
    body["metadata"] = meta if isinstance(meta, dict) else {}
    if body["metadata"].get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    schema = full_schema(resource)
    check_types(body, schema)
    said = "" if resource.custom else misfit(body, schema, resource.kind)
    if said:
        raise ApiError(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "",
            f"failed to convert new object {described(body)} to proper version: unable to convert unstructured object "
            f"to {kind_of(body)}: error decoding from json: {said}",
        )
    return {**body, "metadata": clean_metadata(body["metadata"])}


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
    return _merged_list(list(value or []), patch, keys, items_of(schema))


def _merged_list(live: list[Any], patch: list[Any], keys: list[str], schema: Json) -> list[Any]:
    if any(item.get("$patch") == "replace" for item in patch):
        return [copy.deepcopy(item) for item in patch if "$patch" not in item]
    order = {_identity(item, keys): index for index, item in enumerate(live)}
    given = [item for item in patch if item.get("$patch") != "delete"]
    named = {_identity(item, keys) for item in patch}
    left = [item for item in live if _identity(item, keys) not in named]
    right = []
    for item in given:
        index = order.get(_identity(item, keys))
        right.append(copy.deepcopy(item) if index is None else strategic(live[index], item, schema))
    # What the patch names comes first, but where both are known they keep their order.
    merged = []
    while left and right:
        known = order.get(_identity(right[0], keys))
        is_before = known is not None and order[_identity(left[0], keys)] < known
        merged.append((left if is_before else right).pop(0))
    return merged + left + right


def _identity(item: Json, keys: list[str]) -> tuple[Any, ...]:
    return tuple(item.get(key) for key in keys)


def json_patch(value: Json, operations: list[Any]) -> Json:
    """Apply a JSON patch. Raises `ApiError` 422 where it does not fit the object."""
    root: Json = {"": copy.deepcopy(value)}
    for operation in operations:
        try:
            _operate(root, operation)
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "Invalid",
                "the server rejected our request due to an error in our request",
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
            if isinstance(_look(root, path[:-1]), list):
                _take(root, path)
            _add(root, path, copy.deepcopy(operation["value"]))
        case "remove":
            _take(root, path)
        case "test":
            if _look(root, path, missing=True) != operation.get("value"):
                raise ValueError(f"testing value {operation['path']} failed: test failed")
        case "copy":
            _add(root, path, copy.deepcopy(_look(root, _pointer(operation["from"]), missing=True)))
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
    if index < 0:
        index += length + end  # Kubernetes' library counts from the end then
    if not 0 <= index < length + end:
        raise IndexError(f"index {part} is out of bounds")
    return index


def _look(value: Any, path: list[str], *, missing: bool = False) -> Any:
    """What is at a path. With ``missing`` a last member that is not there is null, as Kubernetes' library has it."""
    for part in path[:-1]:
        value = value[_index(part, len(value))] if isinstance(value, list) else value[part]
    for part in path[-1:]:
        if missing and isinstance(value, dict):
            return value.get(part)
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
