"""The audit trail: each change in the books has one line, which an auditor can follow and which names no customer."""

from __future__ import annotations

import dataclasses
import logging
import subprocess
import sys
from typing import Any

import pytest
from sync_flows import ANNE
from sync_world import Process, World

from dinero_operator.domain.choices import Trigger
from dinero_operator.sync.trail import LOGGER


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.name == LOGGER]


async def test_a_sale_can_be_followed_from_contact_to_payment(
    world: World, process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    order_id = world.order(email=ANNE, price=199_95, shipping=49_00)
    await process.settle()
    invoice = world.invoice(order_id)
    assert invoice is not None
    found = lines(caplog)
    assert [line["action"] for line in found] == [
        "contact created",
        "invoice drafted",
        "invoice booked",
        "payment registered",
    ]
    spec = world.spec()
    for line in found:
        assert line["order_id"] == order_id
        assert line["organisation"] == world.books.organisation_id
        assert line["policy"] == spec.fingerprint()
        assert ANNE not in str(line)
    contact, drafted, booked, paid = found
    assert drafted["contact"] == contact["guid"] == str(invoice.contact_guid)
    assert drafted["guid"] == booked["guid"] == paid["guid"] == str(invoice.guid)
    assert drafted["total_ore"] == booked["total_ore"] == paid["amount_ore"] == 248_95
    assert booked["vat_ore"] == invoice.totals.vat
    assert booked["invoice_number"] == invoice.number
    assert drafted["accounts"] == [1000]
    assert paid["account"] == spec.account


async def test_what_changes_nothing_has_no_line(
    world: World, process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    world.order()
    await process.settle()
    caplog.clear()
    caplog.set_level(logging.INFO)
    world.order(email=None)
    await process.settle()
    await process.run(dry_run=True)
    assert not lines(caplog)


def test_the_fingerprint_names_what_decides_about_documents(world: World) -> None:
    spec = world.spec()
    others = [
        dataclasses.replace(spec, trigger=Trigger.SENT),
        dataclasses.replace(spec, account=55_999),
        dataclasses.replace(spec, sales={}),
    ]
    prints = {each.fingerprint() for each in (spec, *others)}
    assert len(prints) == 4
    same = dataclasses.replace(spec, interval=60.0, skip=frozenset({1, 2, 3}), daily_calls=7)
    assert same.fingerprint() == spec.fingerprint()


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    program = (
        "from datetime import date; from zoneinfo import ZoneInfo; from dinero_operator.sync.spec import IntegrationSpec; "
        "print(IntegrationSpec('https://shop.example.com', ZoneInfo('Europe/Copenhagen'), date(2026, 1, 1)).fingerprint())"
    )
    found = {
        subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", program],
            env={"PYTHONPATH": "operator", "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1
    assert len(found.pop().strip()) == 12
