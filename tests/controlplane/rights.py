"""Rights as rules grant them and as requests use them, compared in both directions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from rendering import Json, Rendered

EVERYWHERE = "*"
"""The namespace of a right that a ClusterRoleBinding gives."""


class Right(NamedTuple):
    """One verb on one resource. Wildcards in rules are not understood, so that they never pass for a use.

    A request for a whole cluster has no namespace, and one without a name has none; a right without a name is for all.
    """

    namespace: str
    group: str
    resource: str
    verb: str
    name: str = ""


def granted(rendered: Rendered, account: str, namespace: str) -> frozenset[Right]:
    """What the bindings among these objects give to a service account."""
    found: set[Right] = set()
    for binding in rendered.all("ClusterRoleBinding") + rendered.all("RoleBinding"):
        subjects = [(each["kind"], each.get("namespace"), each["name"]) for each in binding["subjects"]]
        if ("ServiceAccount", namespace, account) not in subjects:
            continue
        place = binding["metadata"].get("namespace", EVERYWHERE)
        for rule in _role(rendered, binding)["rules"]:
            found |= {
                Right(place, group, resource, verb, name)
                for group in rule["apiGroups"]
                for resource in rule["resources"]
                for verb in rule["verbs"]
                for name in rule.get("resourceNames", [""])
            }
    return frozenset(found)


def _role(rendered: Rendered, binding: Json) -> Json:
    wanted, own = binding["roleRef"], binding["metadata"].get("namespace")
    place = own if wanted["kind"] == "Role" else None
    (role,) = [
        role
        for role in rendered.all(wanted["kind"])
        if (role["metadata"]["name"], role["metadata"].get("namespace")) == (wanted["name"], place)
    ]
    return role


def used(request: Json) -> Right | None:
    """What an entry of the audit log has asked for; ``None`` for what is no resource, such as discovery."""
    asked: dict[str, Any] | None = request.get("objectRef")
    if asked is None:
        return None
    resource = "/".join(filter(None, (asked["resource"], asked.get("subresource"))))
    # A creation's name stands in its body, which the authorizer does not see.
    name = "" if request["verb"] == "create" else asked.get("name", "")
    return Right(asked.get("namespace", ""), asked.get("apiGroup", ""), resource, request["verb"], name)


def covers(right: Right, use: Right) -> bool:
    return (
        right.namespace in (EVERYWHERE, use.namespace)
        and right[1:4] == use[1:4]
        and right.name in ("", use.name)
    )


def needless(rights: Iterable[Right], uses: Iterable[Right]) -> set[Right]:
    """The rights that no use needs."""
    uses = list(uses)
    return {right for right in rights if not any(covers(right, use) for use in uses)}


def missing(rights: Iterable[Right], uses: Iterable[Right]) -> set[Right]:
    """The uses that no right covers."""
    rights = list(rights)
    return {use for use in uses if not any(covers(right, use) for right in rights)}
