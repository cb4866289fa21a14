"""Every kind of fault at every single call of a story, and every pair of faults around one new order.

One and the same process has to come through; only the injected clock waits.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from sync_flows import FLOWS, Flow, tell
from sync_world import Simulators, simulators

from dinero_operator.sandbox.faults import Fault, FaultPlan

UNKNOWN = (Fault.ANSWER_LOST, Fault.TRUNCATED, Fault.CONNECTION_RESET, Fault.STALE_TIMESTAMP)
"""The caller cannot know, or is misled about, what has happened."""
REFUSED = (Fault.TOO_MANY_REQUESTS, Fault.BROWNOUT, Fault.SERVER_ERROR, Fault.BAD_GATEWAY)
SHORT = ("sent_then_paid", "contact_deleted_by_hand", "cancelled_after_payment")
"""Between them they make every call that the program knows."""
LONG = (
    "returning_customer",
    "three_orders_of_two_customers",
    "booked_by_hand",
    "draft_then_sent",
    "contact_deleted_before_booking",
)
CASES = [
    *((fault, name) for fault in UNKNOWN for name in (*SHORT, *LONG)),
    *((fault, name) for fault in REFUSED for name in SHORT),
]


class Strikes(FaultPlan):
    """Faults by the number of the call, counted over both systems."""

    def aim(self, strikes: Mapping[int, Fault]) -> None:
        self.strikes = strikes
        self.seen: list[str] = []

    def draw(self, operation: str) -> Fault | None:
        self.seen.append(operation)
        return self.strikes.get(len(self.seen) - 1)


@pytest.fixture
async def stricken(clock: Any) -> AsyncIterator[tuple[Simulators, Strikes]]:
    plan = Strikes()
    plan.aim({})
    async with simulators(clock, dinero_faults=plan, shop_faults=plan) as site:
        yield site, plan


async def play(site: Simulators, plan: Strikes, flow: Flow, strikes: Mapping[int, Fault]) -> list[str]:
    """One story with faults; returns the calls that it took."""
    world = site.world()
    plan.aim(strikes)
    process = world.process()
    # A shop that answered with an old version is believed until the next poll, hence one more quiet run.
    await tell(flow, world, lambda: process.settle(quiet=2))
    assert not process.holds, "one fault is no reason to call a person"
    assert len(plan.seen) > max(strikes, default=0), "every fault was played"
    world.verify()
    await world.close()
    return plan.seen


@pytest.mark.parametrize(("fault", "name"), CASES)
async def test_fault_at_every_call(stricken: tuple[Simulators, Strikes], fault: Fault, name: str) -> None:
    undisturbed = await play(*stricken, FLOWS[name], {})
    for number in range(len(undisturbed)):
        await play(*stricken, FLOWS[name], {number: fault})


@pytest.mark.parametrize("second", [*UNKNOWN, *REFUSED])
async def test_lost_answer_to_a_write_and_a_fault_at_every_later_call(
    stricken: tuple[Simulators, Strikes], second: Fault
) -> None:
    flow = FLOWS["new_customer"]
    undisturbed = await play(*stricken, flow, {})
    writes = [place for place, call in enumerate(undisturbed) if call.startswith("POST")]
    assert len(writes) == 5, "token, contact, invoice, booking, payment"
    for first in writes[1:]:
        for later in range(first + 1, len(undisturbed)):
            await play(*stricken, flow, {first: Fault.ANSWER_LOST, later: second})
