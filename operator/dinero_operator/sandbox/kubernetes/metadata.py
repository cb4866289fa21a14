"""Object metadata: reading it strictly, names and labels, and the fields that only the server sets."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.schema import prune
from dinero_operator.sandbox.kubernetes.status import FieldError, Problem, bad_request
from dinero_operator.sandbox.kubernetes.validation import validate

_TEXT: Json = {"type": "string"}
_TEXTS: Json = {"type": "object", "nullable": True, "additionalProperties": {"type": "string"}}
_TIME: Json = {"type": "string", "format": "date-time", "nullable": True}
META_SCHEMA: Json = {
    "type": "object",
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
        "deletionGracePeriodSeconds": {"type": "integer", "nullable": True},
        "labels": _TEXTS,
        "annotations": _TEXTS,
        "finalizers": {"type": "array", "nullable": True, "items": _TEXT},
        "ownerReferences": {
            "type": "array",
            "nullable": True,
            "items": {
                "type": "object",
                "properties": {
                    "apiVersion": _TEXT,
                    "kind": _TEXT,
                    "name": _TEXT,
                    "uid": _TEXT,
                    "controller": {"type": "boolean"},
                    "blockOwnerDeletion": {"type": "boolean"},
                },
            },
        },
        "managedFields": {
            "type": "array",
            "nullable": True,
            "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    },
}
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = re.compile(rf"{_LABEL}\Z")
_SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*\Z")
_QUALIFIED = re.compile(r"(?:([^/]+)/)?([A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)\Z")
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\Z")
_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
_LONGEST_PART = 63
_LONGEST_NAME = 253
_MOST_ANNOTATIONS = 256 * 1024


def read(body: object, resource: Resource) -> Json:
    """Check the outline of a request's object and give a copy with clean metadata.

    Raises `ApiError` 400 where it is no object of this kind.
    """
    if not isinstance(body, dict):
        raise bad_request(
            f"couldn't get version/kind; json parse error: not an object of kind {resource.kind}"
        )
    kind, api_version = body.get("kind", ""), body.get("apiVersion", "")
    if not kind:
        raise bad_request(f"Object 'Kind' is missing in '{api_version}'")
    if kind != resource.kind:
        raise bad_request(f"{kind} in version {api_version!r} cannot be handled as a {resource.kind}")
    if api_version != resource.api_version:
        raise bad_request(
            f"the API version in the data ({api_version}) does not match the expected API version ({resource.api_version})"
        )
    meta = body.get("metadata") or {}
    wrong = next(validate(meta, META_SCHEMA, "metadata"), None)
    if wrong is not None:
        raise bad_request(
            f"{kind} in version {resource.version!r} cannot be handled as a {kind}: {wrong.body}"
        )
    clean = {name: inner for name, inner in prune(meta, META_SCHEMA, root=False).items() if inner is not None}
    for empty in ("labels", "annotations", "finalizers", "ownerReferences", "generateName", "selfLink"):
        if empty in clean and not clean[empty]:
            del clean[empty]
    return {**body, "metadata": clean}


def generated_name(prefix: str, chance: random.Random) -> str:
    """A name with five random characters, as generateName makes it."""
    return prefix[: _LONGEST_PART - 5] + "".join(chance.choices(_SUFFIX, k=5))


def problems(value: Json, resource: Resource) -> Iterator[FieldError]:
    """Yield what is wrong with names, labels and annotations."""
    meta = value["metadata"]
    yield from _name(meta.get("name", ""), resource)
    for key, text in (meta.get("labels") or {}).items():
        if not _is_qualified(key):
            yield FieldError(Problem.INVALID, "metadata.labels", key, _NAME_RULE)
        if len(text) > _LONGEST_PART:
            yield FieldError(Problem.INVALID, "metadata.labels", text, "must be no more than 63 characters")
        elif not _LABEL_VALUE.match(text):
            yield FieldError(Problem.INVALID, "metadata.labels", text, _VALUE_RULE)
    annotations = meta.get("annotations") or {}
    for key in annotations:
        if not _is_qualified(key.lower()):
            yield FieldError(Problem.INVALID, "metadata.annotations", key, _NAME_RULE)
    if sum(len(key.encode()) + len(text.encode()) for key, text in annotations.items()) > _MOST_ANNOTATIONS:
        detail = f"may not be more than {_MOST_ANNOTATIONS} bytes"
        yield FieldError(Problem.TOO_LONG, "metadata.annotations", "", detail)
    for key in meta.get("finalizers") or ():
        if not _is_qualified(key):
            yield FieldError(Problem.INVALID, "metadata.finalizers", key, _NAME_RULE)


def _name(name: str, resource: Resource) -> Iterator[FieldError]:
    if not name:
        yield FieldError(Problem.REQUIRED, "metadata.name", detail="name or generateName is required")
    elif resource.kind == "Namespace":
        if not _DNS_LABEL.match(name) or len(name) > _LONGEST_PART:
            yield FieldError(Problem.INVALID, "metadata.name", name, _LABEL_RULE)
    elif len(name) > _LONGEST_NAME:
        yield FieldError(Problem.INVALID, "metadata.name", name, "must be no more than 253 characters")
    elif not _SUBDOMAIN.match(name):
        yield FieldError(Problem.INVALID, "metadata.name", name, _SUBDOMAIN_RULE)


def _is_qualified(key: str) -> bool:
    found = _QUALIFIED.match(key)
    if found is None or len(found[2]) > _LONGEST_PART:
        return False
    return found[1] is None or bool(_SUBDOMAIN.match(found[1]))


_EDGES = "and must start and end with an alphanumeric character"
_LABEL_RULE = (
    f"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', {_EDGES} "
    f"(e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
_SUBDOMAIN_RULE = (
    f"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', {_EDGES} "
    rf"(e.g. 'example.com', regex used for validation is '{_LABEL}(\.{_LABEL})*')"
)
_NAME_RULE = (
    f"name part must consist of alphanumeric characters, '-', '_' or '.', {_EDGES} (e.g. 'MyName',  or 'my.name',  "
    "or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_VALUE_RULE = (
    f"a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', {_EDGES} "
    "(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
