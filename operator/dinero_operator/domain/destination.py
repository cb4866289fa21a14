"""Destination classes: where the goods go decides the revenue accounts, and with them the VAT.

VAT follows the country of delivery (Shoporama's guide to e-conomic; ML § 14). Places that lie outside the VAT area of the
country that they are written under belong to no class: see ``territories``.
"""

from __future__ import annotations

from enum import StrEnum

from dinero_operator.domain.countries import EU
from dinero_operator.domain.order import Order
from dinero_operator.domain.territories import territory_of


class Destination(StrEnum):
    """A class of deliveries with revenue accounts of its own; the names are those of ``spec.sales``."""

    DOMESTIC = "domestic"
    EU_BUSINESS = "euBusiness"
    EU_CONSUMER = "euConsumer"
    EXPORT = "export"


def destination_of(order: Order) -> Destination | None:
    """The class of an order, or ``None`` where its country cannot be told or is a special territory."""
    place = order.delivery
    if not place.country or territory_of(place) is not None:
        return None
    if place.country == "DK":
        return Destination.DOMESTIC
    if place.country in EU:
        return Destination.EU_BUSINESS if is_business(order) else Destination.EU_CONSUMER
    return Destination.EXPORT


def is_business(order: Order) -> bool:
    """Whether the buyer calls itself a business: by a company's name or a registration number, right or wrong."""
    return bool(order.billing.company or order.vat_number or order.ean)
