"""What an invoice says of its destination class: its heading, and why it bears no VAT.

The heading tells the class in Dinero's list of invoices too, from which sales are summed up again after a restart.
"""

from __future__ import annotations

from dinero_operator.domain.destination import Destination, destination_of
from dinero_operator.domain.order import Order
from dinero_operator.domain.registration import cvr_number, eu_vat_number

_TITLES = {
    Destination.DOMESTIC: "Faktura",
    Destination.EU_BUSINESS: "Faktura - EU-salg uden moms",
    Destination.EU_CONSUMER: "Faktura - EU-salg med dansk moms",
    Destination.EXPORT: "Faktura - eksport",
}
"""The document's heading (``Description``). Never change those that are in use: booked invoices bear them."""
_EXEMPTIONS = {
    Destination.EU_BUSINESS: "Momsfri EU-leverance, omvendt betalingspligt (VAT exempt intra-Community supply, reverse charge, "
    "article 138 of Directive 2006/112/EC).",
    Destination.EXPORT: "Momsfri eksport (VAT exempt export, article 146 of Directive 2006/112/EC).",
}
"""What an invoice without VAT must say (momsbekendtgørelsen § 58; Directive 2006/112/EC article 226, point 11)."""
_BUYERS_NUMBER = "Købers momsnr. (VAT no.): {number}"


def title_of(destination: Destination) -> str:
    """The heading of an invoice."""
    return _TITLES[destination]


def is_eu_consumer(title: str) -> bool:
    """Say whether an invoice with this heading is a sale to a consumer in another EU country."""
    return title == _TITLES[Destination.EU_CONSUMER]


def comment_on(order: Order, destination: Destination, opening: str) -> str:
    """The free text of an invoice: the order's number, and where there is no VAT, why; for a business, its number."""
    rows = [opening]
    if destination in _EXEMPTIONS:
        rows.append(_EXEMPTIONS[destination])
    if destination is Destination.EU_BUSINESS:
        # On the invoice itself: a contact that exists already is used as it is.
        rows.append(_BUYERS_NUMBER.format(number=buyers_number(order)))
    return "\n".join(rows)


def buyers_number(order: Order) -> str:
    """The number for the contact: CVR number in Denmark, VAT number in the rest of the EU; empty where none is valid.

    A buyer is registered where it is at home, or, buying as a business in another member state, where the goods go.
    """
    home, away = order.billing.country or order.delivery.country, order.delivery.country
    if destination_of(order) is Destination.EU_BUSINESS:
        return eu_vat_number(order.vat_number, away)
    return eu_vat_number(order.vat_number, home) or (cvr_number(order.vat_number) if not home else "")
