from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dinero_operator.domain.errors import RateLimited
from dinero_operator.shoporama.quota import DailyQuota

DAY = 24 * 3600


def test_what_is_spent_comes_back_a_day_later(clock: Any) -> None:
    quota = DailyQuota(2, clock)
    quota.spend()
    assert (quota.remaining, quota.blocked_until) == (1, None)
    quota.spend()
    with pytest.raises(RateLimited) as error:
        quota.spend()
    assert quota.remaining == 0
    assert DAY <= error.value.retry_after <= DAY + 3600
    assert quota.blocked_until == clock.now() + timedelta(seconds=error.value.retry_after)
    clock.advance(error.value.retry_after - 1)
    assert quota.remaining == 0
    clock.advance(1)
    assert (quota.remaining, quota.blocked_until) == (2, None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 20), pauses=st.lists(st.integers(0, 20_000), max_size=120))
def test_no_24_hours_hold_more_than_the_limit(clock: Any, limit: int, pauses: list[int]) -> None:
    quota = DailyQuota(limit, clock)
    sent: list[float] = []
    refused = 0
    for pause in pauses:
        clock.advance(pause)
        try:
            quota.spend()
        except RateLimited:
            refused += 1
        else:
            sent.append(clock.monotonic())
    assert len(sent) + refused == len(pauses)
    for first in sent:
        assert len([moment for moment in sent if first <= moment < first + DAY]) <= limit


def test_a_refusal_by_the_shop_blocks_for_an_hour(clock: Any) -> None:
    quota = DailyQuota(1000, clock)
    quota.block()
    assert (quota.remaining, quota.may_reread()) == (0, False)
    with pytest.raises(RateLimited) as error:
        quota.spend()
    assert error.value.retry_after == 3600
    clock.advance(3600)
    quota.spend()
    assert quota.remaining == 999


def test_held_orders_may_use_a_tenth(clock: Any) -> None:
    quota = DailyQuota(50, clock)
    assert (quota.held_share, quota.rereads_left()) == (5, 5)
    for _ in range(5):
        assert quota.may_reread()
        quota.spend_reread()
    assert not quota.may_reread()
    with pytest.raises(RateLimited, match="held orders"):
        quota.spend_reread()
    quota.spend()
    clock.advance(25 * 3600)
    assert quota.may_reread()


@pytest.mark.parametrize(
    ("spent", "interval", "calls", "stretched"),
    [
        (0, 300, 1, 300),
        (900, 300, 1, 300),
        (950, 300, 1, 432),
        (999, 300, 1, 21600),
        (0, 60, 1, 60),
        (800, 60, 1, 108),
        (44, 300, 45, 21600 * 45 / 912),
        (0, 86400, 45, 86400),
        (950, 300, 50, 21600),
    ],
)
def test_the_interval_stretches_when_calls_run_low(
    clock: Any, spent: int, interval: int, calls: int, stretched: float
) -> None:
    quota = DailyQuota(1000, clock)
    for _ in range(spent):
        quota.spend()
    assert quota.stretched_interval(interval, calls) == stretched


def test_with_nothing_left_the_interval_lasts_until_a_call_is_there(clock: Any) -> None:
    quota = DailyQuota(1, clock)
    quota.spend()
    interval = quota.stretched_interval(300)
    assert interval == quota.seconds_blocked() > DAY
    clock.advance(interval)
    assert quota.stretched_interval(300) == 21600


@pytest.mark.parametrize(("interval", "calls"), [(60, 1), (300, 1), (60, 7), (300, 60)])
def test_polling_at_the_stretched_interval_never_spends_it_all(clock: Any, interval: int, calls: int) -> None:
    quota = DailyQuota(1000, clock)
    until = clock.monotonic() + 4 * DAY
    polls = 0
    while clock.monotonic() < until:
        for _ in range(calls):
            quota.spend()
        polls += 1
        clock.advance(quota.stretched_interval(interval, calls))
    assert polls * calls >= 4 * min(600, calls * DAY // interval)


def test_a_poll_that_is_too_large_for_the_rest_waits_for_its_calls(clock: Any) -> None:
    quota = DailyQuota(100, clock)
    for _ in range(60):
        quota.spend()
    clock.advance(7200)
    for _ in range(20):
        quota.spend()
    interval = quota.stretched_interval(300, 45)
    clock.advance(interval)
    assert quota.remaining == 80
    assert quota.stretched_interval(300, 10**6) == quota.seconds_blocked(100)


def test_a_quota_of_nothing_is_refused(clock: Any) -> None:
    with pytest.raises(ValueError, match="at least one"):
        DailyQuota(0, clock)
