"""Few calls are a feature: what an order, an idle poll and a day cost."""

from collections import Counter
from typing import Any

import pytest
from sync_flows import ANNE
from sync_world import HOUR, Process, Simulators, World, restored_of

from dinero_operator.domain.identity import contact_guid
from dinero_operator.sandbox.shoporama import OrderLine, SimOrder
from dinero_operator.transport.http import Request, Response

ORDERS = 300


class Ledger:
    """Counts the calls that name a Guid or a reference, in the address or in the body. A call takes a moment."""

    def __init__(self, clock: Any) -> None:
        self.requests: list[str] = []
        self._clock = clock

    async def before(self, request: Request) -> None:
        self._clock.advance(0.02)
        if request.system == "dinero":
            self.requests.append(f"{request.url} {request.json}")

    async def after(self, request: Request, response: Response | None) -> None:
        """See nothing."""

    def about(self, *names: str) -> int:
        return sum(any(name in request for name in names) for request in self.requests)


def fill(world: World, count: int, customers: int, *, tag: str = "kunde") -> list[int]:
    """Orders of so many customers, in turn, a second apart."""
    return [
        world.order(email=f"{tag}{number % customers}@example.com", price=100_00 + number)
        for number in range(count)
    ]


def dinero_calls(world: World) -> int:
    made = len([call for call in world.site.dinero.calls if call.route != "token"])
    world.site.dinero.calls.clear()
    world.site.platform.calls.clear()
    return made


async def test_new_customers(world: World) -> None:
    ledger = Ledger(world.clock)
    process = world.process(probe=ledger)
    orders = fill(world, ORDERS, ORDERS)
    await process.run()
    world.verify()
    for order in orders:
        invoice = world.invoice(order)
        assert invoice is not None
        address = world.shop.orders[order].email or ""
        contact = str(contact_guid(world.organisation, address))
        assert ledger.about(invoice.guid, contact) == 5, "contact, draft, check, booking, payment"
    assert dinero_calls(world) <= 5 * ORDERS + 10


async def test_new_customers_one_by_one(world: World, process: Process) -> None:
    """An order that has a run to itself bears the two lists alone; every hour, housekeeping is added."""
    fill(world, 1, 1)
    await process.run()
    dinero_calls(world)
    costs: list[int] = []
    for number in range(20):
        world.clock.advance(300.0)
        fill(world, 1, 1, tag=f"ny{number}-")
        await process.run()
        costs.append(dinero_calls(world))
    assert max(costs) <= 8
    assert sum(costs) <= 20 * 7 + 2
    world.verify()


@pytest.mark.parametrize("batch", [30, 300])
async def test_returning_customers(world: World, batch: int) -> None:
    process = world.process()
    fill(world, 60, 60)
    await process.run()
    dinero_calls(world)
    for _ in range(ORDERS // batch):
        world.clock.advance(300.0)
        fill(world, batch, 60)
        await process.run()
    assert dinero_calls(world) <= 4.2 * ORDERS
    world.verify()


async def test_idle_polls(world: World, process: Process) -> None:
    fill(world, 5, 5)
    report = await process.settle()
    for _ in range(10):
        world.clock.advance(report.next_run)
        world.calls()
        report = await process.run()
        assert world.calls() == Counter({"GET orders": 1})
        assert report.next_run == 300.0


async def test_idle_day(world: World, process: Process) -> None:
    """Housekeeping by the hour, a probe of the shop's filter by the hour, and the set-up once."""
    fill(world, 5, 5)
    report = await process.settle()
    world.calls()
    for _ in range(24 * 12):
        world.clock.advance(report.next_run)
        report = await process.run()
    made = world.calls()
    assert made["GET orders"] <= 24 * 12 + 25
    assert made["GET invoices"] <= 25
    assert sum(made.values()) - made["GET orders"] - made["GET invoices"] <= 10
    assert not any(name.startswith("POST") for name in made)


async def test_restart_costs_a_handful(world: World, process: Process) -> None:
    fill(world, 40, 20)
    report = await process.settle()
    world.clock.advance(HOUR)
    world.calls()
    successor = world.process(restored_of(report))
    await successor.run()
    made = world.calls()
    assert sum(made.values()) <= 10
    assert not any(name.startswith("POST") for name in made)


async def test_restart_that_remembers_nothing_reads_no_order_twice(world: World, process: Process) -> None:
    """Without a watermark, all orders are looked at again, and the books' list answers for all of them."""
    fill(world, 150, 50)
    await process.settle()
    world.calls()
    await world.process().settle()
    made = world.calls()
    assert made["GET invoice"] == made["GET payments"] == 0
    assert made["GET orders"] <= 6
    assert sum(made.values()) <= 20
    world.verify()


async def test_thousands_of_contacts_are_listed_once(
    site: Simulators, world: World, process: Process
) -> None:
    for number in range(2500):
        world.books.add_contact_by_hand(f"Kunde {number}", email=f"k{number}@example.com")
        world.namesakes[f"k{number}@example.com"] = 1
    world.order(email="K2400@example.com")
    await process.run()
    assert world.calls()["GET contacts"] == 3
    for number in range(5):
        world.clock.advance(300.0)
        world.order(email=f"k{number}@example.com")
        await process.run()
    assert world.calls()["GET contacts"] == 0, "addresses that are known need no list"
    world.verify()


async def test_budget_of_a_minute_is_kept(site: Simulators, world: World) -> None:
    """60 calls a minute are 60, also where 30 orders come at once, and nobody is told to wait by Dinero."""
    site.dinero._limit.limit = 60
    process = world.process(requests_per_minute=60)
    fill(world, 30, 30)
    began = world.clock.elapsed
    await process.settle()
    assert not any(call.status == 429 for call in site.dinero.calls)
    assert world.clock.elapsed - began >= 120.0
    world.verify()


async def test_shop_quota_is_kept_and_stretches_the_polls(world: World) -> None:
    world.choices["daily_calls"] = 100
    world.shop.daily_limit = 100
    process = world.process()
    fill(world, 3, 3)
    waits: set[Any] = set()
    until = world.clock.elapsed + 24 * HOUR
    while world.clock.elapsed < until:
        report = await process.run()
        waits.add(round(report.next_run))
        world.clock.advance(max(60.0, report.next_run))
    assert not any(call.status == 429 for call in world.site.platform.calls)
    assert max(waits) > 300
    world.verify()


async def test_order_without_lines_of_value(world: World, process: Process) -> None:
    """Zero total: no contact, no invoice, no call on the books."""
    await process.settle()
    world.calls()
    world.shop.place(SimOrder(lines=(OrderLine(name="Gave", unit_price=0),), paid=True, email=ANNE))
    await process.run()
    made = world.calls()
    assert not any(name.startswith("POST") for name in made)
    assert 'outcome="skipped"} 1.0' in process.metrics.expose()[0].decode()


async def test_a_new_customer_alone_in_a_poll_costs_six_calls(world: World, process: Process) -> None:
    """One list of contacts, and five calls of its own; a contact of our making needs no look for duplicates."""
    await process.run()
    for number in range(3):
        world.clock.advance(300.0)
        dinero_calls(world)
        world.order(email=f"ny{number}@example.com")
        await process.run()
        assert dinero_calls(world) == 6
    world.verify()
