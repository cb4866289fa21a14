"""Countries by whatever a shop calls them, and which of them are the European Union's."""

from __future__ import annotations

import unicodedata

from dinero_operator.domain.country_names import TABLE

EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
"""Member states, by ISO 3166-1 alpha-2, as of 2026: 27 since the United Kingdom (``GB``) left on 31 January 2020.

It is a list of states, not the EU's VAT area. Parts of a state with an ISO code of their own lie outside the VAT area and are
not in it: Greenland (``GL``), the Faroe Islands (``FO``), Åland (``AX``), and France overseas (``GP``, ``MQ``, ``RE`` …).
Northern Ireland belongs to the VAT area for goods under the VAT prefix ``XI``, which is no country code: it is not known here,
so that such an order is held rather than booked as British or as Irish.
"""

_OTHER_CODES = {"UK": "GB", "EL": "GR"}
"""What VAT numbers and people write in place of the ISO code."""


def iso_code(text: str) -> str:
    """The ISO 3166-1 alpha-2 code of a country (``XK`` for Kosovo), or ``""`` where it is not known.

    Takes the code itself, or a Danish or English name, in any case, with or without spaces and punctuation.
    """
    word = text.strip().upper()
    word = _OTHER_CODES.get(word, word)
    if word in _CODES:
        return word
    return _BY_NAME.get(_key(text), "")


def _key(name: str) -> str:
    """A name as it is compared: letters only, composed, case folded."""
    composed = unicodedata.normalize("NFC", name[:200]).casefold()
    return "".join(letter for letter in composed if letter.isalpha())


def _read(table: str) -> dict[str, list[str]]:
    lines = (line.partition(" ") for line in table.strip().splitlines())
    return {code: names.split(" | ") for code, _, names in lines}


_NAMES = _read(TABLE)
_CODES = frozenset(_NAMES)
_BY_NAME = {_key(name): code for code, names in _NAMES.items() for name in names}
