"""Registration numbers of buyers, checked offline and written in one form.

A wrong number is left out rather than sent: Dinero refuses a contact with an invalid CVR number, and a stray space or
prefix makes a second contact. Formats and check digits are those of python-stdnum; whether a number is registered is
known only to the register itself.
"""

from __future__ import annotations

from stdnum import ean, get_cc_module
from stdnum.dk import cvr
from stdnum.exceptions import ValidationError

from dinero_operator.domain.countries import EU

EAN_LENGTH = 13
LONGEST = 40
"""Characters of a text that can be a number at all; no longer one is looked at."""
_PREFIXES = {"GR": "EL"}
"""VAT prefixes that are not the country's ISO code (Directive 2006/112/EC article 215)."""


def cvr_number(text: str) -> str:
    """The eight digits of a Danish CVR number, or an empty text where it is none."""
    # "CVR-nr. 12 34 56 74" and "CVR: 12345674" are what people write.
    digits = _compact(text).removeprefix("CVR").removeprefix("NR").removeprefix("DK")
    if not digits.isdecimal():
        return ""
    try:
        return cvr.validate(digits)
    except ValidationError:
        return ""


def ean_number(text: str) -> str:
    """The thirteen digits of an EAN/GLN location number, or an empty text where it is none."""
    digits = _compact(text)
    if len(digits) != EAN_LENGTH or not digits.isdecimal():
        return ""
    try:
        return ean.validate(digits)
    except ValidationError:
        return ""


def eu_vat_number(text: str, country: str) -> str:
    """A VAT number of one member state (ISO code) with its prefix, or an empty text where it is none.

    The prefix may be left out, and Greece's may be ``GR``; another country's number is no number here. A Danish one is
    written as Dinero has it: the CVR number alone.
    """
    if country == "DK":
        return cvr_number(text)
    if country not in EU:
        return ""
    number = _compact(text)
    prefix = _PREFIXES.get(country, country)
    bare = number.removeprefix(country) if number.startswith(country) else number.removeprefix(prefix)
    module = get_cc_module(country.lower(), "vat")
    assert module is not None, f"python-stdnum knows the VAT numbers of {country}"
    # A bare Spanish or French number may begin with letters that look like a prefix: both readings are tried.
    for candidate in dict.fromkeys((bare, number)):
        try:
            valid = str(module.validate(candidate))
        except ValidationError:
            continue
        return prefix + valid.removeprefix(country).removeprefix(prefix)
    return ""


def _compact(text: str) -> str:
    """Capitals without blanks and punctuation; empty where there are other than ASCII letters and digits."""
    if len(text) > LONGEST:
        return ""
    compact = "".join(character for character in text.upper() if character not in " .:-/\t\u00a0")
    return compact if compact.isascii() and compact.isalnum() else ""
