"""`Table` answers: the columns that kubectl prints, made by the server."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from dinero_operator.sandbox.kubernetes import events
from dinero_operator.sandbox.kubernetes.jsonpath import JsonPath
from dinero_operator.sandbox.kubernetes.resources import Column, Json, Resource

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_YEAR_DAYS = 365


def age(seconds: float) -> str:
    """Print a span of time as kubectl does: two units while they matter, then one. ``seconds`` may be negative."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    minutes, hours, days = whole // _MINUTE, whole // _HOUR, whole // _DAY
    if whole < 2 * _MINUTE:
        return f"{max(whole, 0)}s"
    if minutes < 10:  # noqa: PLR2004 (kubectl's own steps, here and below)
        return _two(minutes, "m", whole % _MINUTE, "s")
    if minutes < 3 * 60:
        return f"{minutes}m"
    if hours < 8:  # noqa: PLR2004
        return _two(hours, "h", minutes % 60, "m")
    if hours < 2 * 24:
        return f"{hours}h"
    if hours < 8 * 24:
        return _two(days, "d", hours % 24, "h")
    if days < 2 * _YEAR_DAYS:
        return f"{days}d"
    if days < 8 * _YEAR_DAYS:
        return _two(days // _YEAR_DAYS, "y", days % _YEAR_DAYS, "d")
    return f"{days // _YEAR_DAYS}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}" + (f"{small}{small_unit}" if small else "")


def _since(text: Any, now: datetime) -> str:
    if not text:
        return "<unknown>"
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return "<invalid>"
    return age((now - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))).total_seconds())


def _overlaid(value: Json, resource: Resource) -> Json:
    """The object with what its columns show but no field holds."""
    match resource.kind:
        case "Event":
            return {**value, **events.printed(value)}
        case "CustomResourceDefinition":
            return {**value, **_definition(value)}
        case "Secret" | "ConfigMap":
            return {**value, "count": len(value.get("data") or {}) + len(value.get("binaryData") or {})}
        case _:
            return value


def _definition(value: Json) -> Json:
    conditions = (value.get("status") or {}).get("conditions") or ()
    return {
        "versions": ",".join(
            version["name"] + ("(storage)" if version.get("storage") else "")
            for version in value["spec"]["versions"]
        ),
        "shortNames": ",".join(value["spec"]["names"].get("shortNames") or ()),
        "established": any(c["type"] == "Established" and c["status"] == "True" for c in conditions),
    }


def _cell(value: Any, column: Column, now: datetime, *, custom: bool) -> Any:  # noqa: C901 (one case per type)
    if column.is_age:
        return _since(value, now)
    if isinstance(value, int) and not custom:
        return value
    if value is None:
        return None if custom else ""
    match column.type:
        case "date" if custom:
            return _since(value, now)
        case "integer" if isinstance(value, int | float):
            return int(value)
        case "number" if isinstance(value, int | float):
            return value
        case "boolean" if isinstance(value, bool):
            return value
        case "string" if isinstance(value, bool):
            return str(value).lower()
        case "string" if isinstance(value, dict | list):
            return str(value)
        case "string":
            return str(value)
        case "date":
            return value
        case _:
            return None


def partial(value: Json) -> Json:
    """The object's metadata alone."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": value["metadata"]}


def table(
    values: Iterable[Json],
    resource: Resource,
    now: datetime,
    list_meta: Json,
    *,
    include: str = "Metadata",
    definitions: bool = True,
) -> Json:
    """A `Table` of objects in their stored form. ``include`` says what of the object goes with each row."""
    paths = [(column, JsonPath(column.path)) for column in resource.columns]
    rows = []
    for value in values:
        seen = _overlaid(value, resource)
        cells = [_cell(path.first(seen), column, now, custom=resource.custom) for column, path in paths]
        row: Json = {"cells": cells}
        row["object"] = None if include == "None" else value if include == "Object" else partial(value)
        rows.append(row)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": list_meta,
        "columnDefinitions": [column.definition() for column in resource.columns] if definitions else None,
        "rows": rows,
    }
