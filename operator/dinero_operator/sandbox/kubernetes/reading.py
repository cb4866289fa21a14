"""Lists: selection, paging, and the forms in which objects are given (whole, as a table, metadata only)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from http import HTTPStatus

from dinero_operator.sandbox.kubernetes.admission import presented
from dinero_operator.sandbox.kubernetes.go_types import base64_error
from dinero_operator.sandbox.kubernetes.list_options import list_version, whole_number
from dinero_operator.sandbox.kubernetes.objects import Key, Objects, Stored, encode
from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.selectors import (
    Matcher,
    field_selector,
    label_selector,
    selected_name,
)
from dinero_operator.sandbox.kubernetes.status import ApiError, bad_request, expired, not_acceptable
from dinero_operator.sandbox.kubernetes.tables import partial, table


class Form(Enum):
    """How objects are given."""

    OBJECT = "object"
    TABLE = "Table"
    PARTIAL = "PartialObjectMetadata"


def negotiate(accept: str, *, custom: bool) -> Form:
    """Choose the form that the client likes best. Raises `ApiError` 406 where there is none.

    Answers are JSON alone: a client that asks for nothing but YAML or protobuf gets none.
    """
    for offer in (accept or "*/*").split(","):
        kind, *parameters = (part.strip() for part in offer.split(";"))
        if kind not in {"*/*", "application/*", "application/json"}:
            continue
        wish = dict(part.partition("=")[::2] for part in parameters)
        match wish.get("as"):
            case None:
                return Form.OBJECT
            case "Table" if wish.get("v") in {"v1", "v1beta1"}:
                return Form.TABLE
            case "PartialObjectMetadata" | "PartialObjectMetadataList" if wish.get("v") == "v1":
                return Form.PARTIAL
    raise not_acceptable(custom=custom)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects a list or a watch is about."""

    resource: Resource
    namespace: str
    name: str
    labels: Matcher | None
    fields: Matcher | None

    @classmethod
    def of(cls, resource: Resource, namespace: str, query: Mapping[str, str]) -> Selection:
        """Read the selectors of a request. Raises `ApiError` 400."""
        labels, fields = query.get("labelSelector", ""), query.get("fieldSelector", "")
        return cls(
            resource,
            namespace,
            selected_name(fields),
            label_selector(labels) if labels else None,
            field_selector(fields, resource) if fields else None,
        )

    @property
    def everything(self) -> bool:
        """Whether no selector is given; the namespace may still narrow the selection."""
        return self.labels is None and self.fields is None

    def __contains__(self, stored: Stored) -> bool:
        value = stored.value
        return (self.labels is None or self.labels(value)) and (self.fields is None or self.fields(value))

    def reaches(self, key: Key) -> bool:
        """Whether the namespace is the right one."""
        return not self.namespace or key[0] == self.namespace

    def find(self, objects: Mapping[Key, Stored]) -> list[tuple[Key, Stored]]:
        """The selected objects in order of namespace and name."""
        if self.name and (self.namespace or not self.resource.namespaced):
            key = (self.namespace, self.name)
            found = objects.get(key)
            return [(key, found)] if found is not None and found in self else []
        return [(key, objects[key]) for key in sorted(objects) if self.reaches(key) and objects[key] in self]


class Reader:
    """Gives objects and lists as bytes."""

    def __init__(self, objects: Objects, now: Callable[[], datetime]) -> None:
        self.objects = objects
        self.now = now

    def one(self, value: Json, resource: Resource, form: Form, query: Mapping[str, str]) -> bytes:
        """One object."""
        if form is Form.TABLE:
            meta = {"resourceVersion": value["metadata"].get("resourceVersion", "")}
            return encode(table([value], resource, self.now(), meta, include=_include(query)))
        return encode(partial(value) if form is Form.PARTIAL else presented(value, resource))

    def list(self, selection: Selection, form: Form, query: Mapping[str, str]) -> bytes:
        """A list, or a page of it. Raises `ApiError` 400 or 410."""
        resource = selection.resource
        version, start = self._position(resource, query)
        found = selection.find(self.objects.of(resource.storage).objects)
        if start is not None:
            found = [entry for entry in found if entry[0] > start]
        meta: Json = {"resourceVersion": str(version)}
        limit = whole_number(query, "limit")
        if limit > 0 and len(found) > limit:
            meta["continue"] = _token(version, found[limit - 1][0])
            if selection.everything:
                meta["remainingItemCount"] = len(found) - limit
            found = found[:limit]
        page = [stored for _, stored in found]
        if form is Form.TABLE:
            values = [stored.value for stored in page]
            return encode(table(values, resource, self.now(), meta, include=_include(query)))
        if form is Form.PARTIAL:
            head = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": meta}
            items = [encode(partial(stored.value)) for stored in page]
        else:
            kind = resource.list_kind or f"{resource.kind}List"
            head = {"kind": kind, "apiVersion": resource.api_version, "metadata": meta}
            items = [_item(stored, resource) for stored in page]
            if resource.custom:
                meta.setdefault("continue", "")
        return _list(head, items)

    def _position(self, resource: Resource, query: Mapping[str, str]) -> tuple[int, Key | None]:
        """The resource version of the list and, for a further page, the last object of the one before.

        A further page shows the present state under the first page's version: a watch from there tells the rest.
        """
        current = self.objects.version
        token = query.get("continue")
        if token:
            version, start = _read_token(token)
            if version < self.objects.of(resource.storage).floor:
                raise expired(
                    "The provided continue parameter is too old to display a consistent list result. You can start "
                    "a new list without the continue parameter."
                )
            return version, start
        wanted = list_version(query, watch=False)
        if wanted > current:
            message = f"Timeout: Too large resource version: {wanted}, current: {current}"
            cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
            details = {"causes": [cause], "retryAfterSeconds": 1}
            raise ApiError(HTTPStatus.GATEWAY_TIMEOUT, "Timeout", message, details=details, retry_after=1)
        if query.get("resourceVersionMatch") == "Exact" and wanted != current:
            raise expired("The resourceVersion for the provided list is too old.")
        return current, None


def whole(found: list[Stored], resource: Resource, version: int) -> bytes:
    """A list of given objects."""
    meta: Json = {"resourceVersion": str(version)}
    if resource.custom:
        meta["continue"] = ""
    kind = resource.list_kind or f"{resource.kind}List"
    head = {"kind": kind, "apiVersion": resource.api_version, "metadata": meta}
    return _list(head, [_item(stored, resource) for stored in found])


def _list(head: Json, items: list[bytes]) -> bytes:
    return encode(head)[:-1] + b',"items":[' + b",".join(items) + b"]}"


def _item(stored: Stored, resource: Resource) -> bytes:
    """An object within a list: those of built-in kinds come without kind and apiVersion there."""
    if resource.custom:
        return stored.encoded(resource, presented)
    value = presented(stored.value, resource)
    return encode({name: inner for name, inner in value.items() if name not in {"kind", "apiVersion"}})


def _include(query: Mapping[str, str]) -> str:
    text = query.get("includeObject") or "Metadata"
    if text not in {"Metadata", "Object", "None"}:
        raise bad_request(
            f'Unable to convert to Table as requested: includeObject: Invalid value: "{text}": '
            "must be 'Metadata', 'Object', 'None', or empty"
        )
    return text


def _token(version: int, start: Key) -> str:
    return base64.urlsafe_b64encode(encode({"v": "meta.k8s.io/v1", "rv": version, "start": start})).decode()


def _read_token(token: str) -> tuple[int, Key]:
    try:
        content = json.loads(base64.urlsafe_b64decode(token))
        namespace, name = content["start"]
        return int(content["rv"]), (str(namespace), str(name))
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        said = base64_error(token) or str(error)
        raise bad_request(f"invalid continue token: continue key is not valid: {said}") from error
