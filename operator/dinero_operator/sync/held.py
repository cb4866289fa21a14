"""The orders that are held: which, why, since when, and when to try again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from dinero_operator.domain.eligibility import Obstacle
from dinero_operator.domain.order import Order, UnreadableOrder
from dinero_operator.sync.report import HeldOrder

LISTED = 50
"""Holds that the status lists, the oldest first (contract)."""
FIRST_WAIT = 300.0
"""Seconds before a hold that could not even be looked at is tried again; doubled each time."""
LONGEST_WAIT = 6 * 3600.0
"""Seconds between two tries of a hold at most."""
_DOUBLINGS = 20
"""More of them lead beyond the longest wait, and at last beyond what a float can hold."""


@dataclass(slots=True)
class Hold:
    """One held order in memory. ``order`` is as last seen, if it was since the start; times are monotonic seconds."""

    shown: HeldOrder
    order: Order | UnreadableOrder | None
    next_try: float
    tries: int = 0

    @property
    def modified_at(self) -> datetime | None:
        """When the shop last changed the order, in its wall time."""
        return self.order.modified_at if self.order is not None else None


class Holds:
    """All held orders of one integration."""

    def __init__(self) -> None:
        self._holds: dict[int, Hold] = {}

    def __len__(self) -> int:
        return len(self._holds)

    def __contains__(self, order_id: int) -> bool:
        return order_id in self._holds

    def restore(self, held: tuple[HeldOrder, ...], now: float) -> None:
        """Take over what the status of a former process lists; all are tried at once."""
        for shown in held:
            self._holds.setdefault(shown.order_id, Hold(shown, None, now))

    def get(self, order_id: int) -> Hold | None:
        """The hold of an order, if it is held."""
        return self._holds.get(order_id)

    def hold(
        self,
        order: Order | UnreadableOrder,
        obstacle: Obstacle,
        *,
        wall: datetime,
        now: float,
        interval: float,
    ) -> bool:
        """Hold an order, or hold it further. Says whether this is new, or has another reason than before.

        Each further try waits twice as long, from one interval up to six hours: a hold mostly waits for a person.
        """
        known = self._holds.get(order.order_id)
        message = f"{obstacle.detail}. {obstacle.reason.remedy}"
        shown = HeldOrder(
            order.order_id, order.number, obstacle.reason.value, message, wall.replace(microsecond=0)
        )
        if known is None:
            self._holds[order.order_id] = Hold(shown, order, now + interval, 1)
            return True
        is_new = known.shown.reason != shown.reason
        known.shown = replace(shown, since=known.shown.since)
        changed, known.order = known.order is not None and known.order != order, order
        known.tries = 1 if is_new or changed else known.tries + 1
        known.next_try = now + min(interval * 2 ** min(known.tries - 1, _DOUBLINGS), LONGEST_WAIT)
        return is_new

    def postpone(self, order_id: int, now: float) -> None:
        """Wait longer for an order that could not be looked at."""
        known = self._holds[order_id]
        known.tries += 1
        known.next_try = now + min(FIRST_WAIT * 2 ** min(known.tries - 1, _DOUBLINGS), LONGEST_WAIT)

    def release(self, order_id: int) -> bool:
        """Let an order go; says whether it was held."""
        return self._holds.pop(order_id, None) is not None

    def listed(self) -> tuple[HeldOrder, ...]:
        """The oldest holds, as the status lists them."""
        return tuple(hold.shown for hold in self._oldest()[:LISTED])

    def unlisted(self) -> list[Hold]:
        """The holds for which the status has no room; the watermark must not pass them."""
        return self._oldest()[LISTED:]

    def rests(self, order: Order | UnreadableOrder, now: float) -> bool:
        """Say whether an order is held, says the same as before, and need not be tried yet."""
        known = self._holds.get(order.order_id)
        return known is not None and known.order == order and known.next_try > now

    def due(self, now: float) -> list[Hold]:
        """The holds whose time to try again has come, the oldest first."""
        return [hold for hold in self._oldest() if hold.next_try <= now]

    def by_reason(self) -> dict[str, int]:
        """How many are held for each reason."""
        counts: dict[str, int] = {}
        for hold in self._holds.values():
            counts[hold.shown.reason] = counts.get(hold.shown.reason, 0) + 1
        return counts

    def retry_all(self, now: float) -> None:
        """Try all at the next opportunity: somebody changed something, or asks for it."""
        for hold in self._holds.values():
            hold.next_try, hold.tries = now, 0

    def _oldest(self) -> list[Hold]:
        return sorted(self._holds.values(), key=lambda hold: (hold.shown.since, hold.shown.order_id))
