import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinero_operator.domain.registration import cvr_number, ean_number

CVR = "12345674"
EAN = "5790000000005"


@pytest.mark.parametrize(
    "text", [CVR, " 12345674 ", "DK12345674", "dk 12 34 56 74", "12-34-56-74", "DK-12.34.56.74"]
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


def with_other_digit(number: str, position: int, step: int) -> str:
    other = (int(number[position]) + step) % 10
    return f"{number[:position]}{other}{number[position + 1 :]}"
