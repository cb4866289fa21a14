"""Watches: the changes of a kind as a stream of JSON lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dinero_operator.sandbox.kubernetes.admission import presented
from dinero_operator.sandbox.kubernetes.list_options import is_true, list_version, whole_number
from dinero_operator.sandbox.kubernetes.objects import Change, Collection, Objects, Stored, encode
from dinero_operator.sandbox.kubernetes.reading import Form, Selection
from dinero_operator.sandbox.kubernetes.resources import Json
from dinero_operator.sandbox.kubernetes.status import expired
from dinero_operator.sandbox.kubernetes.tables import partial, table

_DEFAULT_TIMEOUT = 1800.0
_INITIAL_END = "k8s.io/initial-events-end"


@dataclass(slots=True, eq=False)
class Watch:
    """One open watch. It keeps no queue: it remembers how far in the log of changes it has come."""

    selection: Selection
    form: Form
    collection: Collection
    position: int
    """Changes up to this resource version were sent."""
    bookmarks: bool
    include: str
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    ending: str = ""
    """Why it is to end: ``cut``, ``gone`` or ``abort``; empty while it may run."""
    _headed: bool = False

    def end(self, why: str) -> None:
        """End the watch soon: ``cut`` closes the stream, ``gone`` says 410 first, ``abort`` cuts the connection."""
        self.ending = why
        self.bell.set()

    def line(self, kind: str, stored: Stored, now: datetime) -> bytes:
        """One event. The object's JSON is shared by all watches."""
        resource = self.selection.resource
        if self.form is Form.OBJECT:
            body = stored.encoded(resource, presented)
        elif self.form is Form.PARTIAL:
            body = encode(partial(stored.value))
        else:
            meta = {"resourceVersion": str(stored.version)}
            rows = table(
                [stored.value], resource, now, meta, include=self.include, definitions=not self._headed
            )
            body = encode(rows)
            self._headed = True
        return b'{"type":"%s","object":%s}\n' % (kind.encode(), body)

    def event(self, change: Change, now: datetime) -> bytes:
        """The line for a change, or nothing where the selection does not see it."""
        selection = self.selection
        if not selection.reaches(change.key):
            return b""
        if selection.everything:
            return self.line(change.type, change.stored, now)
        was = change.previous is not None and change.previous in selection
        if change.type == "DELETED":
            return self.line("DELETED", change.stored, now) if was else b""
        match was, change.stored in selection:
            case True, True:
                return self.line("MODIFIED", change.stored, now)
            case False, True:
                return self.line("ADDED", change.stored, now)
            case True, False if change.previous is not None:
                # It left the selection: the client gets its last selected state, under the version of the change.
                value = change.previous.value
                meta = {**value["metadata"], "resourceVersion": str(change.version)}
                return self.line("DELETED", Stored({**value, "metadata": meta}, change.version), now)
        return b""

    def bookmark(self, version: int, *, initial_end: bool = False) -> bytes:
        """A bookmark: everything up to ``version`` was sent."""
        meta: Json = {"resourceVersion": str(version)}
        if initial_end:
            meta["annotations"] = {_INITIAL_END: "true"}
        resource = self.selection.resource
        value: Json = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": meta}
        if self.form is Form.PARTIAL:
            value |= {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
        elif self.form is Form.TABLE:
            list_meta = {"resourceVersion": str(version)}
            rows = [{"cells": [None] * len(resource.columns), "object": partial({"metadata": meta})}]
            value = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": list_meta}
            value |= {"columnDefinitions": None, "rows": rows}
        return encode({"type": "BOOKMARK", "object": value}) + b"\n"


def error_line(message: str) -> bytes:
    """The event that tells a client to list anew."""
    return encode({"type": "ERROR", "object": expired(message).body()}) + b"\n"


class Watches:
    """All open watches."""

    def __init__(self, objects: Objects, now: Callable[[], datetime], *, bookmark_seconds: float) -> None:
        self.open: set[Watch] = set()
        self._objects = objects
        self._now = now
        self._bookmark_seconds = bookmark_seconds

    def end(self, why: str) -> None:
        """End all open watches."""
        for watch in self.open:
            watch.end(why)

    async def stream(
        self, selection: Selection, form: Form, query: Mapping[str, str]
    ) -> AsyncIterator[bytes]:
        """Yield the lines of a watch until its time is over or it is ended. Raises `ApiError` 400 before the first.

        Raises ``ConnectionAbortedError`` where the connection is to be cut.
        """
        version = list_version(query, watch=True)
        timeout = whole_number(query, "timeoutSeconds") or _DEFAULT_TIMEOUT
        collection = self._objects.of(selection.resource.storage)
        watch = Watch(
            selection,
            form,
            collection,
            version,
            bookmarks=is_true(query, "allowWatchBookmarks"),
            include=query.get("includeObject", "Metadata"),
        )
        collection.bells.add(watch.bell)
        self.open.add(watch)
        try:
            if version > self._objects.version:
                # Only a server that was restarted sees this: its clients must start over.
                yield error_line(f"too large resource version: {version}, current: {self._objects.version}")
                return
            yield b""
            if is_true(query, "sendInitialEvents") or (version == 0 and "sendInitialEvents" not in query):
                yield self._initial(watch, query)
            elif version == 0:
                watch.position = self._objects.version
            async for lines in self._follow(watch, float(timeout)):
                yield lines
        finally:
            collection.bells.discard(watch.bell)
            self.open.discard(watch)

    def _initial(self, watch: Watch, query: Mapping[str, str]) -> bytes:
        now = self._now()
        watch.position = self._objects.version
        found = watch.selection.find(watch.collection.objects)
        lines = [watch.line("ADDED", stored, now) for _, stored in found]
        if watch.bookmarks and is_true(query, "sendInitialEvents"):
            lines.append(watch.bookmark(watch.position, initial_end=True))
        return b"".join(lines)

    async def _follow(self, watch: Watch, timeout_seconds: float) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        bookmark_at = loop.time() + self._bookmark_seconds
        while True:
            watch.bell.clear()
            try:
                changes = watch.collection.since(watch.position)
            except LookupError as error:
                yield error_line(str(error))
                return
            if changes:
                now = self._now()
                watch.position = changes[-1].version
                yield b"".join(watch.event(change, now) for change in changes)
                continue
            if watch.ending or watch.collection.closed:
                if watch.ending == "abort":
                    raise ConnectionAbortedError
                if watch.ending == "gone":
                    yield error_line("The resourceVersion for the provided watch is too old.")
                return
            remaining = deadline - loop.time()
            if watch.bookmarks and (remaining <= 0 or loop.time() >= bookmark_at):
                bookmark_at = loop.time() + self._bookmark_seconds
                yield watch.bookmark(self._objects.version)
            if remaining <= 0:
                return
            wait = min(remaining, bookmark_at - loop.time()) if watch.bookmarks else remaining
            try:
                async with asyncio.timeout(wait):
                    await watch.bell.wait()
            except TimeoutError:
                continue
