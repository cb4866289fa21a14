"""Double entry: which accounts a booked document and a payment move."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import uuid4

from dinero_operator.sandbox.dinero.chart import DEBTORS, FEES, SALES_VAT
from dinero_operator.sandbox.dinero.models import Account, CreditNote, Document, Entry, Payment
from dinero_operator.sandbox.dinero.totals import in_kroner


def document_entries(
    document: Document, accounts: Mapping[int, Account], recorded_at: datetime
) -> list[Entry]:
    """Post a booked document: the debtor owes the gross, sales accounts get the net, and the state its VAT.

    Everything is in øre at the document's rate, and the debtor's amount is the sum of the rest, so that it balances.
    """
    sign = 1 if isinstance(document, CreditNote) else -1
    nets: dict[int, int] = {}
    for line in document.lines:
        if line.account_number is not None:
            nets[line.account_number] = nets.get(line.account_number, 0) + line.net
    postings = [
        (accounts[number], sign * in_kroner(net, document.exchange_rate), accounts[number].vat_code)
        for number, net in nets.items()
        if net
    ]
    if document.totals.vat:
        vat = sign * in_kroner(document.totals.vat, document.exchange_rate)
        postings.append((accounts[SALES_VAT], vat, "none"))
    rows = [(accounts[DEBTORS], -sum(amount for _, amount, _ in postings), "none"), *postings]
    return [
        _entry(document, account.number, account.name, amount, recorded_at, vat_code=vat_code)
        for account, amount, vat_code in rows
    ]


def payment_entries(
    document: Document,
    payment: Payment,
    account_name: Callable[[int], str],
    recorded_at: datetime,
    *,
    sign: int = 1,
) -> list[Entry]:
    """Post a payment from the debtor to a deposit account, and its fee; with ``sign`` -1, take it back."""
    assert payment.deposit_account is not None
    if isinstance(document, CreditNote):
        sign = -sign
    rows = [
        (payment.deposit_account, sign * payment.amount),
        (FEES, sign * payment.fee),
        (DEBTORS, -sign * (payment.amount + payment.fee)),
    ]
    return [
        _entry(document, number, account_name(number), amount, recorded_at, payment=payment)
        for number, amount in rows
        if amount
    ]


def _entry(
    document: Document,
    number: int,
    name: str,
    amount: int,
    recorded_at: datetime,
    *,
    vat_code: str = "none",
    payment: Payment | None = None,
) -> Entry:
    kind = "CreditNote" if isinstance(document, CreditNote) else "Invoice"
    return Entry(
        guid=str(uuid4()),
        account_number=number,
        account_name=name,
        date=document.date if payment is None else payment.date,
        voucher_number=document.number or 0,
        voucher_guid=document.guid,
        voucher_type=kind if payment is None else "Payment",
        description=document.description if payment is None else payment.description,
        vat_code=vat_code,
        amount=amount,
        contact_guid=document.contact_guid,
        recorded_at=recorded_at,
    )
