"""How objects come and go: finalizers, namespaces with their contents, definitions with their kinds."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

from dinero_operator.sandbox.kubernetes import crd
from dinero_operator.sandbox.kubernetes.objects import Key, Objects
from dinero_operator.sandbox.kubernetes.resources import Json, Registry, Resource
from dinero_operator.sandbox.kubernetes.schema import fill_defaults, prune
from dinero_operator.sandbox.kubernetes.status import forbidden, not_found

_DEFINITION = "CustomResourceDefinition"


class Lifecycle:
    """Consequences of writes beyond the object itself."""

    def __init__(self, registry: Registry, objects: Objects, time: Callable[[], str]) -> None:
        self._registry = registry
        self._objects = objects
        self._time = time

    def before_write(self, resource: Resource, value: Json) -> None:
        """Serve the kinds of a definition before it is stored, and say in its status that they are."""
        if resource.kind == _DEFINITION and "deletionTimestamp" not in value["metadata"]:
            self._serve(value)

    def check_namespace(self, resource: Resource, meta: Json) -> None:
        """Hold a creation to a namespace that is there to stay. Raises `ApiError` 403 or 404."""
        if not resource.namespaced:
            return
        stored = self._objects.of("namespaces").objects.get(("", meta["namespace"]))
        if stored is None:
            raise not_found(self._registry.named("namespaces"), meta["namespace"])
        if "deletionTimestamp" in stored.value["metadata"]:
            why = f"unable to create new content in namespace {meta['namespace']} because it is being terminated"
            raise forbidden(resource, meta.get("name", ""), why)

    def is_done(self, resource: Resource, value: Json) -> bool:
        """Whether a stored object is marked as deleted and nothing holds it any more."""
        meta = value["metadata"]
        if "deletionTimestamp" not in meta or meta.get("finalizers"):
            return False
        return resource.kind != "Namespace" or next(self._contents(meta["name"]), None) is None

    def holds(self, resource: Resource, key: Key, value: Json, held_by: str | None = None) -> bool:
        """Begin a deletion. True where finalizers, or contents with finalizers, keep the object for now.

        ``held_by`` is a finalizer that the deletion itself asks for.
        """
        contents_left = resource.kind == "Namespace" and self._empty_namespace(key[1])
        finalizers = value["metadata"].get("finalizers") or []
        if not finalizers and not contents_left and not held_by:
            return False
        more = [held_by] if held_by and held_by not in finalizers else []
        if more or "deletionTimestamp" not in value["metadata"]:
            self._mark(resource, key, value, [*finalizers, *more])
        return True

    def remove(self, resource: Resource, key: Key) -> None:
        """Delete an object for good, and what goes with it."""
        if resource.kind == _DEFINITION:
            self._stop_serving(key[1])
        self._objects.erase(resource.storage, key)
        self._release_namespace(key[0])

    def _mark(self, resource: Resource, key: Key, value: Json, finalizers: list[str]) -> None:
        marked = copy.deepcopy(value)
        meta = marked["metadata"]
        if finalizers:
            meta["finalizers"] = finalizers
        is_new = "deletionTimestamp" not in meta
        meta.setdefault("deletionTimestamp", self._time())
        meta["deletionGracePeriodSeconds"] = 0
        if resource.generation and is_new:
            meta["generation"] = meta.get("generation", 0) + 1
        if resource.kind == "Namespace":
            marked["status"] = {**marked.get("status", {}), "phase": "Terminating"}
        self._objects.write(resource.storage, key, marked)

    def _contents(self, namespace: str) -> Iterator[tuple[Resource, Key]]:
        seen: dict[str, Resource] = {resource.storage: resource for resource in self._registry}
        return (
            (resource, key)
            for storage, resource in seen.items()
            if resource.namespaced
            for key in self._objects.of(storage).objects
            if key[0] == namespace
        )

    def _empty_namespace(self, namespace: str) -> bool:
        for resource, key in list(self._contents(namespace)):
            value = self._objects.of(resource.storage).objects[key].value
            if not self.holds(resource, key, value):
                self._objects.erase(resource.storage, key)
        return next(self._contents(namespace), None) is not None

    def _release_namespace(self, namespace: str) -> None:
        key = ("", namespace)
        stored = self._objects.of("namespaces").objects.get(key)
        if stored is not None and self.is_done(self._registry.named("namespaces"), stored.value):
            self._objects.erase("namespaces", key)

    def _serve(self, value: Json) -> None:
        kinds = crd.kinds_of(value)
        group, plural = value["spec"]["group"], value["spec"]["names"]["plural"]
        self._registry.remove(group, plural)
        for resource in kinds:
            self._registry.add(resource)
        stored = next(version["name"] for version in value["spec"]["versions"] if version.get("storage"))
        known = (value.get("status") or {}).get("storedVersions") or []
        value["status"] = {
            "acceptedNames": copy.deepcopy(value["spec"]["names"]),
            "conditions": self._conditions(value),
            "storedVersions": [*known, *([] if stored in known else [stored])],
        }
        self._reread(kinds)

    def _conditions(self, value: Json) -> list[Json]:
        known = (value.get("status") or {}).get("conditions")
        if known:
            return list(known)
        return [
            {
                "type": kind,
                "status": "True",
                "lastTransitionTime": self._time(),
                "reason": reason,
                "message": message,
            }
            for kind, reason, message in (
                ("NamesAccepted", "NoConflicts", "no conflicts found"),
                ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
            )
        ]

    def _reread(self, kinds: list[Resource]) -> None:
        """Bring stored objects under a changed schema: a real server does so at each read, without a new version."""
        if not kinds:
            return
        for stored in self._objects.of(kinds[0].storage).objects.values():
            reread = prune(copy.deepcopy(stored.value), kinds[0].schema)
            fill_defaults(reread, kinds[0].schema)
            stored.replace(reread)

    def _stop_serving(self, name: str) -> None:
        for key in list(self._objects.of(name).objects):
            self._objects.erase(name, key)
        plural, _, group = name.partition(".")
        self._registry.remove(group, plural)
        self._objects.drop(name)
