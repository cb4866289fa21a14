"""Set-up: which organisation, which accounts? Checked against Dinero's own lists before any order is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dinero_operator.dinero.client import DepositAccount, DineroClient, Organisation
from dinero_operator.domain.destination import Destination
from dinero_operator.domain.errors import InvalidConfiguration, OperatorError, SubscriptionMissing
from dinero_operator.domain.policy import SalesAccounts
from dinero_operator.sync.chart import sales_accounts
from dinero_operator.sync.report import Choice
from dinero_operator.sync.services import Services
from dinero_operator.sync.spec import Credentials, IntegrationSpec

BANK_ACCOUNT = 55000
"""The bank in Dinero's standard chart; no field of the API says so, hence a warning and not a refusal."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What set-up has found out.

    ``missing`` names the fields that are still to be chosen, ``problem`` what must be corrected. With neither, the
    integration can run. ``choices_*`` are what can be picked.
    """

    client: DineroClient
    organisation: Choice | None = None
    account: Choice | None = None
    choices_organisations: tuple[Choice, ...] = ()
    choices_accounts: tuple[Choice, ...] = ()
    sales: Mapping[Destination, SalesAccounts] = field(default_factory=dict)
    account_is_bank: bool = False
    missing: tuple[str, ...] = ()
    problem: OperatorError | None = None


async def set_up(
    spec: IntegrationSpec, credentials: Credentials, services: Services, bound: int | None
) -> Setup:
    """Ask Dinero for what can be chosen, and check what was.

    ``bound`` is the organisation that the resource's orders have gone to so far. Raises ``CredentialsRejected``,
    ``InvalidConfiguration``, ``RateLimited`` or ``Unavailable`` where Dinero does not answer the question.
    """
    scout = services.dinero(credentials.dinero)
    found = await scout.organisations()
    choices = tuple(Choice(row.id, row.name) for row in found)
    organisation, problem = _organisation(found, spec.organisation, bound)
    if organisation is None:
        missing = () if problem else _missing(spec, organisation=False)
        return Setup(scout, choices_organisations=choices, missing=missing, problem=problem)
    client = services.dinero(credentials.dinero, organisation.id)
    here = Choice(organisation.id, organisation.name)
    if not organisation.pro:
        problem = SubscriptionMissing(
            "The organisation has no active Dinero Pro subscription, which the API asks for. Subscribe in Dinero."
        )
        return Setup(client, here, choices_organisations=choices, problem=problem)
    deposits = [row for row in await client.deposit_accounts() if not row.hidden]
    accounts = tuple(Choice(row.number, row.name) for row in deposits)
    account, problem = _account(deposits, spec.account)
    missing = _missing(spec, organisation=True)
    sales: Mapping[Destination, SalesAccounts] = {}
    if not missing and problem is None:
        try:
            sales = await sales_accounts(client, spec.sales)
        except InvalidConfiguration as error:
            problem = error
    return Setup(
        client,
        here,
        Choice(account.number, account.name) if account else None,
        choices,
        accounts,
        sales,
        account_is_bank=account is not None and (account.bank or account.number == BANK_ACCOUNT),
        missing=missing,
        problem=problem,
    )


def _missing(spec: IntegrationSpec, *, organisation: bool) -> tuple[str, ...]:
    fields = (("organisation", organisation), ("trigger", spec.trigger), ("account", spec.account))
    return tuple(f"spec.{name}" for name, value in fields if not value)


def _organisation(
    found: list[Organisation], wanted: int | None, bound: int | None
) -> tuple[Organisation | None, OperatorError | None]:
    by_id = {row.id: row for row in found}
    if not found:
        return None, InvalidConfiguration(
            "The Dinero credentials reach no organisation. Correct the Secret that spec.dinero.secretRef names.",
            reason="NoOrganisation",
        )
    if bound is not None and wanted not in (None, bound):
        return None, _changed()
    if wanted is not None:
        if wanted not in by_id:
            return None, InvalidConfiguration(
                "spec.organisation: the Dinero credentials do not reach this organisation. Choose one of "
                "status.choices.organisations, or use credentials made in it.",
                reason="UnknownOrganisation",
            )
        return by_id[wanted], None
    if bound is not None:
        return (by_id[bound], None) if bound in by_id else (None, _changed())
    return (found[0], None) if len(found) == 1 else (None, None)


def _changed() -> InvalidConfiguration:
    return InvalidConfiguration(
        "The Dinero credentials reach another organisation than the one that this resource has booked into "
        "(status.organisation). Put the old credentials back, or create a new resource for the other organisation.",
        reason="OrganisationChanged",
    )


def _account(
    deposits: Iterable[DepositAccount], wanted: int | None
) -> tuple[DepositAccount | None, OperatorError | None]:
    if wanted is None:
        return None, None
    for row in deposits:
        if row.number == wanted:
            return row, None
    return None, InvalidConfiguration(
        "spec.account: Dinero has no deposit account (beholdning) with this number. Choose one of "
        "status.choices.accounts, or create it in Dinero.",
        reason="UnknownAccount",
    )
