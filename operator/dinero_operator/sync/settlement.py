"""Settling a batch of orders: a few at a time, the oldest first, each on its own.

One order that cannot be settled stops no other. Only a system that answers nobody ends the batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
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
    """What came of a batch.

    ``owed`` are the orders that are still to be done; those for which a system did not answer are ``failed`` too.
    ``error`` is what ended the batch early, where it was not only the orders' own trouble.
    """

    owed: list[AnyOrder] = field(default_factory=list)
    failed: set[int] = field(default_factory=set)
    error: OperatorError | None = None
    unanswered: int = 0
    """Orders in a row for which a system did not answer."""
    is_over: bool = False


class Settlement:
    """Settles batches with one engine.

    ``troubled`` are the orders that failed in the last batch: they come after all others, so that a few for which a
    system never answers cannot keep out the rest.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        on_end: Callable[[AnyOrder, End], Awaitable[None]],
        interrupted: Callable[[], bool] = lambda: False,
        troubled: Collection[int] = (),
        concurrency: int = CONCURRENCY,
    ) -> None:
        self._engine = engine
        self._on_end = on_end
        self._interrupted = interrupted
        self._troubled = troubled
        self._concurrency = concurrency

    async def settle(self, orders: Iterable[AnyOrder]) -> Batch:
        """Settle the orders; those that it could not get to are owed."""
        batch = Batch()
        queue = sorted(
            orders, key=lambda order: (order.order_id in self._troubled, _age(order)), reverse=True
        )
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
        while queue and not batch.is_over and not self._interrupted():
            order = queue.pop()
            try:
                end = await self._end_of(order)
            except OperatorError as error:
                batch.owed.append(order)
                self._note(order, error, batch)
                continue
            batch.unanswered = 0
            if isinstance(end, Planned):
                batch.owed.append(order)
            await self._on_end(order, end)

    def _note(self, order: AnyOrder, error: OperatorError, batch: Batch) -> None:
        is_passing = isinstance(error, _PASSING)
        if is_passing:
            batch.failed.add(order.order_id)
        batch.unanswered += 1
        if not is_passing or batch.unanswered >= MAX_UNAVAILABLE:
            batch.is_over = True
            # Orders that failed before too, while others were written, say nothing about the system.
            if not (is_passing and order.order_id in self._troubled and self._engine.has_written):
                batch.error = error

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
