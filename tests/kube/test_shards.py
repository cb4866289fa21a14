"""Every resource has one owner, and all resources of one organisation the same."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinero_operator.kube.shards import owner, shard_key


@given(key=st.text(), shards=st.integers(1, 20))
def test_a_key_has_one_owner_and_a_further_shard_takes_keys_only_for_itself(key: str, shards: int) -> None:
    one, more = owner(key, shards), owner(key, shards + 1)
    assert 0 <= one < shards
    assert owner(key, shards) == one
    assert more in {one, shards}


def test_all_belong_to_the_only_shard() -> None:
    assert {owner(f"organisation/{number}", 1) for number in range(100)} == {0}


@pytest.mark.parametrize("shards", [2, 5])
def test_the_shards_have_like_shares(shards: int) -> None:
    shares = Counter(owner(f"organisation/{number}", shards) for number in range(5000))
    assert set(shares) == set(range(shards))
    assert min(shares.values()) > 0.9 * 5000 / shards


def test_owners_never_change_between_releases() -> None:
    """Two releases side by side during an update must agree."""
    owners = [owner(f"organisation/{number}", 4) for number in range(118_420, 118_436)]
    assert owners == [1, 1, 1, 2, 2, 0, 0, 1, 0, 1, 1, 1, 1, 1, 0, 0]


def test_the_organisation_decides_and_until_it_is_known_the_secret() -> None:
    assert shard_key("team-a", 7, "one") == shard_key("team-b", 7, "two")
    assert shard_key("team-a", 7, "one") != shard_key("team-a", 8, "one")
    assert shard_key("team-a", None, "one") != shard_key("team-b", None, "one")
    assert shard_key("team-a", None, "7") != shard_key("team-a", 7, "7")
    assert shard_key("7", None, "x") != shard_key("x", 7, "x")
