"""Orders come, change and go between the pages of a poll: nothing is lost over two polls, in any sort order."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dinero_operator.domain.order import Order
from dinero_operator.domain.watermark import filter_start
from dinero_operator.shoporama.client import ShopClient
from dinero_operator.shoporama.feed import SLOW_SECONDS, OrderFeed, Poll
from dinero_operator.shoporama.quota import DailyQuota
from dinero_operator.transport.http import Request, Response

UTC_ZONE = ZoneInfo("UTC")
START = date(2026, 3, 1)
SORTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "id": lambda row: row["order_id"],
    "time": lambda row: (row["time"], row["order_id"]),
    "last_modified": lambda row: (row["last_modified"], row["order_id"]),
}


class MovingShop:
    """A list of orders that somebody works on: after each page, the next of ``acts`` happens."""

    def __init__(
        self,
        clock: Any,
        *,
        count: int,
        sort: str,
        falling: bool,
        cap: int,
        envelope: bool,
        filters: bool,
        acts: list[list[int]],
        lag: int = 0,
    ) -> None:
        self.clock = clock
        self.lag = timedelta(seconds=lag)
        self.placed = 0
        self.rows: dict[int, dict[str, Any]] = {}
        self.sort, self.falling, self.cap = SORTS[sort], falling, cap
        self.envelope, self.filters = envelope, filters
        self.acts = acts
        for _ in range(count):
            self.act(0)

    def act(self, number: int) -> None:
        """A new order, a change, or a deletion."""
        self.clock.advance(20 + 20 * (number % 3))
        stamp = (self.clock.now() - self.lag).strftime("%Y-%m-%d %H:%M:%S")
        kind, which = number % 5, number // 5
        if kind == 0 or not self.rows:
            self.placed += 1
            order_id = self.placed + (which % 2) * 1000
            self.rows[order_id] = {
                "order_id": order_id, "status": "new", "time": stamp, "last_modified": stamp,
                "products": [], "total_price": 0,
            }  # fmt: skip
            return
        chosen = sorted(self.rows)[which % len(self.rows)]
        if kind == 4:
            del self.rows[chosen]
        else:
            self.rows[chosen] |= {"total_price": self.rows[chosen]["total_price"] + 1, "last_modified": stamp}

    async def send(self, request: Request, **_options: Any) -> Response:
        if request.operation == "list_countries":
            return Response(200, {}, b"[]")
        assert request.params is not None
        since = request.params.get("last_modified", "").replace("T", " ") if self.filters else ""
        found = sorted((row for row in self.rows.values() if row["last_modified"] >= since), key=self.sort)
        if self.falling:
            found.reverse()
        offset, limit = int(request.params["offset"]), min(self.cap, int(request.params["limit"]))
        page: Any = found[offset : offset + limit]
        if self.envelope:
            page = {
                "paging": {"offset": offset, "limit": limit, "count": len(page), "total": len(found)},
                "orders": page,
            }
        body = json.dumps(page).encode()
        for number in self.acts.pop(0) if self.acts else []:
            self.act(number)
        return Response(200, {}, body)


def feed_of(shop: MovingShop) -> OrderFeed:
    return OrderFeed(
        ShopClient(
            transport=shop,  # type: ignore[arg-type]
            base_url="http://127.0.0.1/REST",
            token="t",
            quota=DailyQuota(100_000, shop.clock),
            zone=UTC_ZONE,
        )
    )


ACTS = st.lists(st.lists(st.integers(0, 500), max_size=3), max_size=25)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(0, 40),
    sort=st.sampled_from(sorted(SORTS)),
    falling=st.booleans(),
    cap=st.integers(2, 12),
    envelope=st.booleans(),
    filters=st.booleans(),
    lag=st.sampled_from([-3600, 0, 3600]),
    acts=ACTS,
)
async def test_nothing_is_lost(clock: Any, **shape: Any) -> None:
    shop = MovingShop(clock, **shape)
    feed = feed_of(shop)
    seen: dict[int, int] = {}
    since: datetime | None = None

    def take(poll: Poll) -> None:
        nonlocal since
        for order in poll.orders:
            assert isinstance(order, Order)
            seen[order.order_id] = max(order.total, seen.get(order.order_id, 0))
        if poll.complete and poll.newest is not None:
            since = filter_start(poll.newest, UTC_ZONE, timedelta(seconds=SLOW_SECONDS))

    take(await feed.poll(since, start_from=START))
    shop.acts = []
    last = await feed.poll(since, start_from=START)
    take(last)
    assert last.complete
    assert {order_id: row["total_price"] * 100 for order_id, row in shop.rows.items()} == {
        order_id: total for order_id, total in seen.items() if order_id in shop.rows
    }


async def test_a_seam_that_moved_itself_proves_nothing(clock: Any) -> None:
    modify_5, modify_1 = 4 * 5 + 1, 1
    shop = MovingShop(
        clock, count=8, sort="last_modified", falling=False, cap=5, envelope=True, filters=True,
        acts=[[], [modify_5, modify_1]],
    )  # fmt: skip
    poll = await feed_of(shop).poll(None, start_from=START)
    assert ({order.order_id for order in poll.orders}, poll.complete) == (set(range(1, 9)), True)


@pytest.mark.parametrize("sort", sorted(SORTS))
@pytest.mark.parametrize("falling", [True, False])
async def test_orders_that_keep_coming_do_not_make_a_poll_incomplete(
    clock: Any, sort: str, falling: bool
) -> None:
    shop = MovingShop(
        clock, count=60, sort=sort, falling=falling, cap=10, envelope=True, filters=True, acts=[[0, 0]] * 30
    )
    poll = await feed_of(shop).poll(None, start_from=START)
    assert poll.complete
    assert len(poll.orders) >= 60


async def test_a_shop_that_ignores_the_offset_is_not_read_for_ever(clock: Any) -> None:
    shop = MovingShop(clock, count=12, sort="id", falling=True, cap=12, envelope=False, filters=True, acts=[])
    inner = shop.send

    async def send(request: Request, **options: Any) -> Response:
        if request.params is not None:
            request = Request(**{name: getattr(request, name) for name in ("system", "operation", "method", "url")},
                              params={**request.params, "offset": "0"})  # fmt: skip
        return await inner(request, **options)

    shop.send = send  # type: ignore[method-assign]
    poll = await feed_of(shop).poll(None, start_from=START)
    assert (len(poll.orders), poll.complete) == (12, True)
    assert poll.calls < 10
