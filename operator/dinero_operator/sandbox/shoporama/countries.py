"""The platform's table of countries. The numbers are made up: real ones have not been seen."""

from __future__ import annotations

from typing import NamedTuple


class Country(NamedTuple):
    """A country as the shop knows it. ``country_id`` is Shoporama's own number, not one of ISO's."""

    country_id: int
    iso: str
    danish: str
    english: str


_TABLE = """
1 AU Australien Australia
4 BE Belgien Belgium
7 BR Brasilien Brazil
9 BG Bulgarien Bulgaria
12 CA Canada Canada
14 CY Cypern Cyprus
45 DK Danmark Denmark
46 EE Estland Estonia
48 FI Finland Finland
49 FR Frankrig France
50 FO Færøerne Faroe_Islands
52 GR Grækenland Greece
53 GL Grønland Greenland
54 NL Holland Netherlands
55 HK Hongkong Hong_Kong
56 IN Indien India
57 IE Irland Ireland
58 IS Island Iceland
59 IL Israel Israel
60 IT Italien Italy
61 JP Japan Japan
63 CN Kina China
64 HR Kroatien Croatia
66 LV Letland Latvia
67 LI Liechtenstein Liechtenstein
68 LT Litauen Lithuania
69 LU Luxembourg Luxembourg
71 MT Malta Malta
72 MX Mexico Mexico
73 MC Monaco Monaco
76 NZ New_Zealand New_Zealand
77 NO Norge Norway
79 PL Polen Poland
80 PT Portugal Portugal
82 RO Rumænien Romania
84 SM San_Marino San_Marino
85 CH Schweiz Switzerland
86 RS Serbien Serbia
87 SG Singapore Singapore
88 SK Slovakiet Slovakia
89 SI Slovenien Slovenia
90 ES Spanien Spain
91 GB Storbritannien United_Kingdom
92 SE Sverige Sweden
93 ZA Sydafrika South_Africa
94 KR Sydkorea South_Korea
95 TH Thailand Thailand
96 CZ Tjekkiet Czech_Republic
97 TR Tyrkiet Turkey
98 DE Tyskland Germany
99 UA Ukraine Ukraine
100 HU Ungarn Hungary
101 US USA United_States
103 VA Vatikanstaten Vatican_City
104 AT Østrig Austria
105 AX Åland Åland_Islands
"""


def _parse(row: str) -> Country:
    number, iso, danish, english = row.split()
    return Country(int(number), iso, danish.replace("_", " "), english.replace("_", " "))


COUNTRIES: dict[int, Country] = {
    country.country_id: country for country in map(_parse, _TABLE.strip().splitlines())
}
_BY_ISO = {country.iso: country for country in COUNTRIES.values()}
DENMARK = _BY_ISO["DK"].country_id


def country_id(iso: str) -> int:
    """The platform's number of a country, by its ISO code. Raises ``KeyError`` for one that is not in the table."""
    return _BY_ISO[iso].country_id
