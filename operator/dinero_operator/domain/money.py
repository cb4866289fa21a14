"""Money in øre: whole hundredths of a currency's unit, as ``int``. Kroner appear on the wire only, as ``Decimal``."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

ORE_PER_KRONE = 100
MAX_ORE = 10**13
"""Nobody's order: a hundred billion kroner. A larger figure is a mistake in the data, not money."""

_ORE = Decimal("0.01")


def ore(kroner: Decimal | int | str) -> int:
    """Turn kroner into øre, exactly.

    Raises ``ValueError`` where the text is no finite number, is finer than an øre, or is absurdly large: rounding
    somebody's money in silence is no option.
    """
    if isinstance(kroner, bool):
        raise ValueError("is no amount")  # noqa: TRY004 - one error for every unusable amount
    try:
        amount = Decimal(kroner.strip()) if isinstance(kroner, str) else Decimal(kroner)
    except InvalidOperation:
        raise ValueError("is no amount") from None
    # Compared before anything is computed: arithmetic on absurd exponents raises errors of its own.
    if not amount.is_finite() or abs(amount) > MAX_ORE // ORE_PER_KRONE:
        raise ValueError("is no amount")
    whole = amount.quantize(_ORE)
    if amount != whole:
        raise ValueError("is finer than an øre")
    return int(whole * ORE_PER_KRONE)


def kroner(amount: int) -> Decimal:
    """Turn øre into kroner with exactly two decimals."""
    return Decimal(amount).scaleb(-2)


def text(amount: int, currency: str = "DKK") -> str:
    """Write øre for people: ``1234567`` as ``12345.67 DKK``."""
    return f"{kroner(amount):.2f} {currency}"


def times(quantity: Decimal, unit_price: int) -> int:
    """Quantity times unit price (øre), rounded half up to the øre, away from zero where negative."""
    return int((quantity * unit_price).to_integral_value(rounding=ROUND_HALF_UP))
