"""What kinds the API serves, and how they are found by path or by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

AGE_PATH = ".metadata.creationTimestamp"
READ_WRITE = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the table that kubectl prints. ``priority`` above 0 shows with ``-o wide`` only."""

    name: str
    type: str
    path: str
    format: str = ""
    description: str = ""
    priority: int = 0
    is_age: bool = False
    """Whether a moment is shown as the time since then."""

    def definition(self) -> Json:
        """The column's entry in a `Table`."""
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": self.description,
            "priority": self.priority,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resource:
    """One kind in one version. Versions of a kind share ``storage``: the name of what is kept."""

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    storage: str
    list_kind: str = ""
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = READ_WRITE
    schema: Json = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    has_status: bool = False
    has_tokens: bool = False
    """Whether tokens are issued for it."""
    custom: bool = False
    generation: bool = False
    """Whether metadata.generation counts changes of the wish."""
    unconditional_update: bool = True
    """Whether PUT may leave out the resource version."""
    create_on_update: bool = False
    """Whether PUT creates what is missing."""
    empty: Json = field(default_factory=dict)
    """What an empty object of the kind has when it is written down: fields that no writer has set."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Field selectors beyond metadata.name and metadata.namespace: label to path, or to several (``|``) in order."""

    @property
    def api_version(self) -> str:
        """``group/version``, or the version alone in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """Plural and group, as messages name the resource."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_kind(self) -> str:
        """Kind and group, as messages name the kind."""
        return f"{self.kind}.{self.group}" if self.group else self.kind


class Registry:
    """All kinds, by group, version and plural."""

    def __init__(self) -> None:
        self._by_path: dict[tuple[str, str, str], Resource] = {}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_path.values())

    def add(self, resource: Resource) -> None:
        """Serve a kind from now on; an earlier one at the same path is replaced."""
        self._by_path[resource.group, resource.version, resource.plural] = resource

    def remove(self, group: str, plural: str) -> None:
        """Stop serving a kind in all its versions."""
        for key in [key for key in self._by_path if key[0] == group and key[2] == plural]:
            del self._by_path[key]

    def at(self, group: str, version: str, plural: str) -> Resource | None:
        """The kind at a path, if there is one."""
        return self._by_path.get((group, version, plural))

    def named(self, name: str) -> Resource:
        """Find a kind by kind, plural, singular, short name, or plural with group.

        Raises ``LookupError`` where nothing has that name.
        """
        wanted = name.lower()
        for resource in self:
            names = (resource.kind.lower(), resource.plural, resource.singular, resource.qualified)
            if wanted in names or wanted in resource.short_names:
                return resource
        raise LookupError(f"no kind is named {name!r}")

    def of(self, api_version: str, kind: str) -> Resource:
        """Find a kind by the apiVersion and kind of a manifest.

        Raises ``LookupError`` where nothing matches.
        """
        for resource in self:
            if resource.kind == kind and resource.api_version == api_version:
                return resource
        raise LookupError(f'no matches for kind "{kind}" in version "{api_version}"')

    def groups(self) -> dict[str, list[str]]:
        """Groups with their versions; the core group is the empty name."""
        groups: dict[str, list[str]] = {}
        for resource in self:
            versions = groups.setdefault(resource.group, [])
            if resource.version not in versions:
                versions.append(resource.version)
        return groups

    def within(self, group: str, version: str) -> list[Resource]:
        """The kinds of one group and version, by plural."""
        found = [r for r in self if r.group == group and r.version == version]
        return sorted(found, key=lambda resource: resource.plural)
