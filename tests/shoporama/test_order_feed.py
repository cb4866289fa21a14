"""The feed against the simulated shop, over a socket, with every doubtful habit that the shop may have."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from dinero_operator.domain.errors import RateLimited, Unavailable
from dinero_operator.domain.order import Order, UnreadableOrder
from dinero_operator.domain.watermark import filter_start, to_wall
from dinero_operator.shoporama.feed import OrderFeed, Poll
from dinero_operator.shoporama.quota import DailyQuota

START = date(2026, 1, 1)
SORTS = ["id-asc", "id-desc", "modified-asc", "modified-desc"]


def ids(poll: Poll) -> set[int]:
    return {order.order_id for order in poll.orders}


def since(poll: Poll, scene: Any) -> datetime:
    assert poll.complete
    assert poll.newest is not None
    return filter_start(poll.newest, scene.client.zone)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("bare_list", [True, False])
@pytest.mark.parametrize("inclusive", [True, False])
async def test_first_everything_then_what_changed(
    scene: Any, clock: Any, sort: str, bare_list: bool, inclusive: bool
) -> None:
    shop = scene(sort=sort, bare_list=bare_list, filter_inclusive=inclusive)
    placed = shop.place(250)
    feed = OrderFeed(shop.client)
    first = await feed.poll(None, start_from=START)
    assert (ids(first), first.complete, first.mode, first.without_id) == (set(placed), True, "filtered", 0)
    assert len(first.orders) == 250
    assert first.newest == to_wall(clock.now(), shop.client.zone)
    clock.advance(1200)
    shop.shop.mark_paid(placed[7])
    second = await feed.poll(since(first, shop), start_from=START)
    assert placed[7] in ids(second)
    assert len(second.orders) < 20
    paid = next(order for order in second.orders if order.order_id == placed[7])
    assert isinstance(paid, Order)
    assert paid.paid


async def test_an_idle_poll_is_one_call(scene: Any, clock: Any) -> None:
    shop = scene()
    shop.place(3, age=timedelta(hours=2))
    feed = OrderFeed(shop.client)
    first = await feed.poll(None, start_from=START)
    assert shop.calls() == first.calls == 3  # the probe, the filtered page, the countries
    clock.advance(1800)
    idle = await feed.poll(to_wall(clock.now(), shop.client.zone), start_from=START)
    assert (idle.orders, idle.complete, idle.newest, idle.calls, shop.calls()) == ([], True, None, 1, 1)
    clock.advance(1800)
    probed = await feed.poll(to_wall(clock.now(), shop.client.zone), start_from=START)
    assert (probed.orders, shop.calls()) == ([], 2)


async def test_probes_use_no_more_than_a_twentieth_of_a_small_quota(scene: Any, clock: Any) -> None:
    shop = scene()
    shop.client.quota = DailyQuota(50, clock)
    shop.place(1, age=timedelta(days=2))
    feed = OrderFeed(shop.client)
    polls = 24 * 8
    for _ in range(polls):
        await feed.poll(to_wall(clock.now(), shop.client.zone), start_from=START)
        clock.advance(900)
    assert shop.calls() - polls - 2 <= 2 * 50 * 0.05 + 1  # two days; the countries once a day


@pytest.mark.parametrize("sort", SORTS)
async def test_the_probe_finds_what_the_filter_hides(
    scene: Any, clock: Any, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    """The filter compares in another zone than the rows are written in: an hour is missing."""
    shop = scene(sort=sort)
    shop.place(150, age=timedelta(hours=4))
    page = shop.shop.page
    shifted = {"on": True}

    def page_in_another_zone(*, since: str | None, **arguments: Any) -> Any:
        if since is not None and shifted["on"]:
            since = (datetime.fromisoformat(since) + timedelta(hours=1)).isoformat(" ")
        return page(since=since, **arguments)

    monkeypatch.setattr(shop.shop, "page", page_in_another_zone)
    feed = OrderFeed(shop.client)
    first = await feed.poll(None, start_from=START)
    clock.advance(600)
    start = to_wall(clock.now(), shop.client.zone) - timedelta(minutes=10)
    placed = shop.place(1)
    hidden = await feed.poll(start, start_from=START)
    assert (ids(hidden), hidden.mode) == (set(), "filtered")
    clock.advance(3600)
    found = await feed.poll(start, start_from=START)
    assert set(placed) <= ids(found)
    assert (found.mode, found.complete) == ("walked", True)
    assert ids(found) == ids(first) | set(placed)
    # A day later the filter is tried again; meanwhile it was mended.
    shifted["on"] = False
    clock.advance(80_000)
    assert (await feed.poll(start, start_from=START)).mode == "walked"
    clock.advance(6_400)
    assert (await feed.poll(start, start_from=START)).mode == "filtered"
    assert (await feed.poll(start, start_from=START)).mode == "filtered"


async def test_a_filter_that_stays_broken_stays_unused(scene: Any, clock: Any) -> None:
    shop = scene(ignore_filters=True)
    shop.place(3, age=timedelta(days=3))
    feed = OrderFeed(shop.client)
    for _ in range(4):
        start = to_wall(clock.now(), shop.client.zone) - timedelta(minutes=10)
        assert (await feed.poll(start, start_from=START)).mode == "walked"
        clock.advance(43_300)


async def test_a_change_without_new_modification_time_ends_the_filter_for_good(
    scene: Any, clock: Any
) -> None:
    shop = scene()
    placed = shop.place(3, age=timedelta(days=3))
    feed = OrderFeed(shop.client)
    first = await feed.poll(None, start_from=START)
    before = shop.shop.orders[placed[0]].modified_at
    clock.advance(3600)
    shop.shop.edit(placed[0], paid=True, modified_at=before)
    second = await feed.poll(since(first, shop), start_from=START)
    assert (ids(second), second.mode) == (set(placed), "walked")
    clock.advance(200_000)
    assert (await feed.poll(since(second, shop), start_from=START)).mode == "walked"


async def test_two_changes_within_one_second_are_no_reason_to_walk(scene: Any, clock: Any) -> None:
    shop = scene()
    placed = shop.place(1)
    feed = OrderFeed(shop.client)
    first = await feed.poll(None, start_from=START)
    shop.shop.mark_paid(placed[0])
    for _ in range(3):
        clock.advance(3600)
        assert (await feed.poll(since(first, shop), start_from=START)).mode == "filtered"


async def test_summaries_are_read_by_id_where_they_are_wanted(scene: Any, clock: Any) -> None:
    shop = scene(summaries=True)
    early = shop.place(1, age=timedelta(days=80))
    placed = shop.place(4)
    shop.shop.edit(early[0], comments="changed")
    asked: list[tuple[int, datetime | None]] = []

    def wanted(order_id: int, modified_at: datetime | None) -> bool:
        asked.append((order_id, modified_at))
        return order_id != placed[1]

    poll = await OrderFeed(shop.client).poll(None, start_from=START, wanted=wanted)
    assert ids(poll) == {placed[0], placed[2], placed[3]}
    assert all(isinstance(order, Order) and order.lines for order in poll.orders)
    assert [order_id for order_id, _ in asked] == placed
    assert asked[-1][1] == to_wall(clock.now(), shop.client.zone)
    assert poll.complete


async def test_a_summary_that_is_gone_by_id_is_left_out(scene: Any) -> None:
    shop = scene(summaries=True)
    placed = shop.place(2)

    def wanted(order_id: int, _modified_at: datetime | None) -> bool:
        if order_id == placed[0]:
            shop.shop.delete(order_id)
        return True

    poll = await OrderFeed(shop.client).poll(None, start_from=START, wanted=wanted)
    assert (ids(poll), poll.complete) == ({placed[1]}, True)


async def test_an_order_that_cannot_be_read_by_id_is_held(scene: Any) -> None:
    shop = scene(summaries=True)
    placed = shop.place(5)
    broken = {placed[0], placed[3]}
    get = shop.client.get_order

    async def get_order(order_id: int) -> Any:
        if order_id in broken:
            raise Unavailable("The shop answered get_order with HTTP 500")
        return await get(order_id)

    shop.client.get_order = get_order
    poll = await OrderFeed(shop.client).poll(None, start_from=START)
    unreadable = [order for order in poll.orders if isinstance(order, UnreadableOrder)]
    assert (ids(poll), poll.complete) == (set(placed), True)
    assert {order.order_id for order in unreadable} == broken
    assert all(order.modified_at is not None for order in unreadable)
    broken |= set(placed)
    with pytest.raises(Unavailable):
        await OrderFeed(shop.client).poll(None, start_from=START)


async def test_a_spent_quota_cuts_the_poll_short(scene: Any, quota: DailyQuota) -> None:
    shop = scene()
    shop.place(250)
    for _ in range(996):
        quota.spend()
    feed = OrderFeed(shop.client)
    poll = await feed.poll(None, start_from=START)  # probe, countries, two pages
    assert (len(poll.orders), poll.complete) == (199, False)
    with pytest.raises(RateLimited):
        await feed.poll(None, start_from=START)


async def test_a_spent_quota_cuts_reading_by_id_short(scene: Any, quota: DailyQuota) -> None:
    shop = scene(summaries=True)
    shop.place(5)
    for _ in range(995):
        quota.spend()
    poll = await OrderFeed(shop.client).poll(None, start_from=START)
    assert (len(poll.orders), poll.complete) == (2, False)


async def test_a_date_in_the_future_does_not_hide_the_others(scene: Any, clock: Any) -> None:
    shop = scene()
    wild, near = shop.place(2)
    shop.shop.edit(wild, modified_at=clock.now() + timedelta(days=20_000))
    poll = await OrderFeed(shop.client).poll(None, start_from=START)
    assert poll.newest == to_wall(clock.now(), shop.client.zone)
    shop.shop.edit(near, modified_at=clock.now() + timedelta(hours=5))
    poll = await OrderFeed(shop.client).poll(None, start_from=START)
    assert poll.newest == to_wall(clock.now(), shop.client.zone)


async def test_rows_that_are_no_orders_are_counted_or_held(scene: Any) -> None:
    shop = scene()
    shop.place(1)
    shop.place(1, left_out=frozenset({"order_id"}))
    shop.place(1, left_out=frozenset({"total_price"}))
    poll = await OrderFeed(shop.client).poll(None, start_from=START)
    assert (poll.without_id, len(poll.orders), poll.complete) == (1, 2, True)
    assert [order.problem for order in poll.orders if isinstance(order, UnreadableOrder)] == [
        "total_price is missing or empty"
    ]


@pytest.mark.parametrize(
    "quirks",
    [
        {"ids_as_strings": True, "unset_as_empty": True},
        {"paid_as": "timestamp", "time_as": "unix"},
        {"paid_as": "string", "country_iso": False},
        {"country_iso": False, "country_names": "english", "list_of_countries_bare": False},
        {"delivery_empty": True, "lines_key": "order_products", "whole_amounts_as_ints": False},
    ],
)
async def test_the_order_is_the_same_however_it_is_written(scene: Any, quirks: dict[str, Any]) -> None:
    shop = scene(**quirks)
    placed = shop.place(1, paid=True, email="kunde@example.com", vat_number="12345674")
    poll = await OrderFeed(shop.client).poll(None, start_from=START)
    order = poll.orders[0]
    assert isinstance(order, Order)
    assert (order.order_id, order.paid, order.total, order.vat) == (placed[0], True, 10000, 2000)
    assert (order.delivery.country, order.billing.country) == ("DK", "DK")
    assert order.placed_at == to_wall(shop.clock.now(), shop.client.zone)
    assert order.lines[0].unit_price == 10000


async def test_an_order_of_the_hour_that_autumn_repeats_is_found(scene: Any, clock: Any) -> None:
    shop = scene()
    feed = OrderFeed(shop.client)
    autumn = datetime.fromisoformat("2026-10-25 00:50:00+00:00")
    clock.advance((autumn - clock.now()).total_seconds())
    shop.place(1)  # 02:50 for the first time
    first = await feed.poll(None, start_from=START)
    clock.advance(20 * 60)
    late = shop.place(1)  # 02:10 for the second time
    second = await feed.poll(since(first, shop), start_from=START)
    assert set(late) <= ids(second)
    assert second.newest == first.newest or second.newest == to_wall(clock.now(), shop.client.zone)
