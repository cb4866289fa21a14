"""Which kind, verb and object a request is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dinero_operator.sandbox.kubernetes.resources import Registry, Resource
from dinero_operator.sandbox.kubernetes.status import method_not_allowed

_ITEM_VERBS = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_COLLECTION_VERBS = {"GET": "list", "POST": "create", "DELETE": "deletecollection"}


class Call(NamedTuple):
    """One request for a resource that was answered. ``resource`` is the plural, with ``/status`` for that."""

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
    status: bool

    def call(self, status: int) -> Call:
        """The request as it is noted, with the HTTP status of its answer."""
        plural = self.resource.plural + ("/status" if self.status else "")
        return Call(self.verb, plural, self.namespace, self.name, status)


def target(registry: Registry, method: str, path: str, *, watch: bool) -> Target | None:
    """Read a path; ``None`` where nothing is served there. Raises `ApiError` 405 for a verb that is not offered."""
    parts = path.strip("/").split("/")
    if parts[:1] == ["api"]:
        group, version, rest = "", "".join(parts[1:2]), parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 2:  # noqa: PLR2004 (apis, group, version)
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace, rest = _namespace(rest)
    if not rest or len(rest) > 3:  # noqa: PLR2004 (plural, name, subresource)
        return None
    plural, name, subresource = [*rest, "", ""][:3]
    resource = registry.at(group, version, plural)
    if resource is None or (namespace and not resource.namespaced):
        return None
    if subresource and not (subresource == "status" and resource.has_status):
        return None
    if name and resource.namespaced and not namespace:
        return None
    verb = (_ITEM_VERBS if name else _COLLECTION_VERBS).get(method, "")
    if verb == "list" and watch:
        verb = "watch"
    elsewhere = verb == "create" and resource.namespaced and not namespace
    if verb not in resource.verbs or elsewhere or (subresource and verb == "delete"):
        raise method_not_allowed()
    return Target(verb, resource, namespace, name, bool(subresource))


def _namespace(parts: Sequence[str]) -> tuple[str, list[str]]:
    """Split off the namespace; ``namespaces/<name>`` and its subresources are the namespace itself."""
    own = {"status", "finalize"}
    if len(parts) > 2 and parts[0] == "namespaces" and parts[2] not in own:  # noqa: PLR2004
        return parts[1], list(parts[2:])
    return "", list(parts)
