"""VAT (moms) by destination class: which rate a document must show, whoever computed it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from dinero_operator.domain.destination import Destination

DANISH_VAT = Decimal("0.25")
"""Rate of VAT in Denmark, on the amount without VAT (ML § 33)."""
NO_VAT = Decimal(0)

RATES = {
    Destination.DOMESTIC: DANISH_VAT,
    Destination.EU_BUSINESS: NO_VAT,
    # Below the EU's threshold of EUR 10,000 a year, and without OSS: Dinero knows no other country's VAT.
    Destination.EU_CONSUMER: DANISH_VAT,
    Destination.EXPORT: NO_VAT,
}
"""What the revenue accounts of each class must come to."""


def vat_within(total: int, rate: Decimal = DANISH_VAT) -> int:
    """Øre of VAT within a gross total, rounded half up; of Danish VAT, a fifth of it."""
    return int((total * rate / (1 + rate)).to_integral_value(rounding=ROUND_HALF_UP))
