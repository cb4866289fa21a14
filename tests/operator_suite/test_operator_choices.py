"""Choices that show in the status: drafts, dry runs, long lists of holds, accounts to warn of."""

from __future__ import annotations

from eventually import eventually
from suite_cluster import said
from suite_outside import ACCOUNT, BANK, Place
from suite_process import Operator


async def test_the_bank_as_account_is_warned_of(operator: Operator, place: Place) -> None:
    resource = await place.integrate(account=BANK)
    status = await resource.settled()
    assert said(status, "Configured") == ("True", "AccountIsBank")
    events = await eventually(resource.events, lambda found: [e for e in found if e["type"] == "Warning"])
    (warning,) = [event for event in events if event["type"] == "Warning"]
    assert warning["reason"] == "AccountIsBank"
    assert "spec.account" in warning["message"]
    await resource.run()
    assert len(await resource.events()) == len(events), "it is told once"
    await resource.edit(account=ACCOUNT)
    assert said(await resource.settled(), "Configured") == ("True", "Accepted")


async def test_a_dry_run_writes_nothing(operator: Operator, place: Place) -> None:
    orders = place.orders(3)
    resource = await place.integrate(dryRun=True)
    status = await resource.settled()
    assert said(status, "Synced") == ("False", "DryRun")
    saving = [
        call.route
        for call in place.outside.dinero.calls
        if call.scope == str(place.number) and call.method != "GET" and "fetch" not in call.route
    ]
    assert not saving
    assert not place.books.invoices
    assert not place.books.contacts
    await resource.edit(dryRun=False)
    await resource.booked(3)
    place.assert_once(orders)


async def test_drafts_that_a_person_books(operator: Operator, place: Place) -> None:
    orders = place.orders(2)
    resource = await place.integrate(booking="Manual")
    status = await resource.settled()
    assert (status["orders"]["drafted"], status["orders"]["booked"]) == (2, 0)
    assert "lastBooked" not in status
    for invoice in place.invoices():
        assert not invoice.booked
        place.books.book_by_hand(invoice.guid)
    status = await resource.run()
    assert (status["orders"]["drafted"], status["orders"]["booked"]) == (0, 2)
    place.assert_once(orders)


async def test_drafts_that_are_booked_when_sent(operator: Operator, place: Place) -> None:
    first, second = place.orders(2)
    resource = await place.integrate(booking="OnSent")
    assert (await resource.settled())["orders"]["drafted"] == 2
    place.shop.mark_sent(first.order_id)
    status = await resource.run()
    assert (status["orders"]["drafted"], status["orders"]["booked"]) == (1, 1)
    assert status["lastBooked"]["orderNumber"] == str(first.webshop_order_id)
    place.shop.mark_sent(second.order_id)
    await resource.run()
    place.assert_once([first, second])


async def test_fifty_holds_are_listed_and_all_are_counted(operator: Operator, place: Place) -> None:
    place.orders(60, email=None)
    resource = await place.integrate()
    status = await resource.settled()
    assert status["orders"]["held"] == 60
    listed = [(hold["since"], int(hold["orderId"])) for hold in status["held"]]
    assert len(listed) == 50
    assert listed == sorted(listed), "the oldest first"
    labels = {"namespace": resource.namespace, "reason": "EmailMissing"}
    assert await operator.value("orders_held", **labels) == 60
    events = await eventually(resource.events, lambda found: [e for e in found if e["reason"] == "Succeeded"])
    assert len(events) <= 21, "a flood of holds is no flood of events"
    # All of them are mended, those that the list has no room for too.
    for number, order in enumerate(list(place.shop.orders.values())):
        place.shop.edit(order.order_id, email=f"endelig{number}@example.com")
    await resource.run()
    status = await resource.booked(60)
    assert status["orders"]["held"] == 0
    assert "held" not in status or status["held"] == []
    place.assert_once(place.shop.orders.values())
