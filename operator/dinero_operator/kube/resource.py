"""Reading a DineroIntegration: its spec with every rule of the CRD, for API servers that do not check them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from dinero_operator.domain.choices import WithoutEmail
from dinero_operator.domain.duration import parse_duration
from dinero_operator.domain.errors import InvalidConfiguration
from dinero_operator.domain.patterns import compile_pattern
from dinero_operator.domain.urls import is_protected, is_web_address
from dinero_operator.kube.resource_spec import Spec
from dinero_operator.kube.resource_status import Status, parse_status

__all__ = ["FieldProblem", "InvalidSpec", "Spec", "Status", "parse_spec", "parse_status"]

GROUP, VERSION, KIND, PLURAL = "shoporama.dk", "v1alpha1", "DineroIntegration", "dinerointegrations"
RECONCILE_ANNOTATION = "shoporama.dk/reconcile-requested-at"
CONNECT_ANNOTATION = "shoporama.dk/connect-requested-at"
SKIP_ANNOTATION = "shoporama.dk/skip-orders"

MIN_INTERVAL = 60.0
"""Seconds."""
_TOLD = 2
"""Problems that a message names; the others are counted."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field: its path (``spec.interval``), and the remedy. Holds nothing of what was given."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}."


class InvalidSpec(InvalidConfiguration):
    """The spec must be edited. ``problems`` has every one that was found."""

    def __init__(self, problems: Sequence[FieldProblem], *, reason: str = "InvalidSpec") -> None:
        told = " ".join(str(problem) for problem in problems[:_TOLD])
        more = len(problems) - _TOLD
        super().__init__(f"{told} And {more} more." if more > 0 else told, reason=reason)
        self.problems = tuple(problems)


def parse_spec(
    raw: Mapping[str, Any], *, organisation: int | None = None, allow_insecure_urls: bool = False
) -> Spec:
    """Read ``spec``; fields of a newer schema are passed over.

    ``organisation`` is the one that the orders are bound to already (``status.organisation.id``): another in the spec
    is refused, with reason ``OrganisationChanged``; none in the spec leaves it as it is.
    Raises ``InvalidSpec``.
    """
    if not isinstance(raw, Mapping):
        raise InvalidSpec([FieldProblem("spec", "give the fields shop and dinero")])
    try:
        spec = Spec.model_validate(_without_nulls(raw))
    except ValidationError as error:
        problems = _shape_problems(error)
    else:
        if None not in (organisation, spec.organisation) and organisation != spec.organisation:
            message = "cannot be changed once set; create a new resource for another organisation"
            raise InvalidSpec([FieldProblem("spec.organisation", message)], reason="OrganisationChanged")
        problems = list(_rule_problems(spec, allow_insecure_urls=allow_insecure_urls))
        if not problems:
            return spec
    # Raised out here, so that no traceback carries pydantic's error and with it the input.
    raise InvalidSpec(problems)


def _without_nulls(value: Any) -> Any:
    """An API server takes a null for a field that is not given."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


def _shape_problems(error: ValidationError) -> list[FieldProblem]:
    problems = {}
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        remedy = _remedy(detail["loc"])
        message = f"is missing; {remedy}" if detail["type"] == "missing" else remedy
        problems[".".join(("spec", *map(str, detail["loc"])))] = message
    return [FieldProblem(field, message) for field, message in problems.items()]


def _remedy(place: Sequence[int | str]) -> str:
    model: type[BaseModel] = Spec
    remedy = ""
    for name in place:
        field = next(field for field in model.model_fields.values() if field.alias == name)
        remedy = field.description or ""
        types = [field.annotation, *get_args(field.annotation)]
        model = next(
            (kind for kind in types if isinstance(kind, type) and issubclass(kind, BaseModel)), model
        )
    return remedy


def _rule_problems(spec: Spec, *, allow_insecure_urls: bool) -> Iterator[FieldProblem]:
    """What a schema cannot say: the rules of the CRD, and what only a program can know."""
    if not is_web_address(spec.shop.url):
        yield FieldProblem("spec.shop.url", _remedy(("shop", "url")))
    elif not (allow_insecure_urls or is_protected(spec.shop.url)):
        yield FieldProblem("spec.shop.url", "use https; plain http would show the shop's token to others")
    try:
        ZoneInfo(spec.shop.time_zone)
    except (
        KeyError,
        ValueError,
        OSError,
    ):  # ZoneInfoNotFoundError is a KeyError; a folder's name is an OSError
        yield FieldProblem("spec.shop.timeZone", _remedy(("shop", "timeZone")))
    try:
        if parse_duration(spec.interval) < MIN_INTERVAL:
            yield FieldProblem("spec.interval", "must be at least one minute; use 1m or more")
    except ValueError as error:
        yield FieldProblem("spec.interval", str(error))
    if spec.customers.without_email is WithoutEmail.COLLECTIVE and spec.customers.collective_contact is None:
        remedy = "give the Guid of the contact for orders without e-mail, or use withoutEmail Hold"
        yield FieldProblem("spec.customers.collectiveContact", remedy)
    if spec.vouchers.gift_card_pattern is not None:
        try:
            compile_pattern(spec.vouchers.gift_card_pattern)
        except ValueError as error:
            yield FieldProblem("spec.vouchers.giftCardPattern", str(error))
