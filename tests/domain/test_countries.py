import pytest

from dinero_operator.domain.countries import EU, iso_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DK", "DK"),
        ("dk", "DK"),
        (" se ", "SE"),
        ("Danmark", "DK"),
        ("DENMARK", "DK"),
        ("danmark ", "DK"),
        ("Tyskland", "DE"),
        ("Germany", "DE"),
        ("Deutschland", "DE"),
        ("Østrig", "AT"),
        ("østrig", "AT"),
        ("Grækenland", "GR"),
        ("EL", "GR"),
        ("UK", "GB"),
        ("Storbritannien", "GB"),
        ("USA", "US"),
        ("United States of America", "US"),
        ("Hong Kong", "HK"),
        ("Bosnien-Hercegovina", "BA"),
        ("Holland", "NL"),
        ("The Netherlands", "NL"),
        ("Norge", "NO"),
        ("Island", "IS"),
        ("Færøerne", "FO"),
        ("Faroe Islands", "FO"),
        ("Grønland", "GL"),
        ("Åland", "AX"),
        ("A\N{COMBINING RING ABOVE}land", "AX"),
    ],
)
def test_codes_and_danish_and_english_names(text: str, code: str) -> None:
    assert iso_code(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "45",
        "DNK",
        "XX",
        "XI",
        "Northern Ireland",
        "Nordirland",
        "De Kanariske Øer",
        "Atlantis",
        "x" * 10**6,
    ],
)
def test_what_is_no_country_is_unknown(text: str) -> None:
    assert iso_code(text) == ""


def test_the_union_has_27_members_and_no_territories() -> None:
    assert len(EU) == 27
    assert EU.isdisjoint({"GB", "GL", "FO", "AX", "NO", "CH", "GP", "RE", "MC"})
    assert {iso_code(code) for code in EU} == EU
