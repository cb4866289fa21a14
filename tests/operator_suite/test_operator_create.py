"""A resource is created: what can be chosen is offered, and what is chosen is done."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from suite_cluster import Json, condition, said
from suite_outside import ACCOUNT, Place
from suite_process import Operator

CAMEL_CASE = re.compile(r"[A-Z][A-Za-z]+")
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


async def test_a_shop_is_set_up_step_by_step(operator: Operator, place: Place) -> None:
    orders = place.orders(3)
    resource = await place.integrate(organisation=None, trigger=None, account=None)
    status = await resource.settled("SelectionMissing")
    assert said(status, "Ready") == said(status, "Configured") == ("False", "SelectionMissing")
    assert said(status, "Connected") == ("True", "Authenticated")
    ready = condition(status, "Ready")
    assert ready is not None
    assert "spec.trigger" in ready["message"]
    assert "spec.account" in ready["message"]
    assert "spec.organisation" not in ready["message"], "the credentials reach one organisation only"
    name = place.books.name
    assert status["choices"]["organisations"] == [{"id": place.number, "name": name}]
    assert {"number": ACCOUNT, "name": "Webshop salg"} in status["choices"]["accounts"]
    assert not place.invoices()

    await resource.edit(trigger="Paid")
    ready = condition(await resource.settled("SelectionMissing"), "Ready")
    assert ready is not None
    assert "spec.trigger" not in ready["message"]

    await resource.edit(account=ACCOUNT)
    status = await resource.booked(3)
    assert "choices" not in status, "the choice is made"
    place.assert_once(orders)


async def test_organisations_to_choose_from(operator: Operator, place: Place) -> None:
    other = place.outside.dinero.add_organisation(place.number + 500_000, "Anden Butik ApS")
    key = f"wide-key-of-{place.number}"
    place.outside.dinero.add_api_key(
        client_id=place.client_id,
        client_secret=place.client_secret,
        api_key=key,
        organisations=[place.number, other.organisation_id],
    )
    await place.namespace.secret(place.dinero_secret, **place.keys(apiKey=key))
    resource = await place.integrate(organisation=None)
    status = await resource.settled("SelectionMissing")
    ready = condition(status, "Ready")
    assert ready is not None
    assert "spec.organisation" in ready["message"]
    assert [row["id"] for row in status["choices"]["organisations"]] == [place.number, other.organisation_id]
    order = place.order()
    await resource.edit(organisation=place.number)
    await resource.booked(1)
    place.assert_once([order])
    assert not other.invoices


async def test_every_field_of_the_status(operator: Operator, place: Place) -> None:
    began = datetime.now(UTC).replace(microsecond=0)
    orders = place.orders(2)
    held = place.order(3, email=None)
    place.order(4, paid=False)
    resource = await place.integrate(booking="OnTransfer")
    await resource.booked(2)
    status = await resource.run()
    found = await resource.read()
    assert status["observedGeneration"] == found["metadata"]["generation"]
    assert status["organisation"] == {"id": place.number, "name": place.books.name}
    assert status["account"] == {"number": ACCOUNT, "name": "Webshop salg"}
    assert status["startFrom"] == found["spec"]["startFrom"]
    assert status["orders"] == {"booked": 2, "drafted": 0, "credited": 0, "held": 1, "pending": 1}
    assert status["lastHandledReconcileAt"].startswith("wish-")
    assert UTC_TIME.fullmatch(status["lastSyncTime"])
    watermark = datetime.fromisoformat(status["watermark"])
    assert began - timedelta(days=3, hours=1) <= watermark <= datetime.now(UTC)
    (hold,) = status["held"]
    assert hold.keys() == {"orderId", "orderNumber", "reason", "message", "since"}
    assert hold["orderId"] == str(held.order_id)
    assert hold["orderNumber"] == str(held.webshop_order_id)
    assert hold["reason"] == "EmailMissing"
    assert began <= datetime.fromisoformat(hold["since"]) <= datetime.now(UTC)
    last = status["lastBooked"]
    assert last.keys() == {"orderNumber", "invoiceNumber", "time"}
    assert last["orderNumber"] in {str(order.webshop_order_id) for order in orders}
    assert last["invoiceNumber"] in {invoice.number for invoice in place.invoices()}
    assert UTC_TIME.fullmatch(last["time"])
    _assert_conditions(status, found["metadata"]["generation"])
    assert said(status, "Ready") == ("True", "Succeeded"), "a held order does not make it unready"
    assert said(status, "Synced") == ("False", "OrdersHeld")
    assert said(status, "Stalled") == ("", "")
    assert not found["metadata"].get("finalizers")
    assert not [key for key in found["metadata"].get("annotations") or {} if "kopf" in key]


def _assert_conditions(status: Json, generation: int) -> None:
    kinds = [each["type"] for each in status["conditions"]]
    assert kinds == ["Ready", "Connected", "Configured", "Synced"]
    for each in status["conditions"]:
        assert each.keys() == {
            "type",
            "status",
            "observedGeneration",
            "lastTransitionTime",
            "reason",
            "message",
        }
        assert each["observedGeneration"] == generation
        assert CAMEL_CASE.fullmatch(each["reason"])
        assert each["message"]
        assert UTC_TIME.fullmatch(each["lastTransitionTime"])


async def test_without_a_start_the_day_of_creation_counts_in_the_shops_zone(
    operator: Operator, place: Place
) -> None:
    # A zone in which it is another day than in London, whatever time it is now.
    now = datetime.now(UTC)
    name = "Pacific/Kiritimati" if now.hour >= 12 else "Pacific/Pago_Pago"
    zone = ZoneInfo(name)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    place.order(1, paid=False, placed_at=midnight)
    place.order(2, paid=False, placed_at=midnight - timedelta(seconds=1), modified_at=now)
    spec = place.spec(startFrom=None)
    spec["shop"]["timeZone"] = name
    place.shop.zone = zone
    resource = place.namespace.resource()
    await resource.create(spec)
    status = await resource.settled()
    created = datetime.fromisoformat((await resource.read())["metadata"]["creationTimestamp"])
    assert status["startFrom"] == created.astimezone(zone).date().isoformat()
    assert status["startFrom"] != created.date().isoformat()
    assert status["orders"]["pending"] == 1, "the order of the day before is none of ours"
    # The day is kept: another zone, in which it was another day, does not move it.
    await resource.edit(shop={"timeZone": "UTC"})
    assert (await resource.settled())["startFrom"] == status["startFrom"]
    await resource.edit(startFrom="2026-01-01")
    assert (await resource.settled())["startFrom"] == "2026-01-01"
