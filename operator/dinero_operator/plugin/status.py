"""``kubectl dinero status``: all shops in one table, or one shop with everything that a person may have to act on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dinero_operator.kube.fields import moment
from dinero_operator.kube.resource import CONNECT_ANNOTATION, SKIP_ANNOTATION
from dinero_operator.kube.resource_status import Condition, OrderCounts
from dinero_operator.plugin.integration import BAD, GOOD, NOT_VISITED, OFF, WAITING, Hold, Integration
from dinero_operator.plugin.output import age, command, cut, grid, indented, plain, remedy, width
from dinero_operator.plugin.session import Session
from dinero_operator.sync.report import Reason

_MARKS = {"True": ("✓", GOOD), "False": ("✗", WAITING), "Unknown": ("…", OFF)}
WIDE = 100
"""Columns from which all is shown."""
_SHOWN_SKIPPED = 60
"""Characters of the annotation that are repeated in a command."""


def data(integration: Integration) -> dict[str, Any]:
    """For programs. Without the set-up link, which is for whoever has asked for it."""
    status, state = integration.status, integration.state()
    last = status.last_booked
    return {
        "namespace": integration.namespace,
        "name": integration.name,
        "state": state.word,
        "advice": state.advice or None,
        "suspended": integration.is_suspended,
        "dryRun": integration.is_dry_run,
        "organisation": status.organisation.wire() if status.organisation else None,
        "trigger": integration.trigger or None,
        "account": status.account.wire() if status.account else None,
        "startFrom": status.start_from.isoformat() if status.start_from else None,
        "lastSyncTime": status.last_sync_time,
        "orders": (status.orders or OrderCounts()).wire(),
        "lastBooked": last.wire() if last else None,
        "conditions": [condition.wire() for condition in integration.conditions],
        "held": [
            {
                "orderId": hold.order.order_id,
                "orderNumber": hold.order.order_number,
                "reason": hold.order.reason,
                "message": hold.what or None,
                "remedy": hold.remedy or None,
                "since": hold.order.since,
            }
            for hold in integration.holds()
        ],
    }


def overview(session: Session, found: Sequence[Integration]) -> Iterator[RenderableType]:
    """One line a shop, then what somebody must do."""
    everywhere = session.where.all_namespaces
    yield _table(found, session.clock.now(), with_namespace=everywhere, room=width())
    same: dict[str, list[Integration]] = {}
    for each in found:
        if advice := _advice(each):
            same.setdefault(advice, []).append(each)
    for advice, shops in same.items():
        yield Text()
        names = [f"{each.namespace}/{each.name}" if everywhere else each.name for each in shops]
        state = shops[0].state()
        yield plain(", ".join(names), f"bold {WAITING if state.colour == GOOD else state.colour}")
        yield indented(plain(advice))
        yield _next(session, shops[0])


def detail(session: Session, integration: Integration) -> Iterator[RenderableType]:
    """One shop."""
    state, now = integration.state(), session.clock.now()
    title = plain(f"{integration.namespace}/{integration.name}", "bold")
    yield title.append("  ").append_text(Text(f"● {state.word}", style=f"not bold {state.colour}"))
    yield indented(_settings(integration, now))
    if state.word == NOT_VISITED:
        yield Text()
        yield plain(state.advice, WAITING)
        return
    yield from _section("Conditions")
    yield indented(_conditions(integration.conditions, now))
    if _next_command(integration) != "status":
        yield _next(session, integration)
    if (orders := integration.status.orders) is not None:
        since = integration.status.start_from
        yield from _section(f"Orders since {since.isoformat()}" if since else "Orders")
        yield indented(_counts(integration, orders, now))
    if holds := integration.holds():
        yield from _held(session, integration, holds, now)


def _table(found: Sequence[Integration], now: datetime, *, with_namespace: bool, room: int) -> Table:
    columns: dict[str, Callable[[Integration, OrderCounts], Text]] = {
        "NAMESPACE": lambda each, _: plain(each.namespace),
        "NAME": lambda each, _: plain(each.name),
        "ORGANISATION": lambda each, _: cut(_chosen(each.organisation)),
        "TRIGGER": lambda each, _: _chosen(each.trigger),
        "ACCOUNT": lambda each, _: _chosen(each.account.partition(" ")[0]),
        "STATE": lambda each, _: Text(each.state().word, style=each.state().colour),
        "BOOKED": lambda _, orders: Text(str(orders.booked)),
        "DRAFTS": lambda _, orders: Text(str(orders.drafted)),
        "HELD": lambda _, orders: Text(str(orders.held), style=WAITING if orders.held else ""),
        "PENDING": lambda _, orders: Text(str(orders.pending)),
        "SYNCED": lambda each, _: Text(age(each.status.last_sync_moment, now)),
    }
    if not with_namespace:
        del columns["NAMESPACE"]
    # What was chosen once gives way to how it goes; a look at one shop tells it.
    for name in ("TRIGGER", "ACCOUNT") if room < WIDE else ():
        del columns[name]
    if room < WIDE and with_namespace:
        del columns["ORGANISATION"]
    table = grid(*columns, figures=("BOOKED", "DRAFTS", "HELD", "PENDING"), gives_way=("ORGANISATION",))
    for each in found:
        orders = each.status.orders or OrderCounts()
        table.add_row(*(cell(each, orders) for cell in columns.values()))
    return table


def _next(session: Session, integration: Integration) -> Text:
    words = ("dinero", _next_command(integration), integration.name)
    return command(session.where.kubectl(integration.namespace, *words), 2)


def _next_command(integration: Integration) -> str:
    """The command that leads on."""
    state = integration.state()
    if state.word == Reason.SELECTION_MISSING:
        return "choices"
    return "connect" if CONNECT_ANNOTATION in state.advice else "status"


def _chosen(value: str) -> Text:
    return plain(value) if value else Text("–", style=OFF)


def _advice(integration: Integration) -> str:
    """Why somebody should look at it; empty: no need."""
    advice = integration.state().advice
    held = (integration.status.orders or OrderCounts()).held
    if advice or not held:
        return advice
    return "Orders are held."


def _section(title: str) -> Iterator[RenderableType]:
    yield Text()
    yield Text(title, style="bold")


def _settings(integration: Integration, now: datetime) -> Table:
    status = integration.status
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style=OFF, no_wrap=True)
    table.add_column(overflow="fold")
    organisation, ident = integration.organisation, status.organisation.id if status.organisation else ""
    table.add_row(
        "Organisation", _with(organisation, f"({ident})" if str(ident) not in ("", organisation) else "")
    )
    table.add_row("Trigger", _with(integration.trigger))
    table.add_row("Account", _with(integration.account))
    table.add_row(
        "Last sync", Text(f"{age(status.last_sync_moment, now)} ago" if status.last_sync_moment else "never")
    )
    if integration.is_dry_run:
        table.add_row("Dry run", Text("spec.dryRun is set: nothing is written to Dinero.", style=WAITING))
    if integration.is_suspended:
        table.add_row(
            "Suspended", Text("spec.suspend is set: nothing is done until you resume it.", style=WAITING)
        )
    if status.connect is not None:
        table.add_row("Set-up", Text("a link to connect in the browser is open"))
    return table


def _with(value: str, more: str = "") -> Text:
    if not value:
        return Text("not chosen", style=WAITING)
    return plain(f"{value} {more}")


def _conditions(conditions: Sequence[Condition], now: datetime) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for is_short in (True, True, True, True, False):
        table.add_column(no_wrap=is_short, overflow="fold")
    for condition in conditions:
        mark, colour = _MARKS[condition.status]
        if condition.type == "Stalled":
            mark, colour = "!", BAD
        table.add_row(
            Text(mark, style=colour),
            plain(condition.type),
            plain(condition.reason, colour),
            Text(age(moment(condition.last_transition_time), now), style=OFF),
            plain(condition.message),
        )
    return table


def _counts(integration: Integration, orders: OrderCounts, now: datetime) -> Text:
    counts = (
        (orders.booked, "booked", GOOD),
        (orders.drafted, "drafts", ""),
        (orders.credited, "credited", ""),
        (orders.held, "held", WAITING),
        (orders.pending, "pending", ""),
    )
    line = Text("  ").join(
        Text(f"{count} {word}", style=colour if count else OFF) for count, word, colour in counts
    )
    last = integration.status.last_booked
    if last is not None:
        when = age(moment(last.time), now)
        line.append("\nLast: ", style=OFF).append_text(
            plain(f"order {last.order_number or '?'} as invoice {last.invoice_number}, {when} ago")
        )
    return line


def _held(
    session: Session, integration: Integration, holds: Sequence[Hold], now: datetime
) -> Iterator[RenderableType]:
    total = max(len(holds), (integration.status.orders or OrderCounts()).held)
    listed = f"{total}, of which the oldest {len(holds)} are listed" if total > len(holds) else str(total)
    yield from _section(f"Held orders ({listed})")
    by_reason = sorted(holds, key=lambda hold: hold.order.reason)
    for reason, group in groupby(by_reason, key=lambda hold: hold.order.reason):
        same = list(group)
        yield Text()
        yield indented(plain(reason, f"bold {WAITING}"))
        if same[0].remedy:
            yield indented(remedy(same[0].remedy))
        table = grid("ORDER", "ID", "SINCE", "WHAT")
        table.columns[-1].no_wrap = False
        for hold in same:
            order = hold.order
            since = age(moment(order.since), now)
            table.add_row(
                plain(order.order_number or "?"), plain(order.order_id), Text(since), plain(hold.what)
            )
        yield indented(table, 4)
    yield Text()
    yield indented(Text("When you have done an order by hand, name its id:", style=OFF))
    kept = integration.skipped
    kept = "" if not kept else f"{kept}," if len(kept) <= _SHOWN_SKIPPED else "…,"
    line = session.where.kubectl(integration.namespace, "annotate", "--overwrite", "dinero", integration.name)
    yield command(f'{line} {SKIP_ANNOTATION}="{kept}{holds[0].order.order_id}"', 2)
