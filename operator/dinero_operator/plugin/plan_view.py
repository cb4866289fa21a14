"""How a plan looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dinero_operator.domain import money
from dinero_operator.plugin.integration import GOOD, OFF, WAITING, Integration
from dinero_operator.plugin.output import grid, indented, number, plain, remedy
from dinero_operator.sync.preview import Customer, PlannedLine, PlannedOrder, Preview, State, Step

_STEPS = {
    Step.CREATE_CONTACT: "create the contact",
    Step.RESTORE_CONTACT: "restore the contact",
    Step.CREATE_INVOICE: "create the invoice",
    Step.BOOK: "book it",
    Step.PAY: "register the payment",
    Step.CREDIT: "credit the order",
    Step.REFUND: "register the refund",
    Step.OTHER: "correct the document",
}
_CUSTOMERS = {Customer.PRIVATE: "private", Customer.COMPANY: "company", None: "–"}
_COLOURS = {State.TRANSFER: GOOD, State.HELD: WAITING}


def data(integration: Integration, seen: Preview) -> dict[str, Any]:
    """For programs. Amounts are kroner as text, exact; the sign and the point are the only other characters."""
    return {
        "namespace": integration.namespace,
        "name": integration.name,
        "suspended": integration.is_suspended,
        "dryRun": integration.is_dry_run,
        "organisation": {"id": seen.organisation.key, "name": seen.organisation.name},
        "account": {"number": seen.account.key, "name": seen.account.name, "bank": seen.account_is_bank},
        "startFrom": seen.start_from.isoformat(),
        "orders": [_order(order) for order in seen.orders],
    }


def view(integration: Integration, seen: Preview, *, with_lines: bool) -> Iterator[RenderableType]:
    """For people."""
    yield plain(f"{integration.namespace}/{integration.name}", "bold")
    organisation, account = seen.organisation, seen.account
    line = plain(f"{organisation.name} ({organisation.key}), account {account.key} {account.name}")
    yield indented(line.append(f", orders from {seen.start_from.isoformat()}"))
    if seen.account_is_bank:
        yield indented(
            Text("This account looks like the bank, where less arrives than was sold.", style=WAITING)
        )
    for is_set, text in (
        (integration.is_dry_run, "spec.dryRun is set: the operator writes nothing of this."),
        (integration.is_suspended, "spec.suspend is set: nothing of this happens until you resume it."),
    ):
        if is_set:
            yield indented(Text(text, style=WAITING))
    yield Text()
    if not seen.orders:
        yield Text("The shop has no orders yet.", style=OFF)
        return
    yield _table(seen.orders)
    if with_lines:
        yield from _lines(seen.orders)
    yield from _holds(seen.orders)
    yield Text()
    newest = number(len(seen.orders), "newest order", "newest orders")
    yield Text(f"The shop's {newest}, looked at just now. Nothing was written.", style=OFF)


def _table(orders: Sequence[PlannedOrder]) -> Table:
    table = grid("ORDER", "PLACED", "CUSTOMER", "TOTAL", "NEXT", figures=("TOTAL",))
    table.columns[-1].no_wrap = False
    for order in orders:
        total = money.text(order.total, order.currency) if order.total is not None else "–"
        table.add_row(
            plain(order.number),
            order.placed.isoformat() if order.placed else "–",
            _CUSTOMERS[order.customer],
            plain(total),
            Text(_next(order), style=_COLOURS.get(order.state, OFF)),
        )
    return table


def _next(order: PlannedOrder) -> str:
    match order.state:
        case State.TRANSFER:
            text = ", ".join(_STEPS[step] for step in order.steps)
            return f"{text}; then held: {order.hold.value}" if order.hold else text
        case State.HELD:
            return f"held: {order.hold.value}" if order.hold else "held"
        case State.PENDING:
            return "not yet: it has not reached the trigger"
        case State.SKIPPED:
            return "nothing: done by hand, or nothing to invoice"
        case State.IN_DINERO:
            return "nothing: it is in Dinero"
        case State.BEFORE_START:
            return "never: placed before the first day"
        case State.CANCELLED:
            return "never: cancelled in the shop"


def _lines(orders: Sequence[PlannedOrder]) -> Iterator[RenderableType]:
    planned = [order for order in orders if order.lines and order.state is State.TRANSFER]
    if not planned:
        return
    yield Text()
    yield Text("Invoices", style="bold")
    for order in planned:
        day = f", dated {order.voucher_date.isoformat()}" if order.voucher_date else ""
        yield indented(plain(f"{order.number}{day}", "bold"))
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        for justify in ("right", "left", "right", "left"):
            table.add_column(
                justify="right" if justify == "right" else "left", no_wrap=True, overflow="ellipsis"
            )
        for line in order.lines:
            account = Text(f"→ {line.account}", style=OFF)
            table.add_row(_quantity(line), plain(line.text), f"{money.kroner(line.total):.2f}", account)
        yield indented(table, 4)


def _holds(orders: Sequence[PlannedOrder]) -> Iterator[RenderableType]:
    held = [
        order for order in orders if order.hold is not None and order.state in (State.HELD, State.TRANSFER)
    ]
    if not held:
        return
    yield Text()
    yield Text("Held", style="bold")
    for order in held:
        assert order.hold is not None
        yield indented(plain(f"{order.number}  {order.hold.value}", f"bold {WAITING}"))
        if order.detail:
            yield indented(plain(order.detail + "."), 4)
        yield indented(remedy(order.hold.remedy), 4)


def _quantity(line: PlannedLine) -> str:
    return f"{line.quantity.normalize():f} × {money.kroner(line.unit_price):.2f}"


def _amount(ore: int | None) -> str | None:
    return None if ore is None else f"{money.kroner(ore):.2f}"


def _order(order: PlannedOrder) -> dict[str, Any]:
    return {
        "orderId": str(order.order_id),
        "orderNumber": order.number,
        "state": order.state.value,
        "steps": [step.value for step in order.steps],
        "hold": order.hold.value if order.hold else None,
        "message": order.detail or None,
        "remedy": order.hold.remedy if order.hold else None,
        "placed": order.placed.isoformat() if order.placed else None,
        "paid": order.paid,
        "customer": order.customer.value if order.customer else None,
        "currency": order.currency,
        "total": _amount(order.total),
        "voucherDate": order.voucher_date.isoformat() if order.voucher_date else None,
        "lines": [
            {
                "text": line.text,
                "quantity": f"{line.quantity:f}",
                "unitPrice": _amount(line.unit_price),
                "total": _amount(line.total),
                "account": line.account,
            }
            for line in order.lines
        ],
    }
