"""Events: one store, two shapes (``v1`` and ``events.k8s.io/v1``), and what a server demands of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dinero_operator.sandbox.kubernetes.names import wrong_qualified
from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.status import FieldError, Problem

NEW_GROUP = "events.k8s.io"
_NAMES = {
    # The newer shape's names, and those of the older one, in which events are kept.
    "regarding": "involvedObject",
    "note": "message",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
    "reportingController": "reportingComponent",
}
_BACK = {old: new for new, old in _NAMES.items()}
EMPTY: Json = {
    "source": {},
    "firstTimestamp": None,
    "lastTimestamp": None,
    "eventTime": None,
    "reportingComponent": "",
    "reportingInstance": "",
    "involvedObject": {},
}
NEW_EMPTY: Json = {
    "deprecatedSource": {},
    "deprecatedFirstTimestamp": None,
    "deprecatedLastTimestamp": None,
    "eventTime": None,
    "regarding": {},
}
_LONGEST = 128
_LONGEST_NOTE = 1024
_FIXED = (
    *("involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "type"),
    *("action", "related", "reportingComponent", "reportingInstance"),
)


def to_stored(value: Json, resource: Resource) -> Json:
    """The event in the shape in which it is kept."""
    if resource.group == NEW_GROUP:
        value = {_NAMES.get(name, name): inner for name, inner in value.items()}
    missing = {name: empty for name, empty in EMPTY.items() if name not in value}
    return {**value, **missing, "apiVersion": "v1"}


def presented(value: Json, resource: Resource) -> Json:
    """The event in the shape that the client has asked for."""
    if resource.group != NEW_GROUP:
        return value
    shown = {
        _BACK.get(name, name): inner
        for name, inner in value.items()
        if inner != "" or name not in {"reportingComponent", "reportingInstance"}
    }
    return shown | {"apiVersion": resource.api_version}


def problems(event: Json, old: Json | None, resource: Resource) -> Iterator[FieldError]:
    """Yield what a server refuses; an event with an eventTime is held to stricter rules, and one of the newer kind."""
    namespace = event["metadata"].get("namespace", "")
    about = event["involvedObject"].get("namespace", "")
    if about != namespace and not (not about and namespace == "default"):
        yield FieldError(Problem.INVALID, "involvedObject.namespace", about, "does not match event.namespace")
    is_new = resource.group == NEW_GROUP
    if event.get("eventTime"):
        yield from _reported(event, "reportingController" if is_new else "reportingComponent")
    if is_new and old is None:
        yield from _new_kind(event)
    elif is_new and old is not None:
        for name in _FIXED:
            if event.get(name) != old.get(name):
                yield FieldError(Problem.INVALID, name, event.get(name), "field is immutable")


def _new_kind(event: Json) -> Iterator[FieldError]:
    if not event.get("eventTime"):
        yield FieldError(Problem.REQUIRED, "eventTime")
    if event.get("type") not in ("Normal", "Warning"):
        yield FieldError(Problem.INVALID, "type", "", f"has invalid value: {event.get('type', '')}")
    for name in ("firstTimestamp", "lastTimestamp", "count", "source"):
        if event.get(name):
            yield FieldError(Problem.INVALID, name, "", "needs to be unset")


def _reported(event: Json, controller: str) -> Iterator[FieldError]:
    reporter = event.get("reportingComponent") or ""
    if not reporter:
        yield FieldError(Problem.REQUIRED, controller)
    for said in wrong_qualified(reporter):
        yield FieldError(Problem.INVALID, controller, reporter, said)
    for name in ("reportingInstance", "action", "reason"):
        text = event.get(name) or ""
        if not text:
            yield FieldError(Problem.REQUIRED, name)
        if len(text) > _LONGEST:
            yield FieldError(Problem.INVALID, name, "", f"can have at most {_LONGEST} characters")
    if len(event.get("message") or "") > _LONGEST_NOTE:
        yield FieldError(Problem.INVALID, "message", "", f"can have at most {_LONGEST_NOTE} characters")


def printed(event: Json) -> Json:
    """What the event's columns show beside its own fields."""
    series: Json = event.get("series") or {}
    about: Json = event.get("involvedObject") or {}
    source: Json = event.get("source") or {}
    last: Any = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return {
        "lastSeen": last,
        "firstSeen": event.get("firstTimestamp") or event.get("eventTime"),
        "object": f"{str(about.get('kind', '')).lower()}/{about.get('name', '')}",
        "times": series.get("count") or event.get("count") or 1,
        "from": ", ".join(
            filter(
                None,
                (
                    source.get("component") or event.get("reportingComponent"),
                    source.get("host") or event.get("reportingInstance"),
                ),
            )
        ),
    }
