"""Customers' data and secrets never leave the books: planted values are searched for in all that the operator says."""

from __future__ import annotations

import json
from decimal import Decimal

from eventually import eventually
from suite_outside import Place
from suite_process import StartOperator

from dinero_operator.sandbox.faults import Fault
from dinero_operator.sandbox.shoporama import SimOrder
from dinero_operator.sandbox.shoporama.orders import Party

PLANTED = (
    "Gunhild",
    "Plantesen",
    "Skjultgade",
    "Gemmelev",
    "12345699",
    "plantet",
    "Hemmelighed",
    "Musikantfirma",
)
"""Parts of what the orders below carry: name, street, town, phone, mailbox, remark, company."""


def plant(place: Place) -> list[SimOrder]:
    """Orders that end in every way: booked, held for one reason or another, refused by Dinero, pending."""
    person = Party(
        name="Gunhild Plantesen",
        company="Musikantfirma ApS",
        address="Skjultgade 7",
        zipcode="4173",
        city="Gemmelev",
    )
    common = {"billing": person, "phone": "12345699", "comments": "Hemmelighed: en gave"}
    return [
        place.order(1, email="plantet@example.com", **common),
        place.order(2, email="plantet uden form", **common),
        place.order(3, email=None, **common),
        place.order(4, email="plantet4@example.com", status="plantet-status", **common),
        place.order(5, email="plantet5@example.com", stated_total=77, **common),
        place.order(6, email="plantet6@example.com", vat_number="Hemmelighed", **common),
        place.order(7, email="plantet7@example.com", paid=False, **common),
        place.order(8, email="plantet8@example.com", left_out=frozenset({"total_price"}), **common),
        place.order(9, email="plantet9@example.com", ean_number="Hemmelighed", **common),
        place.order(10, email="plantet10@example.com", stated_vat=1, **common),
        place.order(11, email="Gunhild.Plantesen@" + "a" * 250 + ".example.com", **common),
    ]


async def test_nothing_planted_comes_to_light(start_operator: StartOperator, place: Place) -> None:
    operator = await start_operator(LOG_LEVEL="DEBUG")
    twin = place.books.add_contact_by_hand("Gunhild Plantesen", email="plantet12@example.com")
    double = place.order(12, email="plantet12@example.com")
    place.books.add_invoice_by_hand(twin.guid, Decimal(double.total_price) / 100)
    orders = plant(place)
    resource = await place.integrate()
    # Failures along the way are told of too.
    dinero = place.outside.dinero.faults.scripted
    dinero["POST invoices"] = [Fault.ANSWER_LOST, Fault.SERVER_ERROR, Fault.TRUNCATED]
    dinero["POST contacts"] = [Fault.CONNECTION_RESET, Fault.TRUNCATED]
    try:
        status = await resource.settled()
        assert {"EmailMissing", "StatusUnknown", "TotalsDiffer", "OrderUnreadable", "PossibleDuplicate"} <= {
            hold["reason"] for hold in status["held"]
        }
        assert status["orders"]["booked"] >= 1
        assert sum(status["orders"].values()) == len(orders) + 2, (
            "with the double, and what it is a double of"
        )
        await place.namespace.secret(place.dinero_secret, **place.keys(apiKey="plantet-noegle"))
        status = await resource.run()
        held = {hold["orderId"] for hold in status["held"]}
        events = await eventually(
            resource.events, lambda found: sum(e["type"] == "Warning" for e in found) > len(held)
        )
    finally:
        dinero.clear()
    _, _, metrics = await operator.get("/metrics")
    code, _ = await operator.stop()
    assert code == 0
    said = {
        "status": json.dumps((await resource.read())["status"], ensure_ascii=False),
        "events": json.dumps(events, ensure_ascii=False),
        "log": "\n".join(json.dumps(line, ensure_ascii=False) for line in operator.lines()),
        "metrics": metrics,
    }
    assert all(said.values())
    assert "order held" in said["log"]
    hidden = [*PLANTED, place.shop.token, place.client_secret, place.api_key, "plantet-noegle", "simulated-"]
    for where, text in said.items():
        found = [word for word in hidden if word.lower() in text.lower()]
        assert not found, f"{where} tells {found}"
        assert "@" not in text.replace("@example.com", "") or where == "log", where
    assert "@example" not in said["log"]
