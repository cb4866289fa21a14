"""The feed where the shop's filter cannot be used: the list is walked, in whatever order it is sorted."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from dinero_operator.domain.order import Order
from dinero_operator.domain.watermark import filter_start
from dinero_operator.shoporama.feed import OrderFeed, Poll

START = date(2026, 1, 1)
SORTS = ["id-asc", "id-desc", "modified-asc", "modified-desc"]


def ids(poll: Poll) -> set[int]:
    return {order.order_id for order in poll.orders}


def since(poll: Poll, scene: Any) -> datetime:
    assert poll.complete
    assert poll.newest is not None
    return filter_start(poll.newest, scene.client.zone)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("cap", [100, 7])
@pytest.mark.parametrize("bare_list", [True, False])
async def test_without_filter_the_window_is_walked(
    scene: Any, clock: Any, sort: str, cap: int, bare_list: bool
) -> None:
    shop = scene(ignore_filters=True, sort=sort, page_cap=cap, bare_list=bare_list)
    old = shop.place(120, age=timedelta(days=70))
    young = shop.place(60, age=timedelta(days=3))
    feed = OrderFeed(shop.client)
    first = await feed.poll(None, start_from=date(2025, 12, 1))
    assert (ids(first), first.complete) == (set(old + young), True)
    clock.advance(600)
    shop.shop.mark_sent(young[5])
    again = await feed.poll(since(first, shop), start_from=date(2025, 12, 1))
    assert (ids(again), again.complete, again.mode) == (set(young), True, "walked")


@pytest.mark.parametrize(("sort", "calls"), [("id-desc", 1), ("id-asc", 1), ("modified-desc", 3)])
async def test_a_walk_reads_no_more_than_the_sort_order_needs(
    scene: Any, clock: Any, sort: str, calls: int
) -> None:
    shop = scene(ignore_filters=True, sort=sort)
    shop.place(200, age=timedelta(days=50))
    young = shop.place(30, age=timedelta(days=2))
    feed = OrderFeed(shop.client, look_back=timedelta(days=10))
    first = await feed.poll(None, start_from=date(2026, 2, 20))
    clock.advance(600)
    shop.shop.mark_paid(shop.place(1)[0])
    shop.shop.mark_paid(min(shop.shop.orders))
    shop.calls()
    poll = await feed.poll(since(first, shop), start_from=date(2026, 2, 20))
    assert set(young) <= ids(poll)
    assert shop.calls() == calls


@pytest.mark.parametrize("sort", SORTS)
async def test_rows_without_modification_time_are_walked(scene: Any, clock: Any, sort: str) -> None:
    shop = scene(no_last_modified=True, sort=sort)
    old = shop.place(5, age=timedelta(days=70))
    young = shop.place(130, age=timedelta(days=3))
    feed = OrderFeed(shop.client)
    first = await feed.poll(None, start_from=date(2025, 12, 1))
    assert (ids(first), first.complete, first.mode, first.newest) == (set(old + young), True, "walked", None)
    assert ids(await feed.poll(None, start_from=date(2025, 12, 1))) == set(old + young)
    feed.settled()
    clock.advance(600)
    shop.shop.mark_paid(young[5])
    again = await feed.poll(None, start_from=date(2025, 12, 1))
    assert ids(again) == set(young)
    changed = next(order for order in again.orders if order.order_id == young[5])
    assert isinstance(changed, Order)
    assert changed.paid
    earlier = await feed.poll(None, start_from=date(2025, 11, 1))
    assert ids(earlier) == set(old + young)
    feed.start_over()
    assert ids(await feed.poll(None, start_from=date(2025, 12, 1))) == set(old + young)


async def test_a_watermark_before_the_start_is_none(scene: Any) -> None:
    shop = scene(ignore_filters=True)
    early, first = (
        shop.place(1, age=timedelta(days=3)),
        shop.place(1, age=timedelta(hours=10)),
    )  # 00:00 local time
    midnight = datetime.fromisoformat("2026-03-02 00:00:00")
    poll = await OrderFeed(shop.client).poll(midnight, start_from=date(2026, 3, 2))
    assert ids(poll) == set(first)
    assert early


async def test_orders_before_the_start_are_not_walked_for(scene: Any) -> None:
    shop = scene(ignore_filters=True)
    shop.place(1, age=timedelta(days=3))
    young = shop.place(1)
    poll = await OrderFeed(shop.client).poll(None, start_from=date(2026, 3, 1))
    assert (ids(poll), poll.mode) == (set(young), "walked")


async def test_what_another_poll_costs(scene: Any) -> None:
    shop = scene(ignore_filters=True)
    shop.place(250, age=timedelta(days=3))
    feed = OrderFeed(shop.client)
    first = await feed.poll(None, start_from=START)
    assert (first.mode, first.calls_next_time) == ("filtered", 1)
    walked = await feed.poll(first.newest + timedelta(days=2), start_from=START)
    assert walked.mode == "walked"
    again = await feed.poll(first.newest, start_from=START)
    assert (again.calls, again.calls_next_time) == (3, 3)
