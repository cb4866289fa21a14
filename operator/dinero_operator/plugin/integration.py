"""A resource as a person wants to know it: what it is set to, how it goes, and who must do what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dinero_operator.domain.holds import HoldReason
from dinero_operator.kube.resource import SKIP_ANNOTATION, Status, parse_status
from dinero_operator.kube.resource_status import Condition, HeldOrder
from dinero_operator.sync.report import ConditionType, Reason

GOOD, WAITING, BAD, OFF = "green", "yellow", "red", "dim"
NOT_VISITED = "NotVisited"
_KINDS = (*ConditionType,)


@dataclass(frozen=True, slots=True)
class State:
    """One word for how it goes, its colour, and a sentence where somebody must act."""

    word: str
    colour: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """A held order: what is the matter, and what to do, apart."""

    order: HeldOrder
    what: str
    remedy: str


class Integration:
    """One resource as it was read."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.metadata: Mapping[str, Any] = body["metadata"]
        self.spec: Mapping[str, Any] = body.get("spec") or {}
        self.status: Status = parse_status(body.get("status"))
        self.namespace, self.name = str(self.metadata["namespace"]), str(self.metadata["name"])

    @property
    def is_suspended(self) -> bool:
        """Whether ``spec.suspend`` is set."""
        return self.spec.get("suspend") is True

    @property
    def is_dry_run(self) -> bool:
        """Whether ``spec.dryRun`` is set."""
        return self.spec.get("dryRun") is True

    @property
    def is_current(self) -> bool:
        """Whether the conditions are about the spec as it is now."""
        ready = self.status.condition(ConditionType.READY)
        return ready is not None and ready.observed_generation in (None, self.metadata.get("generation"))

    @property
    def organisation(self) -> str:
        """Its name, else its id, else nothing."""
        found = self.status.organisation
        return (found.name or str(found.id)) if found else str(self.spec.get("organisation") or "")

    @property
    def trigger(self) -> str:
        """``Paid`` or ``Sent``; empty while it is not chosen."""
        return str(self.spec.get("trigger") or "")

    @property
    def account(self) -> str:
        """The deposit account's number and name."""
        chosen, found = str(self.spec.get("account") or ""), self.status.account
        if found is not None and found.name and chosen in ("", str(found.number)):
            return f"{found.number} {found.name}"
        return chosen

    @property
    def skipped(self) -> str:
        """The orders that are marked as done by hand, as the annotation has them."""
        return str((self.metadata.get("annotations") or {}).get(SKIP_ANNOTATION) or "").strip().strip(",")

    @property
    def conditions(self) -> list[Condition]:
        """The conditions that we know, in the order in which they are best read."""
        found = [self.status.condition(kind) for kind in _KINDS]
        return [condition for condition in found if condition is not None]

    def state(self) -> State:
        """How it goes."""
        ready, synced = (
            self.status.condition(ConditionType.READY),
            self.status.condition(ConditionType.SYNCED),
        )
        configured = self.status.condition(ConditionType.CONFIGURED)
        if self.is_suspended:
            return State("Suspended", OFF)
        if ready is None:
            return State(
                NOT_VISITED,
                OFF,
                "No operator has looked at it yet. Is one running that watches this namespace?",
            )
        if ready.status == "False":
            stalled = self.status.condition(ConditionType.STALLED) is not None
            return State(ready.reason, BAD if stalled else WAITING, ready.message)
        if not self.is_current or ready.status == "Unknown":
            return State(Reason.PROGRESSING.value, WAITING)
        if ready.reason != Reason.SUCCEEDED:
            return State(ready.reason, WAITING, ready.message)
        if synced is not None and synced.status != "True":
            held = synced.reason == Reason.ORDERS_HELD
            return State(synced.reason, WAITING, "" if held else synced.message)
        if configured is not None and configured.reason != Reason.ACCEPTED:
            return State(configured.reason, WAITING, configured.message)
        return State(synced.reason if synced is not None else ready.reason, GOOD)

    def holds(self) -> list[Hold]:
        """The held orders that the status lists."""
        return [_hold(order) for order in self.status.held]


def _hold(order: HeldOrder) -> Hold:
    message = (order.message or "").strip()
    try:
        remedy = HoldReason(order.reason).remedy
    except ValueError:
        # Of a newer operator: its message has the remedy in it.
        return Hold(order, message, "")
    what = message.removesuffix(remedy).strip()
    return Hold(order, what, remedy if what != message or not message else "")
