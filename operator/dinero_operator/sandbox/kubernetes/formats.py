"""String formats and patterns, as Go reads them."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

_DATE_TIME = re.compile(r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$", re.ASCII)
_DATE = re.compile(r"^\d{4}-\d\d-\d\d\Z", re.ASCII)
_DURATION = re.compile(
    r"^[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))*\Z", re.ASCII
)
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\Z")
_URI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:\S+\Z|^/\S*\Z")
_MICRO_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)\Z", re.ASCII)


def _date_time(text: str) -> bool:
    if not _DATE_TIME.match(text):
        return False
    datetime.fromisoformat(text.upper())
    return True


def _date(text: str) -> bool:
    if not _DATE.match(text):
        return False
    date.fromisoformat(text)
    return True


def micro_time(text: str) -> bool:
    """Whether the text is a MicroTime: RFC 3339 with exactly six decimals, which Go insists on."""
    return bool(_MICRO_TIME.match(text))


_FORMATS: dict[str, Callable[[str], object]] = {
    "date": _date,
    "date-time": _date_time,
    "micro-time": micro_time,
    "duration": _DURATION.match,
    "email": _EMAIL.match,
    "uri": _URI.match,
    "uuid": UUID,
    "ipv4": ipaddress.IPv4Address,
    "ipv6": ipaddress.IPv6Address,
    "cidr": ipaddress.ip_network,
    "byte": lambda text: base64.b64decode(text, validate=True) is not None,
}


def has_format(text: str, name: str) -> bool:
    """Whether the text has a format; an unknown format is not checked, as on a real server."""
    check = _FORMATS.get(name)
    if check is None:
        return True
    try:
        return bool(check(text))
    except (ValueError, binascii.Error):
        return False


@lru_cache(maxsize=256)
def pattern(text: str) -> re.Pattern[str]:
    r"""Compile a pattern of Go's RE2: ``\d`` and ``\w`` are ASCII, and ``$`` is the end, not a last line break.

    Raises ``re.error`` where it cannot be read.
    """
    converted: list[str] = []
    in_class = False
    position = 0
    while position < len(text):
        sign = text[position]
        if sign == "\\":
            pair = text[position : position + 2]
            converted.append(r"\Z" if pair == r"\z" else pair)
            position += 2
            continue
        if sign == "[" and not in_class:
            in_class = True
        elif sign == "]" and in_class:
            in_class = False
        converted.append(r"\Z" if sign == "$" and not in_class else sign)
        position += 1
    return re.compile("".join(converted), re.ASCII)
