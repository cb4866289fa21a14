"""Seals: only ours open, each for its purpose, and in their time."""

from datetime import timedelta

import pytest

from dinero_operator.connect.seal import Expired, Invalid, Purpose, Seal, same
from fake_clock import FakeClock

HOUR = timedelta(hours=1)


def test_what_is_sealed_comes_back(clock: FakeClock) -> None:
    seal = Seal("secret", clock)
    text = seal.seal(Purpose.SESSION, {"name": "blåbær", "n": 1})
    assert seal.open(Purpose.SESSION, text, within=HOUR) == {"name": "blåbær", "n": 1}
    assert Seal("secret", clock).open(Purpose.SESSION, text, within=HOUR), "another process opens it"


def test_nothing_in_it_can_be_read(clock: FakeClock) -> None:
    text = Seal("secret", clock).seal(Purpose.LINK, {"name": "teestuen"})
    assert "teestuen" not in text
    assert text.replace("-", "").replace("_", "").replace("=", "").isalnum(), "it fits into a URL"


@pytest.mark.parametrize("other", [purpose for purpose in Purpose if purpose is not Purpose.LINK])
def test_each_purpose_has_its_own_key(clock: FakeClock, other: Purpose) -> None:
    seal = Seal("secret", clock)
    with pytest.raises(Invalid):
        seal.open(other, seal.seal(Purpose.LINK, {"a": 1}), within=HOUR)


def test_another_secret_opens_nothing(clock: FakeClock) -> None:
    with pytest.raises(Invalid):
        Seal("other", clock).open(Purpose.LINK, Seal("secret", clock).seal(Purpose.LINK, {}), within=HOUR)


def test_every_changed_letter_is_noticed(clock: FakeClock) -> None:
    seal = Seal("secret", clock)
    text = seal.seal(Purpose.LINK, {"a": 1})
    for place in range(0, len(text) - 4, 7):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(Invalid):
            seal.open(Purpose.LINK, changed, within=HOUR)


@pytest.mark.parametrize("text", ["", "x", "å" * 200, "A" * 9000, "=" * 50, "k" * 43 + "="])
def test_nonsense_is_invalid(clock: FakeClock, text: str) -> None:
    with pytest.raises(Invalid):
        Seal("secret", clock).open(Purpose.LINK, text, within=HOUR)


def test_it_ends_at_its_time_and_says_for_what(clock: FakeClock) -> None:
    seal = Seal("secret", clock)
    text = seal.seal(Purpose.LINK, {"a": 1})
    clock.advance(3599)
    assert seal.open(Purpose.LINK, text, within=HOUR)
    clock.advance(1)
    with pytest.raises(Expired) as expired:
        seal.open(Purpose.LINK, text, within=HOUR)
    assert expired.value.content == {"a": 1}


def test_one_from_the_future_is_invalid(clock: FakeClock) -> None:
    text = Seal("secret", clock).seal(Purpose.LINK, {})
    clock.advance(-59)
    assert Seal("secret", clock).open(Purpose.LINK, text, within=HOUR) == {}
    clock.advance(-2)
    with pytest.raises(Invalid) as refusal:
        Seal("secret", clock).open(Purpose.LINK, text, within=HOUR)
    assert not isinstance(refusal.value, Expired)


def test_proofs_are_of_all_their_parts(clock: FakeClock) -> None:
    seal = Seal("secret", clock)
    proofs = {
        seal.proof("a", "b", "c"),
        seal.proof("a", "bc"),
        seal.proof("ab", "c"),
        seal.proof("a", "b", "c", ""),
    }
    assert len(proofs) == 4
    assert {len(proof) for proof in proofs} == {43}, "as long as a code verifier must be"
    assert seal.proof("a") != Seal("other", clock).proof("a")


def test_texts_are_compared_with_all_letters() -> None:
    assert same("æ", "æ")
    assert not same("æ", "a")
    assert not same("a", "")
