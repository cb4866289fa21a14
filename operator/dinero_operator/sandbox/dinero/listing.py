"""What list calls have in common: paging, ``fields``, ``queryFilter``, ``changesSince``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Generic, TypeVar

from aiohttp import web

from dinero_operator.sandbox.dinero import errors
from dinero_operator.sandbox.dinero.wire import JsonObject

LARGEST_PAGE = 1000
DEFAULT_PAGE = 100

T = TypeVar("T")

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_CONDITION = re.compile(r"\s*(\w+)\s+(eq|contains)\s+'([^']*)'\s*(;|$)")


class Query:
    """The query of a request, with parameter names in any case. Readers raise ``ApiError`` on a bad value."""

    def __init__(self, request: web.Request) -> None:
        self._values = {name.lower(): value for name, value in request.query.items()}

    def text(self, name: str) -> str | None:
        """Read a parameter; an empty one is as good as none."""
        return self._values.get(name.lower()) or None

    def boolean(self, name: str) -> bool | None:
        """Read true or false."""
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in ("true", "false"):
            raise errors.invalid({name: f"{text} is neither true nor false."})
        return text.lower() == "true"

    def number(self, name: str, default: int) -> int:
        """Read a whole number that is not negative."""
        text = self.text(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit():
            raise errors.invalid({name: f"{text} is not a whole number."})
        return int(text)

    def changes_since(self, name: str = "changesSince") -> datetime | None:
        """Read a UTC time, ``YYYY-MM-DDTHH:mm:ssZ``."""
        text = self.text(name)
        if text is None:
            return None
        if _MOMENT.fullmatch(text):
            with suppress(ValueError):
                return datetime.fromisoformat(text)
        raise errors.invalid({name: "Must be a UTC time: YYYY-MM-DDTHH:mm:ssZ."})


class Fields(Generic[T]):
    """Chosen columns: each is shown under the very casing that the request used."""

    def __init__(self, text: str | None, known: Mapping[str, T], default: str) -> None:
        by_lower = {name.lower(): read for name, read in known.items()}
        names = [name.strip() for name in (text or default).split(",")]
        unknown = [name for name in names if name.lower() not in by_lower]
        if unknown:
            raise errors.invalid({"fields": f"Unknown: {', '.join(unknown)}."})
        self.columns = [(name, by_lower[name.lower()]) for name in names]


Predicate = Callable[[T], bool]


def parse_filter(text: str | None, fields: Mapping[str, Callable[[T], str | None]]) -> list[Predicate[T]]:
    """Read ``<Field> eq|contains '<value>'`` joined by ``;``. What does not follow the grammar is a 400."""
    if text is None:
        return []
    by_lower = {name.lower(): read for name, read in fields.items()}
    predicates: list[Predicate[T]] = []
    position, separator = 0, ";"
    while separator:
        match = _CONDITION.match(text, position)
        if match is None:
            raise errors.invalid({"queryFilter": f"Cannot be understood: {text[position:]}"})
        field, operator, value, separator = match.groups()
        if field.lower() not in by_lower:
            raise errors.invalid({"queryFilter": f"{field} cannot be filtered on."})
        predicates.append(_predicate(by_lower[field.lower()], operator, value.lower()))
        position = match.end()
    return predicates


def _predicate(read: Callable[[T], str | None], operator: str, wanted: str) -> Predicate[T]:
    def equal(item: T) -> bool:
        value = read(item)
        return value is not None and value.lower() == wanted

    def contained(item: T) -> bool:
        value = read(item)
        return value is not None and wanted in value.lower()

    return equal if operator == "eq" else contained


def page_of(query: Query, rows: Sequence[T], write: Callable[[T], JsonObject]) -> JsonObject:
    """Cut one page out of all rows that were found, and write it in the envelope."""
    page = query.number("page", 0)
    size = query.number("pageSize", DEFAULT_PAGE)
    if not 1 <= size <= LARGEST_PAGE:
        raise errors.ApiError(
            400,
            43,
            "Limit Exceeded",
            validation={"pageSize": f"pageSize must be between 1 and {LARGEST_PAGE}."},
        )
    shown = [write(row) for row in rows[page * size : (page + 1) * size]]
    return {
        "Collection": shown,
        "Pagination": {
            "MaxPageSizeAllowed": LARGEST_PAGE,
            "PageSize": size,
            "Result": len(shown),
            "ResultWithoutFilter": len(rows),
            "Page": page,
        },
    }
