"""Which values the metrics' labels may take, so that no text from outside can ever make a new series."""

from __future__ import annotations

import re
from collections.abc import Iterable

OTHER = "other"

OUTCOMES = ("booked", "drafted", "paid", "credited", "skipped", "held")
SYSTEMS = ("shoporama", "dinero", "connect", "kubernetes")
CAUSES = ("timeout", "connection", "truncated", "429", "480", "5xx")
TOKEN_RESULTS = ("ok", "rejected", "unavailable")
CONDITION_TYPES = ("Ready", "Connected", "Configured", "Synced", "Stalled")
CONDITION_STATUSES = ("True", "False", "Unknown")


class Labels:
    """The values of one label: those named, and the first ``most`` others that have the right ``form``."""

    def __init__(self, known: Iterable[str] = (), *, form: str = "", most: int = 0) -> None:
        self._known = set(known)
        self._form = re.compile(form)
        self._room = most

    def __call__(self, value: str) -> str:
        """The value itself where it may be shown, else ``other``."""
        if value in self._known:
            return value
        if self._room > 0 and self._form.fullmatch(value):
            self._known.add(value)
            self._room -= 1
            return value
        return OTHER
