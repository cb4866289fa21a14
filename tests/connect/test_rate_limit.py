"""Buckets that fill up evenly, and are forgotten when there are too many."""

from dinero_operator.connect import limits
from dinero_operator.connect.limits import RateLimit
from fake_clock import FakeClock


def test_a_burst_and_then_an_even_flow(clock: FakeClock) -> None:
    rate = RateLimit(per_minute=60, burst=3, clock=clock)
    assert [rate.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]
    clock.advance(0.5)
    assert rate.take("a") == 0.5
    clock.advance(0.5)
    assert rate.take("a") == 0.0
    assert rate.take("a") > 0
    clock.advance(3600)
    assert [rate.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 1.0], "never more than the burst"


def test_keys_do_not_disturb_each_other(clock: FakeClock) -> None:
    rate = RateLimit(per_minute=1, burst=1, clock=clock)
    assert (rate.take("a"), rate.take("b"), rate.take("a")) == (0.0, 0.0, 60.0)


def test_who_insists_waits_no_longer(clock: FakeClock) -> None:
    rate = RateLimit(per_minute=60, burst=1, clock=clock)
    rate.take("a")
    for _ in range(100):
        assert rate.take("a") == 1.0


def test_memory_is_bounded(clock: FakeClock) -> None:
    rate = RateLimit(per_minute=1, burst=1, clock=clock)
    for number in range(limits.MOST_KEYS + 500):
        rate.take(number)
    assert len(rate) == limits.MOST_KEYS
    assert rate.take(limits.MOST_KEYS + 499) > 0, "the latest are kept"
