"""A start with 1,000 resources on a real API server: all are visited, and nobody is overrun."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest
from eventually import eventually
from suite_cluster import GROUP, Namespace, said
from suite_outside import Outside, Place
from suite_proxy import Proxy
from suite_trouble import Run, health

KIND = "dinerointegrations"
ORGANISATIONS, EACH = 20, 50
PER_MINUTE = 120
"""Calls that Dinero bears for an organisation. Each resource makes three."""


AT_ONCE = 16


@pytest.mark.timeout(240)
async def test_a_start_with_a_thousand(run: Run, proxy: Proxy, namespace: Namespace) -> None:
    outside = Outside(requests_per_minute=PER_MINUTE)
    await outside.start()
    try:
        places = [await outside.open(namespace) for _ in range(ORGANISATIONS)]
        orders = [place.order() for place in places]
        await integrate(places)
        began = time.monotonic()
        operator = await run(**outside.settings() | {"REQUESTS_PER_MINUTE": str(PER_MINUTE)})
        await eventually(lambda: succeeded(namespace), (ORGANISATIONS * EACH).__eq__, within=150, every=2)
        assert time.monotonic() - began > 60, (
            "else the calls a minute were never short, and this shows nothing"
        )
        assert max(Counter(call.scope for call in outside.calls).values()) > PER_MINUTE
        assert {call.status for call in outside.calls} <= {200, 201}, "nobody was told to come later"
        assert await health(operator) == (200, "ok")
        for place, order in zip(places, orders, strict=True):
            place.assert_once([order])
        # All at once, as a namespace does when it ends.
        await namespace.cluster.delete(f"/apis/{GROUP}/namespaces/{namespace.name}/{KIND}")
        await eventually(lambda: operator.series_of(namespace.name), lambda names: not names, every=1)
    finally:
        await outside.stop()
    lists = [url.query for _, url in proxy.calls if url.name == KIND and "watch" not in url.query]
    assert {query["limit"] for query in lists} == {"500"}
    assert any("continue" in query for query in lists)


async def integrate(places: list[Place]) -> None:
    """As many resources for each place as make a thousand."""
    free = asyncio.Semaphore(AT_ONCE)

    async def create(place: Place, number: int) -> None:
        async with free:
            await place.integrate(f"shop-{place.number}-{number}")

    await asyncio.gather(*(create(place, number) for place in places for number in range(EACH)))


async def succeeded(namespace: Namespace) -> int:
    """How many resources have a run behind them."""
    found = await namespace.cluster.get(f"/apis/{GROUP}/namespaces/{namespace.name}/{KIND}")
    assert found is not None
    told = [said(item.get("status") or {}, "Ready") for item in found["items"]]
    return told.count(("True", "Succeeded"))
