"""What an update may not change: the other half of the object, and what only the server sets."""

from __future__ import annotations

from collections.abc import Iterator

from dinero_operator.sandbox.kubernetes.objects import Key
from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.status import FieldError, Problem, conflict

_SERVER_FIELDS = (
    "uid",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generateName",
    "resourceVersion",
)


def check_version(resource: Resource, meta: Json, old: Json, name: str) -> None:
    """Hold an update to the resource version that it names. Raises `ApiError` 409."""
    if meta.get("resourceVersion") and meta["resourceVersion"] != old["resourceVersion"]:
        raise conflict(resource, name)


def check_uid(resource: Resource, meta: Json, old: Json, key: Key) -> None:
    """Hold a replacement to the uid that it names. Raises `ApiError` 409."""
    if not meta.get("uid") or meta["uid"] == old["uid"]:
        return
    place = "/".join(
        filter(None, ("/registry", resource.group if resource.custom else "", resource.plural, *key))
    )
    why = f"Precondition failed: UID in precondition: {meta['uid']}, UID in object meta: {old['uid']}"
    told = (
        f"StorageError: invalid object, Code: 4, Key: {place}, ResourceVersion: 0, AdditionalErrorMsg: {why}"
    )
    raise conflict(resource, key[1], told)


def fixed_problems(value: Json, old: Json, resource: Resource) -> Iterator[FieldError]:
    """Yield the errors of changing metadata that is fixed. Custom kinds are checked for it twice."""
    for name in ("uid", "deletionTimestamp"):
        given = value["metadata"].get(name)
        if given and given != old["metadata"].get(name):
            for _ in range(1 + resource.custom):
                yield FieldError(Problem.INVALID, f"metadata.{name}", given, "field is immutable")


def isolated(value: Json, old: Json, resource: Resource, *, status: bool) -> Json:
    """Keep the two halves apart: a write to /status changes nothing else, and another write not the status."""
    if status:
        base, given = {**old, "metadata": {**old["metadata"]}}, value
        if "managedFields" in value["metadata"]:
            base["metadata"]["managedFields"] = value["metadata"]["managedFields"]
    elif resource.has_status:
        base, given = {**value}, old
    else:
        return value
    base.pop("status", None)
    if "status" in given:
        base["status"] = given["status"]
    return base


def keep_server_fields(value: Json, old: Json) -> None:
    """Put back what only the server sets, in place."""
    meta = value["metadata"]
    for name in _SERVER_FIELDS:
        if name in old["metadata"]:
            meta[name] = old["metadata"][name]
        else:
            meta.pop(name, None)


def count_generation(value: Json, old: Json, resource: Resource) -> None:
    """Count a change of the wish (all but metadata and, where it is apart, status), in place."""
    if resource.generation and _wish(value, resource) != _wish(old, resource):
        value["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def finalizer_problems(value: Json, old: Json, resource: Resource) -> Iterator[FieldError]:
    """Yield the error of adding finalizers to an object that is being deleted."""
    meta = value["metadata"]
    new = set(meta.get("finalizers") or ()) - set(old["metadata"].get("finalizers") or ())
    if new and "deletionTimestamp" in meta:
        listed = ", ".join(f'"{name}"' for name in sorted(new))
        detail = (
            "no new finalizers can be added if the object is being deleted, "
            f"found new finalizers []string{{{listed}}}"
        )
        for _ in range(1 + resource.custom):
            yield FieldError(Problem.FORBIDDEN, "metadata.finalizers", detail=detail)


def _wish(value: Json, resource: Resource) -> Json:
    left_out = {"metadata", "status"} if resource.has_status else {"metadata"}
    return {name: inner for name, inner in value.items() if name not in left_out}
