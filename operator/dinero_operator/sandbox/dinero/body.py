"""Reading of request bodies: property names in any case, unknown ones ignored, everything wrong told at once."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from aiohttp import web

from dinero_operator.sandbox.dinero import errors

LARGEST = 10**12
"""Numbers from here on are refused, whatever they stand for."""

YEARS = range(1753, 9000)
"""Years that a date may lie in."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def guid_or_none(text: str) -> str | None:
    """Bring a Guid into its usual form, or say that it is none."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def day_or_none(text: str) -> date | None:
    """Read ``YYYY-MM-DD``, or say that it is no such day."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _no_constant(name: str) -> object:
    raise ValueError(name)


async def json_object(request: web.Request, *, may_be_empty: bool = False) -> Body:
    """Read the request's JSON object. Raises ``ApiError`` where there is none."""
    raw = await request.read()
    if not raw.strip() and may_be_empty:
        return Body({})
    if request.content_type != "application/json":
        raise errors.no_model()
    try:
        values = json.loads(raw, parse_float=Decimal, parse_constant=_no_constant)
    except ValueError:
        raise errors.no_model() from None
    if not isinstance(values, dict):
        raise errors.no_model()
    return Body(values)


class Body:
    """One JSON object of a request. Readers return what is there, and note what is wrong under the property's name."""

    def __init__(
        self, values: Mapping[str, object], *, wrong: dict[str, str] | None = None, prefix: str = ""
    ) -> None:
        self._values = {name.lower(): value for name, value in values.items()}
        self._prefix = prefix
        self.wrong: dict[str, str] = {} if wrong is None else wrong

    def has(self, name: str) -> bool:
        """Whether the property is there and is not null."""
        return self._values.get(name.lower()) is not None

    def fail(self, name: str, text: str) -> None:
        """Note that a property is wrong; the first note about it stays."""
        self.wrong.setdefault(self._prefix + name, text)

    def check(self) -> None:
        """Raise ``ApiError`` where anything is wrong."""
        if self.wrong:
            raise errors.invalid(self.wrong)

    def _value(self, name: str, *, required: bool) -> object:
        value = self._values.get(name.lower())
        if value is None and required:
            self.fail(name, f"The {name} field is required.")
        return value

    def text(
        self,
        name: str,
        *,
        required: bool = False,
        longest: int | None = None,
        choices: Collection[str] | None = None,
    ) -> str | None:
        """Read a string; a required one may not be blank."""
        value = self._value(name, required=required)
        if value is None:
            return None
        if not isinstance(value, str):
            self.fail(name, f"The {name} field must be a string.")
            return None
        if required and not value.strip():
            self.fail(name, f"The {name} field is required.")
        if longest is not None and len(value) > longest:
            self.fail(name, f"{name} must be at most {longest} characters.")
        if choices is not None and value not in choices:
            self.fail(name, f"{name} must be one of: {', '.join(sorted(choices))}.")
        return value

    def boolean(self, name: str, *, required: bool = False) -> bool:
        """Read true or false; false where it is left out."""
        value = self._value(name, required=required)
        if value is not None and not isinstance(value, bool):
            self.fail(name, f"The {name} field must be true or false.")
        return value is True

    def integer(
        self, name: str, *, required: bool = False, least: int | None = None, most: int | None = None
    ) -> int | None:
        """Read a whole number."""
        value = self._value(name, required=required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(name, f"The {name} field must be a whole number.")
            return None
        self._check_range(name, Decimal(value), least, most)
        return value

    def number(
        self, name: str, *, required: bool = False, least: int | None = None, most: int | None = None
    ) -> Decimal | None:
        """Read a number, exactly as it was written."""
        value = self._value(name, required=required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self.fail(name, f"The {name} field must be a number.")
            return None
        number = Decimal(value)
        if not number.is_finite() or abs(number) >= LARGEST:
            self.fail(name, f"{name} is out of range.")
            return None
        self._check_range(name, number, least, most)
        return number

    def _check_range(self, name: str, number: Decimal, least: int | None, most: int | None) -> None:
        if least is not None and number < least:
            self.fail(name, f"{name} must be at least {least}.")
        if most is not None and number > most:
            self.fail(name, f"{name} must be at most {most}.")

    def day(self, name: str) -> date | None:
        """Read a date, ``YYYY-MM-DD``."""
        text = self.text(name)
        if text is None:
            return None
        day = day_or_none(text)
        if day is None or day.year not in YEARS:
            self.fail(name, f"{name} must be a date: YYYY-MM-DD.")
        return day

    def guid(self, name: str) -> str | None:
        """Read a Guid, in its usual form."""
        text = self.text(name)
        if text is None:
            return None
        guid = guid_or_none(text)
        if guid is None:
            self.fail(name, f"{name} must be a guid.")
        return guid

    def objects(self, name: str) -> list[Body]:
        """Read a list of objects of which there must be one at least."""
        value = self._value(name, required=True)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fail(name, f"The {name} field must be a list of objects.")
            return []
        if not value:
            self.fail(name, f"{name} must hold at least one.")
        return [
            Body(item, wrong=self.wrong, prefix=f"{self._prefix}{name}[{index}].")
            for index, item in enumerate(value)
        ]
