"""What nothing to do costs: no writing of status, hardly a call."""

from __future__ import annotations

import secrets

from eventually import eventually
from suite_cluster import Resource
from suite_outside import Place
from suite_process import Operator


async def visit(operator: Operator, resource: Resource) -> None:
    """Have the operator look at a resource, as it does when its interval is over, and wait until it has."""

    async def last() -> float:
        return await operator.value(
            "last_success_timestamp_seconds", namespace=resource.namespace, name=resource.name
        )

    before = await last()
    await resource.annotate(nudge=secrets.token_hex(4))
    await eventually(last, lambda now: now > before, told="a visit")


async def patches(operator: Operator) -> float:
    return await operator.value("http_requests_total", system="kubernetes", operation="patch_status")


async def test_an_idle_visit_costs_one_call_to_the_shop(operator: Operator, place: Place) -> None:
    place.orders(3)
    place.order(4, paid=False)
    resource = await place.integrate()
    await resource.booked(3)
    # The first visit after work looks once more at what it has just written.
    await visit(operator, resource)
    await visit(operator, resource)
    before, written = place.dinero_calls(), await patches(operator)
    logins = place.outside.dinero.count()["POST token"]
    for _ in range(4):
        calls = place.shop.calls_today
        await visit(operator, resource)
        assert place.shop.calls_today == calls + 1
    assert place.dinero_calls() == before
    assert place.outside.dinero.count()["POST token"] == logins
    assert await patches(operator) == written, "a status that says the same is not written again"


async def test_a_wish_writes_its_echo_and_no_more(operator: Operator, place: Place) -> None:
    place.orders(2)
    place.order(3, email=None)
    resource = await place.integrate()
    await resource.booked(2)
    await resource.run()
    written, calls, changes = await patches(operator), place.shop.calls_today, len(await resource.events())
    before = await resource.status()
    for _ in range(4):
        after = await resource.run()
    assert await patches(operator) == written + 4
    assert place.shop.calls_today <= calls + 2 * 4, "the list, and the held order if that was not in it"
    assert len(await resource.events()) == changes
    moving = {"lastHandledReconcileAt", "lastSyncTime"}
    assert {k: v for k, v in after.items() if k not in moving} == {
        k: v for k, v in before.items() if k not in moving
    }
    assert [each["lastTransitionTime"] for each in after["conditions"]] == [
        each["lastTransitionTime"] for each in before["conditions"]
    ]


async def test_orders_cost_little(operator: Operator, place: Place) -> None:
    """Three writes and a read for each order of a new customer, and a few calls for the whole run."""
    resource = await place.integrate()
    await resource.settled()
    place.orders(30)
    before = place.dinero_calls()
    await resource.run()
    await resource.booked(30)
    assert place.dinero_calls() - before <= 30 * 5 + 5


async def test_the_filter_follows_the_watermark(operator: Operator, place: Place) -> None:
    place.orders(2)
    resource = await place.integrate()
    await resource.booked(2)
    await visit(operator, resource)
    await visit(operator, resource)
    asked = [since for since in place.outside.filters[place.shop.name] if since is not None]
    assert asked[0][:10] <= (await resource.read())["spec"]["startFrom"] < asked[-1][:10]
    assert asked[-1][:16].replace(" ", "T") <= (await resource.status())["watermark"][:16]
