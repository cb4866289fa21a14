"""State of one organisation, and the operations that both the API and a human at the screen use."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

from dinero_operator.sandbox.dinero import errors
from dinero_operator.sandbox.dinero.chart import VAT_TYPES, standard_accounts, standard_deposits
from dinero_operator.sandbox.dinero.models import (
    Contact,
    CreditNote,
    Document,
    Entry,
    Invoice,
    Payment,
)
from dinero_operator.sandbox.dinero.periods import Periods
from dinero_operator.sandbox.dinero.posting import document_entries, payment_entries
from dinero_operator.sandbox.dinero.totals import half_up
from dinero_operator.sandbox.dinero.unknowns import Unknowns

DEFAULT_DAYS = 8
"""Days of payment where neither the request nor the contact says."""

_ZONE = ZoneInfo("Europe/Copenhagen")
_FIRST_VERSION = 0x20A5EA8


class Ledger:
    """Contacts, documents, accounts and entries. Every operation raises ``ApiError`` where the API would refuse."""

    def __init__(
        self,
        organisation_id: int,
        name: str,
        *,
        now: Callable[[], datetime],
        unknowns: Unknowns,
        pro: bool = True,
        vat_number: str = "DK12345674",
        vat_free: bool = False,
        lagging_lists: bool = False,
    ) -> None:
        self.organisation_id = organisation_id
        self.name = name
        self.pro = pro
        self.vat_number = vat_number
        self.vat_free = vat_free
        self.unknowns = unknowns
        self.contacts: dict[str, Contact] = {}
        self.invoices: dict[str, Invoice] = {}
        self.credit_notes: dict[str, CreditNote] = {}
        self.accounts = standard_accounts()
        self.deposits = standard_deposits()
        self.default_account = 1000
        self.entries: list[Entry] = []
        self._now = now
        self._lagging_lists = lagging_lists
        self._versions = itertools.count(_FIRST_VERSION)
        self._numbers: set[int] = set()
        self.next_number = 1
        self.periods = Periods(self.today().year)

    def now(self) -> datetime:
        """Time of the books, in UTC."""
        return self._now()

    def list_horizon(self) -> datetime | None:
        """Say how old an object must be to be in lists (its creation, UTC); None where lists are up to date."""
        return self._now() - self.unknowns.list_lag if self._lagging_lists else None

    def today(self) -> date:
        """Today in Denmark."""
        return self._now().astimezone(_ZONE).date()

    def vat_rate(self, vat_code: str) -> Decimal:
        """Rate of a VAT code as a share; 0 for ``none`` and for an organisation without VAT."""
        return Decimal(0) if self.vat_free or vat_code not in VAT_TYPES else VAT_TYPES[vat_code][1]

    def _touch(self, document: Document) -> None:
        document.previous_timestamp = document.timestamp
        document.timestamp = f"{next(self._versions):016X}"
        document.updated_at = self._now()

    # Contacts

    def add_contact(self, contact: Contact) -> None:
        """Keep a new contact."""
        known = self.contacts.get(contact.guid)
        if known is not None and not (known.deleted_at and self.unknowns.reuse_deleted_guids):
            raise errors.contact_guid_taken()
        contact.created_at = contact.updated_at = self._now()
        self.contacts[contact.guid] = contact

    def contact(self, guid: str, *, writing: bool = False) -> Contact:
        """Find a contact; a deleted one may be read but not written."""
        contact = self.contacts.get(guid)
        if contact is None:
            raise errors.contact_unknown()
        if writing and contact.deleted_at is not None:
            raise errors.deleted("Contact", "contact")
        return contact

    def replace_contact(self, contact: Contact) -> None:
        """Put a contact in place of the one with its Guid."""
        known = self.contact(contact.guid, writing=True)
        contact.created_at, contact.updated_at = known.created_at, self._now()
        self.contacts[contact.guid] = contact

    def delete_contact(self, guid: str) -> None:
        """Delete a contact; documents keep pointing to it."""
        contact = self.contact(guid, writing=True)
        contact.deleted_at = contact.updated_at = self._now()

    def restore_contact(self, guid: str) -> None:
        """Bring a deleted contact back."""
        contact = self.contact(guid)
        contact.deleted_at, contact.updated_at = None, self._now()

    # Documents

    def add_document(self, document: Invoice | CreditNote) -> None:
        """Keep a new draft."""
        shelf: dict[str, Invoice] | dict[str, CreditNote]
        shelf = self.invoices if isinstance(document, Invoice) else self.credit_notes
        known = shelf.get(document.guid)
        if known is not None and not (known.deleted_at and self.unknowns.reuse_deleted_guids):
            raise errors.duplicated(document.guid)
        self._keep(document)
        document.created_at = document.updated_at

    def _keep(self, document: Invoice | CreditNote) -> None:
        self._touch(document)
        if isinstance(document, Invoice):
            self.invoices[document.guid] = document
        else:
            self.credit_notes[document.guid] = document

    def replace_document(self, known: Document, document: Invoice | CreditNote) -> None:
        """Put a draft in place of another one."""
        self.demand_draft(known)
        document.timestamp, document.created_at = known.timestamp, known.created_at
        self._keep(document)

    def delete_document(self, document: Document) -> None:
        """Delete a draft."""
        self.demand_draft(document)
        self._touch(document)
        document.deleted_at = document.updated_at

    @staticmethod
    def demand_draft(document: Document) -> None:
        """Refuse what only drafts allow. The code for it is a guess; that it is a 400 is known."""
        if document.booked:
            raise errors.invalid({"Status": "The voucher is already booked."})

    @staticmethod
    def demand_booked(document: Document) -> None:
        """Refuse what only booked documents allow."""
        if not document.booked:
            raise errors.invalid({"Status": "The voucher is not booked."})

    def book(self, document: Invoice | CreditNote, number: int | None = None) -> None:
        """Book a draft under the next number, or under ``number`` where it is free."""
        self.demand_draft(document)
        if document.contact_guid is None:
            raise errors.invalid({"ContactGuid": "A contact is required to book."})
        contact = self.contacts.get(document.contact_guid)
        if contact is None or contact.deleted_at is not None:
            raise errors.invalid_contact(document.contact_guid)
        if number is not None and (number < 1 or number in self._numbers):
            raise errors.invalid({"Number": f"The number {number} cannot be used."})
        credited = self._credited(document)
        self.periods.demand_open("Date", document.date, new_year=True)
        if self.unknowns.refuse_future_dates and document.date > self.today():
            raise errors.invalid({"Date": "The date is in the future."})
        document.number = self.next_number if number is None else number
        self._numbers.add(document.number)
        self.next_number = max(self.next_number, document.number + 1)
        self._touch(document)
        self.entries += document_entries(document, self.accounts, self._now())
        if credited is not None:
            self._offset(document, credited)

    def _credited(self, document: Document) -> Invoice | None:
        if not isinstance(document, CreditNote) or document.credit_note_for is None:
            return None
        invoice = self.invoices[document.credit_note_for]
        if not invoice.booked:
            raise errors.invalid({"CreditNoteFor": "The invoice is not booked."})
        return invoice

    def _offset(self, note: Document, invoice: Invoice) -> None:
        for document, other in ((note, invoice), (invoice, note)):
            document.offsets.append(
                Payment(
                    guid=str(uuid4()),
                    amount=note.totals.gross,
                    settled=note.totals.gross,
                    date=note.date,
                    description=other.description,
                    deposit_account=None,
                    exchange_rate=note.exchange_rate,
                    related_voucher=other.guid,
                )
            )
        self._touch(invoice)

    def generate_credit_note(self, invoice: Invoice) -> CreditNote:
        """Draft a credit note over the whole of a booked invoice, which gets a new version by it."""
        self.demand_booked(invoice)
        note = CreditNote(
            guid=str(uuid4()),
            date=self.today(),
            lines=[replace(line) for line in invoice.lines],
            totals=invoice.totals,
            contact_guid=invoice.contact_guid,
            contact_name=invoice.contact_name,
            currency=invoice.currency,
            exchange_rate=invoice.exchange_rate,
            language=invoice.language,
            description="Kreditnota" if invoice.language == "da-DK" else "Credit note",
            address=invoice.address,
            show_lines_incl_vat=invoice.show_lines_incl_vat,
            credit_note_for=invoice.guid,
        )
        self.add_document(note)
        self._touch(invoice)
        return note

    # Payments

    def pay(
        self,
        document: Invoice | CreditNote,
        *,
        amount: int,
        deposit_account: int,
        paid_on: date | None = None,
        description: str = "Betaling",
        external_reference: str | None = None,
        foreign: int | None = None,
        remainder_is_fee: bool = False,
    ) -> Payment:
        """Register ``amount`` (øre) on a deposit account; ``foreign`` is it in 1/100 of the document's currency."""
        self.demand_booked(document)
        paid_on = paid_on or self.today()
        if deposit_account not in self.deposits:
            raise errors.invalid(
                {"DepositAccountNumber": f"Deposit account {deposit_account} does not exist."}
            )
        settled, rate = amount, Decimal(100)
        if document.currency != "DKK":
            if not foreign or (foreign > 0) != (amount > 0):
                raise errors.invalid(
                    {"AmountInForeignCurrency": "Required when the voucher is in foreign currency."}
                )
            settled, rate = foreign, Decimal(amount) / foreign * 100
        self.periods.demand_open("PaymentDate", paid_on)
        fee = self._fee(document, settled, rate) if remainder_is_fee else 0
        payment = Payment(
            guid=str(uuid4()),
            amount=amount,
            settled=document.remaining if fee else settled,
            date=paid_on,
            description=description,
            deposit_account=deposit_account,
            external_reference=external_reference,
            fee=fee,
            exchange_rate=rate,
        )
        document.payments.append(payment)
        self._touch(document)
        self.entries += payment_entries(document, payment, self.account_name, self._now())
        return payment

    @staticmethod
    def _fee(document: Document, settled: int, rate: Decimal) -> int:
        remainder = document.remaining - settled
        if remainder < 0:
            raise errors.invalid({"RemainderIsFee": "There is no remainder."})
        return half_up(remainder * rate / 100)

    def remove_payment(self, document: Invoice | CreditNote, guid: str) -> None:
        """Take a payment back; offsets by other documents stay."""
        payment = next((known for known in document.payments if known.guid == guid), None)
        if payment is None:
            raise errors.no_results("Payment")
        document.payments.remove(payment)
        self._touch(document)
        self.entries += payment_entries(document, payment, self.account_name, self._now(), sign=-1)

    def account_name(self, number: int) -> str:
        """Name of an entry or deposit account."""
        account = self.accounts.get(number) or self.deposits[number]
        return account.name
