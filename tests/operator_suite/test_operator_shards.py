"""Shards as processes: each resource has one owner, all of an organisation the same, and an owner can change."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable

from eventually import eventually
from suite_cluster import Namespace
from suite_outside import Outside, Place
from suite_process import Operator, StartOperator

from dinero_operator.kube.shards import owner, shard_key

Owners = dict[str, set[int]]
PLACES = 6


async def start_shards(start_operator: StartOperator, count: int, **settings: str) -> list[Operator]:
    """All shards, in the order of their numbers."""
    numbers = range(count)
    started = [start_operator(SHARD_COUNT=str(count), SHARD_INDEX=str(i), **settings) for i in numbers]
    return list(await asyncio.gather(*started))


async def owners(shards: Iterable[Operator], namespace: Namespace) -> Owners:
    """The shards that have each resource of a namespace."""
    found: Owners = {}
    for number, shard in enumerate(shards):
        for labels, _ in (await shard.samples()).get("dinero_operator_orders_pending", []):
            if labels["namespace"] == namespace.name:
                found.setdefault(labels["name"], set()).add(number)
    return found


def only(found: Owners) -> dict[str, int]:
    """The owner of each; more than one is an error."""
    assert all(len(shards) == 1 for shards in found.values()), found
    return {name: next(iter(shards)) for name, shards in found.items()}


async def test_every_resource_has_one_owner_and_one_more_shard_takes_only_its_own(
    start_operator: StartOperator, outside: Outside, namespace: Namespace
) -> None:
    places = [await outside.open(namespace) for _ in range(PLACES)]
    orders = {place.number: [place.order(1)] for place in places}
    for place in places:
        await place.integrate(f"one-{place.number}")
        await place.integrate(f"two-{place.number}", dryRun=True)
    before = await shares(start_operator, namespace, places, shards=2)
    for place in places:
        orders[place.number].append(place.order(2))
    after = await shares(start_operator, namespace, places, shards=3)
    moved = {name for name in before if before[name] != after[name]}
    assert {after[name] for name in moved} <= {2}, "nothing moves between the old ones"
    for place in places:
        place.assert_once(orders[place.number])


async def shares(
    start_operator: StartOperator, namespace: Namespace, places: list[Place], *, shards: int
) -> dict[str, int]:
    """Have so many shards work once, and give the owner of each resource."""
    started = await start_shards(start_operator, shards)
    wanted = {f"{name}-{place.number}" for place in places for name in ("one", "two")}
    found = only(await eventually(lambda: owners(started, namespace), lambda found: set(found) == wanted))
    for place in places:
        mine = owner(shard_key(namespace.name, place.number, ""), shards)
        assert {found[f"one-{place.number}"], found[f"two-{place.number}"]} == {mine}
    await eventually(lambda: owed(places), told="the orders")
    assert only(await owners(started, namespace)) == found
    for number, shard in enumerate(started):
        has_work = number in found.values()
        assert (await shard.value("http_requests_total", system="dinero") > 0) == has_work
        assert (await shard.stop())[0] == 0
    return found


def owed(places: list[Place]) -> bool:
    """Whether all that was ordered is paid for in the books."""
    return all(sum(len(each.payments) for each in p.invoices()) == len(p.shop.orders) for p in places)


async def test_a_resource_moves_when_its_organisation_is_known(
    start_operator: StartOperator, place: Place
) -> None:
    """Until then its Secret decides. The old owner lets go, and the new one takes it."""
    namespace = place.namespace
    new = owner(shard_key(namespace.name, place.number, ""), 2)
    name = next(
        name
        for name in (f"dinero-{number}" for number in itertools.count())
        if owner(shard_key(namespace.name, None, name), 2) != new
    )
    await namespace.secret(name, **place.keys())
    shards = await start_shards(start_operator, 2)
    orders = place.orders(3)
    resource = await place.integrate(organisation=None, dinero={"secretRef": {"name": name}})
    await resource.booked(3)
    await eventually(lambda: owners(shards, namespace), {"demo": {new}}.__eq__, told="the new owner")
    calls = await shards[1 - new].value("http_requests_total", system="dinero")
    assert calls > 0, "the old one found the organisation"
    orders.append(place.order(4))
    await resource.run()
    assert (await resource.booked(4))["organisation"]["id"] == place.number
    assert await shards[1 - new].value("http_requests_total", system="dinero") == calls
    assert await owners(shards, namespace) == {"demo": {new}}
    place.assert_once(orders)


async def test_a_shard_that_ends_leaves_its_own_until_it_is_back(
    start_operator: StartOperator, outside: Outside, namespace: Namespace
) -> None:
    places = [await outside.open(namespace) for _ in range(6)]
    resources = {place.number: await place.integrate(f"r-{place.number}") for place in places}
    shards = await start_shards(start_operator, 2)
    for resource in resources.values():
        await resource.settled()
    first = [p for p in places if owner(shard_key(namespace.name, p.number, ""), 2) == 0]
    others = [p for p in places if p not in first]
    shards[0].kill()
    await shards[0].wait()
    for place in places:
        place.order(1)
        await resources[place.number].request()
    for place in others:
        await resources[place.number].booked(1)
    assert all(not place.invoices() for place in first)
    again = await start_operator(SHARD_COUNT="2", SHARD_INDEX="0")
    for place in first:
        await resources[place.number].booked(1)
    assert only(await owners([again, shards[1]], namespace)).keys() == {f"r-{p.number}" for p in places}


async def test_a_shard_has_a_pod_that_stands_by(
    start_operator: StartOperator, place: Place, namespace: Namespace
) -> None:
    """Each shard has a Lease of its own: the death of one's leader is nothing to the other."""
    number = owner(shard_key(namespace.name, place.number, ""), 2)

    async def start(shard: int) -> Operator:
        lease = {"LEASE_NAME": f"dinero-operator-{shard}", "LEASE_NAMESPACE": namespace.name}
        return await start_operator(SHARD_COUNT="2", SHARD_INDEX=str(shard), **lease)

    leaders = [await start(0), await start(1)]
    follower = await start(number)
    assert (await follower.get("/readyz"))[2] == "standby"
    orders = [place.order(1)]
    resource = await place.integrate()
    await resource.booked(1)
    assert (await leaders[number].stop())[0] == 0
    orders.append(place.order(2))
    await resource.request()
    await resource.booked(2)
    assert await owners([leaders[1 - number], follower], namespace) == {"demo": {1}}
    assert await leaders[1 - number].value("leader") == 1
    place.assert_once(orders)
