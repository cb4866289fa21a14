"""Two processes and one lease: one works, the other takes over; and should both work at once, nothing is doubled."""

from __future__ import annotations

import signal
from typing import Any

from eventually import eventually
from suite_cluster import Namespace
from suite_outside import Place
from suite_process import Operator, StartOperator

LEASE = "dinero-operator"
AT_ONCE = 10.0
"""Seconds: a look of the follower and the start of its watch, on a busy machine; less than the lease lasts."""
LEASE_LASTS = 15.0


async def start_pair(start_operator: StartOperator, namespace: Namespace) -> tuple[Operator, Operator]:
    """The leader and the follower."""
    settings = {"LEASE_NAME": LEASE, "LEASE_NAMESPACE": namespace.name}
    first = await start_operator(**settings)
    await leads(first)
    return first, await start_operator(**settings)


async def leads(operator: Operator, within: float = 25.0) -> None:
    """Wait until it leads, and has begun."""

    async def ready() -> str:
        status, _, text = await operator.get("/readyz")
        return f"{status} {text}"

    await eventually(ready, "200 ok".__eq__, within=within, told="the lead")
    assert await operator.value("leader") == 1


async def assert_follows(operator: Operator) -> None:
    assert (await operator.get("/readyz"))[::2] == (200, "standby")
    assert (await operator.get("/healthz"))[::2] == (200, "ok")
    assert "dinero_operator_leader" in await operator.samples()
    assert await operator.value("leader") == 0
    assert await operator.value("http_requests_total", system="dinero") == 0
    assert await operator.value("http_requests_total", operation="list_resources") == 0


async def lease_of(namespace: Namespace) -> dict[str, Any]:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace.name}/leases/{LEASE}"
    found = await namespace.cluster.get(path)
    assert found is not None
    spec = found["spec"]
    assert isinstance(spec, dict)
    return spec


async def test_one_works_and_hands_over(start_operator: StartOperator, place: Place) -> None:
    leader, follower = await start_pair(start_operator, place.namespace)
    orders = place.orders(3)
    resource = await place.integrate()
    await resource.booked(3)
    await assert_follows(follower)
    assert not [line for line in follower.lines() if line["message"].startswith("watching")]
    before = await lease_of(place.namespace)
    code, _ = await leader.stop(signal.SIGTERM)
    assert code == 0
    await leads(follower, within=AT_ONCE)
    after = await lease_of(place.namespace)
    assert after["holderIdentity"] not in ("", before["holderIdentity"])
    assert after["leaseTransitions"] == before["leaseTransitions"] + 1
    orders.append(place.order(4))
    await resource.request()
    await resource.booked(4)
    place.assert_once(orders)


async def test_in_the_middle_of_the_work(start_operator: StartOperator, place: Place) -> None:
    leader, follower = await start_pair(start_operator, place.namespace)
    orders = place.orders(20)
    place.slow_down(0.05)
    resource = await place.integrate()
    await eventually(place.invoices, told="a run under way")
    code, _ = await leader.stop(signal.SIGTERM)
    assert code == 0
    assert not all(invoice.payments for invoice in place.invoices())
    place.slow_down(0.0)
    await leads(follower, within=AT_ONCE)
    await resource.booked(20)
    place.assert_once(orders)


async def test_a_leader_that_is_killed(start_operator: StartOperator, place: Place) -> None:
    leader, follower = await start_pair(start_operator, place.namespace)
    orders = place.orders(20)
    place.slow_down(0.05)
    resource = await place.integrate()
    await eventually(place.invoices, told="a run under way")
    leader.kill()
    assert await leader.wait() == -signal.SIGKILL
    place.slow_down(0.0)
    await assert_follows(follower)
    await leads(follower, within=LEASE_LASTS + AT_ONCE)
    await resource.booked(20)
    place.assert_once(orders)


async def test_a_follower_ends_when_asked(start_operator: StartOperator, namespace: Namespace) -> None:
    leader, follower = await start_pair(start_operator, namespace)
    holder = (await lease_of(namespace))["holderIdentity"]
    code, seconds = await follower.stop(signal.SIGTERM)
    assert code == 0
    assert seconds < 3
    assert (await lease_of(namespace))["holderIdentity"] == holder
    await leads(leader)


async def test_a_leader_that_loses_the_lease_ends(
    start_operator: StartOperator, namespace: Namespace
) -> None:
    """With exit code 1, so that its pod starts again, as a follower."""
    leader = await start_operator(LEASE_NAME=LEASE, LEASE_NAMESPACE=namespace.name)
    await leads(leader)
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace.name}/leases/{LEASE}"
    await namespace.cluster.merge(path, {"spec": {"holderIdentity": "somebody"}})
    assert await leader.wait(LEASE_LASTS) == 1
    assert [line for line in leader.lines() if line["message"] == "the lease is lost to somebody"]
    assert (await lease_of(namespace))["holderIdentity"] == "somebody"


async def test_two_leaders_at_once_double_nothing(start_operator: StartOperator, place: Place) -> None:
    both = [
        await start_operator(LEASE_NAME=name, LEASE_NAMESPACE=place.namespace.name) for name in ("one", "two")
    ]
    for operator in both:
        await leads(operator)
    orders = place.orders(20)
    orders += [place.order(number, email="KUNDE1@example.com") for number in (21, 22)]
    place.slow_down(0.02)
    resource = await place.integrate()
    await eventually(place.invoices, lambda found: len(found) >= 8, told="runs under way")
    for operator in both:
        assert await operator.value("http_requests_total", system="dinero") > 0, "both work"
    await resource.booked(22)
    place.slow_down(0.0)
    orders.append(place.order(23))
    await resource.request()
    await resource.booked(23)
    place.assert_once(orders)


async def test_without_a_lease_it_leads(operator: Operator) -> None:
    await leads(operator)
    assert await operator.value("http_requests_total", operation="get_lease") == 0
