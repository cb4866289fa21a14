"""The same requests to the real server and to the embedded one: what is said to both, and what may not differ.

A script is written once, against a `Side`. It is played on each server in turn, and the two transcripts are compared:
status codes, warnings and whole bodies. Only what no two servers can share is replaced by placeholders: uids, resource
versions, moments and page tokens. They are numbered by first appearance, so that what stays the same on one server must
stay the same on the other.
"""

from __future__ import annotations

import asyncio
import difflib
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import yaml

Json = dict[str, Any]
Script = Callable[["Side"], Awaitable[None]]
MERGE, JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"
STRATEGIC, APPLY = "application/strategic-merge-patch+json", "application/apply-patch+yaml"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_MOMENTS = {"creationTimestamp", "deletionTimestamp", "time", "expirationTimestamp"}
_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_VERSION_IN_TEXT = re.compile(r"(?i)(resource ?version\b[^0-9;,]*|current: |\()\b(\d+)\b")
_AGE = re.compile(r"^\d+s$")
_WRITER = ("operation", "manager", "subresource")
_QUIET = 0.25
"""Seconds without an event after which a watch is taken to have told everything."""


@dataclass(slots=True)
class Side:
    """One of the two servers, and what was said to it."""

    session: aiohttp.ClientSession
    namespace: str
    transcript: list[tuple[str, Any]] = field(default_factory=list)
    _names: dict[tuple[str, str], str] = field(default_factory=dict)

    def kiosks(self, name: str = "") -> str:
        return f"/apis/example.com/v1alpha1/namespaces/{self.namespace}/kiosks" + (f"/{name}" if name else "")

    def core(self, plural: str, name: str = "") -> str:
        return f"/api/v1/namespaces/{self.namespace}/{plural}" + (f"/{name}" if name else "")

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Send a request and note the answer; gives its body. ``kind`` and ``accept`` are media types, the rest query.

        ``note`` names what alone of the answer is to be compared: a function of it.
        """
        note: Callable[[Any], Any] | None = more.pop("note", None)
        headers = {"Accept": more.pop("accept", "application/json")}
        if body is not None:
            headers["Content-Type"] = more.pop("kind", "application/json")
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        kinds = f"{headers['Accept']} {headers.get('Content-Type', '')}"
        shown = f"{method} {path} {more} {kinds} {json.dumps(_without_meta(body), sort_keys=True, default=str):.300}"
        async with self.session.request(method, path, data=data, headers=headers, params=more) as answer:
            text = await answer.text(errors="replace")
            try:
                said = json.loads(text)
            except ValueError:
                said = text
            seen = note(said) if note is not None and answer.ok else said
            warnings = answer.headers.getall("Warning", [])
        self.transcript.append((self._plain(shown), [answer.status, warnings, self.placed(seen)]))
        return said

    async def get(self, path: str, **more: Any) -> Any:
        return await self.call("GET", path, **more)

    async def post(self, path: str, body: Any, **more: Any) -> Any:
        return await self.call("POST", path, body, **more)

    async def put(self, path: str, body: Any, **more: Any) -> Any:
        return await self.call("PUT", path, body, **more)

    async def patch(self, path: str, body: Any, kind: str = MERGE, **more: Any) -> Any:
        return await self.call("PATCH", path, body, kind=kind, **more)

    async def delete(self, path: str, body: Any = None, **more: Any) -> Any:
        return await self.call("DELETE", path, body, **more)

    async def watch(self, path: str, expected: int, **query: Any) -> list[Json]:
        """Read so many events of a watch, and see that no more come; fewer are noted as they are."""
        events: list[Json] = []
        async with self.session.get(path, params={"watch": "true", **query}) as answer:
            lines = aiter(answer.content)
            while True:
                try:
                    within = 10.0 if len(events) < expected else _QUIET
                    events.append(json.loads(await asyncio.wait_for(anext(lines), within)))
                except (TimeoutError, StopAsyncIteration):
                    break
        self.transcript.append(
            (self._plain(f"WATCH {path} {query}"), [answer.status, [], self.placed(events)])
        )
        return events

    def _plain(self, text: str) -> str:
        """A request without what differs between servers, for the failure's heading and for finding its twin."""
        return re.sub(r"""(['"](?:continue|resourceVersion|uid)['"]: ['"])[^'"]+""", r"\1…", text)

    def placed(self, value: Any, key: str = "") -> Any:
        """An answer with placeholders for what no two servers can share."""
        if isinstance(value, dict):
            return {name: self.placed(inner, name) for name, inner in _settled(value, key).items()}
        if isinstance(value, list):
            return [self.placed(inner) for inner in value]
        if not isinstance(value, str):
            return value
        if key in _MOMENTS and _MOMENT.fullmatch(value):
            return "moment"
        if key == "resourceVersion" and value.isdecimal():
            return self._named("version", value)
        if key == "continue" and value:
            return "token"
        value = _UID.sub(lambda found: self._named("uid", found[0]), value)
        return _VERSION_IN_TEXT.sub(lambda found: found[1] + "…", value)

    def _named(self, what: str, value: str) -> str:
        count = sum(1 for kind, _ in self._names if kind == what)
        return self._names.setdefault((what, value), f"{what} {count + 1}")


@dataclass(frozen=True, slots=True)
class Known:
    """A difference that is left, why, and how an answer looks without it. ``script`` shows that it still is one."""

    what: str
    why: str
    without: Callable[[str, Any], Any]
    """Gets the request and the answer: status code, warnings and body."""
    script: Script


def _settled(value: Json, key: str) -> Json:
    """An object with what a server gives in any order put in order, and what depends on the moment left out."""
    if "metadata" in value and ("items" in value or "rows" in value):
        # A list's version is that of the whole server, where others write, too.
        value = {**value, "metadata": {**value["metadata"], "resourceVersion": "list"}}
    if value.get("type") == "BOOKMARK":
        # So is a bookmark's.
        meta = {**value["object"]["metadata"], "resourceVersion": "bookmark"}
        value = {**value, "object": {**value["object"], "metadata": meta}}
    if "causes" in value:
        value = {**value, "causes": sorted(value["causes"], key=lambda cause: str(sorted(cause.items())))}
    if "causes" in (value.get("details") or {}):
        value = {**value, "message": _in_order(value)}
    if "cells" in value:
        cells = [_AGE.sub("age", cell) if isinstance(cell, str) else cell for cell in value["cells"]]
        value = {**value, "cells": cells}
    if key == "metadata" and "managedFields" in value:
        # They are in order of their moments, in whole seconds, which two servers do not share.
        entries = sorted(value["managedFields"], key=lambda entry: [entry.get(part, "") for part in _WRITER])
        value = {**value, "managedFields": entries}
    return value


def _in_order(status: Json) -> str:
    """The message with the fields that it lists in order: Go goes through maps as it likes."""
    message = str(status["message"])
    head, opening, listed = message.partition(" is invalid: [")
    texts = list(
        dict.fromkeys(
            f"{cause.get('field', '')}: {cause['message']}" for cause in status["details"]["causes"]
        )
    )
    if not opening or listed != f"{', '.join(texts)}]":
        return message
    return f"{head}{opening}{', '.join(sorted(texts))}]"


def _without_meta(body: Any) -> Any:
    if not isinstance(body, dict) or "managedFields" not in (body.get("metadata") or {}):
        return body
    return {name: inner for name, inner in body.items() if name != "metadata"}


def differences(real: Side, embedded: Side, known: tuple[Known, ...] = ()) -> Iterator[str]:
    """What the embedded server says otherwise, as a diff for each request."""
    for number, (there, here) in enumerate(zip(real.transcript, embedded.transcript, strict=True)):
        asked, wanted = _without_known(there, known)
        also, got = _without_known(here, known)
        if asked != also:
            yield f"request {number} differs itself:\n- {asked}\n+ {also}"
        elif wanted != got:
            before, after = (yaml.safe_dump(answer, width=10_000).splitlines() for answer in (wanted, got))
            diff = difflib.unified_diff(before, after, "real", "embedded", lineterm="", n=1)
            yield "\n".join([f"{number}: {asked}", *diff])


def _without_known(said: tuple[str, Any], known: tuple[Known, ...]) -> tuple[str, Any]:
    asked, answer = said
    for entry in known:
        answer = entry.without(asked, answer)
    return asked, answer
