"""Two operators, or two resources, on one shop and one organisation: wasteful, never wrong.

The schedules are drawn by seed: each call is held up for a number of turns of the event loop, before and after.
"""

import asyncio
from random import Random

import pytest
from sync_flows import ANNE, BO
from sync_world import Process, Simulators, World

from dinero_operator.domain.choices import Booking, Credits, Trigger
from dinero_operator.sync.integration import Integration
from dinero_operator.transport.http import Request, Response

SCHEDULES = 40


class Dawdler:
    """Holds up every call by a seeded number of turns."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - a schedule is no secret

    async def before(self, _request: Request) -> None:
        await self._dawdle()

    async def after(self, _request: Request, _response: Response | None) -> None:
        await self._dawdle()

    async def _dawdle(self) -> None:
        for _ in range(self._random.choice((0, 0, 1, 3, 8, 20, 40))):
            await asyncio.sleep(0)


def place(world: World) -> list[int]:
    return [
        world.order(),
        world.order(email=BO, price=99_95),
        world.order(email="ANNE@example.com", shipping=0),
        world.order(email=BO, price=10_00),
    ]


async def both(world: World, first: Process, second: Process) -> None:
    await asyncio.gather(first.settle(runs=12), second.settle(runs=12))
    for process in (first, second):
        assert process.last is not None
        assert not process.last.held
    world.verify()


@pytest.mark.parametrize("seed", range(SCHEDULES))
async def test_two_processes_transfer_the_same_new_orders(site: Simulators, seed: int) -> None:
    world = site.world()
    place(world)
    await both(world, world.process(probe=Dawdler(seed)), world.process(probe=Dawdler(1000 + seed)))
    await world.close()


@pytest.mark.parametrize("seed", range(SCHEDULES))
async def test_two_processes_register_the_same_payments(site: Simulators, seed: int) -> None:
    world = site.world()
    world.choices = {"trigger": Trigger.SENT}
    orders = [world.order(status="sent", paid=False), world.order(status="sent", paid=False, email=BO)]
    first, second = world.process(probe=Dawdler(seed)), world.process(probe=Dawdler(1000 + seed))
    await both(world, first, second)
    for order in orders:
        world.shop.mark_paid(order)
    await both(world, first, second)
    await world.close()


@pytest.mark.parametrize("seed", range(SCHEDULES // 2))
async def test_two_processes_book_the_same_drafts(site: Simulators, seed: int) -> None:
    world = site.world()
    world.choices = {"booking": Booking.ON_SENT}
    orders = place(world)
    first, second = world.process(probe=Dawdler(seed)), world.process(probe=Dawdler(1000 + seed))
    await asyncio.gather(first.settle(), second.settle())
    for order in orders:
        world.shop.mark_sent(order)
    await both(world, first, second)
    await world.close()


@pytest.mark.parametrize("seed", range(SCHEDULES))
async def test_two_processes_credit_the_same_orders(site: Simulators, seed: int) -> None:
    world = site.world()
    world.choices = {"credits": Credits.AUTOMATIC}
    orders = place(world)
    first, second = world.process(probe=Dawdler(seed)), world.process(probe=Dawdler(1000 + seed))
    await both(world, first, second)
    for order in orders[:3]:
        world.credited[order] = [world.shop.cancel(order).total_price]
    await both(world, first, second)
    await world.close()


@pytest.mark.parametrize("seed", range(SCHEDULES // 2))
async def test_two_resources_in_one_process(site: Simulators, seed: int) -> None:
    world = site.world()
    place(world)
    first = world.process(probe=Dawdler(seed))
    second = world.process()
    second.services = first.services
    second.integration = Integration("default", "twin", first.services)
    await both(world, first, second)
    made = world.calls()
    assert made["POST invoices"] == made["POST book"] == made["POST payments"] == 4
    assert made["POST contacts"] == 2
    await world.close()


async def test_two_shops_may_share_a_customer(site: Simulators) -> None:
    """Two shops sell to one person, into one organisation: one contact, two invoices."""
    world, other = site.world(), site.world()
    world.order(email=ANNE)
    sold = other.order(email="Anne@example.com", price=50_00)
    other.choices = {"organisation": world.organisation}
    other.credentials = other.credentials.__class__(other.shop.token, world.credentials.dinero)
    first, second = world.process(), other.process()
    await asyncio.gather(first.settle(), second.settle())
    assert len(world.books.contacts) == 1
    references = {invoice.external_reference for invoice in world.books.invoices.values()}
    assert references == {f"shoporama:{order}" for order in (*world.shop.orders, sold)}
    assert all(invoice.booked and invoice.remaining == 0 for invoice in world.books.invoices.values())
    await world.close()
    await other.close()
