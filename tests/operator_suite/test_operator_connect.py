"""The link to the set-up, and the shop's call, with the whole operator and its watch."""

from __future__ import annotations

from eventually import eventually
from suite_cluster import Json, Resource
from suite_outside import Place
from suite_process import Operator, StartOperator

from dinero_operator.connect import ports, webhooks

PUBLIC_URL = "https://operator.example.com"
ANNOTATION = "shoporama.dk/connect-requested-at"
SETTINGS = {
    "CONNECT_CLIENT_ID": "isv_example",
    "CONNECT_CLIENT_SECRET": "planted-app-secret",
    "PUBLIC_URL": PUBLIC_URL,
}


async def link(resource: Resource) -> str:
    """Wait for a link, and for the annotation to be gone."""

    def is_given(found: Json) -> bool:
        asks = ANNOTATION in (found["metadata"].get("annotations") or {})
        return "connect" in (found.get("status") or {}) and not asks

    found = await eventually(resource.read, is_given, told="a link in the status")
    url: str = found["status"]["connect"]["url"]
    assert url.startswith(f"{PUBLIC_URL}/connect/begin/")
    return url


async def test_a_link_is_given_and_the_wish_taken_off(place: Place, start_operator: StartOperator) -> None:
    operator: Operator = await start_operator(**SETTINGS)
    resource = await place.integrate(suspend=True)
    await resource.annotate(connect_requested_at="now")
    first = await link(resource)
    status, kind, text = await operator.get(first.removeprefix(PUBLIC_URL))
    assert (status, kind.partition(";")[0]) == (200, "text/html")
    assert resource.name in text
    await resource.annotate(connect_requested_at="now")
    again = await eventually(
        resource.read, lambda found: found["status"]["connect"]["url"] != first, told="a new one"
    )
    assert again["status"]["connect"]["url"]
    await link(resource)
    assert first.rpartition("/")[2] not in operator.log.read_text(encoding="utf-8")


async def test_the_shop_calls_and_the_poll_comes_now(place: Place, operator: Operator) -> None:
    resource = await place.integrate(interval="1h")
    await resource.booked(0)
    order = place.order()
    path = webhooks.webhook_path(place.shop.token, ports.Place(resource.namespace, resource.name))
    assert (await operator.get(path[:-1] + "x"))[0] == 404
    assert (await operator.get(path))[0] == 200
    await resource.booked(1)
    place.assert_once([order])
