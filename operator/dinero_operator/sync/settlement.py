"""Settling a batch of orders: a few at a time, the oldest first, each on its own.

One order that cannot be settled stops no other. Only a system that answers nobody ends the batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from dinero_operator.dinero.errors import NotFound
from dinero_operator.domain.eligibility import Obstacle, Standing, standing
from dinero_operator.domain.errors import OperatorError, OutcomeUnknown, Unavailable
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.order import Order, UnreadableOrder
from dinero_operator.domain.plan import Done, Outcome
from dinero_operator.domain.policy import Policy
from dinero_operator.sync.engine import End, Engine, Planned

CONCURRENCY = 8
"""Orders of one integration that are under way at once. Dinero's budget, not this number, is the limit that counts."""
MAX_UNAVAILABLE = 3
"""Orders in a row for which a system did not answer, after which the batch ends."""

AnyOrder = Order | UnreadableOrder
_PASSING = (Unavailable, OutcomeUnknown, NotFound)


@dataclass(slots=True)
class Batch:
    """What came of a batch. ``owed`` are the orders that are still to be done, ``error`` what ended the batch early."""

    owed: list[AnyOrder] = field(default_factory=list)
    error: OperatorError | None = None
    unanswered: int = 0
    """Orders in a row for which a system did not answer."""


class Settlement:
    """Settles batches with one engine."""

    def __init__(
        self,
        engine: Engine,
        *,
        on_end: Callable[[AnyOrder, End], Awaitable[None]],
        interrupted: Callable[[], bool] = lambda: False,
        concurrency: int = CONCURRENCY,
    ) -> None:
        self._engine = engine
        self._on_end = on_end
        self._interrupted = interrupted
        self._concurrency = concurrency

    async def settle(self, orders: Iterable[AnyOrder]) -> Batch:
        """Settle the orders; those that it could not get to are owed."""
        batch = Batch()
        queue = sorted(orders, key=_age, reverse=True)
        workers = min(self._concurrency, len(queue))
        tasks = [asyncio.ensure_future(self._work(queue, batch)) for _ in range(workers)]
        try:
            await asyncio.gather(*tasks)
        finally:
            # After an unforeseen error in one, no other may go on beside the next run.
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        batch.owed.extend(queue)
        return batch

    async def _work(self, queue: list[AnyOrder], batch: Batch) -> None:
        while queue and batch.error is None and not self._interrupted():
            order = queue.pop()
            try:
                end = await self._end_of(order)
            except OperatorError as error:
                batch.owed.append(order)
                batch.unanswered += 1
                if not isinstance(error, _PASSING) or batch.unanswered >= MAX_UNAVAILABLE:
                    batch.error = error
                continue
            batch.unanswered = 0
            if isinstance(end, Planned):
                batch.owed.append(order)
            await self._on_end(order, end)

    async def _end_of(self, order: AnyOrder) -> End:
        if isinstance(order, UnreadableOrder):
            if self._engine.is_skipped(order.order_id):
                return Done(Outcome.SKIPPED)
            return Obstacle(
                HoldReason.ORDER_UNREADABLE, f"The shop's data of the order cannot be used: {order.problem}"
            )
        return await self._engine.settle(order)


def is_due(order: AnyOrder, policy: Policy) -> bool:
    """Say whether an order has reached the trigger."""
    return isinstance(order, Order) and standing(order, policy) is Standing.DUE


def _age(order: AnyOrder) -> tuple[datetime, int]:
    return (order.placed_at or datetime.min, order.order_id)  # noqa: DTZ901 - the shop's wall time has no zone
