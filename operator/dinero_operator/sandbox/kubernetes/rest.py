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
from dinero_operator.sandbox.kubernetes.lifecycle import Lifecycle
from dinero_operator.sandbox.kubernetes.managed_fields import Manager
from dinero_operator.sandbox.kubernetes.objects import Key, Objects, Stored
from dinero_operator.sandbox.kubernetes.options import Options, Outcome
from dinero_operator.sandbox.kubernetes.reading import Selection
from dinero_operator.sandbox.kubernetes.resources import Json, Registry, Resource
from dinero_operator.sandbox.kubernetes.schema import fill_defaults
from dinero_operator.sandbox.kubernetes.status import (
    ApiError,
    FieldError,
    Problem,
    already_exists,
    bad_request,
    conflict,
    forbidden,
    invalid,
    not_found,
    success,
    unsupported_media_type,
)


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
        warnings: list[str] = []
        value = admission.decode(body, resource, options.field_validation, warnings)
        self._insert(resource, namespace, value, options, applied=None)
        return Outcome(value, created=True, warnings=warnings)

    def update(self, resource: Resource, key: Key, body: Any, options: Options) -> Outcome:
        """Replace an object (PUT), or its status. Raises `ApiError` 400, 404, 409 or 422."""
        warnings: list[str] = []
        value = admission.decode(body, resource, options.field_validation, warnings)
        meta = self._place(value, resource, key[0])
        if meta.setdefault("name", key[1]) != key[1]:
            raise bad_request(
                f"the name of the object ({meta['name']}) does not match the name on the URL ({key[1]})"
            )
        if key not in self.objects.of(resource.storage).objects:
            if resource.create_on_update and not options.status:
                return self.create(resource, key[0], body, options)
            raise not_found(resource, key[1])
        if not meta.get("resourceVersion") and not resource.unconditional_update:
            shown = 0 if resource.custom else ""
            error = FieldError(
                Problem.INVALID, "metadata.resourceVersion", shown, "must be specified for an update"
            )
            raise invalid(resource, key[1], [error])
        return Outcome(self._replace(resource, key, value, options), warnings=warnings)

    def patch(self, resource: Resource, key: Key, content_type: str, body: Any, options: Options) -> Outcome:
        """Change an object by one of the patch formats. Raises `ApiError` 400, 404, 409, 415 or 422."""
        if content_type == patch.APPLY:
            return self._apply(resource, key, body, options)
        accepted = [patch.JSON_PATCH, patch.MERGE, patch.APPLY]
        if not resource.custom:
            accepted.insert(2, patch.STRATEGIC)
        if content_type not in accepted:
            raise unsupported_media_type(accepted)
        live = admission.presented(self.get(resource, key).value, resource)
        if content_type == patch.JSON_PATCH:
            patched = patch.json_patch(live, body)
        elif not isinstance(body, dict):
            raise bad_request(
                "error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}"
            )
        elif content_type == patch.STRATEGIC:
            patched = patch.strategic(live, body, resource.schema)
            patched["metadata"] = patch.strategic(
                live["metadata"], body.get("metadata") or {}, metadata.META_SCHEMA
            )
        else:
            patched = patch.merge(live, body)
        warnings: list[str] = []
        value = admission.decode(patched, resource, options.field_validation, warnings)
        if value["metadata"].get("name") != key[1] or value["metadata"].get("namespace", "") != key[0]:
            raise bad_request("the name or the namespace of the object does not match the URL")
        return Outcome(self._replace(resource, key, value, options), warnings=warnings)

    def _apply(self, resource: Resource, key: Key, body: Any, options: Options) -> Outcome:
        warnings: list[str] = []
        applied = admission.decode(body, resource, options.field_validation, warnings, defaults=False)
        if applied["metadata"].get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        if applied["metadata"].setdefault("name", key[1]) != key[1]:
            raise bad_request("the name of the object does not match the name on the URL")
        self._place(applied, resource, key[0])
        if options.status:
            applied = {
                name: applied[name]
                for name in ("apiVersion", "kind", "metadata", "status")
                if name in applied
            }
        elif resource.has_status:
            applied.pop("status", None)
        stored = self.objects.of(resource.storage).objects.get(key)
        if stored is None:
            if options.status:
                raise not_found(resource, key[1])
            value = admission.decode(copy.deepcopy(applied), resource, "Ignore", [])
            self._insert(resource, key[0], value, options, applied=applied)
            return Outcome(value, created=True, warnings=warnings)
        writer = Manager(options.manager, "Apply", resource.api_version, "status" if options.status else "")
        live = admission.presented(stored.value, resource)
        merged = managed_fields.apply(live, applied, resource, writer, self.time(), force=options.force)
        value = admission.decode(merged, resource, "Ignore", [])
        return Outcome(self._replace(resource, key, value, options, tracked=True), warnings=warnings)

    def delete(self, resource: Resource, key: Key, request: Any, options: Options) -> Json:
        """Delete an object, or mark it where finalizers hold it. Raises `ApiError` 404 or 409."""
        stored = self.get(resource, key)
        meta = stored.value["metadata"]
        wanted = (request or {}).get("preconditions") or {}
        for name, label in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
            if wanted.get(name) not in (None, meta.get(name)):
                why = (
                    f"Precondition failed: {label} in precondition: {wanted[name]}, "
                    f"{label} in object meta: {meta.get(name)}"
                )
                raise conflict(resource, key[1], why)
        if options.dry_run or (request or {}).get("dryRun"):
            return success(resource, key[1], meta["uid"])
        if self._lifecycle.holds(resource, key, stored.value):
            return self.get(resource, key).value
        self._lifecycle.remove(resource, key)
        return success(resource, key[1], meta["uid"])

    def delete_all(self, selection: Selection, options: Options) -> list[Json]:
        """Delete what is selected. Gives the objects as they were."""
        resource = selection.resource
        found = selection.find(self.objects.of(resource.storage).objects)
        for key, _ in found:
            self.delete(resource, key, None, options)
        return [stored.value for _, stored in found]

    def _insert(
        self, resource: Resource, namespace: str, value: Json, options: Options, *, applied: Json | None
    ) -> None:
        meta = self._place(value, resource, namespace)
        if meta.get("resourceVersion"):
            message = "resourceVersion should not be set on objects to be created"
            raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", message)
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = metadata.generated_name(meta["generateName"], self._chance)
        self._check_namespace(resource, meta)
        for server_set in ("deletionTimestamp", "deletionGracePeriodSeconds", "generation"):
            meta.pop(server_set, None)
        meta["uid"] = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        meta["creationTimestamp"] = self.time()
        if resource.generation:
            meta["generation"] = 1
        if resource.has_status:
            value.pop("status", None)
            if resource.custom:
                fill_defaults(value, resource.schema)  # a status that has a default comes back with it
        admission.prepare(value, resource)
        self._refuse(resource, meta.get("name", ""), admission.problems(value, None, resource))
        key = (namespace, meta["name"])
        if key in self.objects.of(resource.storage).objects:
            raise already_exists(resource, key[1])
        if applied is None:
            writer = Manager(options.manager, "Update", resource.api_version)
            managed_fields.track_update(value, None, resource.schema, writer, self.time())
        else:
            writer = Manager(options.manager, "Apply", resource.api_version)
            managed_fields.track_first_apply(value, applied, resource.schema, writer, self.time())
        if not options.dry_run:
            self._commit(resource, key, value)

    def _replace(
        self, resource: Resource, key: Key, value: Json, options: Options, *, tracked: bool = False
    ) -> Json:
        old = self.get(resource, key).value
        updates.check_version(resource, value["metadata"], old["metadata"], key[1])
        value = updates.isolated(value, old, resource, status=options.status)
        updates.keep_server_fields(value, old)
        admission.prepare(value, resource)
        updates.count_generation(value, old, resource)
        errors = admission.problems(value, old, resource)
        self._refuse(resource, key[1], [*errors, *updates.finalizer_problems(value, old)])
        if not tracked:
            subresource = "status" if options.status else ""
            writer = Manager(options.manager, "Update", resource.api_version, subresource)
            managed_fields.track_update(value, old, resource.schema, writer, self.time())
        if value == old or options.dry_run:
            return value
        return self._commit(resource, key, value)

    def _commit(self, resource: Resource, key: Key, value: Json) -> Json:
        self._lifecycle.before_write(resource, value)
        self.objects.write(resource.storage, key, value)
        if self._lifecycle.is_done(resource, value):
            self._lifecycle.remove(resource, key)
        return value

    def _place(self, value: Json, resource: Resource, namespace: str) -> Json:
        meta: Json = value["metadata"]
        if resource.namespaced:
            if meta.setdefault("namespace", namespace) != namespace:
                raise bad_request(
                    "the namespace of the provided object does not match the namespace sent on the request"
                )
        else:
            meta.pop("namespace", None)
        return meta

    def _check_namespace(self, resource: Resource, meta: Json) -> None:
        if not resource.namespaced:
            return
        stored = self.objects.of("namespaces").objects.get(("", meta["namespace"]))
        if stored is None:
            raise not_found(self.registry.named("namespaces"), meta["namespace"])
        if "deletionTimestamp" in stored.value["metadata"]:
            why = f"unable to create new content in namespace {meta['namespace']} because it is being terminated"
            raise forbidden(resource, meta.get("name", ""), why)

    @staticmethod
    def _refuse(resource: Resource, name: str, errors: list[FieldError]) -> None:
        if errors:
            raise invalid(resource, name, errors)
