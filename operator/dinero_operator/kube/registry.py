"""The resources that this process knows, as the watch shows them. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dinero_operator.kube.resource import (
    CONNECT_ANNOTATION,
    RECONCILE_ANNOTATION,
    SKIP_ANNOTATION,
    Status,
    parse_status,
)
from dinero_operator.kube.resource_status import MAX_RECONCILE_TOKEN
from dinero_operator.sync.integration import Integration

MAX_SKIPPED = 10_000
MAX_DIGITS = 20
"""Of an order id: ids are 64-bit numbers."""


@dataclass(frozen=True, slots=True)
class Key:
    """A resource's place."""

    namespace: str
    name: str


@dataclass(slots=True)
class Entry:
    """One resource. ``status`` is what the API server has, as far as we know; ``integration`` lives from run to run."""

    key: Key
    uid: str
    generation: int
    resource_version: str
    shown_version: str
    """The version that the watch has shown last; empty where it has not shown the resource yet."""
    created: str
    spec: Mapping[str, Any]
    annotations: Mapping[str, str]
    raw_status: Mapping[str, Any]
    integration: Integration | None = field(default=None)
    events_of_run: int = 0
    skip_told: bool = False
    link_given_for: str | None = None
    """The token of the wish for a link that was answered last, while its annotation is still shown."""
    link_stuck: bool = False
    """That annotation stays: it may not be taken off."""

    @property
    def status(self) -> Status:
        """The status, read as far as it can be."""
        return parse_status(self.raw_status)

    @property
    def is_suspended(self) -> bool:
        """Whether ``spec.suspend`` is set; read without the rest of the spec, which may be wrong."""
        return self.spec.get("suspend") is True

    @property
    def wish(self) -> str | None:
        """The token of a wish for a run that has not been handled yet."""
        token = self.annotations.get(RECONCILE_ANNOTATION)
        if token is None:
            return None
        token = token[:MAX_RECONCILE_TOKEN]
        return token if token != self.raw_status.get("lastHandledReconcileAt") else None

    def skipped(self) -> tuple[frozenset[int], bool]:
        """The orders that are marked as done by hand, and whether everything in the annotation could be read."""
        words = [word.strip() for word in self.annotations.get(SKIP_ANNOTATION, "").split(",")]
        words = [word for word in words if word]
        ids = [int(word) for word in words[:MAX_SKIPPED] if _is_id(word)]
        return frozenset(ids), len(ids) == len(words)


class Registry:
    """All resources of this process, by their place."""

    def __init__(self) -> None:
        self._entries: dict[Key, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def get(self, key: Key) -> Entry | None:
        """The resource at a place, if there is one."""
        return self._entries.get(key)

    def remove(self, key: Key) -> Entry | None:
        """Take a resource out."""
        return self._entries.pop(key, None)

    def take(self, body: Mapping[str, Any], *, is_shown: bool = True) -> tuple[Entry, bool]:
        """Take note of a resource as the watch shows it, or as it was read where it is not ``is_shown``.

        Says whether something is new that asks for a run now.
        """
        metadata = body["metadata"]
        key = Key(metadata["namespace"], metadata["name"])
        known = self._entries.get(key)
        version = str(metadata.get("resourceVersion") or "")
        entry = Entry(
            key=key,
            uid=str(metadata.get("uid") or ""),
            generation=int(metadata.get("generation") or 0),
            resource_version=version,
            shown_version=version if is_shown else "",
            created=str(metadata.get("creationTimestamp") or ""),
            spec=_plain(body.get("spec")),
            annotations={
                name: str(value)
                for name, value in (metadata.get("annotations") or {}).items()
                if name.startswith("shoporama.dk/")
            },
            raw_status=_plain(body.get("status")),
        )
        if known is None or known.uid != entry.uid:
            self._entries[key] = entry
            return entry, True
        is_changed = known.generation != entry.generation or _for_runs(known) != _for_runs(entry)
        known.generation, known.resource_version = entry.generation, entry.resource_version
        if is_shown:
            known.shown_version = version
        known.spec, known.annotations, known.raw_status = entry.spec, entry.annotations, entry.raw_status
        return known, is_changed


def _for_runs(entry: Entry) -> dict[str, str]:
    """The annotations but the one that asks for a link, which needs no run."""
    return {name: value for name, value in entry.annotations.items() if name != CONNECT_ANNOTATION}


def _is_id(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) <= MAX_DIGITS


def _plain(value: Any) -> dict[str, Any]:
    """A plain copy of a JSON object: the watch's own are views that keep the whole body alive."""
    return {str(key): _copy(item) for key, item in value.items()} if isinstance(value, Mapping) else {}


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _copy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_copy(item) for item in value]
    return value
