"""Which kind, verb and object a request is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dinero_operator.sandbox.kubernetes.resources import Registry, Resource
from dinero_operator.sandbox.kubernetes.status import (
    bad_request,
    method_not_allowed,
    not_found,
    not_supported,
)

_ITEM_VERBS = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_STATUS_VERBS = {"get", "update", "patch"}
_COLLECTION_VERBS = {"GET": "list", "POST": "create", "DELETE": "deletecollection"}


class Call(NamedTuple):
    """One request for a resource that was answered. ``resource`` is the plural, with ``/status`` or ``/token``."""

    verb: str
    resource: str
    namespace: str
    name: str
    status: int


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about."""

    verb: str
    resource: Resource
    namespace: str
    name: str
    subresource: str

    @property
    def status(self) -> bool:
        """Whether it is about the object's status alone."""
        return self.subresource == "status"

    def call(self, status: int) -> Call:
        """The request as it is noted, with the HTTP status of its answer."""
        plural = self.resource.plural + (f"/{self.subresource}" if self.subresource else "")
        return Call(self.verb, plural, self.namespace, self.name, status)


def target(registry: Registry, method: str, path: str, *, watch: bool) -> Target | None:
    """Read a path; ``None`` where nothing is served there. Raises `ApiError` 400, 404 or 405 for what a kind does not offer."""
    parts = path.strip("/").split("/")
    if parts[:1] == ["api"]:
        group, version, rest = "", "".join(parts[1:2]), parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 2:  # noqa: PLR2004 (apis, group, version)
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace, rest = _namespace(rest)
    plural, name, subresource = [*rest, "", ""][:3]
    resource = registry.at(group, version, plural)
    if resource is None or (namespace and not resource.namespaced):
        return None
    if len(rest) > 3 and not resource.custom:  # noqa: PLR2004 (plural, name, subresource)
        return None
    if name and resource.namespaced and not namespace:
        return None
    if subresource and not (subresource == "status" and resource.has_status):
        return _other_subresource(Target("create", resource, namespace, name, subresource), method)
    if resource.custom and method == "POST" and not subresource:
        name = ""  # a custom kind takes a creation there as one in the collection
    aim = Target(_verb(method, is_item=bool(name), watch=watch), resource, namespace, name, subresource)
    if aim.verb == "create" and resource.namespaced and not namespace and resource.custom:
        return None
    _check(aim)
    return aim


def _verb(method: str, *, is_item: bool, watch: bool) -> str:
    verb = (_ITEM_VERBS if is_item else _COLLECTION_VERBS).get(method, "")
    return "watch" if watch and verb == "list" else verb


def _other_subresource(aim: Target, method: str) -> Target | None:
    if aim.subresource == "token" and aim.resource.has_tokens:
        if method != "POST":
            raise method_not_allowed()
        return aim
    if aim.resource.custom:
        raise not_found(aim.resource, aim.name)
    return None


def _check(aim: Target) -> None:
    resource = aim.resource
    if resource.custom and not aim.verb and not aim.name:
        raise bad_request("name must be provided")
    if aim.subresource and aim.verb not in _STATUS_VERBS and resource.custom:
        raise not_supported(resource, aim.verb or "create")
    elsewhere = aim.verb == "create" and resource.namespaced and not aim.namespace
    if aim.verb not in resource.verbs or elsewhere or (aim.subresource and aim.verb == "delete"):
        raise method_not_allowed()


def is_builtin(registry: Registry, path: str) -> bool:
    """Whether a path is in a group of built-in kinds."""
    parts = path.strip("/").split("/")
    if parts[:1] not in (["api"], ["apis"]):
        return False
    group = "" if parts[0] == "api" else "".join(parts[1:2])
    return any(resource.group == group and not resource.custom for resource in registry)


def _namespace(parts: Sequence[str]) -> tuple[str, list[str]]:
    """Split off the namespace; ``namespaces/<name>`` and its subresources are the namespace itself."""
    own = {"status", "finalize"}
    if len(parts) > 2 and parts[0] == "namespaces" and parts[2] not in own:  # noqa: PLR2004
        return parts[1], list(parts[2:])
    return "", list(parts)
