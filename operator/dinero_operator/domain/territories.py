"""Places that an ISO code does not tell: where VAT or customs differ from those of the country they are written under.

Their orders are held: neither "domestic", "EU" nor "export" is right by itself. Sources: Directive 2006/112/EC article 6
(in a member state, but outside the VAT area), article 7 (treated as a part of another state) and the Windsor Framework
(Northern Ireland). The Directive names the places; their ISO codes and postcodes, and the neighbours marked ``KNOWN``, are
domain knowledge that no source of this project confirms: ask an accountant.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from dinero_operator.domain.order import Party


class Source(StrEnum):
    """Where it is written that a place is special."""

    ARTICLE_6 = "Directive 2006/112/EC article 6"
    ARTICLE_7 = "Directive 2006/112/EC article 7"
    FRAMEWORK = "Protocol on Ireland/Northern Ireland (Windsor Framework), article 8"
    KNOWN = "domain knowledge"


@dataclass(frozen=True, slots=True)
class Territory:
    """A place that is held. ``postcodes``: by country (ISO), a pattern that its postcodes begin with, blanks left out."""

    name: str
    source: Source
    codes: tuple[str, ...] = ()
    postcodes: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    """What shops write in place of a country, where no ISO code has that name."""


TERRITORIES = (
    Territory("Greenland", Source.KNOWN, ("GL",), (("DK", r"(GL)?39\d\d(?!\d)"),)),
    Territory("the Faroe Islands", Source.KNOWN, ("FO",), (("DK", r"(FO)\d|\d{3}(?!\d)"),)),
    Territory("Åland", Source.ARTICLE_6, ("AX",), (("FI", r"(AX)?22\d{3}(?!\d)"),)),
    Territory(
        "the Canary Islands",
        Source.ARTICLE_6,
        ("IC",),
        (("ES", r"3[58]\d{3}(?!\d)"),),
        ("ic", "canary islands", "canarias", "islas canarias", "kanariske øer", "de kanariske øer"),
    ),
    Territory(
        "Ceuta and Melilla",
        Source.ARTICLE_6,
        ("EA",),
        (("ES", r"5[12]\d{3}(?!\d)"),),
        ("ea", "ceuta", "melilla"),
    ),
    Territory(
        "Northern Ireland",
        Source.FRAMEWORK,
        ("XI",),
        (("GB", r"BT\d"),),
        ("xi", "northern ireland", "nordirland"),
    ),
    Territory(
        "the French overseas departments and territories",
        Source.ARTICLE_6,
        ("GP", "GF", "MQ", "RE", "YT", "MF"),
        (("FR", r"97\d{3}(?!\d)|98[6-8]\d\d(?!\d)"),),
    ),
    Territory("Saint Barthélemy and Saint Pierre", Source.KNOWN, ("BL", "PM")),
    Territory("Büsingen", Source.ARTICLE_6, (), (("DE", r"78266(?!\d)"), ("CH", r"8238(?!\d)"))),
    Territory("Heligoland", Source.ARTICLE_6, (), (("DE", r"27498(?!\d)"),)),
    Territory("Livigno", Source.ARTICLE_6, (), (("IT", r"23041(?!\d)"),)),
    Territory("Campione d'Italia", Source.ARTICLE_6, (), (("IT", r"22061(?!\d)"), ("CH", r"6911(?!\d)"))),
    Territory("Mount Athos", Source.ARTICLE_6, (), (("GR", r"6308[67](?!\d)"),)),
    Territory("Monaco", Source.ARTICLE_7, ("MC",), (("FR", r"980\d\d(?!\d)"),)),
    Territory("the Isle of Man", Source.ARTICLE_7, ("IM",), (("GB", r"IM\d"),)),
    Territory(
        "the British bases on Cyprus",
        Source.ARTICLE_7,
        (),
        (("GB", r"BFPO"), ("CY", r"BFPO")),
        ("akrotiri", "dhekelia", "akrotiri and dhekelia"),
    ),
    Territory(
        "the Channel Islands",
        Source.KNOWN,
        ("GG", "JE"),
        (("GB", r"(GY|JE)\d"),),
        ("channel islands", "kanaløerne"),
    ),
    Territory("Svalbard and Jan Mayen", Source.KNOWN, ("SJ",), (("NO", r"917\d(?!\d)|8099(?!\d)"),)),
    Territory("San Marino", Source.KNOWN, ("SM",), (("IT", r"4789\d(?!\d)"),)),
    Territory("the Vatican", Source.KNOWN, ("VA",), (("IT", r"00120(?!\d)"),)),
    Territory("Andorra", Source.KNOWN, ("AD",), (("ES", r"AD\d{3}(?!\d)"), ("FR", r"AD\d{3}(?!\d)"))),
    Territory("Gibraltar", Source.KNOWN, ("GI",), (("GB", r"GX11"), ("ES", r"GX11"))),
)

LONGEST_POSTCODE = 16
_BY_CODE = {code: territory for territory in TERRITORIES for code in territory.codes}
_BY_WORD = {word: territory for territory in TERRITORIES for word in territory.words}
_BY_POSTCODE: dict[str, list[tuple[re.Pattern[str], Territory]]] = {}
for _territory in TERRITORIES:
    for _country, _pattern in _territory.postcodes:
        _BY_POSTCODE.setdefault(_country, []).append((re.compile(_pattern), _territory))


def territory_of(place: Party) -> Territory | None:
    """The special territory that goods are sent to, by ISO code, by postcode, or by the shop's word for the country."""
    found = _BY_CODE.get(place.country)
    if found is not None:
        return found
    if not place.country:
        word = unicodedata.normalize("NFC", place.country_text[:64]).casefold().strip()
        return _BY_WORD.get(word)
    postcode = _postcode(place)
    # "D-27498": letters before the figures may be the old sign of the country.
    figures = postcode.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for pattern, territory in _BY_POSTCODE.get(place.country, ()):
        if pattern.match(postcode) or pattern.match(figures):
            return territory
    return None


def _postcode(place: Party) -> str:
    """Letters and digits of a postcode in capitals, without the country that may be written before it: "FI-22100"."""
    compact = "".join(letter for letter in place.zipcode[:LONGEST_POSTCODE].upper() if letter.isalnum())
    return compact.removeprefix(place.country)
