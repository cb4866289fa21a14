"""Who is who in the books: ids and references that are computed, never stored.

The same order gives the same ids on every machine, after every restart and for every resource on the same shop: that is
what makes a repeat harmless. Never change this: a test pins examples.
"""

from __future__ import annotations

import unicodedata
from uuid import NAMESPACE_URL, UUID, uuid5

NAMESPACE = uuid5(NAMESPACE_URL, "https://shoporama.dk/dinero-operator")


def invoice_guid(organisation: int, order_id: int) -> UUID:
    """Guid of the invoice of an order in an organisation's books."""
    return _guid(organisation, "invoice", str(order_id))


def contact_guid(organisation: int, email: str) -> UUID:
    """Guid of the contact that we make for an e-mail address. Raises ``ValueError`` where it is no address."""
    return _guid(organisation, "contact", email_key(email))


def creditnote_guid(organisation: int, reference: str) -> UUID:
    """Guid of the credit note with this credit reference."""
    return _guid(organisation, "creditnote", reference)


def invoice_reference(order_id: int) -> str:
    """``ExternalReference`` of an order's invoice."""
    return f"shoporama:{order_id}"


def payment_reference(order_id: int) -> str:
    """``ExternalReference`` of the payment that we register on an order's invoice."""
    return f"{invoice_reference(order_id)}:payment"


def credit_reference(order_id: int, number: int) -> str:
    """``ExternalReference`` of an order's credit note, the first of which has number 1."""
    return f"{invoice_reference(order_id)}:credit:{number}"


def refund_reference(reference: str) -> str:
    """``ExternalReference`` of the refund that belongs to the credit note with this reference."""
    return f"{reference}:refund"


def credit_of(reference: str) -> tuple[int, int] | None:
    """The order, and the number of the credit note, that a reference names; ``None`` where it is not one of ours."""
    invoice, _, digits = reference.lower().rpartition(":credit:")
    order_id = order_id_of(invoice)
    is_number = digits.isascii() and digits.isdecimal()
    return (order_id, int(digits)) if order_id is not None and is_number else None


def order_id_of(reference: str) -> int | None:
    """The order that an invoice's ``ExternalReference`` names, or ``None`` where it is not one of ours."""
    prefix, _, digits = reference.partition(":")
    return int(digits) if prefix.lower() == "shoporama" and digits.isascii() and digits.isdecimal() else None


def email_key(email: str) -> str:
    """Normalise an e-mail address into the key of a contact.

    Trimmed, NFC, lower-cased, the domain in its ASCII form. Raises ``ValueError`` where the text is no address.
    """
    address = unicodedata.normalize("NFC", email.strip()).lower()
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or any(character.isspace() for character in address):
        raise ValueError("is no e-mail address")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
        local.encode()  # half of a surrogate pair has no bytes, and so no Guid
    except UnicodeError:
        raise ValueError("is no e-mail address") from None
    return f"{local}@{ascii_domain}"


def _guid(organisation: int, kind: str, key: str) -> UUID:
    return uuid5(NAMESPACE, f"{organisation}/{kind}/{key}")
