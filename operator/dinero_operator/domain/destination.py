"""Destination classes: where the goods go decides the revenue accounts, and with them the VAT.

VAT follows the country of delivery (Shoporama's guide to e-conomic; ML § 14). Greenland and the Faroe Islands have country
codes of their own and lie outside the Danish VAT area, so they are no domestic sale.
"""

from __future__ import annotations

from enum import StrEnum

from dinero_operator.domain.countries import EU
from dinero_operator.domain.order import Order


class Destination(StrEnum):
    """A class of deliveries with revenue accounts of its own; the names are those of ``spec.sales``."""

    DOMESTIC = "domestic"
    EU_BUSINESS = "euBusiness"
    EU_CONSUMER = "euConsumer"
    EXPORT = "export"


SUPPORTED = frozenset({Destination.DOMESTIC})
"""Classes whose VAT is fully checked. The others are held."""


def destination_of(order: Order) -> Destination | None:
    """The class of an order, or ``None`` where its country cannot be told."""
    country = order.delivery.country
    if not country:
        return None
    if country == "DK":
        return Destination.DOMESTIC
    if country in EU:
        return Destination.EU_BUSINESS if order.vat_number else Destination.EU_CONSUMER
    return Destination.EXPORT
