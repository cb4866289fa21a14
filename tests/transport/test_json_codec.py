"""JSON keeps money exact, both ways."""

import json
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinero_operator.transport.json_codec import json_dumps, json_loads


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.10"), "0.10"),
        (Decimal("12345678901.23"), "12345678901.23"),
        (Decimal("-0.01"), "-0.01"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        ({"a": [1, True, None, "x"], "b": ()}, '{"a":[1,true,null,"x"],"b":[]}'),
        ({}, "{}"),
        (MappingProxyType({"a": Decimal(1)}), '{"a":1}'),
        ('æ"\n\ud800', '"\\u00e6\\"\\n\\ud800"'),
        (10**30, "1" + "0" * 30),
    ],
)
def test_values_are_written_exactly(value: Any, text: str) -> None:
    assert json_dumps(value) == text


@pytest.mark.parametrize("value", [0.1, {"a": [1.0]}, date(2026, 1, 1), {1: "a"}, {1, 2}, b"x", object()])
def test_what_has_no_exact_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        json_dumps(value)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="no number"):
        json_dumps([Decimal(value)])


leaves = st.none() | st.booleans() | st.integers() | st.text() | st.decimals(-(10**12), 10**12, places=2)


@given(st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))
def test_what_is_written_is_read_back(value: Any) -> None:
    text = json_dumps(value)
    assert text.isascii()
    assert json.loads(text, parse_float=Decimal) == value
    assert json_loads(text.encode()) == value


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{", b"\xff\xfe", b'{"a": NaN}', b"Infinity", b"[" * 100_000, b"1" * 5000],
    ids=["empty", "html", "cut off", "no utf-8", "nan", "infinity", "too deep", "too long"],
)
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        json_loads(body)


def test_a_byte_order_mark_is_no_harm() -> None:
    value = json_loads(b'\xef\xbb\xbf{"a": 1.50, "b": 2}')
    assert value == {"a": Decimal("1.50"), "b": 2}
    assert isinstance(value["b"], int)
