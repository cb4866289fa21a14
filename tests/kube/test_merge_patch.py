"""The smallest patch (RFC 7386) from one object to another."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rfc7386 import apply

from dinero_operator.kube.status import merge_patch


@pytest.mark.parametrize(
    ("old", "new", "patch"),
    [
        ({}, {}, {}),
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {}, {"a": None}),
        ({}, {"a": {}}, {"a": {}}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, {"a": {"c": None}}),
        ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": None}}),
        ({"a": [1, 2]}, {"a": [1]}, {"a": [1]}),
        ({"a": {"b": 1}}, {"a": 2}, {"a": 2}),
        ({"a": 2}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_merge_patches(old: dict[str, Any], new: dict[str, Any], patch: dict[str, Any]) -> None:
    assert merge_patch(old, new) == patch


leaves = st.integers(0, 2) | st.text("ab", max_size=2) | st.lists(st.integers(0, 1), max_size=2)
objects = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(
        leaves, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=6
    ),
    max_size=3,
)


def without_each(patch: dict[str, Any]) -> list[dict[str, Any]]:
    """The patch without one of its members, wherever it stands."""
    found = []
    for name, value in patch.items():
        found.append({key: item for key, item in patch.items() if key != name})
        if isinstance(value, dict):
            found.extend(patch | {name: inner} for inner in without_each(value))
    return found


@given(old=objects, new=objects)
def test_a_merge_patch_leads_there_and_nothing_in_it_is_superfluous(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    untouched = copy.deepcopy((old, new))
    patch = merge_patch(old, new)
    assert apply(patch, old) == new
    assert (old, new) == untouched
    assert (patch == {}) == (old == new)
    assert all(apply(less, old) != new for less in without_each(patch))
