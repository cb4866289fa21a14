"""Building blocks of the resource's models: the base class, and texts with the bounds that the CRD gives them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, StrictInt
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

SECRET_NAME = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"  # noqa: S105 - the form of a name
DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MIN_ACCOUNT, MAX_ACCOUNT = 1000, 99999
"""Dinero numbers its accounts with four or five digits."""
MAX_ORGANISATION = 2**31 - 1
"""Dinero's organisation id is a 32-bit number."""


class Group(BaseModel):
    """A part of the resource: frozen, camelCase outside, and deaf to fields of newer schemas."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)

    def wire(self) -> dict[str, Any]:
        """The JSON object that an API server takes; what is ``None`` is left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def _read_date_time(text: str) -> datetime:
    if DATE_TIME.fullmatch(text) is None:
        raise ValueError("is no RFC 3339 time with a zone")
    return datetime.fromisoformat(text.upper())


def _read_date(text: str) -> date:
    if DATE.fullmatch(text) is None:
        raise ValueError("is no date")
    return date.fromisoformat(text)


_FORMATS = {"date-time": _read_date_time, "date": _read_date}


@dataclass(frozen=True, slots=True)
class Text:
    """Bounds of a string, as the CRD states them; ``pattern`` must fit the whole string.

    Runs before the field's own type, so that only a string can become a date, a UUID or an enum.
    """

    max_length: int
    min_length: int = 0
    pattern: str | None = None
    format: str | None = None

    def check(self, value: object) -> object:
        """Give the value back; raises ``ValueError`` where an API server would refuse it."""
        if isinstance(value, (date, datetime)):
            value = value.isoformat()  # YAML readers turn an unquoted date into one
        if not isinstance(value, str):
            raise ValueError("is no text")  # noqa: TRY004 - pydantic collects ValueErrors
        if not self.min_length <= len(value) <= self.max_length:
            raise ValueError("has the wrong length")
        # The dollar sign of Python would let a trailing newline pass; the API server's does not.
        if self.pattern is not None and (
            value.endswith("\n") or re.search(self.pattern, value, re.ASCII) is None
        ):
            raise ValueError("has the wrong form")
        if self.format in _FORMATS:
            _FORMATS[self.format](value)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Put ``check`` before the type's own validation."""
        return core_schema.no_info_before_validator_function(self.check, handler(source))


def _no_text(value: object) -> object:
    """Pydantic would read ``"yes"`` as a boolean; an API server does not."""
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false")  # noqa: TRY004 - pydantic collects ValueErrors
    return value


Bool = Annotated[bool, BeforeValidator(_no_text)]
Account = Annotated[StrictInt, Field(ge=MIN_ACCOUNT, le=MAX_ACCOUNT)]
OrganisationId = Annotated[StrictInt, Field(ge=1, le=MAX_ORGANISATION)]
Count = Annotated[StrictInt, Field(ge=0)]
SecretName = Annotated[str, Text(max_length=253, min_length=1, pattern=SECRET_NAME)]
Name = Annotated[str, Text(max_length=256)]
OrderNumber = Annotated[str, Text(max_length=64)]
Timestamp = Annotated[str, Text(max_length=64, format="date-time")]
"""RFC 3339 with a zone, kept as the text it is; ``moment`` reads it."""
Day = Annotated[date, Text(max_length=10, min_length=10, format="date")]


def moment(timestamp: str | None) -> datetime | None:
    """Read a ``Timestamp`` as an instant with its zone; nothing gives nothing."""
    return None if timestamp is None else _read_date_time(timestamp)
