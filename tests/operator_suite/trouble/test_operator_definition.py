"""The resource definition is deleted and made anew while the operator runs, on a real API server."""

from __future__ import annotations

from typing import Any

from eventually import eventually
from suite_outside import Place
from suite_trouble import Run, health, made, said

from dinero_operator.sandbox.cluster import Cluster

KIND = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
DEFINITION = f"{KIND}/dinerointegrations.shoporama.dk"


async def test_the_definition_is_deleted_and_comes_back(
    run: Run, cluster: Cluster, place: Place, crd: dict[str, Any]
) -> None:
    """With it go all resources. The program ends, and the next one waits for it."""
    operator = await run()
    orders = [place.order(1)]
    await (await place.integrate()).booked(1)
    await cluster.delete(DEFINITION)
    assert await operator.wait() == 1
    assert said(operator, "the watch has ended: no definition of dinerointegrations.shoporama.dk")
    operator = await run(wait=False)
    await eventually(lambda: said(operator, "waiting: no definition of"), told="the line")
    assert (await operator.get("/readyz"))[0] == 503
    assert await health(operator) == (200, "ok")
    calls = place.dinero_calls()
    orders.append(place.order(2))
    await cluster.create(KIND, crd)
    resource = await eventually(lambda: made(place, "demo"), told="the kind")
    await resource.booked(2)
    assert (await operator.get("/readyz"))[0] == 200
    assert place.dinero_calls() > calls
    place.assert_once(orders)


async def test_a_definition_that_is_replaced_in_no_time(
    run: Run, cluster: Cluster, place: Place, crd: dict[str, Any]
) -> None:
    """Whether the watch lives on, or the program ends: what is made then is worked on."""
    operator = await run()
    orders = [place.order(1)]
    await (await place.integrate()).booked(1)
    await cluster.delete(DEFINITION)
    await eventually(lambda: cluster.get(DEFINITION), lambda found: found is None, told="the end of it")
    await cluster.create(KIND, crd)
    resource = await eventually(lambda: made(place, "demo"), told="the kind")
    orders.append(place.order(2))

    async def is_booked() -> bool:
        nonlocal operator
        if not operator.is_running:
            assert await operator.wait() == 1
            operator = await run(wait=False)
        return ((await resource.status()).get("orders") or {}).get("booked") == len(orders)

    await resource.request()
    await eventually(is_booked, told="the order that came later")
    place.assert_once(orders)
