"""What happens to a decoded object on its way into the store: what the server sets, and the rules of its kind."""

from __future__ import annotations

from collections.abc import Iterator

from dinero_operator.sandbox.kubernetes import config, crd, events, metadata
from dinero_operator.sandbox.kubernetes.list_types import repeated
from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.rules import check_rules
from dinero_operator.sandbox.kubernetes.schema import property_of
from dinero_operator.sandbox.kubernetes.status import FieldError, Problem
from dinero_operator.sandbox.kubernetes.validation import ABSENT, Place, validate

_WITHOUT_FEATURE = ("strategy", "preferredHolder")
"""Fields of a Lease for coordinated leader election, which servers drop unless that is switched on."""


def set_defaults(value: Json, resource: Resource) -> None:
    """Set what a built-in kind's defaults are, in place. They count as written by who writes the object."""
    match resource.kind:
        case "Secret":
            config.prepare_secret(value)
        case "Namespace":
            labels = value["metadata"].setdefault("labels", {})
            labels["kubernetes.io/metadata.name"] = value["metadata"].get("name", "")
        case "CustomResourceDefinition" if isinstance(value.get("spec"), dict):
            crd.default_names(value)


def prepare(value: Json, resource: Resource) -> None:
    """Set what the server sets itself, in place."""
    match resource.kind:
        case "Namespace":
            value.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
            value.setdefault("status", {}).setdefault("phase", "Active")
        case "Lease":
            for name in _WITHOUT_FEATURE:
                value["spec"].pop(name, None)


def problems(
    value: Json, old: Json | None, resource: Resource, warnings: list[str], *, status: bool = False
) -> list[FieldError]:
    """Everything that is wrong with an object that shall be stored; ``status`` says that only that part is written."""
    found = [*metadata.problems(value, old, resource)]
    if not resource.custom:
        return [*found, *_builtin(value, old, resource)]
    # Only what a request writes is looked at: the object without its status, or the status alone.
    wanted = "status" if status else None
    seen = _part(value, wanted, resource)
    before = ABSENT if old is None else _part(old, wanted, resource)
    schema, place = resource.schema, Place()
    if status:
        schema, place = property_of(schema, "status"), Place("status", "", "status")
    else:
        left_out = {"metadata"} | ({"status"} if resource.has_status else set())
        properties = {k: v for k, v in (schema.get("properties") or {}).items() if k not in left_out}
        schema = {**schema, "properties": properties}
    if seen is not ABSENT:
        found += validate(seen, schema, place, before)
        if before is ABSENT or not any(repeated(before, schema)):
            found += repeated(seen, schema, place.path)
    found += check_rules(value, old, resource.schema, found, warnings)
    return found


def _part(value: Json, wanted: str | None, resource: Resource) -> Json:
    if wanted:
        return value.get(wanted, ABSENT)  # type: ignore[no-any-return]  # JSON
    return {name: inner for name, inner in value.items() if name != "status" or not resource.has_status}


def remarks(value: Json, old: Json | None, resource: Resource) -> Iterator[str]:
    """Yield what a server says of an object that it takes nevertheless."""
    yield from metadata.finalizer_warnings(value, old, resource)
    yield from config.warnings(value)


def _builtin(value: Json, old: Json | None, resource: Resource) -> Iterator[FieldError]:
    match resource.kind:
        case "Secret" | "ConfigMap":
            yield from config.problems(value, old)
        case "Event":
            yield from events.problems(value, old, resource)
        case "CustomResourceDefinition":
            yield from crd.check(value)
        case "Lease":
            for name, least in (("leaseDurationSeconds", 1), ("leaseTransitions", 0)):
                number = (value.get("spec") or {}).get(name)
                if number is not None and number < least:
                    detail = f"must be greater than {'or equal to ' * (1 - least)}0"
                    yield FieldError(Problem.INVALID, f"spec.{name}", number, detail)


def presented(value: Json, resource: Resource) -> Json:
    """A stored object in the version that the client asks for. The stored one is not changed."""
    if resource.storage == "events":
        return events.presented(value, resource)
    if value.get("apiVersion") == resource.api_version:
        return value
    # Versions of a custom resource are converted by strategy None: only the name of the version changes.
    return {**value, "apiVersion": resource.api_version}
