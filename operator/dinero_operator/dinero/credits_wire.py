"""Dinero's wire form of credit notes (kreditnotaer): an invoice without terms of payment, and with ``CreditNoteFor``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dinero_operator.dinero.wire import (
    LANGUAGE,
    STATUS_DRAFT,
    amount_of,
    fold,
    guid_of,
    line_body,
    lines_of,
    timestamp_of,
)
from dinero_operator.domain.credit import CreditDraft
from dinero_operator.domain.errors import Unavailable
from dinero_operator.domain.observation import CreditView, InvoiceStatus


def credit_body(credit: CreditDraft) -> dict[str, object]:
    """Body of ``POST sales/creditnotes``: a draft with gross prices. Amounts are positive."""
    return {
        "Guid": str(credit.guid),
        "CreditNoteFor": str(credit.invoice),
        "ContactGuid": str(credit.contact),
        "ExternalReference": credit.reference,
        "Date": credit.date.isoformat(),
        "Currency": credit.currency,
        "Language": LANGUAGE,
        "Comment": credit.comment,
        "Address": credit.address or None,
        "ShowLinesInclVat": True,
        "ProductLines": [line_body(line) for line in credit.lines],
    }


def credit_row(value: Any) -> CreditView:
    """Read a credit note of a list. Raises ``Unavailable`` where it has no Guid or no status."""
    return _view(fold(value))


def credit_view(value: Any) -> CreditView:
    """Read a whole credit note. Raises ``Unavailable`` where it has no Guid, status, version or totals."""
    view = _view(fold(value))
    if view.timestamp is None or view.total is None or view.vat is None:
        raise Unavailable("Dinero's answer about a credit note has no version or no totals")
    return view


def _view(row: Mapping[str, Any]) -> CreditView:
    status = str(row.get("status") or "").lower()
    if not status:
        raise Unavailable("Dinero's answer about a credit note names no status")
    is_draft = status == STATUS_DRAFT
    total, net, vat = (amount_of(row.get(f"total{name}")) for name in ("inclvat", "exclvat", "vat"))
    number, contact, invoice = row.get("number"), row.get("contactguid"), row.get("creditnotefor")
    return CreditView(
        guid=guid_of(row.get("guid")),
        reference=str(row.get("externalreference") or ""),
        status=InvoiceStatus.DRAFT if is_draft else InvoiceStatus.BOOKED,
        deleted=bool(row.get("deletedat")),
        timestamp=timestamp_of(row),
        # As on invoices, a draft's number is meaningless.
        number=number if isinstance(number, int) and not is_draft else None,
        invoice=guid_of(invoice) if invoice else None,
        contact=guid_of(contact) if contact else None,
        currency=str(row["currency"]) if row.get("currency") else None,
        total=total,
        vat=vat if vat is not None else (total - net if total is not None and net is not None else None),
        lines=lines_of(row.get("productlines")),
    )
