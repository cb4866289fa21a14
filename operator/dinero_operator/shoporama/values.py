"""Single values as the shop writes them: ids as text, flags as numbers, times without zone.

Every function raises ``ValueError`` with words that follow the name of a key ("is no amount") and never show the content.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dinero_operator.domain import money
from dinero_operator.domain.watermark import to_wall

MAX_TEXT = 500
"""Longer than any name or address, and than what the ledger takes."""
MAX_ID = 2**63 - 1
MAX_DIGITS = 18
MAX_QUANTITY = 10**7
EARLIEST_YEAR, LATEST_YEAR = 1990, 2199
"""An order outside these years is a mistake in the data; inside, no arithmetic on times can fail."""

_FINEST = Decimal("0.000001")
_ORE = Decimal("0.01")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,30})?")
_DIGITS = re.compile(r"[0-9]{1,18}")
_ZERO_DATE = re.compile(r"0000-00-00.*|-0001-11-30.*", re.DOTALL)
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.[0-9]+)? ?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_EARLIEST_UNIX, _LATEST_UNIX = 600_000_000, 7_000_000_000
"""1989 and 2191: small numbers are flags or compact dates, larger ones are milliseconds."""


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: ``null`` or blank text."""
    return value is None or (isinstance(value, str) and not value.strip())


def identity(value: Any) -> int:
    """A positive id, given as a whole number or as digits."""
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MAX_ID:
        raise ValueError("is no id")
    return value


def text(value: Any, limit: int = MAX_TEXT) -> str:
    """Readable text: trimmed, without control characters, at most ``limit`` characters. Anything else is empty."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        try:
            value = str(value)
        except ValueError:  # an integer of thousands of digits
            return ""
    if not isinstance(value, str):
        return ""
    # Half of a surrogate pair would fail much later, when it is sent.
    clean = "".join(
        " " if unicodedata.category(letter) in {"Cc", "Cs"} else letter for letter in value[: 2 * limit]
    )
    return clean.strip()[:limit].rstrip()


def amount(value: Any) -> int:
    """Øre. Kroner may come as a number or as text; the dust of binary fractions (159.94999999999999) is no øre."""
    return money.ore(_number(value, "is no amount").quantize(_FINEST, ROUND_HALF_UP).normalize())


def rounded_amount(value: Any) -> int:
    """Øre, rounded half up: for figures that are only compared, such as VAT, which a shop may give unrounded."""
    return money.ore(_number(value, "is no amount").quantize(_ORE, ROUND_HALF_UP))


def quantity(value: Any) -> Decimal:
    """A number of pieces, with at most six decimals; negative on a credit."""
    number = _number(value, "is no quantity")
    if abs(number) > MAX_QUANTITY or number != number.quantize(_FINEST):
        raise ValueError("is no quantity")
    return number


def _number(value: Any, problem: str) -> Decimal:
    number: Decimal | None = None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        number = Decimal(value.strip())
    elif isinstance(value, Decimal) and value.is_finite():
        number = value
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) <= money.MAX_ORE:
        # An integer of thousands of digits is refused before it takes its time to become a Decimal.
        number = Decimal(value)
    # Beyond so many digits, decimal arithmetic raises errors of its own.
    if number is None or number.adjusted() >= MAX_DIGITS:
        raise ValueError(problem)
    return number


def moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """A time on the shop's wall, without zone and to the second; ``None`` where there is none.

    Text is taken as it stands, unless it names a zone; Unix seconds and text with a zone are brought to ``zone``.
    """
    if is_empty(value) or (value == 0 and not isinstance(value, bool)):
        return None
    if isinstance(value, str):
        value = value.strip()
        if _ZERO_DATE.fullmatch(value) or not value.strip("0"):
            return None
        if not _DIGITS.fullmatch(value):
            return _checked(_from_text(value, zone))
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not _EARLIEST_UNIX <= value <= _LATEST_UNIX:
        raise ValueError("is no time")
    return _checked(to_wall(datetime.fromtimestamp(value, UTC), zone))


def _from_text(value: str, zone: ZoneInfo) -> datetime:
    found = _TIME.fullmatch(value)
    if found is None:
        raise ValueError("is no time")
    day, clock, offset = found.groups()
    try:
        stated = datetime.fromisoformat(f"{day}T{clock or '00:00:00'}{offset or ''}")
        return stated if stated.tzinfo is None else to_wall(stated, zone)
    except (ValueError, OverflowError):
        raise ValueError("is no time") from None


def _checked(wall: datetime) -> datetime:
    if not EARLIEST_YEAR <= wall.year <= LATEST_YEAR:
        raise ValueError("is no time")
    return wall


def paid(value: Any, zone: ZoneInfo) -> tuple[bool, datetime | None]:
    """Whether an order is paid and, where the value is a time, when. A bare date is a time too.

    What is neither flag nor time is refused: to take an unknown word for "paid" would book an order that may not be.
    """
    if is_empty(value):
        return False, None
    word = value.strip().lower() if isinstance(value, str) else value
    for flag, spellings in ((True, (True, 1, "1", "true")), (False, (False, 0, "0", "false"))):
        if word in spellings:
            return flag, None
    try:
        when = moment(value, zone)
    except ValueError:
        raise ValueError("is neither a flag nor a time") from None
    return when is not None, when
