"""What the operator does in the trials of its rights: all that it does anywhere."""

from __future__ import annotations

import signal

import aiohttp
from eventually import eventually
from rendering import NAMESPACE, Json
from suite_cluster import UNTOUCHED, Namespace, Resource
from suite_outside import ACCOUNT, APP_ID, APP_SECRET, Place
from suite_process import Operator
from suite_tokens import BRIEF, expired, secret

from connect.visitor import Seen, Visitor
from controlplane.trial import Case, Trial
from dinero_operator.connect import ports, webhooks
from dinero_operator.sandbox.connect import TokenSettings

NORTH, SOUTH, WEST, EAST = "everywhere-north", "everywhere-south", "named-west", "unnamed-east"
ALONE, BROWSED, CALLED = "standby-alone", "connect-browsed", "webhooks-called"
APP: Json = {"name": "visma-app", "key": "clientSecret"}
STANDBY: Json = {"replicas": 2, "leaderElection": {"enabled": True}}
ANNOTATION = "shoporama.dk/connect-requested-at"


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


async def connected(trial: Trial) -> None:
    """From the wish for a link to the booked order: the link, the approval, the Secret, its renewal, the choices."""
    place, outside = trial.places[BROWSED], trial.stage.outside
    await Namespace(trial.stage.cluster, NAMESPACE).secret(APP["name"], **{APP["key"]: APP_SECRET})
    operator = await trial.start()
    public_url = f"http://127.0.0.1:{operator.port}"
    outside.app.redirect_uris = [f"{public_url}/connect/callback"]
    outside.app.tokens = TokenSettings(**BRIEF)
    outside.connect.add_user("owner", [place.number])
    # The Secret that the approval makes is not there before.
    await place.namespace.delete_secret(place.dinero_secret)
    order = place.order(1)
    chosen_later = dict.fromkeys(("organisation", "trigger", "account"))
    resource = await place.integrate(interval="1h", **chosen_later)
    await resource.annotate(connect_requested_at="now")
    url = await link(resource)
    assert url.startswith(f"{public_url}/connect/begin/")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        seen = await browse(Visitor(session), url, place)
    assert (seen.status, seen.path) == (200, "/connect/done"), seen.text
    spec = (await resource.read())["spec"]
    assert (spec["organisation"], spec["trigger"], spec["account"]) == (place.number, "Paid", ACCOUNT)
    await resource.booked(1)
    authorisation = outside.connect.authorisations[-1]
    assert authorisation.client_id == APP_ID
    refreshes, version = authorisation.refreshes, await version_of_secret(place)
    await expired(authorisation)
    second = place.order(2)
    await call(operator, place, resource)
    await resource.booked(2)
    assert authorisation.refreshes > refreshes
    assert await version_of_secret(place) != version, "what was renewed is kept"
    place.assert_once([order, second])
    await ended(trial, operator)


async def browse(visitor: Visitor, url: str, place: Place) -> Seen:
    """The whole set-up; the shop's owner approves at the simulated Visma Connect."""
    seen = await visitor.submit(await visitor.open(url))
    seen = await visitor.submit(seen)
    assert seen.url.startswith(place.outside.connect.authorize_url), seen.text
    seen = await visitor.submit(seen, user="owner", decision="approve")
    # The answer is a form, which Visma's page has the browser send.
    seen = await visitor.submit(seen)
    for step, field, choice in (
        ("organisation", "organisation", str(place.number)),
        ("trigger", "trigger", "Paid"),
        ("account", "account", str(ACCOUNT)),
    ):
        assert (seen.status, seen.path) == (200, f"/connect/{step}"), (seen.trail, seen.text)
        seen = await visitor.submit(seen, **{field: choice})
    assert (seen.status, seen.path) == (200, "/connect/review"), (seen.trail, seen.text)
    return await visitor.submit(seen)


async def link(resource: Resource) -> str:
    """Wait for a link, and for the annotation to be gone."""

    def is_given(found: Json) -> bool:
        asks = ANNOTATION in (found["metadata"].get("annotations") or {})
        return "connect" in (found.get("status") or {}) and not asks

    found = await eventually(resource.read, is_given, told="a link, and the annotation taken off")
    url: str = found["status"]["connect"]["url"]
    return url


async def version_of_secret(place: Place) -> str:
    found: str = (await secret(place))["metadata"]["resourceVersion"]
    return found


async def called(trial: Trial) -> None:
    """The shop calls the process that stands by, and the one that leads polls."""
    leader = await trial.start()
    await leads(leader)
    follower = await trial.start()
    place = trial.places[CALLED]
    await a_shop(place)
    resource = await place.integrate("called", interval="1h")
    await resource.booked(3)
    place.order(4)
    await call(follower, place, resource)
    await resource.booked(4)
    assert await follower.value("leader") == 0
    await ended(trial, leader)
    await leads(follower)
    await ended(trial, follower)


async def call(operator: Operator, place: Place, resource: Resource) -> None:
    """As the shop calls: a wrong address first, which is refused."""
    path = webhooks.webhook_path(place.shop.token, ports.Place(resource.namespace, resource.name))
    assert (await operator.get(path[:-1] + "x"))[0] == 404
    assert (await operator.get(path))[0] == 200


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
    "standby": Case((ALONE,), standby, STANDBY),
    "connect": Case(
        (BROWSED,),
        connected,
        {
            "connect": {"enabled": True, "clientId": APP_ID, "clientSecret": APP},
            "webhooks": {"enabled": True},
            "settings": {"publicUrl": "https://dinero.example.com"},
        },
    ),
    "webhooks": Case((CALLED,), called, STANDBY | {"webhooks": {"enabled": True}}),
}
