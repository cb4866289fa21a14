"""A resource is edited: the new wish is done, and a wrong one is named by its field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from eventually import eventually
from suite_cluster import condition, said
from suite_outside import ACCOUNT, Place
from suite_process import Operator

from dinero_operator.sandbox.cluster import ClusterError


async def test_another_trigger_takes_what_was_passed_by(operator: Operator, place: Place) -> None:
    sent = place.old_orders(2, paid=False, status="sent")
    paid = place.order(3, status="sent")
    resource = await place.integrate(trigger="Paid", lateOrders="Today")
    status = await resource.booked(1)
    assert status["orders"]["pending"] == 2
    await resource.edit(trigger="Sent")
    status = await resource.booked(3)
    assert status["orders"]["pending"] == 0
    booked = {invoice.external_reference: len(invoice.payments) for invoice in place.invoices()}
    assert booked == {f"shoporama:{paid.order_id}": 1} | {f"shoporama:{o.order_id}": 0 for o in sent}
    # The customers pay, and the payments follow.
    for order in sent:
        place.shop.mark_paid(order.order_id)
    await resource.run()
    place.assert_once([*sent, paid])


async def test_an_earlier_start_takes_older_orders(operator: Operator, place: Place) -> None:
    new = place.order(1)
    past = datetime.now(UTC).replace(microsecond=0) - timedelta(days=40)
    old = place.order(2, placed_at=past, modified_at=past)
    resource = await place.integrate(lateOrders="Today")
    assert (await resource.booked(1))["orders"]["held"] == 0
    await resource.edit(startFrom=(past - timedelta(days=1)).date().isoformat())
    await resource.booked(2)
    place.assert_once([old, new])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"shop": {"timeZone": "Mars/Olympus_Mons"}}, "spec.shop.timeZone"),
        ({"shop": {"url": "http://shop.example.com/REST"}}, "spec.shop.url"),
        ({"vouchers": {"giftCardPattern": "GAVE("}}, "spec.vouchers.giftCardPattern"),
        ({"account": 55_999}, "spec.account"),
        ({"sales": {"euBusiness": {"goods": 1999}}}, "spec.sales.euBusiness.goods"),
    ],
    ids=lambda value: value.rpartition(".")[2] if isinstance(value, str) else "",
)
async def test_a_wrong_field_is_named_and_can_be_mended(
    operator: Operator, place: Place, wrong: dict[str, Any], field: str
) -> None:
    resource = await place.integrate()
    await resource.settled()
    order = place.order()
    good = {"shop": place.spec()["shop"] | {"timeZone": None}, "account": ACCOUNT, "vouchers": None}
    good["sales"] = None
    found = await resource.edit(**wrong)
    generation = found["metadata"]["generation"]
    status = await eventually(resource.status, lambda status: status["observedGeneration"] == generation)
    configured, ready, stalled = (condition(status, kind) for kind in ("Configured", "Ready", "Stalled"))
    assert configured is not None
    assert ready is not None
    assert stalled is not None, "only an edit can help"
    assert configured["status"] == ready["status"] == "False"
    assert configured["reason"] == ready["reason"] == stalled["reason"]
    assert configured["message"].startswith(f"{field}:")
    assert not place.invoices()
    await resource.edit(**good)
    status = await resource.booked(1)
    assert said(status, "Configured") == ("True", "Accepted")
    assert said(status, "Stalled") == ("", "")
    place.assert_once([order])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"interval": "30s"}, "spec.interval"),
        ({"interval": "soon"}, "spec.interval"),
        ({"organisation": 12_345}, "spec.organisation"),
        ({"organisation": None}, "organisation"),
        ({"trigger": "Never"}, "spec.trigger"),
        ({"account": 1}, "spec.account"),
        ({"customers": {"withoutEmail": "Collective"}}, "spec.customers.collectiveContact"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_the_api_server_refuses(
    operator: Operator, place: Place, wrong: dict[str, Any], field: str
) -> None:
    resource = await place.integrate()
    await resource.settled()
    with pytest.raises(ClusterError, match=field) as refusal:
        await resource.edit(**wrong)
    assert refusal.value.status == 422


async def test_another_organisation_by_the_credentials_is_refused(operator: Operator, place: Place) -> None:
    order = place.order(1)
    resource = await place.integrate(organisation=None)
    await resource.booked(1)
    other = place.outside.dinero.add_organisation(place.number + 600_000, "Forkert ApS")
    key = f"other-key-of-{place.number}"
    place.outside.dinero.add_api_key(
        client_id=place.client_id,
        client_secret=place.client_secret,
        api_key=key,
        organisations=[other.organisation_id],
    )
    await place.namespace.secret(place.dinero_secret, **place.keys(apiKey=key))
    place.order(2)
    status = await resource.run()
    assert said(status, "Configured") == ("False", "OrganisationChanged")
    assert status["organisation"]["id"] == place.number
    assert not other.invoices
    place.assert_once([order])
