"""The process dies in the middle of its work, and another takes over: nothing is doubled, nothing forgotten."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from eventually import eventually
from suite_cluster import said
from suite_outside import Place
from suite_process import Operator, StartOperator

from dinero_operator.sandbox.web import Call


async def die_after(place: Place, operator: Operator, calls: int) -> None:
    """Kill the operator at the moment in which Dinero has done, and not yet answered, so many calls on these books."""
    died, left = asyncio.Event(), calls

    def count(call: Call) -> None:
        nonlocal left
        left -= call.scope == str(place.number)
        if left == 0:
            operator.kill()
            died.set()

    place.outside.calls.on_call = count
    try:
        await asyncio.wait_for(died.wait(), 25)
    finally:
        place.outside.calls.on_call = None
    assert await operator.wait() == -9


@pytest.mark.parametrize("first", [3, 6])
async def test_killed_again_and_again(start_operator: StartOperator, place: Place, first: int) -> None:
    orders = place.orders(12)
    orders += [place.order(number, email="KUNDE1@example.com") for number in (13, 14)]
    held = place.order(15, email=None)
    place.order(16, paid=False)
    place.slow_down(0.01)
    resource = await place.integrate()
    for calls in (first, 9, 13, 17):
        await die_after(place, await start_operator(wait=False), calls)
    await start_operator()
    status = await resource.booked(14)
    assert status["orders"] == {"booked": 14, "drafted": 0, "credited": 0, "held": 1, "pending": 1}
    assert [hold["orderId"] for hold in status["held"]] == [str(held.order_id)]
    place.assert_once(orders)


async def test_a_successor_takes_over_what_is_in_the_status(
    start_operator: StartOperator, place: Place
) -> None:
    operator = await start_operator()
    orders = place.orders(120)
    held = [place.order(number, email=None) for number in (121, 122)]
    place.old_orders(1, paid=False)  # older than what a look back finds again
    resource = await place.integrate()
    await resource.booked(120)
    before = await resource.run()
    operator.kill()
    await operator.wait()
    place.outside.filters.clear()
    writes, shop_calls = place.dinero_calls("POST", "PUT"), place.shop.calls_today
    orders.append(place.order(124))
    successor = await start_operator()
    after = await resource.booked(121)
    assert after["orders"] == {"booked": 121, "drafted": 0, "credited": 0, "held": 2, "pending": 1}
    assert [(hold["orderId"], hold["since"]) for hold in after["held"]] == [
        (hold["orderId"], hold["since"]) for hold in before["held"]
    ]
    assert {hold["orderId"] for hold in after["held"]} == {str(order.order_id) for order in held}
    assert after["startFrom"] == before["startFrom"]
    assert after["lastBooked"]["orderNumber"] == str(orders[-1].webshop_order_id)
    place.assert_once(orders)
    # Contact, invoice, booking, payment: of the new order only.
    assert place.dinero_calls("POST", "PUT") - writes <= 4
    first = next(since for since in place.outside.filters[place.shop.name] if since is not None)
    assert first[:10] > before["startFrom"], "it reads from the watermark on, not from the start"
    assert place.shop.calls_today - shop_calls <= 8
    labels = {"namespace": resource.namespace}
    assert await successor.value("orders_held", **labels) == 2
    assert await successor.value("orders_total", **labels, outcome="held") == 0, "they are not new"
    assert await successor.value("orders_total", **labels, outcome="booked") == 1


async def test_a_successor_says_the_same(start_operator: StartOperator, place: Place) -> None:
    """A restart with nothing to do writes no status: its conditions did not move, and nothing is told again."""
    operator = await start_operator()
    place.orders(3)
    place.order(4, email=None)
    resource = await place.integrate()
    await resource.booked(3)
    await resource.run()
    await operator.stop()
    before, events = await resource.read(), await resource.events()
    successor = await start_operator()
    await eventually(
        lambda: successor.value("last_success_timestamp_seconds", namespace=resource.namespace),
        told="a visit",
    )
    after = await resource.read()
    assert after["status"] == before["status"]
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert [event["reason"] for event in await resource.events()] == [event["reason"] for event in events]


async def test_an_edit_while_nobody_works(start_operator: StartOperator, place: Place) -> None:
    """What a spec of before has passed by is due under the spec of now, though another process passed it by."""
    operator = await start_operator()
    passed_by = place.old_orders(3, paid=False, status="sent")
    order = place.order(4, status="sent")
    resource = await place.integrate(lateOrders="Today")
    assert (await resource.booked(1))["orders"]["pending"] == 3
    operator.kill()
    await operator.wait()
    await resource.edit(trigger="Sent", payment="Always")
    token = await resource.request()
    await start_operator()
    status = await resource.booked(4)
    assert status["lastHandledReconcileAt"] == token
    assert status["orders"]["pending"] == 0
    assert said(status, "Synced") == ("True", "UpToDate")
    place.assert_once([*passed_by, order])


async def test_numbers_have_no_gaps(start_operator: StartOperator, place: Place) -> None:
    place.orders(6)
    resource = await place.integrate()
    await die_after(place, await start_operator(wait=False), 12)
    await start_operator()
    await resource.booked(6)
    numbers = sorted(invoice.number or 0 for invoice in place.invoices())
    assert numbers[0] == 1
    assert all(after == before + 1 for before, after in pairwise(numbers))
