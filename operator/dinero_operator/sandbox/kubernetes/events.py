"""Events: one store, two shapes (``v1`` and ``events.k8s.io/v1``), and what a server demands of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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
_EMPTY: Json = {
    "source": {},
    "firstTimestamp": None,
    "lastTimestamp": None,
    "eventTime": None,
    "reportingComponent": "",
    "reportingInstance": "",
    "involvedObject": {},
}


def to_stored(value: Json, resource: Resource) -> Json:
    """The event in the shape in which it is kept."""
    if resource.group == NEW_GROUP:
        value = {_NAMES.get(name, name): inner for name, inner in value.items()}
    return {
        **value,
        **{name: empty for name, empty in _EMPTY.items() if name not in value},
        "apiVersion": "v1",
    }


def presented(value: Json, resource: Resource) -> Json:
    """The event in the shape that the client has asked for."""
    if resource.group != NEW_GROUP:
        return value
    return {_BACK.get(name, name): inner for name, inner in value.items()} | {
        "apiVersion": resource.api_version
    }


def problems(event: Json, resource: Resource) -> Iterator[FieldError]:
    """Yield what a server refuses; an event with an eventTime is held to the stricter rules of the newer kind."""
    namespace = event["metadata"].get("namespace", "")
    about = event["involvedObject"].get("namespace", "")
    if about != namespace and not (not about and namespace == "default"):
        yield FieldError(Problem.INVALID, "involvedObject.namespace", about, "does not match event.namespace")
    strict = resource.group == NEW_GROUP
    if strict and not event.get("eventTime"):
        yield FieldError(Problem.REQUIRED, "eventTime")
    if not strict and not event.get("eventTime"):
        return
    controller = "reportingController"
    if not event.get("reportingComponent"):
        yield FieldError(Problem.REQUIRED, controller)
    for name in ("reportingInstance", "action", "reason"):
        if not event.get(name):
            yield FieldError(Problem.REQUIRED, name)
    for name, longest in (("action", 128), ("reason", 128), ("reportingInstance", 128), ("message", 1024)):
        if len(event.get(name) or "") > longest:
            shown = "note" if name == "message" else name
            detail = f"can have at most {longest} characters"
            yield FieldError(Problem.INVALID, shown, "", detail)
    if event.get("type") not in ("Normal", "Warning"):
        yield FieldError(
            Problem.INVALID, "type", event.get("type", ""), "has invalid value: " + str(event.get("type"))
        )


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
            filter(None, (source.get("component") or event.get("reportingComponent"), source.get("host")))
        ),
    }
