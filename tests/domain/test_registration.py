import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinero_operator.domain.countries import EU
from dinero_operator.domain.registration import cvr_number, ean_number, eu_vat_number

CVR = "12345674"
EAN = "5790000000005"


@pytest.mark.parametrize(
    "text",
    [
        CVR,
        " 12345674 ",
        "DK12345674",
        "dk 12 34 56 74",
        "12-34-56-74",
        "DK-12.34.56.74",
        "CVR-nr. 12345674",
        "cvr: DK12345674",
    ],
)
def test_a_cvr_number_has_one_form(text: str) -> None:
    assert cvr_number(text) == CVR


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DK",
        "12345678",
        "1234567",
        "123456740",
        "02345674",
        "SE556012579001",
        "1234567A",
        "١٢٣٤٥٦٧٤",
        "00000000",
    ],
)
def test_what_is_no_cvr_number_is_left_out(text: str) -> None:
    assert cvr_number(text) == ""


@pytest.mark.parametrize("text", [EAN, " 5790000000005", "5790 0000 0000 5", "579-0000000005"])
def test_an_ean_number_has_one_form(text: str) -> None:
    assert ean_number(text) == EAN


@pytest.mark.parametrize("text", ["", "5790000000006", "579000000000", "05790000000005", "579000000000X"])
def test_what_is_no_ean_number_is_left_out(text: str) -> None:
    assert ean_number(text) == ""


@given(st.integers(0, 7), st.integers(1, 9))
def test_one_wrong_digit_is_found_in_a_cvr_number(position: int, step: int) -> None:
    assert cvr_number(with_other_digit(CVR, position, step)) == ""


@given(st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_found_in_an_ean_number(position: int, step: int) -> None:
    assert ean_number(with_other_digit(EAN, position, step)) == ""


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("DE999999903", "DE", "DE999999903"),
        ("de 999.999-903", "DE", "DE999999903"),
        ("999999903", "DE", "DE999999903"),
        ("EL094014201", "GR", "EL094014201"),
        ("GR094014201", "GR", "EL094014201"),
        ("094014201", "GR", "EL094014201"),
        ("SE556188840401", "SE", "SE556188840401"),
        ("ATU13585627", "AT", "ATU13585627"),
        ("FR40303265045", "FR", "FR40303265045"),
        ("40 303 265 045", "FR", "FR40303265045"),
        ("ESB58378431", "ES", "ESB58378431"),
        ("BE0428759497", "BE", "BE0428759497"),
        ("NL004495445B01", "NL", "NL004495445B01"),
        ("DK12345674", "DK", "12345674"),
        # another country's number, a wrong one, none
        ("DE999999903", "SE", ""),
        ("SE556188840401", "DE", ""),
        ("DE999999904", "DE", ""),
        ("DE12", "DE", ""),
        ("", "DE", ""),
        ("DE", "DE", ""),
        ("n/a", "DE", ""),
        ("DE" + "9" * 50, "DE", ""),
        ("DE٩٩٩٩٩٩٩٠٣", "DE", ""),
        ("GB980780684", "GB", ""),
        ("974761076", "NO", ""),
    ],
)
def test_a_vat_number_has_one_form_and_one_country(text: str, country: str, number: str) -> None:
    assert eu_vat_number(text, country) == number


@pytest.mark.parametrize("country", sorted(EU))
@given(text=st.text(max_size=20))
def test_any_text_is_a_number_or_none(country: str, text: str) -> None:
    number = eu_vat_number(text, country)
    assert eu_vat_number(number, country) == number


def with_other_digit(number: str, position: int, step: int) -> str:
    other = (int(number[position]) + step) % 10
    return f"{number[:position]}{other}{number[position + 1 :]}"
