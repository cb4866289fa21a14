"""A real API server is killed, restarted, cut off, overloaded; and the operator goes on by itself."""

from __future__ import annotations

import asyncio
import time

import hurried
import pytest
from eventually import eventually
from suite_cluster import UNTOUCHED
from suite_outside import Place
from suite_process import HURRIED, PROGRAM
from suite_proxy import Proxy
from suite_trouble import Run, gone, health, made, names, refusal, said

from controlplane.real_server import RealServer


async def disturb(proxy: Proxy, how: str) -> None:
    if how == "the connection is cut":
        proxy.cut()
    elif how == "the history is forgotten":
        # The new list comes when all has happened: of what is deleted meanwhile no event tells.
        proxy.is_away = True
        await proxy.say(gone(410))
    elif how == "the connection falls silent":
        proxy.stall()
    elif how == "the server is away":
        proxy.is_away = True
        proxy.cut()
    else:
        status = int(how[-3:])
        proxy.instead = lambda _: refusal(status, Retry_After="2")
        proxy.cut()


@pytest.mark.parametrize(
    ("how", "seconds"),
    [
        ("the connection is cut", 0.0),
        ("the history is forgotten", 0.0),
        ("the connection falls silent", 0.0),
        ("the server is away", 2.5),
        ("all is answered with 429", 2.5),
        ("all is answered with 503", 2.5),
    ],
)
async def test_what_happens_during_a_disturbance_is_seen_after_it(
    run: Run, proxy: Proxy, place: Place, how: str, seconds: float
) -> None:
    operator = await run(HURRIED if how.endswith("silent") else PROGRAM)
    orders = place.orders(2)
    edited, deleted = await place.integrate("edited"), await place.integrate("deleted")
    await edited.booked(2)
    await deleted.booked(2)
    await eventually(lambda: proxy.watches, told="the watch")
    lists = proxy.lists()
    await disturb(proxy, how)
    await edited.edit(interval="7m")
    await deleted.delete()
    created = await place.integrate("created")
    orders.append(place.order(3))
    await asyncio.sleep(seconds)
    assert await health(operator) == (200, "ok"), "it is short, and no fault of ours"
    proxy.reset()
    await edited.settled()
    await created.booked(3)
    await eventually(
        lambda: names(operator, place.namespace.name), {"edited", "created"}.__eq__, told="the deletion"
    )
    assert operator.is_running
    assert await health(operator) == (200, "ok")
    if not how.endswith("silent"):  # where health is looked after so often that its own lists count
        assert (proxy.lists() > lists) == how.endswith("forgotten"), "else the watch goes on where it was"
    place.assert_once(orders)


async def test_the_server_is_killed_and_started_again(run: Run, server: RealServer, place: Place) -> None:
    operator = await run()
    orders = [place.order(1)]
    resource = await place.integrate()
    await resource.booked(1)
    server.kill()
    orders.append(place.order(2))
    await asyncio.sleep(1.5)
    assert await health(operator) == (200, "ok")
    server.start()
    other = await eventually(lambda: made(place, "other"), told="the server's return")
    await other.booked(2)
    await resource.run()
    assert operator.is_running
    assert await health(operator) == (200, "ok")
    place.assert_once(orders)


@pytest.mark.parametrize("how", ["an event 500", "an answer 410"])
async def test_what_ends_the_watch_ends_the_program_and_the_next_goes_on(
    run: Run, proxy: Proxy, place: Place, how: str
) -> None:
    """With exit code 1: whatever restarts it, restarts it."""
    operator = await run()
    orders = [place.order(1)]
    resource = await place.integrate()
    await resource.booked(1)
    await eventually(lambda: proxy.watches, told="the watch")
    if how == "an event 500":
        await proxy.say(gone(500))
    else:
        proxy.instead = lambda request: refusal(410) if "watch" in request.query else None
        proxy.cut()
    assert await operator.wait() == 1
    assert said(operator, "the watch has ended: ")
    proxy.reset()
    orders.append(place.order(2))
    operator = await run()
    await resource.booked(2)
    place.assert_once(orders)


async def test_a_dead_watch_is_unhealthy_and_a_server_that_is_away_is_not(
    run: Run, proxy: Proxy, place: Place
) -> None:
    operator = await run(HURRIED)
    await (await place.integrate()).settled()
    proxy.hangs_watches = True
    proxy.cut()
    orders = [place.order(1)]
    unseen = await place.integrate("unseen")
    began = time.monotonic()
    await eventually(lambda: health(operator), lambda found: found[0] == 503, told="the dead watch")
    assert time.monotonic() - began > hurried.GRACE, "a watch that is late has time to come"
    assert await health(operator) == (503, "the watch does not show what the API server has")
    assert (await unseen.status()) == UNTOUCHED
    proxy.reset()
    await eventually(lambda: health(operator), (200, "ok").__eq__, told="health")
    await unseen.booked(1)
    proxy.is_away = True
    proxy.cut()
    for _ in range(20):
        await asyncio.sleep((hurried.CHECK_EVERY + hurried.GRACE) / 20)
        assert await health(operator) == (200, "ok"), "a restart would not bring it back"
    assert said(operator, "the watch could not be checked: The Kubernetes API does not answer")
    proxy.reset()
    orders.append(place.order(2))
    await unseen.request()
    await unseen.booked(2)
    place.assert_once(orders)
