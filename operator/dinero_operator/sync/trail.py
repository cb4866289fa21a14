"""The audit trail (kontrolspor): one structured log line for each change in the books, and none for anything else.

A line says which resource changed what for which order, by which choices, with amounts in øre. It holds no personal data,
so it can be kept for as long as the books must be (five years; bogføringsloven).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from dinero_operator.domain.observation import InvoiceView
from dinero_operator.domain.order import Order
from dinero_operator.domain.plan import (
    BookCredit,
    BookInvoice,
    CreateContact,
    CreateCredit,
    CreateInvoice,
    RegisterPayment,
    RegisterRefund,
    RestoreContact,
    Write,
)

LOGGER = "dinero_operator.audit"

log = logging.getLogger(LOGGER)


def record(
    *,
    namespace: str,
    name: str,
    organisation: int | None,
    policy: str,
    order: Order,
    step: Write,
    invoice: InvoiceView | None,
) -> None:
    """Write the line of a change that Dinero has taken. ``policy`` is the fingerprint of the choices behind it."""
    action, facts = _facts(order, step, invoice)
    log.info(
        "%s/%s: %s: order %s",
        namespace,
        name,
        action,
        order.number,
        extra={
            "namespace": namespace,
            "name_": name,
            "organisation": organisation,
            "order_id": order.order_id,
            "action": action,
            "policy": policy,
            **facts,
        },
    )


def _facts(order: Order, step: Write, invoice: InvoiceView | None) -> tuple[str, Mapping[str, object]]:
    match step:
        case CreateContact(contact):
            return "contact created", {"guid": str(contact.guid)}
        case RestoreContact(guid):
            return "contact restored", {"guid": str(guid)}
        case CreateInvoice(draft):
            accounts = sorted({line.account for line in draft.lines})
            return "invoice drafted", {
                "guid": str(draft.guid),
                "contact": str(draft.contact),
                "voucher_date": draft.date.isoformat(),
                "total_ore": draft.total,
                "accounts": accounts,
            }
        case BookInvoice(guid):
            return "invoice booked", {
                "guid": str(guid),
                "invoice_number": invoice.number if invoice else None,
                "total_ore": order.total,
                "vat_ore": invoice.vat if invoice else None,
            }
        case RegisterPayment(guid, _, payment):
            return "payment registered", {
                "guid": str(guid),
                "account": payment.account,
                "amount_ore": payment.amount,
                "payment_date": payment.date.isoformat(),
            }
        case CreateCredit(credit):
            return "credit note drafted", {
                "guid": str(credit.guid),
                "invoice": str(credit.invoice),
                "reference": credit.reference,
                "voucher_date": credit.date.isoformat(),
                "total_ore": credit.total,
                "accounts": sorted({line.account for line in credit.lines}),
            }
        case BookCredit(guid, _, amount):
            return "credit note booked", {"guid": str(guid), "total_ore": amount}
        case RegisterRefund(guid, _, payment):
            return "refund registered", {
                "guid": str(guid),
                "reference": payment.reference,
                "account": payment.account,
                "amount_ore": payment.amount,
                "payment_date": payment.date.isoformat(),
            }
