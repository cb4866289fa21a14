"""How a demo ends: the books, the holds, and whether all of it is right."""

from __future__ import annotations

from collections import Counter, defaultdict

from rich.console import Console
from rich.text import Text

from dinero_operator.domain.holds import HoldReason
from dinero_operator.sandbox.expected import End
from dinero_operator.sandbox.happenings import Figures
from dinero_operator.sandbox.stage import Stage
from dinero_operator.sandbox.verify import differences, owed
from dinero_operator.sandbox.view import amount, grid

_MOST_OWED = 40
_HOLDS_WIDTH = 28
_ENDS = {
    End.PAID: "booked and paid",
    End.BOOKED: "booked, not paid yet",
    End.DRAFTED: "drafted",
    End.HELD: "held",
    End.PENDING: "pending",
    End.NOTHING: "with nothing to invoice",
}


def print_books(stage: Stage, figures: dict[str, Figures], console: Console) -> None:
    """What stands in the books of each shop, what is held and why, and what it cost in calls."""
    console.print()
    table = grid(
        ("Books of", False),
        ("Contacts", True),
        ("Booked", True),
        ("Drafts", True),
        ("Invoiced kr.", True),
        ("Payments", True),
        ("Paid kr.", True),
        ("Owed kr.", True),
    )
    for name, each in figures.items():
        table.add_row(
            name,
            str(each.contacts),
            str(each.booked),
            str(each.drafted),
            amount(each.invoiced),
            str(each.payments),
            amount(each.paid),
            amount(each.invoiced - each.paid),
        )
    console.print(table)
    _print_holds(stage, console)
    console.print()
    calls = ", ".join(
        f"{name} {each.calls_per_order:.1f}" if each.calls_per_order is not None else f"{name} -"
        for name, each in figures.items()
    )
    total = sum(each.calls for each in figures.values())
    invoices = sum(each.booked + each.drafted for each in figures.values())
    _line(
        console,
        f"Dinero calls per order: {calls}; {total} calls for {invoices} invoices, repeated ones included.",
    )


def print_verdict(stage: Stage, console: Console) -> bool:
    """Compare the books with the orders, and say so. True: they agree."""
    found = [(place.cast.name, line) for place in stage.places for line in differences(stage.case(place))]
    for shop, line in found:
        _line(console, f"{shop}: {line}", style="red")
    if found:
        _line(console, f"The books differ from the orders: {len(found)} differences.", style="bold red")
        return False
    ends = Counter(each.end for place in stage.places for each in stage.case(place).expected())
    parts = ", ".join(f"{ends[end]} {words}" for end, words in _ENDS.items() if ends[end])
    _line(console, f"Books verified: {ends.total()} orders: {parts}.", style="bold green")
    return True


def print_owed(stage: Stage, console: Console, timeout: float) -> None:
    """Say what is still to be done when the time is up."""
    _line(console, f"The operator did not settle within {timeout:g} s. Still owed:", style="bold red")
    lines = [f"{place.cast.name}: {line}" for place in stage.places for line in owed(stage.case(place))]
    for line in lines[:_MOST_OWED]:
        _line(console, f"  {line}")
    if len(lines) > _MOST_OWED:
        _line(console, f"  and {len(lines) - _MOST_OWED} more")
    if not lines:
        _line(console, "  no order; but the operator has not reported the end of its run")
    for place in stage.places:
        conditions = stage.status(place).get("conditions", [])
        ready = next((each for each in conditions if each["type"] == "Ready"), None)
        said = f"Ready={ready['status']}, {ready['reason']}: {ready['message']}" if ready else "no status yet"
        _line(console, f"{place.cast.name}: {said}")
    _line(console, f"Operator's log: {stage.operator.log}")


def _print_holds(stage: Stage, console: Console) -> None:
    holds: defaultdict[str, list[str]] = defaultdict(list)
    remedies: dict[str, str] = {}
    for place in stage.places:
        numbers = defaultdict(list)
        for hold in stage.status(place).get("held", []):
            numbers[hold["reason"]].append(str(hold["orderNumber"]))
            remedies[hold["reason"]] = _remedy(hold["reason"], hold["message"])
        for reason, orders in numbers.items():
            holds[reason].append(f"{place.cast.name} {', '.join(orders)}")
    if not holds:
        return
    console.print()
    table = grid(("Held orders", False), ("What to do", False))
    table.columns[0].width = _HOLDS_WIDTH
    for reason in sorted(holds):
        table.add_row(
            Text(reason, style="yellow").append(
                "".join(f"\n{orders}" for orders in holds[reason]), style="default"
            ),
            remedies[reason],
        )
    console.print(table)


def _remedy(reason: str, message: str) -> str:
    try:
        return HoldReason(reason).remedy
    except ValueError:
        return message


def _line(console: Console, text: str, *, style: str = "") -> None:
    # On a terminal words stay whole; in a file a sentence stays on its line.
    console.print(Text(text, style=style), soft_wrap=not console.is_terminal)
