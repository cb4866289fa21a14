"""The revenue accounts against the organisation's own chart of accounts (kontoplan): each with the VAT of its class."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from dinero_operator.dinero.client import DineroClient, EntryAccount
from dinero_operator.domain.destination import Destination
from dinero_operator.domain.errors import InvalidConfiguration
from dinero_operator.domain.policy import SalesAccounts
from dinero_operator.domain.vat import RATES
from dinero_operator.sync.spec import SalesChoice

NO_CODE = "none"
"""What Dinero writes for an account without a VAT code (momskode)."""
_PURCHASE = "I"
"""Codes of purchases begin with it (I25, IEUV …); they have the same rates as those of sales."""
_EXPORT = "UVC"
"""The code of sales outside the EU, which is reported in another box (rubrik C) than sales to businesses within it."""


async def sales_accounts(
    client: DineroClient, wanted: Mapping[Destination, SalesChoice]
) -> Mapping[Destination, SalesAccounts]:
    """The revenue accounts by class, with their defaults, all of them checked.

    The chart and its VAT codes are read only where the spec names an account. Raises ``InvalidConfiguration``, naming the
    field, for an account that is not there, hidden, or has the VAT of another class.
    """
    sales: dict[Destination, SalesAccounts] = {}
    for destination, choice in wanted.items():
        goods = choice.goods
        if goods is None:
            goods = await client.default_sales_account()
        if goods is None:
            raise InvalidConfiguration(
                f"spec.sales.{destination}.goods: the organisation has no default sales account; give the number of the "
                "revenue account.",
                reason="UnknownAccount",
            )
        sales[destination] = SalesAccounts(goods, choice.shipping if choice.shipping is not None else goods)
    if any(choice.goods is not None or choice.shipping is not None for choice in wanted.values()):
        chart = {row.number: row for row in await client.entry_accounts() if not row.hidden}
        for destination, accounts in sales.items():
            for name, number in (("goods", accounts.goods), ("shipping", accounts.shipping)):
                _check_number(f"spec.sales.{destination}.{name}", number, chart)
        rates = await client.vat_rates()
        for destination, accounts in sales.items():
            _check(destination, accounts, chart, rates)
    return sales


def _check_number(path: str, number: int, chart: Mapping[int, EntryAccount]) -> None:
    if number not in chart:
        raise InvalidConfiguration(
            f"{path}: Dinero's chart of accounts (kontoplan) has no account {number}. Correct the number, or "
            "create the account in Dinero.",
            reason="UnknownAccount",
        )


def _check(
    destination: Destination,
    accounts: SalesAccounts,
    chart: Mapping[int, EntryAccount],
    rates: Mapping[str, Decimal],
) -> None:
    for name, number in (("goods", accounts.goods), ("shipping", accounts.shipping)):
        problem = _problem(destination, name, chart[number].vat_code, rates)
        if problem:
            raise InvalidConfiguration(
                f"spec.sales.{destination}.{name}: account {number} has the VAT code (momskode) "
                f"{chart[number].vat_code}, {problem}. Choose an account whose VAT is that of this class.",
                reason="VatCodeImplausible",
            )


def _problem(destination: Destination, name: str, code: str, rates: Mapping[str, Decimal]) -> str:
    """What is wrong with a VAT code for a class; empty: nothing.

    Shipping to businesses and to third countries may be on an account without a code, as Dinero's standard chart has it.
    """
    is_coded = code.lower() != NO_CODE
    rate = rates.get(code) if is_coded else Decimal(0)
    due = RATES[destination]
    if rate is None:
        return "which Dinero's list of VAT codes does not have"
    if rate != due:
        return f"a rate of {_percent(rate)}, where {_percent(due)} are due"
    if is_coded and code.upper().startswith(_PURCHASE):
        return "which is one of purchases"
    if not due and name == "goods" and not is_coded:
        return "so the sale would be in no box (rubrik) of the VAT return"
    if destination is Destination.EU_BUSINESS and code.upper() == _EXPORT:
        return "which is that of sales outside the EU (rubrik C)"
    if destination is Destination.EXPORT and "EU" in code.upper():
        return "which is that of sales within the EU (rubrik B)"
    return ""


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f} %"
