"""Direct access to the store, for tests and for loading a demo: no HTTP, but the same rules."""

from __future__ import annotations

import copy

from dinero_operator.sandbox.kubernetes.options import Options
from dinero_operator.sandbox.kubernetes.resources import Json, Registry, Resource
from dinero_operator.sandbox.kubernetes.rest import Rest

_OURSELVES = Options(manager="sandbox", field_validation="Strict")


class Access:
    """Objects by kind (or plural, singular, short name), namespace and name. What comes out is a copy."""

    def __init__(self, rest: Rest, registry: Registry) -> None:
        self._rest = rest
        self._registry = registry

    def get(self, kind: str, namespace: str, name: str) -> Json:
        """Read an object. Raises `ApiError` 404, or ``LookupError`` for an unknown kind."""
        resource = self._registry.named(kind)
        return copy.deepcopy(self._rest.get(resource, self._key(resource, namespace, name)).value)

    def list(self, kind: str, namespace: str = "") -> list[Json]:
        """Read all objects of a kind, in one namespace or (empty) in all, by namespace and name."""
        objects = self._rest.objects.of(self._registry.named(kind).storage).objects
        return [
            copy.deepcopy(objects[key].value)
            for key in sorted(objects)
            if not namespace or key[0] == namespace
        ]

    def put(self, manifest: Json) -> Json:
        """Create or replace an object, its status included; a missing namespace is created.

        Raises `ApiError` where a server would refuse the object, ``LookupError`` for an unknown kind.
        """
        manifest = copy.deepcopy(manifest)
        resource = self._registry.of(manifest.get("apiVersion", ""), manifest.get("kind", ""))
        meta = manifest["metadata"]
        namespace = meta.setdefault("namespace", "default") if resource.namespaced else ""
        if namespace and ("", namespace) not in self._rest.objects.of("namespaces").objects:
            self.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        key = (namespace, meta["name"])
        stored = self._rest.objects.of(resource.storage).objects.get(key)
        if stored is None:
            self._rest.create(resource, namespace, manifest, _OURSELVES)
        else:
            meta["resourceVersion"] = stored.value["metadata"]["resourceVersion"]
            self._rest.update(resource, key, manifest, _OURSELVES)
        if resource.has_status and resource.custom and "status" in manifest:
            now = self._rest.get(resource, key).value
            meta["resourceVersion"] = now["metadata"]["resourceVersion"]
            written = Options(manager="sandbox", field_validation="Strict", status=True)
            self._rest.update(resource, key, manifest, written)
        return copy.deepcopy(self._rest.get(resource, key).value)

    def delete(self, kind: str, namespace: str, name: str) -> None:
        """Delete an object; finalizers hold it as they do on a server. Raises `ApiError` 404."""
        resource = self._registry.named(kind)
        self._rest.delete(resource, self._key(resource, namespace, name), None, _OURSELVES)

    @staticmethod
    def _key(resource: Resource, namespace: str, name: str) -> tuple[str, str]:
        return (namespace if resource.namespaced else "", name)
