"""Every kind of fault at every single call of a story, and every pair of faults around one new order.

One and the same process has to come through; only the injected clock waits.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from sync_flows import FLOWS, Flow, tell
from sync_world import Simulators, simulators

from dinero_operator.sandbox.faults import Fault, FaultPlan

FAULTS = tuple(fault for fault in Fault if fault is not Fault.CRASH)
STORIES = (
    "returning_customer",
    "three_orders_of_two_customers",
    "booked_by_hand",
    "draft_then_sent",
    "sent_then_paid",
    "contact_deleted_by_hand",
    "contact_deleted_before_booking",
)
"""Between them they make every call that the program knows, and in every order."""


class Strikes(FaultPlan):
    """Faults by the number of the call, counted over both systems."""

    def aim(self, strikes: Mapping[int, Fault]) -> None:
        self.strikes, self.seen = strikes, 0

    def draw(self, operation: str) -> Fault | None:
        self.seen += 1
        return self.strikes.get(self.seen - 1)


@pytest.fixture
async def stricken(clock: Any) -> AsyncIterator[tuple[Simulators, Strikes]]:
    plan = Strikes()
    plan.aim({})
    async with simulators(clock, dinero_faults=plan, shop_faults=plan) as site:
        yield site, plan


async def play(site: Simulators, plan: Strikes, flow: Flow, strikes: Mapping[int, Fault]) -> int:
    """One story with faults; returns how many calls it took."""
    world = site.world()
    plan.aim(strikes)
    process = world.process()
    # A shop that answered with an old version is believed until the next poll, hence one more quiet run.
    await tell(flow, world, lambda: process.settle(quiet=2))
    assert process.last is not None
    assert not process.last.held
    assert plan.seen > max(strikes, default=0), "every fault was played"
    world.verify()
    await world.close()
    return plan.seen


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("fault", FAULTS)
async def test_fault_at_every_call(stricken: tuple[Simulators, Strikes], fault: Fault, name: str) -> None:
    total = await play(*stricken, FLOWS[name], {})
    for number in range(total):
        await play(*stricken, FLOWS[name], {number: fault})


@pytest.mark.parametrize("second", [Fault.ANSWER_LOST, Fault.CONNECTION_RESET, Fault.STALE_TIMESTAMP])
async def test_answer_lost_and_a_second_fault_at_every_later_call(
    stricken: tuple[Simulators, Strikes], second: Fault
) -> None:
    flow = FLOWS["new_customer"]
    total = await play(*stricken, flow, {})
    for first in range(total):
        for later in range(first + 1, total):
            await play(*stricken, flow, {first: Fault.ANSWER_LOST, later: second})
