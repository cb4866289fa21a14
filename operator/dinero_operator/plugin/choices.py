"""``kubectl dinero choices``: what can be picked, and how."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from dinero_operator.connect.pages import AccountOption, suggested_account
from dinero_operator.domain.choices import Trigger
from dinero_operator.kube.resource_status import AccountChoice, Choices
from dinero_operator.plugin.integration import GOOD, OFF, WAITING, Integration
from dinero_operator.plugin.output import command, grid, indented, plain
from dinero_operator.plugin.session import Problem, Session
from dinero_operator.sync.report import ConditionType
from dinero_operator.sync.setup import BANK_ACCOUNT

_TRIGGERS = {
    Trigger.PAID: "when the shop says that the order is paid",
    Trigger.SENT: "when the order is sent: where cards are charged as the goods leave",
}
_BANK = "the bank: the payment company keeps its fee, so less arrives here than was sold"


def data(integration: Integration) -> dict[str, Any]:
    """For programs. ``choices`` is ``None`` where the operator offers nothing to choose."""
    choices, spec = integration.status.choices, integration.spec
    return {
        "namespace": integration.namespace,
        "name": integration.name,
        "chosen": {key: spec.get(key) for key in ("organisation", "trigger", "account")},
        "choices": choices.wire() | {"triggers": [trigger.value for trigger in _TRIGGERS]}
        if choices
        else None,
    }


def check(integration: Integration) -> None:
    """Raises ``Problem`` where there is nothing to choose from, and something is still to be chosen."""
    status = integration.status
    if status.choices is not None:
        return
    ready = status.condition(ConditionType.READY)
    if ready is None:
        raise Problem(
            f"{integration.name}: {integration.state().advice or 'the operator has not looked at it yet.'}"
        )
    if ready.status == "False":
        raise Problem(f"{integration.name}: {ready.message}")


def view(session: Session, integration: Integration) -> Iterator[RenderableType]:
    """For people."""
    choices = integration.status.choices
    yield plain(f"{integration.namespace}/{integration.name}", "bold")
    yield Text()
    if choices is None:
        yield from _settled(session, integration)
        return
    yield from _organisations(integration, choices)
    yield from _triggers(integration)
    yield from _accounts(integration, choices)
    yield from _how(session, integration, choices)


def _settled(session: Session, integration: Integration) -> Iterator[RenderableType]:
    table = grid("FIELD", "CHOSEN")
    for field, value in (
        ("spec.organisation", integration.organisation),
        ("spec.trigger", integration.trigger),
        ("spec.account", integration.account),
    ):
        table.add_row(field, plain(value or "–"))
    yield indented(table)
    yield Text()
    yield Text(
        "Everything is chosen. The operator offers choices only while something is missing.", style=OFF
    )
    yield command(session.kubectl("dinero", "status", integration.name))


def _organisations(integration: Integration, choices: Choices) -> Iterator[RenderableType]:
    chosen = integration.spec.get("organisation")
    yield Text("spec.organisation", style="bold")
    table = grid("", "ID", "NAME")
    for each in choices.organisations:
        table.add_row(_mark(each.id == chosen), str(each.id), plain(each.name or ""))
    yield indented(table)
    yield Text()


def _triggers(integration: Integration) -> Iterator[RenderableType]:
    yield Text("spec.trigger", style="bold")
    table = grid("", "NAME", "MEANS", gives_way=("MEANS",))
    for trigger, meaning in _TRIGGERS.items():
        table.add_row(_mark(trigger.value == integration.trigger), trigger.value, meaning)
    yield indented(table)
    yield Text()


def _accounts(integration: Integration, choices: Choices) -> Iterator[RenderableType]:
    chosen, suggested = integration.spec.get("account"), _suggested(choices)
    yield Text("spec.account", style="bold")
    if not choices.accounts:
        yield indented(Text("Choose the organisation first: each has accounts of its own.", style=WAITING))
        yield Text()
        return
    table = grid("", "NUMBER", "NAME", "")
    table.columns[-1].no_wrap = False
    for each in choices.accounts:
        note = Text(_BANK, style=WAITING) if each.number == BANK_ACCOUNT else Text()
        if each.number == suggested and chosen is None:
            note = Text("suggested", style=GOOD)
        table.add_row(_mark(each.number == chosen), str(each.number), plain(each.name or ""), note)
    yield indented(table)
    yield Text()


def _how(session: Session, integration: Integration, choices: Choices) -> Iterator[RenderableType]:
    wanted: dict[str, Any] = {}
    if integration.spec.get("organisation") is None and len(choices.organisations) != 1:
        wanted["organisation"] = next((each.id for each in choices.organisations), 0)
    if not integration.trigger:
        wanted["trigger"] = Trigger.SENT.value
    if integration.spec.get("account") is None and choices.accounts:
        fits = [each.number for each in choices.accounts if each.number != BANK_ACCOUNT]
        wanted["account"] = _suggested(choices) or next(iter(fits), choices.accounts[0].number)
    if not wanted:
        return
    yield Text("To choose, with your own values:", style=OFF)
    line = session.kubectl("patch", "dinero", integration.name, "--type", "merge")
    yield command(f"{line} -p '{json.dumps({'spec': wanted}, separators=(',', ':'))}'")


def _suggested(choices: Choices) -> int | None:
    return suggested_account([_option(each) for each in choices.accounts])


def _option(each: AccountChoice) -> AccountOption:
    return AccountOption(each.number, each.name or "", bank=each.number == BANK_ACCOUNT)


def _mark(is_chosen: bool) -> Text:
    return Text("●" if is_chosen else " ", style=GOOD)
