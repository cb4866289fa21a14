"""A resource is deleted: at once, and without a trace in the books."""

from __future__ import annotations

from eventually import eventually
from suite_cluster import Kubectl
from suite_outside import Outside, Place
from suite_process import Operator, StartOperator


async def test_delete(operator: Operator, outside: Outside, place: Place, kubectl: Kubectl) -> None:
    orders = place.orders(2)
    place.order(3, email=None)
    resource = await place.integrate()
    await resource.booked(2)
    assert not (await resource.read())["metadata"].get("finalizers")
    assert await operator.series_of(place.namespace.name)
    calls = place.dinero_calls(), place.shop.calls_today
    assert "deleted" in await kubectl("delete dinero demo --timeout=5s")
    assert not await resource.exists()
    await eventually(
        lambda: operator.series_of(place.namespace.name), lambda names: not names, told="no series"
    )
    place.order(4)
    other = await outside.open(place.namespace)
    await (await other.integrate("other")).settled()
    assert (place.dinero_calls(), place.shop.calls_today) == calls
    place.assert_once(orders)


async def test_a_new_resource_of_the_same_name_doubles_nothing(operator: Operator, place: Place) -> None:
    orders = place.orders(3)
    resource = await place.integrate()
    await resource.booked(3)
    await resource.delete()
    orders.append(place.order(4))
    await place.integrate()
    status = await resource.booked(4)
    assert status["startFrom"] == place.spec()["startFrom"]
    place.assert_once(orders)
    other = await place.integrate("renamed")
    await other.booked(4)
    place.assert_once(orders)


async def test_without_an_operator(start_operator: StartOperator, place: Place, kubectl: Kubectl) -> None:
    operator = await start_operator()
    orders = place.orders(2)
    resource = await place.integrate()
    await resource.booked(2)
    operator.kill()
    await operator.wait()
    assert "deleted" in await kubectl("delete dinero demo --timeout=5s")
    assert not await resource.exists()
    calls = place.dinero_calls(), place.shop.calls_today
    place.order(3)
    successor = await start_operator()
    other = await place.outside.open(place.namespace)
    await (await other.integrate("other")).settled()
    assert (place.dinero_calls(), place.shop.calls_today) == calls
    series = (await successor.samples())["dinero_operator_suspended"]
    assert [labels["name"] for labels, _ in series if labels["namespace"] == place.namespace.name] == [
        "other"
    ]
    place.assert_once(orders)


async def test_deleted_and_made_anew_without_an_operator(
    start_operator: StartOperator, place: Place, kubectl: Kubectl
) -> None:
    """The next one meets another resource of the same name, with orders that a former one has booked and held."""
    operator = await start_operator()
    orders = place.orders(2)
    held = place.order(3, email=None)
    resource = await place.integrate()
    await resource.booked(2)
    operator.kill()
    await operator.wait()
    await kubectl("delete dinero demo --timeout=5s")
    books = dict(place.books.invoices)
    orders.append(place.order(4))
    await place.integrate()
    successor = await start_operator()
    status = await resource.booked(3)
    assert [order["orderId"] for order in status["held"]] == [str(held.order_id)]
    assert books.items() <= place.books.invoices.items()
    place.assert_once(orders)
    await kubectl("delete dinero demo --timeout=5s")
    await eventually(lambda: successor.series_of(place.namespace.name), lambda names: not names)
    calls = place.dinero_calls(), place.shop.calls_today
    # Whatever was planned for it would be asked for by this, too.
    await resource.create(place.spec(suspend=True))
    await eventually(lambda: successor.value("suspended", namespace=place.namespace.name), told="the new one")
    assert (place.dinero_calls(), place.shop.calls_today) == calls


async def test_during_a_run(operator: Operator, place: Place) -> None:
    """Orders that are under way are ended; no other begins."""
    orders = place.orders(60)
    place.slow_down()
    resource = await place.integrate()
    await eventually(place.dinero_calls, lambda calls: calls >= 20, told="a run under way")
    await resource.delete()
    assert not await resource.exists()
    # The series go when the run has ended: it must not bring them back.
    await eventually(
        lambda: operator.series_of(place.namespace.name), lambda names: not names, told="no series"
    )
    begun = {invoice.external_reference for invoice in place.invoices()}
    assert 0 < len(begun) < 30
    place.assert_once(order for order in orders if f"shoporama:{order.order_id}" in begun)
