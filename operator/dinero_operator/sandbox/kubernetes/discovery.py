"""Discovery: which groups, versions and kinds there are, in the plain and in the aggregated form."""

from __future__ import annotations

from dinero_operator.sandbox.kubernetes.resources import Json, Registry, Resource
from dinero_operator.sandbox.kubernetes.tokens import GROUP

VERSION: Json = {
    "major": "1",
    "minor": "37",
    "gitVersion": "v1.37.2+dinero-sandbox",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "2025-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "python",
    "platform": "linux/amd64",
}
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_CUSTOM_VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
_STATUS_VERBS = ["get", "patch", "update"]


def core_versions(address: str) -> Json:
    """Answer of ``/api``."""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    }


def group_list(registry: Registry) -> Json:
    """Answer of ``/apis``."""
    groups = [group(registry, name, embedded=True) for name in registry.groups() if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(registry: Registry, name: str, *, embedded: bool = False) -> Json:
    """Answer of ``/apis/<group>``."""
    versions = [
        {"groupVersion": f"{name}/{version}", "version": version} for version in registry.groups()[name]
    ]
    kind = {} if embedded else {"kind": "APIGroup", "apiVersion": "v1"}
    return kind | {"name": name, "versions": versions, "preferredVersion": versions[0]}


def resource_list(registry: Registry, name: str, version: str) -> Json:
    """Answer of ``/api/v1`` and ``/apis/<group>/<version>``."""
    resources: list[Json] = []
    for resource in registry.within(name, version):
        resources.append(_entry(resource))
        if resource.has_status:
            resources.append(
                {
                    "name": f"{resource.plural}/status",
                    "singularName": "",
                    "namespaced": resource.namespaced,
                    "kind": resource.kind,
                    "verbs": _STATUS_VERBS,
                }
            )
        if resource.has_tokens:
            token = {"singularName": "", "namespaced": True, "group": GROUP, "version": "v1"}
            resources.append(
                {"name": f"{resource.plural}/token", "kind": "TokenRequest", "verbs": ["create"]} | token
            )
    return {
        "kind": "APIResourceList",
        **({"apiVersion": "v1"} if name else {}),
        "groupVersion": f"{name}/{version}" if name else version,
        "resources": resources,
    }


def _verbs(resource: Resource) -> list[str]:
    """The verbs in the order in which a server has them for this kind."""
    return list(_CUSTOM_VERBS if resource.custom else resource.verbs)


def _entry(resource: Resource) -> Json:
    entry: Json = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": _verbs(resource),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    return entry


def aggregated(registry: Registry, *, core: bool) -> Json:
    """Answer of ``/api`` or ``/apis`` to a client that takes everything at once."""
    items = [
        {
            "metadata": {"name": name} if name else {},
            "versions": [_aggregated_version(registry, name, version) for version in versions],
        }
        for name, versions in registry.groups().items()
        if core is not bool(name)
    ]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def _response_kind(resource: Resource) -> Json:
    """Group and version are empty where they are those of the entry, which is so for built-in kinds."""
    if resource.custom:
        return {"group": resource.group, "version": resource.version, "kind": resource.kind}
    return {"group": "", "version": "", "kind": resource.kind}


def _aggregated_version(registry: Registry, name: str, version: str) -> Json:
    resources = []
    for resource in registry.within(name, version):
        entry: Json = {
            "resource": resource.plural,
            "responseKind": _response_kind(resource),
            "scope": "Namespaced" if resource.namespaced else "Cluster",
            "singularResource": resource.singular,
            "verbs": _verbs(resource),
        }
        if resource.short_names:
            entry["shortNames"] = list(resource.short_names)
        if resource.categories:
            entry["categories"] = list(resource.categories)
        if resource.has_status:
            entry["subresources"] = [
                {"subresource": "status", "responseKind": entry["responseKind"], "verbs": _STATUS_VERBS}
            ]
        if resource.has_tokens:
            request = {"group": GROUP, "version": "v1", "kind": "TokenRequest"}
            entry["subresources"] = [{"subresource": "token", "responseKind": request, "verbs": ["create"]}]
        resources.append(entry)
    return {"version": version, "resources": resources, "freshness": "Current"}
