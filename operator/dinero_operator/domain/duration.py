"""Durations as Kubernetes users write them: ``90s``, ``5m``, ``1h30m``."""

from __future__ import annotations

import re
from decimal import Decimal

DURATION_PATTERN = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"
"""The form in the custom resource's schema (Flux has the same)."""

MAX_LENGTH = 32
_PARTS = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)", re.ASCII)
_WHOLE = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+", re.ASCII)
_NANOSECONDS = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_LONGEST = 2**63 - 1
"""Nanoseconds: an API server's own limit (some 292 years)."""

_REMEDY = "give a number and a unit (ms, s, m or h), such as 90s, 5m or 1h30m"


def parse_duration(text: str) -> float:
    """Turn ``1h30m`` into seconds.

    Reads what an API server reads, and as finely: whatever is below a nanosecond is cut off. Raises ``ValueError``,
    whose text is the remedy and holds nothing of what was given.
    """
    if len(text) > MAX_LENGTH or _WHOLE.fullmatch(text) is None:
        raise ValueError(_REMEDY)
    nanoseconds = sum(int(Decimal(number) * _NANOSECONDS[unit]) for number, unit in _PARTS.findall(text))
    if nanoseconds > _LONGEST:
        raise ValueError("give a shorter time, such as 5m or 1h")
    return nanoseconds / 10**9
