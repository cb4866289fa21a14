"""Our credit notes in one organisation's books, by the orders that they belong to. Like ``Books``, it only saves reads."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from dinero_operator.dinero.client import DineroClient
from dinero_operator.domain.identity import credit_of, creditnote_guid
from dinero_operator.domain.observation import CreditView

BEFORE_START = timedelta(days=2)
"""How far the listing reaches behind ``startFrom``, for the shop's zone and clocks that differ."""


@dataclass(slots=True)
class CreditNotes:
    """Credit notes with a Guid of ours: order id to number to credit note. Deleted drafts too."""

    organisation: int
    _notes: dict[int, dict[int, CreditView]] = field(default_factory=dict)
    _reach: datetime | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_loaded(self) -> bool:
        """Whether they have been listed."""
        return self._reach is not None

    async def load(self, client: DineroClient, start_from: date) -> None:
        """Read those since a start, unless that was done already: two calls as a rule."""
        reach = datetime.combine(start_from, datetime.min.time(), tzinfo=UTC) - BEFORE_START
        async with self._lock:
            if self._reach is not None and self._reach <= reach:
                return
            # Deleted documents are not in the list. What somebody deleted must not be made again.
            for deleted in (False, True):
                async for note in client.credit_notes(reach, deleted=deleted):
                    self.record(note)
            self._reach = reach

    def record(self, note: CreditView) -> None:
        """Take note of a credit note that was listed, read or made; one that is not ours is none of ours to count."""
        known_as = credit_of(note.reference)
        if known_as is None or note.guid != creditnote_guid(self.organisation, note.reference.lower()):
            return
        order_id, number = known_as
        notes = self._notes.setdefault(order_id, {})
        known = notes.get(number)
        # Booked never turns back into a draft: an older row must not undo what we have seen since.
        if known is None or not known.booked or note.booked:
            notes[number] = replace(note, timestamp=None, lines=None)

    def of(self, order_id: int) -> tuple[CreditView, ...]:
        """The credit notes of an order, the first one first."""
        return tuple(note for _, note in sorted(self._notes.get(order_id, {}).items()))

    def count(self, orders: Collection[int] | None = None) -> int:
        """How many orders have a credit note that is booked; among certain orders, or among all."""
        return sum(
            any(note.booked for note in notes.values())
            for order_id, notes in self._notes.items()
            if orders is None or order_id in orders
        )
