"""The holds in memory: what is listed, when each is tried again, and what a new process takes over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import an_order
from dinero_operator.domain.eligibility import Obstacle
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.order import UnreadableOrder
from dinero_operator.sync.held import LISTED, LONGEST_WAIT, Holds
from dinero_operator.sync.report import HeldOrder

WALL = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
INTERVAL = 300.0
NO_EMAIL = Obstacle(HoldReason.EMAIL_MISSING, "The order has no e-mail address")
GIFT_CARD = Obstacle(HoldReason.GIFT_CARD, "A gift card pays 100.00 of the order")


def hold(
    holds: Holds, order_id: int = 1, obstacle: Obstacle = NO_EMAIL, *, now: float = 0.0, **order: str
) -> bool:
    return holds.hold(
        an_order(order_id=order_id, number=f"N{order_id}", **order),
        obstacle,
        wall=WALL + timedelta(seconds=now),
        now=now,
        interval=INTERVAL,
    )


def test_a_hold_says_why_and_what_to_do_and_since_when() -> None:
    holds = Holds()
    assert hold(holds, 7)
    assert 7 in holds
    assert len(holds) == 1
    (shown,) = holds.listed()
    remedy = HoldReason.EMAIL_MISSING.remedy
    assert shown == HeldOrder(
        7, "N7", "EmailMissing", f"The order has no e-mail address. {remedy}", WALL.replace(microsecond=0)
    )
    assert holds.by_reason() == {"EmailMissing": 1}


def test_the_same_again_is_no_news_and_another_reason_is() -> None:
    holds = Holds()
    hold(holds)
    assert not hold(holds, now=60.0)
    assert hold(holds, 1, GIFT_CARD, now=120.0)
    (shown,) = holds.listed()
    assert shown.reason == "GiftCard"
    assert shown.since == WALL.replace(microsecond=0), "it has been held since the beginning"
    assert holds.by_reason() == {"GiftCard": 1}


def test_a_hold_is_let_go_once() -> None:
    holds = Holds()
    hold(holds)
    assert holds.release(1)
    assert not holds.release(1)
    assert 1 not in holds
    assert holds.get(1) is None
    assert holds.listed() == ()


def waits(holds: Holds, tries: int) -> list[float]:
    """What each of so many further tries waits, the time passing in between."""
    now, found = 0.0, []
    for _ in range(tries):
        hold(holds, now=now)
        known = holds.get(1)
        assert known is not None
        found.append(known.next_try - now)
        now = known.next_try
    return found


def test_tries_become_rarer_up_to_six_hours() -> None:
    assert waits(Holds(), 9) == [300, 600, 1200, 2400, 4800, 9600, 19200, LONGEST_WAIT, LONGEST_WAIT]


def test_a_hold_may_last_for_years() -> None:
    assert waits(Holds(), 3000)[-1] == LONGEST_WAIT


def test_an_order_that_could_not_even_be_looked_at_waits_longer_each_time() -> None:
    holds = Holds()
    hold(holds)
    known = holds.get(1)
    assert known is not None
    waits = []
    for _ in range(1500):
        holds.postpone(1, 1000.0)
        waits.append(known.next_try - 1000.0)
    assert waits[:3] == [600, 1200, 2400]
    assert waits[-1] == LONGEST_WAIT
    assert holds.due(1000.0) == []


def test_a_changed_order_or_reason_starts_over() -> None:
    holds = Holds()
    waits(holds, 5)
    hold(holds, email="bo@example.com", now=9000.0)
    known = holds.get(1)
    assert known is not None
    assert known.next_try == 9300.0
    hold(holds, email="bo@example.com", now=9300.0)
    assert known.next_try == 9900.0
    hold(holds, 1, GIFT_CARD, email="bo@example.com", now=9900.0)
    assert known.next_try == 10200.0


def test_an_order_rests_only_while_it_is_the_same_and_not_due() -> None:
    holds = Holds()
    order = an_order(order_id=1, number="N1")
    assert not holds.rests(order, 0.0)
    hold(holds)
    assert holds.rests(order, INTERVAL - 1)
    assert not holds.rests(order, INTERVAL)
    assert not holds.rests(replace(order, email="bo@example.com"), 0.0)


def test_a_wish_makes_all_due_and_soon_again() -> None:
    holds = Holds()
    waits(holds, 6)
    hold(holds, 2, now=3.0)
    assert holds.due(4.0) == []
    holds.retry_all(4.0)
    assert [due.shown.order_id for due in holds.due(4.0)] == [1, 2]
    hold(holds, now=4.0)
    known = holds.get(1)
    assert known is not None
    assert known.next_try == 4.0 + INTERVAL


def test_what_the_status_lists_is_taken_over_and_tried_at_once() -> None:
    first = Holds()
    hold(first, 1)
    hold(first, 2, GIFT_CARD, now=5.0)
    second = Holds()
    second.restore(first.listed(), now=50.0)
    assert second.listed() == first.listed()
    assert second.by_reason() == first.by_reason()
    assert [due.shown.order_id for due in second.due(50.0)] == [1, 2]
    assert [due.modified_at for due in second.due(50.0)] == [None, None], "it was not read yet"
    assert not second.rests(an_order(order_id=1, number="N1"), 50.0)
    assert not hold(second, 1, now=60.0), "the same again is no news for a new process either"
    known = second.get(1)
    assert known is not None
    assert known.shown.since == WALL.replace(microsecond=0)
    assert known.modified_at == an_order().modified_at


def test_restoring_overwrites_nothing() -> None:
    holds = Holds()
    hold(holds, 1, GIFT_CARD)
    stale = HeldOrder(1, "N1", "EmailMissing", "old", WALL)
    holds.restore((stale,), now=0.0)
    assert holds.by_reason() == {"GiftCard": 1}


def test_an_unreadable_order_can_be_held() -> None:
    holds = Holds()
    broken = UnreadableOrder(9, "9", "has no lines", modified_at=datetime.fromisoformat("2026-03-01T12:00"))
    obstacle = Obstacle(HoldReason.ORDER_UNREADABLE, "It cannot be used")
    assert holds.hold(broken, obstacle, wall=WALL, now=0.0, interval=INTERVAL)
    assert holds.rests(broken, 1.0)
    known = holds.get(9)
    assert known is not None
    assert known.modified_at == broken.modified_at


@pytest.mark.parametrize("count", [0, LISTED, LISTED + 1, LISTED + 30])
def test_the_oldest_are_listed_and_none_is_in_neither_list(count: int) -> None:
    holds = Holds()
    for order_id in range(count, 0, -1):
        hold(holds, order_id, now=float(-order_id))
    listed = [shown.order_id for shown in holds.listed()]
    unlisted = [rest.shown.order_id for rest in holds.unlisted()]
    assert len(listed) == min(count, LISTED)
    assert sorted(listed + unlisted) == list(range(1, count + 1))
    assert listed + unlisted == list(range(count, 0, -1)), "the oldest first"


@given(
    acts=st.lists(
        st.tuples(st.sampled_from(["hold", "other", "release", "pass"]), st.integers(1, 70)), max_size=150
    )
)
def test_nothing_that_is_held_is_ever_out_of_sight(acts: list[tuple[str, int]]) -> None:
    holds, model, now = Holds(), dict[int, str](), 0.0
    for act, number in acts:
        match act:
            case "hold":
                assert hold(holds, number, now=now) == (model.get(number) != "EmailMissing")
                model[number] = "EmailMissing"
            case "other":
                assert hold(holds, number, GIFT_CARD, now=now) == (model.get(number) != "GiftCard")
                model[number] = "GiftCard"
            case "release":
                assert holds.release(number) == (model.pop(number, None) is not None)
            case _:
                now += number * 60.0
        seen = {shown.order_id: shown.reason for shown in holds.listed()}
        seen |= {rest.shown.order_id: rest.shown.reason for rest in holds.unlisted()}
        assert seen == model
        assert sum(holds.by_reason().values()) == len(model)
        assert {due.shown.order_id for due in holds.due(now + LONGEST_WAIT)} == set(model)
