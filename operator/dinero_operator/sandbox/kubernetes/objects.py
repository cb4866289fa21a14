"""What is kept: objects by storage, one counter of resource versions, and a log of changes for the watches."""

from __future__ import annotations

import asyncio
import json
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dinero_operator.sandbox.kubernetes.resources import Json, Resource

Key = tuple[str, str]
"""Namespace (empty for cluster-wide kinds) and name."""


def encode(value: object) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(slots=True, eq=False)
class Stored:
    """One version of an object. ``value`` is never changed once stored, so that it can be shared freely."""

    value: Json
    version: int
    _encoded: dict[str, bytes] = field(default_factory=dict)

    def encoded(self, resource: Resource, present: Callable[[Json, Resource], Json]) -> bytes:
        """The object's JSON in the version of ``resource``, made once and kept."""
        key = resource.api_version
        if key not in self._encoded:
            self._encoded[key] = encode(present(self.value, resource))
        return self._encoded[key]

    def replace(self, value: Json) -> None:
        """Read the same version of the object under a changed schema."""
        self.value = value
        self._encoded.clear()


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One write. ``stored`` is the object after it (a deleted one: its last state, with the deletion's version)."""

    type: str
    key: Key
    stored: Stored
    previous: Stored | None

    @property
    def version(self) -> int:
        """The resource version of the change."""
        return self.stored.version


class Collection:
    """The objects of one storage and the changes that led to them."""

    def __init__(self, history: int, born: int) -> None:
        self.objects: dict[Key, Stored] = {}
        self.log: list[Change] = []
        self.floor = born
        """Changes up to this resource version are forgotten: a watch from before it is told 410."""
        self.closed = False
        """Whether the kind is no longer served: its watches end."""
        self.bells: set[asyncio.Event] = set()
        self._history = history

    def append(self, change: Change) -> None:
        """Write down a change and wake the watches."""
        self.log.append(change)
        if len(self.log) > 2 * self._history:
            self.forget(self.log[-self._history - 1].version)
        self.ring()

    def forget(self, version: int) -> None:
        """Drop the changes up to and with ``version``."""
        self.floor = max(self.floor, version)
        del self.log[: bisect_right(self.log, version, key=lambda change: change.version)]

    def since(self, version: int) -> list[Change]:
        """Changes after ``version``, oldest first. Raises ``LookupError`` if some of them are forgotten."""
        if version < self.floor:
            raise LookupError(f"too old resource version: {version} ({self.floor})")
        if not self.log or self.log[-1].version <= version:
            return []
        return self.log[bisect_right(self.log, version, key=lambda change: change.version) :]

    def ring(self) -> None:
        """Wake all watches."""
        for bell in self.bells:
            bell.set()


class Objects:
    """All objects. Every write takes the next resource version, whatever the kind."""

    def __init__(self, *, history: int) -> None:
        self.version = 1
        self._history = history
        self._collections: dict[str, Collection] = {}

    def __iter__(self) -> Iterator[Collection]:
        return iter(self._collections.values())

    def of(self, storage: str) -> Collection:
        """The collection of a storage; it comes into being with the first use."""
        if storage not in self._collections:
            self._collections[storage] = Collection(self._history, self.version)
        return self._collections[storage]

    def drop(self, storage: str) -> None:
        """Forget a storage whole; its watches are woken to find it gone."""
        collection = self._collections.pop(storage, None)
        if collection is not None:
            collection.closed = True
            collection.ring()

    def write(self, storage: str, key: Key, value: Json) -> Stored:
        """Store a new version of an object. ``value`` belongs to the store from here on."""
        collection = self.of(storage)
        previous = collection.objects.get(key)
        stored = self._stamp(value)
        collection.objects[key] = stored
        collection.append(Change("MODIFIED" if previous else "ADDED", key, stored, previous))
        return stored

    def erase(self, storage: str, key: Key) -> Stored:
        """Delete an object. The watches get its last state under the deletion's resource version."""
        collection = self.of(storage)
        previous = collection.objects.pop(key)
        last = self._stamp({**previous.value, "metadata": {**previous.value["metadata"]}})
        collection.append(Change("DELETED", key, last, previous))
        return last

    def _stamp(self, value: Json) -> Stored:
        self.version += 1
        value["metadata"]["resourceVersion"] = str(self.version)
        return Stored(value, self.version)
