"""Object metadata: its shape, names and labels."""

from __future__ import annotations

import random
from collections.abc import Iterator

from dinero_operator.sandbox.kubernetes.names import (
    LONGEST_LABEL,
    wrong_label,
    wrong_qualified,
    wrong_subdomain,
    wrong_value,
)
from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.status import FieldError, Problem

_TEXT: Json = {"type": "string"}
_TEXTS: Json = {"type": "object", "nullable": True, "additionalProperties": {"type": "string"}}
_TIME: Json = {"type": "string", "format": "date-time", "nullable": True}
_ENTRY: Json = {
    "type": "object",
    "x-go-struct": "ManagedFieldsEntry",
    "properties": {
        **dict.fromkeys(("manager", "operation", "apiVersion", "fieldsType", "subresource"), _TEXT),
        "time": _TIME | {"x-go-pointer": True},
        "fieldsV1": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}
META_SCHEMA: Json = {
    "type": "object",
    "x-go-struct": "ObjectMeta",
    "properties": {
        "name": _TEXT,
        "generateName": _TEXT,
        "namespace": _TEXT,
        "selfLink": _TEXT,
        "uid": _TEXT,
        "resourceVersion": _TEXT,
        "generation": {"type": "integer", "format": "int64"},
        "creationTimestamp": _TIME,
        "deletionTimestamp": _TIME,
        "deletionGracePeriodSeconds": {"type": "integer", "nullable": True, "x-go-pointer": True},
        "labels": _TEXTS,
        "annotations": _TEXTS,
        "finalizers": {
            "type": "array",
            "nullable": True,
            "items": _TEXT,
            "x-kubernetes-list-type": "set",
        },
        "ownerReferences": {
            "type": "array",
            "nullable": True,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["uid"],
            "items": {
                "type": "object",
                "x-go-struct": "OwnerReference",
                "x-kubernetes-map-type": "atomic",
                "properties": {
                    "apiVersion": _TEXT,
                    "kind": _TEXT,
                    "name": _TEXT,
                    "uid": _TEXT,
                    "controller": {"type": "boolean", "x-go-pointer": True},
                    "blockOwnerDeletion": {"type": "boolean", "x-go-pointer": True},
                },
            },
        },
        "managedFields": {
            "type": "array",
            "nullable": True,
            "items": _ENTRY,
        },
    },
}
_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
_MOST_ANNOTATIONS = 256 * 1024
_COMMON_FINALIZERS = {"orphan", "foregroundDeletion", "kubernetes"}


def generated_name(prefix: str, chance: random.Random) -> str:
    """A name with five random characters, as generateName makes it."""
    return prefix[: LONGEST_LABEL - 5] + "".join(chance.choices(_SUFFIX, k=5))


def problems(value: Json, old: Json | None, resource: Resource) -> Iterator[FieldError]:
    """Yield what is wrong with names, labels, annotations, finalizers and owners, and what an update may not change."""
    meta = value["metadata"]
    if old is None:
        yield from _name(meta.get("name", ""), resource)
    yield from _texts(meta)
    for key in meta.get("finalizers") or ():
        for said in wrong_qualified(key):
            yield FieldError(Problem.INVALID, "metadata.finalizers", key, said)
    for index, owner in enumerate(meta.get("ownerReferences") or ()):
        for name in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(name):
                where = f"metadata.ownerReferences[{index}].{name}"
                yield FieldError(Problem.REQUIRED, where, detail="must not be empty")


def _name(name: str, resource: Resource) -> Iterator[FieldError]:
    if not name:
        yield FieldError(Problem.REQUIRED, "metadata.name", detail="name or generateName is required")
        return
    check = wrong_label if resource.kind == "Namespace" else wrong_subdomain
    for said in check(name):
        yield FieldError(Problem.INVALID, "metadata.name", name, said)


def _texts(meta: Json) -> Iterator[FieldError]:
    for key, text in (meta.get("labels") or {}).items():
        for said in wrong_qualified(key):
            yield FieldError(Problem.INVALID, "metadata.labels", key, said)
        for said in wrong_value(text):
            yield FieldError(Problem.INVALID, "metadata.labels", text, said)
    annotations = meta.get("annotations") or {}
    for key in annotations:
        for said in wrong_qualified(key.lower()):
            yield FieldError(Problem.INVALID, "metadata.annotations", key, said)
    if sum(len(key.encode()) + len(text.encode()) for key, text in annotations.items()) > _MOST_ANNOTATIONS:
        detail = f"may not be more than {_MOST_ANNOTATIONS} bytes"
        yield FieldError(Problem.TOO_LONG, "metadata.annotations", "", detail)


def finalizer_warnings(value: Json, old: Json | None, resource: Resource) -> Iterator[str]:
    """Yield what a server says of new finalizers of custom kinds that have no domain."""
    known = set() if old is None else set(old["metadata"].get("finalizers") or ())
    for key in value["metadata"].get("finalizers") or ():
        if resource.custom and "/" not in key and key not in _COMMON_FINALIZERS | known:
            yield (
                f'metadata.finalizers: "{key}": prefer a domain-qualified finalizer name to avoid accidental '
                "conflicts with other finalizer writers"
            )
