"""What the operator does in the trials of its rights: all that it does anywhere."""

from __future__ import annotations

import signal

from eventually import eventually
from suite_cluster import UNTOUCHED
from suite_outside import Place
from suite_process import Operator

from controlplane.trial import Case, Trial

NORTH, SOUTH, WEST, EAST = "everywhere-north", "everywhere-south", "named-west", "unnamed-east"
ALONE = "standby-alone"


async def everywhere(trial: Trial) -> None:
    operator = await trial.start()
    for place in trial.places.values():
        await a_shop(place)
    await ended(trial, operator)


async def named(trial: Trial) -> None:
    """A shop that nobody watches is there first, and still untouched when the others are done."""
    unwatched = trial.places[EAST]
    unwatched.orders(2)
    resource = await unwatched.integrate()
    operator = await trial.start()
    await a_shop(trial.places[WEST])
    assert await resource.status() == UNTOUCHED
    assert not await resource.events()
    assert not unwatched.dinero_calls()
    await ended(trial, operator)


async def standby(trial: Trial) -> None:
    """The leader makes the Lease, renews it and gives it back; the follower reads it and takes it."""
    leader = await trial.start()
    await leads(leader)
    follower = await trial.start()
    await a_shop(trial.places[ALONE])
    assert await follower.value("leader") == 0
    await ended(trial, leader)
    await leads(follower)
    place = trial.places[ALONE]
    place.order(9)
    resource = await place.integrate("after")
    await resource.booked(4)
    await ended(trial, follower)


async def a_shop(place: Place) -> None:
    """From the first order to the deletion: Secrets that come late, an edit, a wish, a deleted shop."""
    orders = place.orders(2)
    resource = await place.integrate(dinero={"secretRef": {"name": "later"}})
    await resource.settled("SecretMissing")
    await place.namespace.secret("later", **place.keys())
    await resource.request()
    await resource.booked(2)
    orders.append(place.order(3))
    await resource.edit(interval="2m")
    await resource.run()
    await resource.booked(3)
    place.assert_once(orders)
    told = [(event["type"], event["reason"]) for event in await resource.events()]
    assert ("Warning", "SecretMissing") in told
    assert ("Normal", "Succeeded") in told
    await resource.delete()


async def leads(operator: Operator) -> None:
    async def leading() -> float:
        return await operator.value("leader")

    await eventually(leading, told="the lead")


async def ended(trial: Trial, operator: Operator) -> None:
    """Stop it; until then nothing was refused, by its own account."""
    for code in ("401", "403"):
        assert await operator.value("http_requests_total", system="kubernetes", code=code) == 0
    assert await operator.value("http_requests_total", system="kubernetes") > 0
    code, _ = await operator.stop(signal.SIGTERM)
    assert code == 0
    problems = [line for line in operator.lines() if line["level"] in ("ERROR", "CRITICAL")]
    assert not problems
    assert not [line for line in operator.lines() if "may not" in line["message"]]


CASES = {
    "everywhere": Case((NORTH, SOUTH), everywhere),
    "named": Case((WEST, EAST), named, {"namespaces": [WEST]}),
    "standby": Case((ALONE,), standby, {"replicas": 2, "leaderElection": {"enabled": True}}),
}
