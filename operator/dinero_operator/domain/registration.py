"""Registration numbers of buyers, checked by their own check digits and written in one form.

A wrong number is left out rather than sent: Dinero refuses a contact with an invalid CVR number, and a stray space or
prefix makes a second contact.
"""

from __future__ import annotations

CVR_WEIGHTS = (2, 7, 6, 5, 4, 3, 2, 1)
CVR_MODULUS = 11
EAN_LENGTH = 13


def cvr_number(text: str) -> str:
    """The eight digits of a Danish CVR number, or an empty text where it is none (weights 2,7,6,5,4,3,2,1 modulo 11)."""
    digits = _digits(text.strip().upper().removeprefix("DK"))
    if len(digits) != len(CVR_WEIGHTS) or digits.startswith("0"):
        return ""
    checksum = sum(weight * int(digit) for weight, digit in zip(CVR_WEIGHTS, digits, strict=True))
    return digits if checksum % CVR_MODULUS == 0 else ""


def ean_number(text: str) -> str:
    """The thirteen digits of an EAN/GLN location number, or an empty text where it is none (GS1 check digit)."""
    digits = _digits(text)
    if len(digits) != EAN_LENGTH:
        return ""
    checksum = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return digits if checksum % 10 == 0 else ""


def _digits(text: str) -> str:
    compact = "".join(character for character in text if character not in " .-")
    return compact if compact.isascii() and compact.isdecimal() else ""
