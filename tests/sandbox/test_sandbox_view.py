"""What the terminal shows: it fits, tells what happened, and says the same in lines where there is no terminal."""

from __future__ import annotations

import asyncio
import io
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from dinero_operator.sandbox.closing import print_books, print_owed, print_verdict
from dinero_operator.sandbox.faults import Fault, FaultPlan
from dinero_operator.sandbox.happenings import Chronicle
from dinero_operator.sandbox.process import OperatorProcess
from dinero_operator.sandbox.stage import Options, Stage
from dinero_operator.sandbox.view import View, amount, kubectl_line

LONG = "The account 55100 is not there; choose one that is in status.choices, please."


def stage(tmp_path: Path, *, shops: int = 3) -> Stage:
    """A stage that nobody has entered: simulators with orders, and no operator."""
    made = Stage(Options(directory=tmp_path, shops=shops, orders=10, faults=FaultPlan.parse("all")))
    made.operator = OperatorProcess({}, tmp_path / "operator.log")
    for place in made.places:
        held = {
            "orderId": "2000001",
            "orderNumber": "1001",
            "reason": "DestinationNotConfigured",
            "message": "…",
        }
        condition = {"type": "Ready", "status": "False", "reason": "AccountUnknown", "message": LONG}
        status = {
            "orders": {"held": 1, "pending": 2},
            "held": [held, {**held, "orderId": "2000002", "orderNumber": "1002", "reason": "NewReason"}],
            "conditions": [condition],
        }
        made.objects[place.cast.name] = {"status": status}
    return made


def sell(made: Stage, *, shop: int = 0) -> None:
    place = made.places[shop]
    order = next(iter(place.shop.orders.values()))
    contact = place.books.add_contact_by_hand("Kunde", email="kunde@example.com")
    invoice = place.books.add_invoice_by_hand(
        contact.guid, Decimal("1234.50"), external_reference=f"shoporama:{order.order_id}"
    )
    place.books.pay_by_hand(invoice.guid, 1234_50, 55100)


async def shown(made: Stage, console: Console) -> str:
    """The screen or the lines, from beginning to end."""
    showing = asyncio.create_task(View(made, console).run())
    await asyncio.sleep(0)
    showing.cancel()
    await asyncio.wait([showing])
    assert isinstance(console.file, io.StringIO)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", console.file.getvalue())


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("shops", [1, 3])
async def test_the_screen_fits_and_has_every_figure(tmp_path: Path, width: int, shops: int) -> None:
    made = stage(tmp_path, shops=shops)
    sell(made)
    made.faults.played.update(dict.fromkeys(Fault, 1000))
    made.operator.restarts = 1
    console = Console(file=io.StringIO(), width=width, height=24, force_terminal=True)
    text = await shown(made, console)
    assert max(len(line) for line in text.splitlines()) <= width
    screen = text.split("dinero-operator sandbox")[-1]
    assert len(screen.splitlines()) <= 24
    row = next(line for line in screen.splitlines() if line.startswith("tehuset"))
    assert re.fullmatch(r"tehuset\s+Paid\s+10\s+1\s+0\s+1,234.50\s+2\s+1\s+2\s+0\s+0.0\s*", row)
    assert "…" not in row
    assert "answer-lost 1000" in screen
    assert "Operator restarts: 1." in screen
    assert "get dinero -w" in screen.replace("\n", "")


async def test_a_file_gets_lines_without_any_escapes(tmp_path: Path) -> None:
    made = stage(tmp_path, shops=1)
    sell(made)
    console = Console(file=io.StringIO(), width=80)
    await shown(made, console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "\x1b" not in text
    assert "tehuset: order 1001 held: DestinationNotConfigured" in text
    assert "tehuset: 10 orders: 1 booked, 0 drafts, 1,234.50 kr. paid, 2 pending, 1 held; 2 contacts" in text
    assert text.count("10 orders") == 1, "what has not changed is told once"


def test_happenings_are_told_once_and_name_no_customer(tmp_path: Path) -> None:
    made = stage(tmp_path, shops=1)
    made.objects.clear()
    chronicle = Chronicle(made)
    assert chronicle.look() == []
    sell(made)
    new = chronicle.look()
    assert [each.kind for each in new] == ["contact", "booked", "paid"]
    assert "order 1001: 1234.50 DKK" in new[1].text
    assert not any("example.com" in each.text or "Kunde" in each.text for each in new)
    assert chronicle.look() == []
    made.operator.restarts += 1
    assert [each.kind for each in chronicle.look()] == ["restart"]


def test_a_draft_is_told_and_then_its_booking(tmp_path: Path) -> None:
    made = stage(tmp_path, shops=1)
    chronicle, books = Chronicle(made), made.places[0].books
    chronicle.look()
    contact = books.add_contact_by_hand("Kunde", email="kunde@example.com")
    invoice = books.add_invoice_by_hand(contact.guid, Decimal(10), booked=False)
    assert [each.kind for each in chronicle.look()] == ["contact", "draft"]
    assert chronicle.figures["tehuset"].drafted == 1
    books.book_by_hand(invoice.guid)
    assert [each.kind for each in chronicle.look()] == ["booked"]
    figures = chronicle.figures["tehuset"]
    assert (figures.booked, figures.drafted, figures.invoiced, figures.paid) == (1, 0, 1000, 0)


@pytest.mark.parametrize("width", [80, 120])
def test_the_closing_tables_fit_and_say_what_to_do(tmp_path: Path, width: int) -> None:
    made = stage(tmp_path)
    sell(made)
    chronicle = Chronicle(made)
    chronicle.look()
    console = Console(file=io.StringIO(), width=width)
    print_books(made, chronicle.figures, console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    tables = text.split("Dinero calls per order:")[0]
    assert max(len(line) for line in tables.splitlines()) <= width
    assert "Give the revenue accounts" in text
    assert "gaveboden 1001" in text
    assert "NewReason" in text, "a reason of a newer operator is shown with its own message"
    assert "1,234.50" in text
    assert "Dinero calls per order: tehuset 0.0, stentoej -, gaveboden -;" in text


def test_verdict_and_owed_speak_of_each_shop(tmp_path: Path) -> None:
    made = stage(tmp_path, shops=2)
    console = Console(file=io.StringIO(), width=80)
    assert not print_verdict(made, console)
    print_owed(made, console, 5)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "stentoej: Order" in text
    assert "The books differ from the orders:" in text
    assert f"tehuset: Ready=False, AccountUnknown: {LONG}" in text


def test_a_real_cluster_needs_the_namespace_in_the_line(tmp_path: Path) -> None:
    ours = Stage(Options(directory=tmp_path))
    assert kubectl_line(ours) == f"kubectl --kubeconfig {tmp_path / 'kubeconfig'} get dinero -w"
    theirs = Stage(Options(directory=tmp_path, kubeconfig=Path("/their config")))
    assert kubectl_line(theirs) == "kubectl --kubeconfig '/their config' -n dinero-sandbox get dinero -w"


def test_amounts_are_written_as_kroner() -> None:
    assert [amount(ore) for ore in (0, 5, 123456789, -100)] == ["0.00", "0.05", "1,234,567.89", "-1.00"]


def test_orders_reach_back_no_further_than_the_start(tmp_path: Path) -> None:
    outside = Stage(Options(directory=tmp_path, orders=60)).outside
    earliest = min(
        order.placed_at or datetime.now(UTC)
        for place in outside.places
        for order in place.shop.orders.values()
    )
    assert earliest.astimezone(ZoneInfo("Europe/Copenhagen")).date() >= outside.start_from
