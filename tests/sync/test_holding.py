"""Orders that are held: each reason appears, stops no other order, and ends when its cause is mended."""

from decimal import Decimal
from typing import Any

import pytest
from hold_cases import BOOKED, FREE, STORIES
from sync_world import HOUR, Process, World, condition, restored_of

from dinero_operator.domain.holds import HoldReason
from dinero_operator.sandbox.shoporama import SimOrder
from dinero_operator.sync.report import ConditionType, HeldOrder

BO = "bo@example.com"


@pytest.mark.parametrize("restarts", [False, True], ids=["one process", "a new process each time"])
@pytest.mark.parametrize("name", STORIES)
async def test_hold_and_its_end(world: World, name: str, *, restarts: bool) -> None:
    process = world.process()
    acts = STORIES[name](world)
    bystander = 0
    for expected in acts:
        if not bystander:
            bystander = world.order(email=BO, status="sent")
        report = await process.settle()
        other = world.invoice(bystander)
        assert other is not None
        assert other.remaining == 0, "a held order stops no other"
        if isinstance(expected, HoldReason):
            (held,) = report.held
            assert held.reason == expected
            assert expected.remedy in held.message
            assert report.counts is not None
            assert report.counts.held == 1
            assert condition(report, ConditionType.SYNCED).reason == "OrdersHeld"
            assert condition(report, ConditionType.READY).status is True
        else:
            assert not report.held
            assert condition(report, ConditionType.SYNCED).status is True
            if expected == BOOKED:
                world.verify()
        world.clock.advance(HOUR)
        if restarts:
            process = world.process(restored_of(report))


