import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinero_operator.domain.duration import DURATION_PATTERN, MAX_LENGTH, parse_duration

UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("1h", 3600),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("30m1h", 5400),
        ("1m1m", 120),
        ("250ms", 0.25),
        ("0s", 0),
        ("59.9999999999999999s", 59.999999999),  # an API server cuts below a nanosecond: this is no minute
        ("2562047h", 2562047 * 3600),
    ],
)
def test_reads_what_an_api_server_reads(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "m",
        "5 m",
        "-5m",
        "+5m",
        "5m ",
        "5m\n",
        "1,5h",
        ".5h",
        "5.h",
        "5d",
        "5us",
        "5M",
        "1e3s",
        "٥m",
        "1m" * 17,
    ],
)
def test_refuses_other_text_with_a_remedy(text: str) -> None:
    with pytest.raises(ValueError, match="such as 90s, 5m or 1h30m"):
        parse_duration(text)


def test_refuses_more_than_an_api_server_can_hold() -> None:
    with pytest.raises(ValueError, match="shorter"):
        parse_duration("2562048h")


def test_never_repeats_what_was_given() -> None:
    with pytest.raises(ValueError, match="give") as caught:
        parse_duration("hunter2")
    assert "hunter2" not in str(caught.value)


@given(st.lists(st.tuples(st.integers(0, 99999), st.sampled_from(sorted(UNITS))), min_size=1, max_size=4))
def test_sums_its_parts(parts: list[tuple[int, str]]) -> None:
    text = "".join(f"{number}{unit}" for number, unit in parts)
    expected = sum(number * UNITS[unit] for number, unit in parts)
    assert parse_duration(text) == pytest.approx(expected)


@given(st.from_regex(re.compile(DURATION_PATTERN, re.ASCII)).map(str.strip))
def test_accepts_every_text_of_the_schema_that_is_not_too_long(text: str) -> None:
    if len(text) > MAX_LENGTH:
        with pytest.raises(ValueError, match="give"):
            parse_duration(text)
        return
    try:
        assert parse_duration(text) >= 0
    except ValueError as error:
        assert "shorter" in str(error)  # noqa: PT017 - the one lawful refusal


@given(st.text(alphabet="0123456789.msh\n -", max_size=12))
def test_agrees_with_the_schema_about_form(text: str) -> None:
    lawful = re.search(DURATION_PATTERN, text, re.ASCII) is not None and not text.endswith("\n")
    try:
        parse_duration(text)
        read = True
    except ValueError as error:
        read = "shorter" in str(error)
    assert read == lawful
