"""The verbs that change or read one object, without HTTP: optimistic locking, status isolation, finalizers."""

from __future__ import annotations

import copy
import random
import uuid
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from dinero_operator.sandbox.kubernetes import admission, managed_fields, metadata, patch, updates
from dinero_operator.sandbox.kubernetes.decoding import decode
from dinero_operator.sandbox.kubernetes.lifecycle import Lifecycle
from dinero_operator.sandbox.kubernetes.managed_fields import Manager
from dinero_operator.sandbox.kubernetes.objects import Key, Objects, Stored
from dinero_operator.sandbox.kubernetes.options import Options, Outcome, telling
from dinero_operator.sandbox.kubernetes.reading import Selection
from dinero_operator.sandbox.kubernetes.resources import Json, Registry, Resource
from dinero_operator.sandbox.kubernetes.schema import fill_defaults
from dinero_operator.sandbox.kubernetes.status import (
    ApiError,
    FieldError,
    already_exists,
    bad_request,
    invalid,
    misnamed,
    no_version,
    not_found,
    precondition_failed,
    success,
    unsupported_media_type,
)

_DEPENDENTS = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}
"""What holds an object until a garbage collector has seen to its dependents."""


class Rest:
    """The API's verbs on one store."""

    def __init__(
        self,
        registry: Registry,
        objects: Objects,
        *,
        now: Callable[[], datetime],
        chance: random.Random,
    ) -> None:
        self.registry = registry
        self.objects = objects
        self.now = now
        self._chance = chance
        self._lifecycle = Lifecycle(registry, objects, self.time)

    def time(self) -> str:
        """The present moment as metadata gives it: UTC in whole seconds."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def get(self, resource: Resource, key: Key) -> Stored:
        """Read one object. Raises `ApiError` 404."""
        stored = self.objects.of(resource.storage).objects.get(key)
        if stored is None:
            raise not_found(resource, key[1])
        return stored

    def create(self, resource: Resource, namespace: str, body: Any, options: Options) -> Outcome:
        """Store a new object. Raises `ApiError` 400, 404 (namespace), 409 or 422."""
        with telling() as warnings:
            value = decode(body, resource, options.field_validation, warnings)
            self._insert(resource, namespace, value, options, warnings, applied=None)
        return Outcome(value, created=True, warnings=warnings)

    def update(self, resource: Resource, key: Key, body: Any, options: Options) -> Outcome:
        """Replace an object (PUT), or its status. Raises `ApiError` 400, 404, 409 or 422."""
        with telling() as warnings:
            return self._update(resource, key, body, options, warnings)

    def _update(
        self, resource: Resource, key: Key, body: Any, options: Options, warnings: list[str]
    ) -> Outcome:
        value = decode(body, resource, options.field_validation, warnings)
        meta = self._place(value, resource, key[0])
        if meta.setdefault("name", key[1]) != key[1]:
            raise misnamed(meta["name"], key[1])
        if key not in self.objects.of(resource.storage).objects:
            if not resource.create_on_update or options.status:
                raise not_found(resource, key[1])
            updates.check_uid(resource, meta, {"uid": ""}, key)
            named = {name: inner for name, inner in body["metadata"].items() if name != "resourceVersion"}
            return self.create(resource, key[0], {**body, "metadata": named}, options)
        if not meta.get("resourceVersion") and not resource.unconditional_update:
            raise no_version(resource, key[1])
        updates.check_uid(resource, meta, self.get(resource, key).value["metadata"], key)
        return Outcome(self._replace(resource, key, value, options, warnings), warnings=warnings)

    def patch(
        self, resource: Resource, key: Key, content_type: str, body: bytes, options: Options
    ) -> Outcome:
        """Change an object by one of the patch formats. Raises `ApiError` 400, 404, 409, 415 or 422."""
        with telling() as warnings:
            change = self._apply if content_type == patch.APPLY else self._patch
            return change(resource, key, content_type, body, options, warnings)

    def _patch(  # noqa: PLR0917 (what a patch says)
        self,
        resource: Resource,
        key: Key,
        content_type: str,
        body: bytes,
        options: Options,
        warnings: list[str],
    ) -> Outcome:
        accepted = [patch.JSON_PATCH, patch.MERGE, patch.APPLY]
        if content_type not in ([*accepted, patch.STRATEGIC] if not resource.custom else accepted):
            raise unsupported_media_type(accepted if resource.custom else [])
        live = admission.presented(self.get(resource, key).value, resource)
        patched = patch.patched(live, content_type, body, resource.schema)
        value = decode(patched, resource, options.field_validation, warnings, patched=True)
        meta = value["metadata"]
        if not meta.get("name"):
            raise bad_request(
                f"the name of the object ({key[1]} based on URL) was undeterminable: name must be provided"
            )
        if meta["name"] != key[1]:
            raise misnamed(meta["name"], key[1])
        self._place(value, resource, key[0])
        if not meta.get("resourceVersion") and not resource.unconditional_update:
            raise no_version(resource, key[1])
        return Outcome(self._replace(resource, key, value, options, warnings), warnings=warnings)

    def _apply(
        self,
        resource: Resource,
        key: Key,
        _: str,
        body: bytes,
        options: Options,
        warnings: list[str],
    ) -> Outcome:
        applied = patch.configuration(body, resource)
        if applied["metadata"].setdefault("name", key[1]) != key[1]:
            raise misnamed(applied["metadata"]["name"], key[1])
        self._place(applied, resource, key[0])
        if options.status:
            wanted = ("apiVersion", "kind", "metadata", "status")
            applied = {name: applied[name] for name in wanted if name in applied}
        elif resource.has_status:
            applied.pop("status", None)
        stored = self.objects.of(resource.storage).objects.get(key)
        if stored is None:
            if options.status:
                raise not_found(resource, key[1])
            value = decode(copy.deepcopy(applied), resource, "Ignore", [])
            self._insert(resource, key[0], value, options, warnings, applied=applied)
            return Outcome(value, created=True, warnings=warnings)
        writer = Manager("Apply", options.manager, resource.api_version, "status" if options.status else "")
        live = admission.presented(stored.value, resource)
        merged = managed_fields.apply(live, applied, resource, writer, self.time(), force=options.force)
        value = decode(merged, resource, "Ignore", [])
        value = self._replace(resource, key, value, options, warnings, tracked=True)
        return Outcome(value, warnings=warnings)

    def delete(self, resource: Resource, key: Key, request: Any, options: Options) -> Json:
        """Delete an object, or mark it where finalizers hold it. Raises `ApiError` 404 or 409."""
        stored = self.get(resource, key)
        meta = stored.value["metadata"]
        wanted = (request or {}).get("preconditions") or {}
        for name, label in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
            if wanted.get(name) not in (None, meta.get(name)):
                raise precondition_failed(resource, key[1], label, wanted[name], meta.get(name, ""))
        if options.dry_run:
            return success(resource, key[1], meta["uid"])
        held_by = _DEPENDENTS.get((request or {}).get("propagationPolicy", ""))
        if self._lifecycle.holds(resource, key, stored.value, held_by):
            return admission.presented(self.get(resource, key).value, resource)
        self._lifecycle.remove(resource, key)
        return success(resource, key[1], meta["uid"])

    def delete_all(self, selection: Selection, request: Any, options: Options) -> list[Stored]:
        """Delete what is selected. Gives the objects as they were."""
        resource = selection.resource
        found = selection.find(self.objects.of(resource.storage).objects)
        for key, _ in found:
            self.delete(resource, key, request, options)
        return [stored for _, stored in found]

    def _insert(
        self,
        resource: Resource,
        namespace: str,
        value: Json,
        options: Options,
        warnings: list[str],
        *,
        applied: Json | None,
    ) -> None:
        meta = self._place(value, resource, namespace)
        if meta.get("resourceVersion"):
            message = "resourceVersion should not be set on objects to be created"
            raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "", message)
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = metadata.generated_name(meta["generateName"], self._chance)
        self._lifecycle.check_namespace(resource, meta)
        for server_set in ("deletionTimestamp", "deletionGracePeriodSeconds", "generation"):
            meta.pop(server_set, None)
        meta["uid"] = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        meta["creationTimestamp"] = self.time()
        if resource.generation:
            meta["generation"] = 1
        if resource.has_status:
            value.pop("status", None)
        admission.set_defaults(value, resource)
        shown = admission.presented(value, resource)
        if applied is None:
            writer = Manager("Update", options.manager, resource.api_version)
            managed_fields.track_update(shown, None, resource, writer, self.time())
        else:
            writer = Manager("Apply", options.manager, resource.api_version)
            managed_fields.track_first_apply(shown, applied, resource, writer, self.time())
        if resource.has_status and resource.custom:
            fill_defaults(value, resource.schema)  # a status that has a default comes back with it
        admission.prepare(value, resource)
        self._refuse(resource, meta.get("name", ""), admission.problems(value, None, resource, warnings))
        key = (namespace, meta["name"])
        stored = self.objects.of(resource.storage).objects.get(key)
        if stored is not None:
            going = "deletionTimestamp" in stored.value["metadata"]
            raise already_exists(resource, key[1], going=going)
        warnings += admission.remarks(value, None, resource)
        if not options.dry_run:
            self._commit(resource, key, value)

    def _replace(
        self,
        resource: Resource,
        key: Key,
        value: Json,
        options: Options,
        warnings: list[str],
        *,
        tracked: bool = False,
    ) -> Json:
        old = self.get(resource, key).value
        updates.check_version(resource, value["metadata"], old["metadata"], key[1])
        fixed = [*updates.fixed_problems(value, old, resource)]
        value = updates.isolated(value, old, resource, status=options.status)
        updates.keep_server_fields(value, old)
        admission.set_defaults(value, resource)
        if not tracked:
            subresource = "status" if options.status else ""
            writer = Manager("Update", options.manager, resource.api_version, subresource)
            shown, before = (admission.presented(state, resource) for state in (value, old))
            managed_fields.track_update(shown, before, resource, writer, self.time())
        admission.prepare(value, resource)
        updates.count_generation(value, old, resource)
        errors = [*updates.finalizer_problems(value, old, resource), *fixed]
        errors += admission.problems(value, old, resource, warnings, status=options.status)
        self._refuse(resource, key[1], errors)
        warnings += admission.remarks(value, old, resource)
        if value == old or options.dry_run:
            return value
        return self._commit(resource, key, value)

    def _commit(self, resource: Resource, key: Key, value: Json) -> Json:
        if self._lifecycle.is_done(resource, value):
            # Such a write is not stored: with it, what is stored is deleted.
            self._lifecycle.remove(resource, key)
            return value
        self._lifecycle.before_write(resource, value)
        self.objects.write(resource.storage, key, value)
        return value

    def _place(self, value: Json, resource: Resource, namespace: str) -> Json:
        meta: Json = value["metadata"]
        if resource.namespaced:
            if not meta.get("namespace"):
                meta["namespace"] = namespace
            if meta["namespace"] != namespace:
                raise bad_request(
                    "the namespace of the provided object does not match the namespace sent on the request"
                )
        else:
            meta.pop("namespace", None)
        return meta

    @staticmethod
    def _refuse(resource: Resource, name: str, errors: list[FieldError]) -> None:
        if errors:
            raise invalid(resource, name, errors)
