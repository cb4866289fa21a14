"""``status`` of a DineroIntegration, as a former process of this or another version may have left it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, ValidationError

from dinero_operator.kube.fields import (
    Account,
    Count,
    Day,
    Group,
    Name,
    OrderNumber,
    OrganisationId,
    Text,
    Timestamp,
    moment,
)

MAX_HELD = 50
"""Orders that ``status.held`` lists; ``status.orders.held`` counts them all."""
MAX_CHOICES = 200
"""Organisations, and accounts, that ``status.choices`` lists."""
MAX_NAME = 256
MAX_HELD_MESSAGE = 1024
MAX_MESSAGE = 32_768
"""Characters of a condition's message."""
MAX_RECONCILE_TOKEN = 1024


@dataclass(frozen=True, slots=True)
class MaxItems:
    """Length of a list in the CRD. Writers keep to it; a reader takes what it finds."""

    limit: int


class OrganisationChoice(Group):
    """A Dinero organisation."""

    id: OrganisationId
    name: Name | None = None


class AccountChoice(Group):
    """A deposit account."""

    number: Account
    name: Name | None = None


class Choices(Group):
    """What can be picked during set-up."""

    organisations: Annotated[tuple[OrganisationChoice, ...], MaxItems(MAX_CHOICES)] = ()
    accounts: Annotated[tuple[AccountChoice, ...], MaxItems(MAX_CHOICES)] = ()


class Connect(Group):
    """A one-time link for the set-up in the browser."""

    url: Annotated[str, Text(max_length=2048)]
    expires_at: Timestamp


class OrderCounts(Group):
    """Orders since ``startFrom``."""

    booked: Count = 0
    drafted: Count = 0
    credited: Count = 0
    held: Count = 0
    pending: Count = 0


class HeldOrder(Group):
    """An order that waits for a person; ``order_id`` is the platform-wide id as text."""

    order_id: Annotated[str, Text(max_length=64, min_length=1)]
    order_number: OrderNumber | None = None
    reason: Annotated[str, Text(max_length=64, min_length=1, pattern=r"^[A-Za-z][A-Za-z0-9]*$")]
    message: Annotated[str, Text(max_length=MAX_HELD_MESSAGE)] | None = None
    since: Timestamp | None = None


class LastBooked(Group):
    """The invoice that was booked last."""

    order_number: OrderNumber | None = None
    invoice_number: Annotated[StrictInt, Field(ge=1)]
    time: Timestamp | None = None


class Condition(Group):
    """One aspect of the state, in the six standard fields of Kubernetes."""

    type: Annotated[
        str,
        Text(
            max_length=316,
            min_length=1,
            pattern=r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
        ),
    ]
    status: Literal["True", "False", "Unknown"]
    observed_generation: Count | None = None
    last_transition_time: Timestamp
    reason: Annotated[
        str, Text(max_length=1024, min_length=1, pattern=r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
    ]
    message: Annotated[str, Text(max_length=MAX_MESSAGE)]


class Status(Group):
    """What the operator has seen and done. Whatever could not be read is missing."""

    observed_generation: Annotated[StrictInt, Field(ge=-1)] = -1
    conditions: Annotated[tuple[Condition, ...], MaxItems(16)] = ()
    organisation: OrganisationChoice | None = None
    account: AccountChoice | None = None
    choices: Choices | None = None
    connect: Connect | None = None
    start_from: Day | None = None
    watermark: Timestamp | None = None
    last_sync_time: Timestamp | None = None
    last_handled_reconcile_at: Annotated[str, Text(max_length=MAX_RECONCILE_TOKEN)] | None = None
    orders: OrderCounts | None = None
    held: Annotated[tuple[HeldOrder, ...], MaxItems(MAX_HELD)] = ()
    last_booked: LastBooked | None = None

    def condition(self, kind: str) -> Condition | None:
        """The condition of this type, if it is there."""
        return next((condition for condition in self.conditions if condition.type == kind), None)

    @property
    def watermark_time(self) -> datetime | None:
        """The watermark as an instant with its zone."""
        return moment(self.watermark)

    @property
    def last_sync_moment(self) -> datetime | None:
        """The last reported run as an instant with its zone."""
        return moment(self.last_sync_time)


def parse_status(raw: object) -> Status:
    """Read ``status``; never raises: what is malformed is dropped, with the least that must go with it."""
    content = _copy(raw)
    while isinstance(content, dict) and content:
        try:
            return Status.model_validate(content)
        except ValidationError as error:
            # A missing field takes its group along.
            bad = {
                e["loc"][:-1] if e["type"] == "missing" else e["loc"]
                for e in error.errors(include_input=False)
            }
            tops = [place for place in bad if not any(place[:depth] in bad for depth in range(1, len(place)))]
            # Items of a list go from its end, so that the positions of the others stay true.
            for place in sorted(tops, key=_from_the_end):
                _drop(content, place)
    return Status()


def _copy(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _copy(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_copy(item) for item in value]
    return value


def _from_the_end(place: Sequence[int | str]) -> tuple[tuple[int, str], ...]:
    return tuple((-part, "") if isinstance(part, int) else (0, part) for part in place)


def _drop(content: Any, place: Sequence[int | str]) -> None:
    for part in place[:-1]:
        content = content[part]
    del content[place[-1]]
