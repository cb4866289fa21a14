"""The books of one organisation as tests and the sandbox see them, with what a human does in Dinero by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from dinero_operator.sandbox.dinero.ledger import DEFAULT_DAYS, Ledger
from dinero_operator.sandbox.dinero.models import Contact, CreditNote, Invoice, Line, Payment, Totals
from dinero_operator.sandbox.dinero.totals import calculate


class Books(Ledger):
    """A ledger with a human at the screen. Actions follow the API's rules, but need no timestamp and no token."""

    def add_contact_by_hand(
        self, name: str, *, email: str | None = None, is_person: bool = True, guid: str | None = None
    ) -> Contact:
        """Type in a contact."""
        contact = Contact(guid=guid or str(uuid4()), name=name, email=email, is_person=is_person)
        self.add_contact(contact)
        return contact

    def add_invoice_by_hand(
        self,
        contact_guid: str,
        amount: Decimal,
        *,
        day: date | None = None,
        account: int | None = None,
        booked: bool = True,
        external_reference: str | None = None,
    ) -> Invoice:
        """Type in an invoice of one line, ``amount`` kroner with VAT, and book it unless it is to stay a draft."""
        number = self.default_account if account is None else account
        chosen = self.accounts[number]
        day = day or self.today()
        contact = self.contact(contact_guid, writing=True)
        invoice = Invoice(
            guid=str(uuid4()),
            date=day,
            due_date=day + timedelta(days=DEFAULT_DAYS),
            lines=[
                Line(
                    description="Salg",
                    unit="parts",
                    base_amount=amount,
                    account_number=number,
                    account_name=chosen.name,
                    vat_code=chosen.vat_code,
                    vat_rate=self.vat_rate(chosen.vat_code),
                )
            ],
            totals=Totals(),
            contact_guid=contact.guid,
            contact_name=contact.name,
            description="Faktura",
            show_lines_incl_vat=True,
            external_reference=external_reference,
        )
        calculate(invoice)
        self.add_document(invoice)
        if booked:
            self.book(invoice)
        return invoice

    def delete_draft(self, guid: str) -> None:
        """Delete a draft of an invoice or credit note."""
        self.delete_document(self._present(guid))

    def book_by_hand(self, guid: str) -> int:
        """Book a draft, and tell its number."""
        document = self._present(guid)
        self.book(document)
        assert document.number is not None
        return document.number

    def pay_by_hand(
        self, guid: str, amount_ore: int, deposit_account: int, paid_on: date | None = None
    ) -> Payment:
        """Enter a payment, without any reference."""
        return self.pay(
            self._present(guid), amount=amount_ore, deposit_account=deposit_account, paid_on=paid_on
        )

    def delete_payment_by_hand(self, guid: str, payment_guid: str) -> None:
        """Take a payment back."""
        self.remove_payment(self._present(guid), payment_guid)

    def edit_draft_line_price(self, guid: str, line: int, price: Decimal) -> None:
        """Change the unit price (kroner) of one line of a draft, counting from 0."""
        document = self._present(guid)
        self.demand_draft(document)
        document.lines[line].base_amount = price
        calculate(document)
        self._touch(document)

    def _present(self, guid: str) -> Invoice | CreditNote:
        document = self.invoices.get(guid) or self.credit_notes[guid]
        if document.deleted_at is not None:
            raise KeyError(f"{guid} is deleted")
        return document
