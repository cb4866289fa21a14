"""What people do in a simulated shop, what a client may write, and how the list follows both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from dinero_operator.sandbox.shoporama import OrderLine, Shop, ShoporamaSimulator, SimOrder
from dinero_operator.sandbox.shoporama.index import OrderIndex

TEA = OrderLine(name="Te", unit_price=80_00, amount=2)


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 6, 1, 10, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def ahead(self, **span: float) -> None:
        self.time += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def simulator(clock: Clock) -> AsyncIterator[ShoporamaSimulator]:
    simulator = ShoporamaSimulator(now=clock)
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
def shop(simulator: ShoporamaSimulator) -> Shop:
    return simulator.add_shop("te")


class Api:
    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        async with self._session.request(method, self._base + path, **options) as answer:
            if answer.content_type == "application/json":
                return answer.status, await answer.json()
            return answer.status, await answer.text()

    async def listed(self, since: str) -> list[int]:
        _, body = await self.call("GET", "/order", params={"last_modified": since})
        assert body["paging"]["total"] == len(body["orders"])
        return [order["order_id"] for order in body["orders"]]


@pytest.fixture
async def api(simulator: ShoporamaSimulator, shop: Shop) -> AsyncIterator[Api]:
    headers = {"Authorization": f"Shoporama {shop.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield Api(session, simulator.rest_url)


async def test_each_act_sets_the_modification_time_in_the_shops_zone(
    api: Api, shop: Shop, clock: Clock
) -> None:
    order_id = shop.place(SimOrder(lines=(TEA,))).order_id
    acts = (
        lambda: shop.mark_paid(order_id),
        lambda: shop.mark_sent(order_id),
        lambda: shop.edit(order_id, comments="Ring først"),
        lambda: shop.cancel(order_id),
    )
    seen = []
    for act in acts:
        clock.ahead(minutes=1, microseconds=300_000)
        act()
        _, order = await api.call("GET", f"/order/{order_id}")
        seen.append((order["last_modified"], order["paid"], order["status"], order["comments"]))
    assert seen == [
        ("2026-06-01 12:01:00", 1, "new", ""),
        ("2026-06-01 12:02:00", 1, "sent", ""),
        ("2026-06-01 12:03:00", 1, "sent", "Ring først"),
        ("2026-06-01 12:04:01", 1, "cancelled", "Ring først"),
    ]
    assert order["time"] == "2026-06-01 12:00:00"


async def test_the_filter_lists_what_has_changed_since(api: Api, shop: Shop, clock: Clock) -> None:
    ids = []
    for _ in range(3):
        ids.append(shop.place(SimOrder()).order_id)
        clock.ahead(minutes=1)
    assert await api.listed("2026-06-01T12:01:00") == [ids[2], ids[1]]
    shop.mark_paid(ids[0])
    assert await api.listed("2026-06-01T12:01:00") == [ids[2], ids[1], ids[0]]
    assert await api.listed("2026-06-01T12:02:30") == [ids[0]]
    assert await api.listed("2026-06-01T12:03:01") == []


async def test_in_the_hour_that_autumn_repeats_a_later_change_can_bear_an_earlier_time(
    api: Api, shop: Shop, clock: Clock
) -> None:
    clock.time = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    first = shop.place(SimOrder()).order_id
    clock.time = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)
    second = shop.place(SimOrder()).order_id
    _, order = await api.call("GET", f"/order/{second}")
    assert order["last_modified"] == "2026-10-25 02:15:00"
    assert await api.listed("2026-10-25T02:45:00") == [first]
    assert await api.listed("2026-10-25T02:15:00") == [second, first]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_write_changes_what_it_names_and_nothing_else(
    api: Api, shop: Shop, clock: Clock, method: str
) -> None:
    order_id = shop.place(SimOrder(lines=(TEA,))).order_id
    _, before = await api.call("GET", f"/order/{order_id}")
    clock.ahead(minutes=5)
    status, after = await api.call(method, f"/order/{order_id}", json={"invoice_id": 88, "paid": 1})
    assert status == 200
    assert after == before | {"invoice_id": "88", "paid": 1, "last_modified": "2026-06-01 12:05:00"}
    status, after = await api.call(method, f"/order/{order_id}", json={"status": "sent", "paid": "0"})
    assert (after["status"], after["paid"], after["invoice_id"]) == ("sent", 0, "88")


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"total_price": 1}', b'{"paid": "yes"}', b'{"status": ""}', b'{"invoice_id": [1]}'],
)
async def test_a_write_that_is_not_understood_changes_nothing(api: Api, shop: Shop, body: bytes) -> None:
    placed = shop.place(SimOrder())
    headers = {"Content-Type": "application/json"}
    answer = await api.call("PUT", f"/order/{placed.order_id}", data=body, headers=headers)
    assert answer == (400, "400 Bad Request")
    assert shop.orders[placed.order_id] == placed


async def test_a_write_must_be_json_and_meet_an_order(api: Api, shop: Shop) -> None:
    placed = shop.place(SimOrder())
    assert (await api.call("PUT", f"/order/{placed.order_id}", data={"paid": "1"}))[0] == 415
    assert await api.call("PUT", "/order/17", json={"paid": 1}) == (404, "404 Not Found")


async def test_a_deleted_order_is_gone(api: Api, shop: Shop) -> None:
    kept, gone = shop.place(SimOrder()).order_id, shop.place(SimOrder()).order_id
    shop.delete(gone)
    assert await api.call("GET", f"/order/{gone}") == (410, "410 Gone")
    assert await api.call("PUT", f"/order/{gone}", json={"paid": 1}) == (410, "410 Gone")
    assert await api.listed("2026-01-01T00:00:00") == [kept]
    with pytest.raises(KeyError):
        shop.mark_paid(gone)


async def test_a_credit_is_a_negative_order_of_its_own(api: Api, shop: Shop, clock: Clock) -> None:
    order = shop.place(SimOrder(lines=(TEA,), shipping_price=39_00, voucher_discount_amount=16_00, paid=True))
    clock.ahead(days=1)
    whole, part = shop.credit(order.order_id), shop.credit(order.order_id, 50_00)
    assert (whole.total_price, whole.vat) == (-183_00, -36_60)
    assert (part.total_price, part.vat) == (-50_00, -10_00)
    assert shop.orders[order.order_id] == order
    assert len({order.webshop_order_id, whole.webshop_order_id, part.webshop_order_id}) == 3
    _, wire = await api.call("GET", f"/order/{whole.order_id}")
    assert (wire["total_price"], wire["vat"], wire["shipping_price"]) == (-183, -36.6, -39)
    assert (wire["products"][0]["amount"], wire["voucher_discount_amount"]) == (-2, -16)
    for amount in (0, -1, 183_01):
        with pytest.raises(ValueError, match="cannot be credited"):
            shop.credit(order.order_id, amount)


def test_an_order_keeps_the_past_it_comes_with_and_is_given_what_it_lacks(shop: Shop, clock: Clock) -> None:
    past = clock.time - timedelta(days=3)
    kept = shop.place(SimOrder(webshop_order_id=4711, placed_at=past, modified_at=past, paid=True))
    assert (kept.placed_at, kept.modified_at, kept.paid_at) == (past, past, clock.time)
    assert shop.place(SimOrder()).webshop_order_id == 4712


def test_the_index_agrees_with_a_plain_search() -> None:
    index = OrderIndex()
    changed = {number: f"2026-01-01 00:00:{number * 7 % 10:02}" for number in range(1, 21)}
    index.load(list(changed.items())[:10])
    for number, text in list(changed.items())[10:]:
        index.put(number, text)
    for number in (3, 12, 19):
        changed[number] = "2026-01-01 00:00:05"
        index.put(number, changed[number])
    for number in (4, 12):
        index.drop(number)
        del changed[number]
    for since in ("", "2026-01-01 00:00:05", "2026-01-01 00:00:09", "2027"):
        for inclusive in (True, False):
            matches = [n for n, text in changed.items() if (text >= since if inclusive else text > since)]
            by_change = sorted(matches, key=lambda number: (changed[number], number))
            for sort, expected in (
                ("id-asc", sorted(matches)),
                ("id-desc", sorted(matches, reverse=True)),
                ("modified-asc", by_change),
                ("modified-desc", by_change[::-1]),
            ):
                found = index.page(sort=sort, offset=2, limit=4, since=since, inclusive=inclusive)  # type: ignore[arg-type]
                assert found == (expected[2:6], len(expected))
                if not since:
                    assert index.page(sort=sort, offset=2, limit=4) == found  # type: ignore[arg-type]
