"""What a person at kubectl sees and can wait for."""

from __future__ import annotations

import json

from suite_cluster import GROUP, Kubectl
from suite_outside import ACCOUNT, Place
from suite_process import Operator


async def test_the_columns(operator: Operator, place: Place, kubectl: Kubectl) -> None:
    place.orders(2)
    place.order(3, email=None)
    resource = await place.integrate()
    await resource.booked(2)
    titles = [
        "NAME",
        "ORGANISATION",
        "TRIGGER",
        "ACCOUNT",
        "READY",
        "STATUS",
        "BOOKED",
        "HELD",
        "LAST",
        "SYNC",
        "AGE",
    ]
    header, row = (await kubectl("get dinero")).splitlines()
    assert header.split() == titles
    cells = row.split()
    assert cells[:8] == ["demo", str(place.number), "Paid", str(ACCOUNT), "True", "Succeeded", "2", "1"]
    assert all(cell.endswith("s") for cell in cells[8:]), "the times since the last sync and the creation"
    assert len(cells) == 10
    header, row = (await kubectl("get shoporama -o wide")).splitlines()
    assert header.split() == [*titles, "MESSAGE", "INTERVAL", "SUSPENDED"]
    assert "The last run went through." in row
    assert row.split()[-2:] == ["5m", "false"]


async def test_the_columns_during_set_up(operator: Operator, place: Place, kubectl: Kubectl) -> None:
    resource = await place.integrate(trigger=None, account=None)
    await resource.settled("SelectionMissing")
    columns = "READY:.status.conditions[?(@.type=='Ready')].status,WHY:.status.conditions[0].reason"
    row = (await kubectl(f"get dinero demo --no-headers -o custom-columns={columns}")).split()
    assert row == ["False", "SelectionMissing"]
    assert "SelectionMissing" in await kubectl("get dinero")


async def test_wait_for_ready(operator: Operator, place: Place, kubectl: Kubectl) -> None:
    place.orders(2)
    manifest = {
        "apiVersion": GROUP,
        "kind": "DineroIntegration",
        "metadata": {"name": "demo"},
        "spec": place.spec(),
    }
    assert "demo created" in await kubectl("apply -f -", stdin=manifest)
    output = await kubectl("wait --for=condition=Ready dinero/demo --timeout=25s")
    assert "condition met" in output
    assert "demo unchanged" in await kubectl("apply -f -", stdin=manifest), "the operator edits no spec"


async def test_wait_for_stalled_and_describe(operator: Operator, place: Place, kubectl: Kubectl) -> None:
    await place.integrate(account=55_999)
    await kubectl("wait --for=condition=Stalled dinero/demo --timeout=25s")
    assert "UnknownAccount" in await kubectl("describe dinero demo")


async def test_events_are_found_by_kubectl(operator: Operator, place: Place, kubectl: Kubectl) -> None:
    resource = await place.integrate()
    await resource.settled()
    await resource.edit(account=55_999)
    await resource.settled("UnknownAccount")
    await kubectl("wait --for=condition=Stalled dinero/demo --timeout=25s")
    await resource.edit(account=ACCOUNT)
    await resource.settled()
    output = json.loads(await kubectl("get events -o json"))
    told = [(item["type"], item["reason"]) for item in output["items"]]
    assert ("Normal", "Succeeded") in told
    assert ("Warning", "UnknownAccount") in told
    assert {item["source"]["component"] for item in output["items"]} == {"dinero-operator"}
