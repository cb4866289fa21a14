"""More than one: of operators on the same resources, of resources on the same shop or books, of shards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from eventually import eventually
from suite_cluster import UNTOUCHED, Namespace
from suite_outside import Outside, Place
from suite_process import Operator, StartOperator


async def names_in(operator: Operator, namespace: str) -> set[str]:
    """The names of the resources of a namespace that a process works on."""
    series = (await operator.samples()).get("dinero_operator_suspended", [])
    return {labels["name"] for labels, _ in series if labels["namespace"] == namespace}


async def test_two_processes_on_the_same_resources(start_operator: StartOperator, place: Place) -> None:
    both = await asyncio.gather(start_operator(), start_operator())
    orders = place.orders(40)
    resource = await place.integrate()
    await resource.booked(40)
    for number in range(41, 61):
        orders.append(place.order(number))
    await resource.request()
    await resource.booked(60)
    # Each of them has done with it only when both have seen it.
    for operator in both:
        assert await names_in(operator, place.namespace.name) == {"demo"}
        code, _ = await operator.stop()
        assert code == 0
    place.assert_once(orders)


async def test_two_resources_on_one_shop(
    start_operator: StartOperator, outside: Outside, place: Place
) -> None:
    await start_operator()
    orders = place.orders(20)
    first, second = await asyncio.gather(place.integrate("first"), place.integrate("second"))
    for resource in (first, second):
        await resource.booked(20)
    orders.append(place.order(21))
    await asyncio.gather(first.run(), second.run())
    for resource in (first, second):
        await resource.run()
        await resource.booked(21)
    place.assert_once(orders)


async def test_two_shops_into_one_organisation_share_its_budget(
    start_operator: StartOperator, outside: Outside, place: Place
) -> None:
    limit = 40
    await start_operator(REQUESTS_PER_MINUTE=str(limit))
    branch = await outside.open(place.namespace)
    place.orders(20)
    for number in range(101, 121):
        branch.order(number)
    await place.integrate("first")
    keys = {"secretRef": {"name": place.dinero_secret}}
    await branch.integrate("second", organisation=place.number, dinero=keys)
    await eventually(place.dinero_calls, lambda calls: calls >= limit, told="a spent budget")
    # A shop with books of its own does not wait for them.
    other = await outside.open(place.namespace)
    orders = other.orders(5)
    await (await other.integrate("other")).booked(5)
    other.assert_once(orders)
    assert place.dinero_calls() == limit
    assert branch.dinero_calls() == 0


async def test_two_shops_into_one_organisation(
    start_operator: StartOperator, outside: Outside, place: Place
) -> None:
    await start_operator()
    branch = await outside.open(place.namespace)
    orders = place.orders(10)
    keys = {"secretRef": {"name": place.dinero_secret}}
    first, second = await asyncio.gather(
        place.integrate("first"), branch.integrate("second", organisation=place.number, dinero=keys)
    )
    orders += [branch.order(number) for number in range(101, 111)]
    await asyncio.gather(first.run(), second.run())
    await eventually(lambda: sum(i.booked for i in place.invoices()), lambda count: count == 20)
    await asyncio.gather(first.run(), second.run())
    place.assert_once(orders)
    assert not branch.books.invoices


async def test_only_the_named_namespaces(
    start_operator: StartOperator,
    outside: Outside,
    new_namespace: Callable[[], Awaitable[Namespace]],
) -> None:
    near, also, far = [await outside.open(await new_namespace()) for _ in range(3)]
    operator = await start_operator(NAMESPACES=f"{near.namespace.name}, {also.namespace.name}")
    order = far.order()
    passed_by = await far.integrate()
    for place in (near, also):
        place.order()
        await (await place.integrate()).booked(1)
    assert await passed_by.status() == UNTOUCHED
    assert not await operator.series_of(far.namespace.name)
    assert far.shop.calls_today == 0
    assert (await operator.get("/healthz"))[0] == 200
    everywhere = await start_operator()
    await passed_by.booked(1)
    far.assert_once([order])
    assert await everywhere.series_of(near.namespace.name)


async def test_each_shard_has_its_own(
    start_operator: StartOperator, outside: Outside, namespace: Namespace
) -> None:
    shards = await asyncio.gather(
        start_operator(SHARD_COUNT="2", SHARD_INDEX="0"), start_operator(SHARD_COUNT="2", SHARD_INDEX="1")
    )
    places = [await outside.open(namespace) for _ in range(10)]
    orders = {place.number: place.orders(2) for place in places}
    resources = []
    for place in places:
        # Half of them leave it to the credentials to name the organisation, and may change hands by that.
        chosen = place.number if place.number % 2 else None
        resources.append(await place.integrate(f"demo-{place.number}", organisation=chosen))
    for resource in resources:
        await resource.booked(2)

    async def owned() -> list[set[str]]:
        return [await names_in(shard, namespace.name) for shard in shards]

    wanted = {resource.name for resource in resources}
    first, second = await eventually(
        owned, lambda sets: sets[0] | sets[1] == wanted and not sets[0] & sets[1], told="one owner for each"
    )
    assert first
    assert second
    for place in places:
        place.assert_once(orders[place.number])
    for place, resource in zip(places, resources, strict=True):
        orders[place.number].append(place.order(3))
        await resource.run()
        place.assert_once(orders[place.number])


async def test_one_organisation_stays_in_one_shard(
    start_operator: StartOperator, outside: Outside, place: Place
) -> None:
    shards = await asyncio.gather(
        start_operator(SHARD_COUNT="2", SHARD_INDEX="0"), start_operator(SHARD_COUNT="2", SHARD_INDEX="1")
    )
    names = [f"demo-{number}" for number in range(4)]
    for name in names:
        await (await place.integrate(name)).settled()
    owned = [await names_in(shard, place.namespace.name) for shard in shards]
    assert sorted(map(len, owned)) == [0, 4]
