"""Suspending, asking for a run, and marking orders as done by hand."""

from __future__ import annotations

from eventually import eventually
from suite_cluster import UNTOUCHED, said
from suite_outside import Outside, Place
from suite_process import Operator


async def test_suspend_and_resume(operator: Operator, outside: Outside, place: Place) -> None:
    first = place.order(1)
    resource = await place.integrate()
    before = await resource.booked(1)
    await resource.edit(suspend=True)
    labels = {"namespace": resource.namespace, "name": resource.name}
    await eventually(lambda: operator.value("suspended", **labels), told="the metric of a suspension")
    second = place.order(2)
    calls = place.shop.calls_today, place.dinero_calls()
    token = await resource.request()
    # Another resource that comes later and is done shows that there was time for this one.
    other = await outside.open(place.namespace)
    await (await other.integrate("other")).settled()
    after = await resource.status()
    assert (place.shop.calls_today, place.dinero_calls()) == calls
    assert after == before, "status stays, the wish is not handled"
    await resource.edit(suspend=False)
    status = await resource.booked(2)
    assert status["lastHandledReconcileAt"] == token, "the wish waited"
    assert await operator.value("suspended", **labels) == 0
    place.assert_once([first, second])


async def test_suspended_during_a_run(operator: Operator, outside: Outside, place: Place) -> None:
    """Orders that are under way are ended; the others wait until it is resumed."""
    orders = place.orders(40)
    place.slow_down()
    resource = await place.integrate()
    await eventually(place.dinero_calls, lambda calls: calls >= 20, told="a run under way")
    await resource.edit(suspend=True)
    labels = {"namespace": resource.namespace, "name": resource.name}
    await eventually(lambda: operator.value("suspended", **labels), told="the metric of a suspension")
    begun = {invoice.external_reference for invoice in place.invoices()}
    assert 0 < len(begun) < 30
    place.assert_once(order for order in orders if f"shoporama:{order.order_id}" in begun)
    place.slow_down(0.0)
    await resource.edit(suspend=False)
    await resource.booked(40)
    place.assert_once(orders)


async def test_created_suspended(operator: Operator, outside: Outside, place: Place) -> None:
    place.order(1)
    resource = await place.integrate(suspend=True)
    other = await outside.open(place.namespace)
    await (await other.integrate("other")).settled()
    assert await resource.status() == UNTOUCHED
    assert place.shop.calls_today == 0
    await resource.edit(suspend=None)
    await resource.booked(1)


async def test_a_wish_is_echoed(operator: Operator, place: Place) -> None:
    resource = await place.integrate()
    await resource.settled()
    order = place.order(1)
    status = await resource.run()
    assert status["orders"]["booked"] == 1
    place.assert_once([order])
    assert await operator.value("orders_total", namespace=resource.namespace, outcome="booked") == 1


async def test_a_wish_is_echoed_by_a_failed_run_too(operator: Operator, place: Place) -> None:
    resource = await place.integrate(account=55_999)
    await resource.settled("UnknownAccount")
    assert said(await resource.run(), "Ready") == ("False", "UnknownAccount")
    await place.namespace.delete_secret(place.dinero_secret)
    assert said(await resource.run(), "Ready") == ("False", "SecretMissing")
    await resource.edit(shop={"timeZone": "Mars/Olympus_Mons"})
    assert said(await resource.run(), "Ready")[0] == "False"


async def test_a_wish_at_the_creation(operator: Operator, place: Place) -> None:
    resource = place.namespace.resource()
    annotations = {"shoporama.dk/reconcile-requested-at": "from the start"}
    await resource.create(place.spec(), annotations=annotations)
    assert (await resource.settled())["lastHandledReconcileAt"] == "from the start"


async def test_a_skipped_order_leaves_the_held_ones(operator: Operator, place: Place) -> None:
    first, second = place.order(1, email=None), place.order(2, email=None)
    resource = await place.integrate()
    status = await eventually(resource.status, lambda s: len(s.get("held", [])) == 2, told="two holds")
    since = {hold["orderId"]: hold["since"] for hold in status["held"]}
    await resource.annotate(skip_orders=f"{first.order_id}, 999999999")
    status = await eventually(resource.status, lambda s: s["orders"]["held"] == 1, told="one hold")
    (hold,) = status["held"]
    assert hold["orderId"] == str(second.order_id)
    assert hold["since"] == since[hold["orderId"]]
    assert said(status, "Synced") == ("False", "OrdersHeld")
    assert await operator.value("orders_total", namespace=resource.namespace, outcome="skipped") == 1
    await resource.annotate(skip_orders=f"{first.order_id},{second.order_id}")
    status = await eventually(resource.status, lambda s: s["orders"]["held"] == 0, told="no hold")
    assert not status.get("held")
    assert said(status, "Synced") == ("True", "UpToDate")
    assert await operator.value("orders_total", namespace=resource.namespace, outcome="skipped") == 2
    assert await operator.value("orders_held", namespace=resource.namespace) == 0
    assert not place.books.invoices
    assert not place.books.contacts


async def test_an_annotation_that_is_no_list_of_ids_is_told_of(operator: Operator, place: Place) -> None:
    resource = await place.integrate()
    await resource.settled()
    await resource.annotate(skip_orders="ordre 7")
    events = await eventually(
        resource.events, lambda found: [e for e in found if e["reason"] == "InvalidAnnotation"]
    )
    assert "ordre 7" not in str(events)
    await resource.run()
    told = [event for event in await resource.events() if event["reason"] == "InvalidAnnotation"]
    assert len(told) == 1, "it is told once"
