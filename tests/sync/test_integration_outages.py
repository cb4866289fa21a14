"""Systems that do not answer, orders that never go through, and changes that appear late."""

from datetime import timedelta

import pytest
from sync_flows import BO
from sync_world import Process, Simulators, World, booked, condition, customers, is_owing, restored_of

from dinero_operator.sandbox.faults import Fault
from dinero_operator.sync.report import ConditionType
from dinero_operator.transport import http

READY = ConditionType.READY


@pytest.mark.parametrize("system", ["dinero", "platform"])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.SERVER_ERROR, "Unavailable"),
        (Fault.CONNECTION_RESET, "Unavailable"),
        (Fault.TOO_MANY_REQUESTS, "RateLimited"),
    ],
)
@pytest.mark.parametrize("started", [False, True], ids=["from the start", "later"])
async def test_outage_and_recovery(
    world: World, process: Process, *, system: str, fault: Fault, reason: str, started: bool
) -> None:
    if started:
        world.order()
        await process.settle()
    customers(world, 5)
    faults = getattr(world.site, system).faults
    faults.rates = {fault: 1.0}
    waits = []
    for _ in range(8):
        report = await process.run()
        assert condition(report, READY).status is False
        assert condition(report, READY).reason == reason
        assert report.condition(ConditionType.STALLED) is None
        assert not report.succeeded
        waits.append(report.next_run)
        world.clock.advance(report.next_run)
    assert waits == sorted(waits), "ever more patient"
    assert waits[-1] >= 300.0 or reason == "RateLimited"
    faults.rates = {}
    report = await process.settle()
    assert condition(report, READY).status is True
    world.verify()


async def test_dinero_switched_off_and_on(site: Simulators, world: World, process: Process) -> None:
    customers(world, 3)
    await site.dinero.stop()
    report = await process.run()
    assert condition(report, READY).reason == "Unavailable"
    await site.dinero.start()
    await process.settle()
    world.verify()


async def test_outage_in_the_middle_of_many_orders(site: Simulators, world: World) -> None:
    """The batch ends instead of asking for each order in turn, and goes on where it stopped."""
    orders = customers(world, 40)

    class Outage:
        calls = 0

        async def before(self, _request: http.Request) -> None:
            self.calls += 1
            site.dinero.faults.rates = {Fault.BAD_GATEWAY: 1.0} if self.calls >= 60 else {}

        async def after(self, _request: http.Request, _response: http.Response | None) -> None:
            """See nothing."""

    outage = Outage()
    process = world.process(probe=outage)
    report = await process.run()
    assert condition(report, READY).reason == "Unavailable"
    assert 0 < booked(world) < len(orders)
    assert outage.calls <= 60 + 8 * 6 + 5, (
        "eight orders under way: a write whose answer is lost, and five reads"
    )
    owed = [order for order in orders if (found := world.invoice(order)) is None or found.remaining]
    oldest = min(world.shop.orders[order].modified_at or world.clock.now() for order in owed)
    assert report.watermark_instant is not None
    assert report.watermark_instant <= oldest
    outage.calls = -10_000
    await process.settle()
    world.verify()


async def test_change_that_appears_late(world: World, process: Process) -> None:
    """It is stamped when it begins and shown when it is saved, by when a newer one was seen."""
    world.order(email=BO)
    report = await process.settle()
    assert report.watermark_instant is not None
    stamp = report.watermark_instant - timedelta(minutes=5)
    order = world.order(placed_at=stamp, modified_at=stamp)
    await process.settle()
    assert world.invoice(order) is not None
    world.verify()


async def test_order_that_always_fails_is_waited_for(world: World, process: Process) -> None:
    """Three orders that Dinero answers with 500 stop no other, and nothing passes them."""
    poisoned = customers(world, 3)
    world.site.broken |= {f"shoporama:{order}" for order in poisoned}
    first_change = min(world.shop.orders[order].modified_at or world.clock.now() for order in poisoned)
    restored = None
    for round_ in range(4):
        world.clock.advance(7200.0)
        later = world.order(email=f"senere{round_}@example.com")
        for _ in range(3):
            report = await process.run()
            world.clock.advance(report.next_run)
        assert world.invoice(later) is not None, "the others go on"
        assert is_owing(report) or condition(report, READY).reason == "Unavailable"
        assert report.watermark_instant is None or report.watermark_instant <= first_change
        restored = restored_of(report)
        if round_ % 2:
            process = world.process(restored)
    world.site.broken.clear()
    report = await world.process(restored).settle()
    world.verify()
    assert report.watermark_instant is not None
    assert report.watermark_instant > first_change


async def test_a_dozen_orders_that_always_fail_keep_out_no_other(world: World, process: Process) -> None:
    """More poisoned orders than workers, all older than the rest: the rest is booked from the second run on."""
    poisoned = customers(world, 12)
    world.site.broken |= {f"shoporama:{order}" for order in poisoned}
    report = await process.run()
    assert condition(report, READY).reason == "Unavailable", "at first they may mean an outage"
    world.clock.advance(600.0)
    later = [world.order(email=f"senere{number}@example.com") for number in range(10)]
    for _ in range(3):
        report = await process.run()
        world.clock.advance(report.next_run)
    assert all(world.invoice(order) is not None for order in later)
    world.site.broken.clear()
    await process.settle()
    world.verify()
