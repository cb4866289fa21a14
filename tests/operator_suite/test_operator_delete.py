"""A resource is deleted: at once, and without a trace in the books."""

from __future__ import annotations

from conftest import StartOperator
from eventually import eventually
from suite_cluster import Kubectl
from suite_outside import Outside, Place
from suite_process import Operator


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
    assert [labels["name"] for labels, _ in series if labels["namespace"] == place.namespace.name] == ["other"]
    place.assert_once(orders)


async def test_during_a_run(start_operator: StartOperator, place: Place) -> None:
    """Orders that are under way may end; no other begins."""
    operator = await start_operator(REQUESTS_PER_MINUTE="25")
    place.orders(30)
    resource = await place.integrate()
    await eventually(lambda: place.dinero_calls(), lambda calls: calls >= 20, told="a run under way")
    await resource.delete()
    assert not await resource.exists()
    # Whoever comes next with another budget is served: the deleted resource blocks nobody.
    other = await place.outside.open(place.namespace)
    await (await other.integrate("other")).settled()
    assert len(place.books.invoices) < 30
    code, _ = await operator.stop()
    assert code == 0
