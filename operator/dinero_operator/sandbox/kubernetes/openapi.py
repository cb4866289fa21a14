"""OpenAPI v3: schemas for ``kubectl explain``, and the parameters by which kubectl leaves validation to the server.

There is no ``/openapi/v2``. It is another language (Swagger 2.0, which knows neither ``nullable`` nor ``oneOf``) that the
server would have to translate all schemas into, and give as protobuf, too; kubectl reads v3 since 1.27.
"""

from __future__ import annotations

import hashlib
from typing import Any

from dinero_operator.sandbox.kubernetes.metadata import META_SCHEMA
from dinero_operator.sandbox.kubernetes.objects import encode
from dinero_operator.sandbox.kubernetes.patch import APPLY, JSON_PATCH, MERGE, STRATEGIC
from dinero_operator.sandbox.kubernetes.resources import Json, Registry, Resource

_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_LIST_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"
_DESCRIPTIONS = {
    "apiVersion": "APIVersion is the version of this object's schema.",
    "kind": "Kind is the name of the REST resource that this object represents.",
    "metadata": "Standard object's metadata.",
}
_ACTIONS = {"get": "get", "put": "put", "patch": "patch", "delete": "delete"}
_SERVER_FORMATS = {"micro-time": "date-time"}


def _path(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def index(registry: Registry) -> Json:
    """Answer of ``/openapi/v3``: where the document of each group and version is."""
    return {
        "paths": {
            _path(group, version): {
                "serverRelativeURL": f"/openapi/v3/{_path(group, version)}?hash={_hash(registry, group, version)}"
            }
            for group, versions in registry.groups().items()
            for version in versions
        }
    }


def _hash(registry: Registry, group: str, version: str) -> str:
    return hashlib.sha256(encode(document(registry, group, version))).hexdigest().upper()


def document(registry: Registry, group: str, version: str) -> Json:
    """The document of one group and version."""
    paths: Json = {}
    schemas: Json = {
        _META: META_SCHEMA
        | {"description": "ObjectMeta is metadata that all persisted resources must have."},
        _LIST_META: {"type": "object", "description": "ListMeta describes metadata of lists."},
    }
    for resource in registry.within(group, version):
        schemas[_name(resource)] = _schema(resource)
        schemas[f"{_name(resource)}List"] = _list_schema(resource)
        paths |= _paths(resource)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1.37.2"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _name(resource: Resource) -> str:
    reverse = ".".join(reversed(resource.group.split("."))) if resource.group else "io.k8s.api.core"
    return f"{reverse}.{resource.version}.{resource.kind}"


def _gvk(resource: Resource, suffix: str = "") -> Json:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind + suffix}


def _schema(resource: Resource) -> Json:
    schema: Json = _published(resource.schema)
    meta = {"allOf": [{"$ref": f"#/components/schemas/{_META}"}], "default": {}}
    schema["properties"] = {
        **schema.get("properties", {}),
        "apiVersion": {"type": "string", "description": _DESCRIPTIONS["apiVersion"]},
        "kind": {"type": "string", "description": _DESCRIPTIONS["kind"]},
        "metadata": meta | {"description": _DESCRIPTIONS["metadata"]},
    }
    schema.setdefault("description", f"{resource.kind} of {resource.api_version}.")
    schema["x-kubernetes-group-version-kind"] = [_gvk(resource)]
    return schema


def _published(value: Any) -> Any:
    """A schema as published: what only this server knows is put in OpenAPI's words."""
    if isinstance(value, list):
        return [_published(item) for item in value]
    if not isinstance(value, dict):
        return value
    published = {name: _published(inner) for name, inner in value.items()}
    if published.get("format") in _SERVER_FORMATS:
        published["format"] = _SERVER_FORMATS[published["format"]]
    return published


def _list_schema(resource: Resource) -> Json:
    return {
        "type": "object",
        "description": f"{resource.kind}List is a list of {resource.kind}.",
        "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"$ref": f"#/components/schemas/{_LIST_META}"},
            "items": {
                "type": "array",
                "items": {"allOf": [{"$ref": f"#/components/schemas/{_name(resource)}"}]},
            },
        },
        "x-kubernetes-group-version-kind": [_gvk(resource, "List")],
    }


def _paths(resource: Resource) -> Json:
    base = f"/{_path(resource.group, resource.version)}"
    if resource.namespaced:
        base += "/namespaces/{namespace}"
    collection = f"{base}/{resource.plural}"
    reference = {"$ref": f"#/components/schemas/{_name(resource)}"}
    listed = {"$ref": f"#/components/schemas/{_name(resource)}List"}
    paths: Json = {collection: {"post": _operation(resource, "post", reference)}}
    if "list" in resource.verbs:
        paths[collection]["get"] = _operation(resource, "list", listed)
    if "get" in resource.verbs:
        item = {method: _operation(resource, action, reference) for method, action in _ACTIONS.items()}
        paths[f"{collection}/{{name}}"] = item
        if resource.has_status:
            paths[f"{collection}/{{name}}/status"] = {
                method: item[method] for method in ("get", "put", "patch")
            }
    return paths


def _operation(resource: Resource, action: str, reference: Json) -> Json:
    operation: Json = {
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": reference}}}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": _gvk(resource),
    }
    if action not in {"post", "put", "patch"}:
        return operation
    operation["parameters"] = [
        {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
        for name in ("dryRun", "fieldManager", "fieldValidation")
    ]
    kinds = ["application/json"]
    if action == "patch":
        kinds = [APPLY, JSON_PATCH, MERGE] + ([] if resource.custom else [STRATEGIC])
    operation["requestBody"] = {"content": {kind: {"schema": reference} for kind in kinds}, "required": True}
    return operation
