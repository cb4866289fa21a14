"""What happens on the stage: runs are asked for until all is settled, orders come in, and now and then the operator dies."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Coroutine, Iterable
from enum import Enum, auto
from typing import Any

from dinero_operator.sandbox.cluster import ClusterError
from dinero_operator.sandbox.faults import Fault
from dinero_operator.sandbox.newcomer import is_set_up, offer
from dinero_operator.sandbox.process import OperatorBroken
from dinero_operator.sandbox.shoporama import live_story
from dinero_operator.sandbox.simulators import Place
from dinero_operator.sandbox.stage import HANDLED, Stage
from dinero_operator.sandbox.verify import Case, differences

_LOOK = 0.25
"""Seconds between two looks at the resources."""
_QUIET_RUNS = 3
"""Runs in a row that change nothing, after which the operator has plainly nothing more to do."""
_PATIENCE = 1.0
"""Seconds between two runs of a shop whose last one changed nothing."""
_LIVE_PAUSE = 3.0
_CRASHES_PER_RATE = 150
_MOST_CRASHES = 10


_Job = Coroutine[Any, Any, None]


class Settled(Enum):
    """How the wait for the operator ended."""

    DONE = auto()
    """It has nothing more to do, as it says; whether the books are right is another question."""
    TIMED_OUT = auto()


class Play:
    """Drives a stage. What is awaited here raises ``OperatorBroken`` where the operator cannot be kept running."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._random = random.Random(stage.options.seed)

    async def settle(self, timeout: float) -> Settled:  # noqa: ASYNC109 - the wait as a whole is what is limited
        """Ask for runs until every order is where it belongs, or the operator changes nothing any more."""
        jobs = [self._settle(place) for place in self.stage.places]
        try:
            async with asyncio.timeout(timeout):
                await self._together([self._watch(), self._crash_at_work()], jobs)
        except TimeoutError:
            return Settled.TIMED_OUT
        return Settled.DONE

    async def live(self) -> None:
        """Let customers order, pay and get their parcels, until cancelled."""
        stories = [self._story(place, turn) for turn, place in enumerate(self.stage.places)]
        rounds = [self._rounds(place) for place in self.stage.places]
        newcomer = self.stage.newcomer
        offers = [offer(self.stage, newcomer)] if newcomer is not None else []
        await self._together([self._watch(), self._crash_by_time()], [*stories, *rounds, *offers])

    async def _together(self, background: Iterable[_Job], jobs: Iterable[_Job]) -> None:
        """Do the jobs; what stands in the background ends with them. The first error ends everything and is raised."""
        try:
            async with asyncio.TaskGroup() as group:
                endless = [group.create_task(each) for each in background]
                await asyncio.gather(*(group.create_task(each) for each in jobs))
                for task in endless:
                    task.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _watch(self) -> None:
        """Keep the resources as last read up to date."""
        while True:
            if (error := self.stage.broken()) is not None:
                raise error
            with contextlib.suppress(ClusterError):
                await self.stage.refresh()
            await asyncio.sleep(_LOOK)

    async def _settle(self, place: Place) -> None:
        quiet = 0
        while quiet < _QUIET_RUNS:
            before = _state(self.stage.case(place))
            await self._run(place)
            case = self.stage.case(place)
            if not differences(case):
                # Once more: a run that finds everything done must leave it as it is.
                await self._run(place)
                if not differences(self.stage.case(place)):
                    return
            quiet = quiet + 1 if _state(case) == before and _is_ready(case) else 0
            if _state(case) == before:
                await asyncio.sleep(_PATIENCE)

    async def _run(self, place: Place) -> None:
        """Ask for a run and wait for its end."""
        while True:
            with contextlib.suppress(ClusterError):
                token = await self.stage.ask_for_run(place)
                break
            await asyncio.sleep(_LOOK)
        while self.stage.status(place).get(HANDLED) != token:  # noqa: ASYNC110 - it is told by another process
            await asyncio.sleep(_LOOK / 2)

    async def _rounds(self, place: Place) -> None:
        while True:
            # A shop that somebody is setting up is left in peace until there is something to transfer.
            if is_set_up(self.stage, place):
                await self._run(place)
            await asyncio.sleep(_LIVE_PAUSE)

    async def _story(self, place: Place, turn: int) -> None:
        for step in live_story(place.shop, seed=self.stage.options.seed * 1000 + turn):
            await asyncio.sleep(step.delay)
            # Somebody may have called the order off or sent it meanwhile: the story goes on.
            with contextlib.suppress(KeyError):
                step.act()

    async def _crash_at_work(self) -> None:
        """Kill the operator a few times while it works: after seeded shares of the invoices that are owed."""
        rate = self.stage.faults.rates.get(Fault.CRASH, 0.0)
        if not rate:
            return
        owed = sum(
            each.end.invoiced for place in self.stage.places for each in self.stage.case(place).expected()
        )
        times = max(1, min(_MOST_CRASHES, round(rate * _CRASHES_PER_RATE)))
        marks = [owed * (turn + self._random.uniform(0.2, 0.8)) / times for turn in range(times)]
        for mark in marks:
            while sum(len(place.books.invoices) for place in self.stage.places) < mark:  # noqa: ASYNC110 - see _run
                await asyncio.sleep(0.02)
            self._crash()

    async def _crash_by_time(self) -> None:
        rate = self.stage.faults.rates.get(Fault.CRASH, 0.0)
        while rate:
            await asyncio.sleep(self._random.uniform(0.5, 1.5) / rate)
            self._crash()

    def _crash(self) -> None:
        if self.stage.operator.crash():
            self.stage.faults.played[Fault.CRASH] += 1


def _state(case: Case) -> tuple[object, ...]:
    """What changes when the operator does something: the books, and its counts."""
    versions = tuple(invoice.timestamp for invoice in case.books.invoices.values())
    held = tuple((hold["orderId"], hold["reason"]) for hold in case.status.get("held", []))
    return (versions, len(case.books.contacts), held, repr(case.status.get("orders")))


def _is_ready(case: Case) -> bool:
    conditions = case.status.get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


__all__ = ["OperatorBroken", "Play", "Settled"]
