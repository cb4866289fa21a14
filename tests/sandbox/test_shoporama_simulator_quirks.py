"""Each behaviour that is unknown of the real API, switched the other way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from dinero_operator.sandbox.shoporama import OrderLine, Party, Quirks, Shop, ShoporamaSimulator, SimOrder

PLACED = datetime(2026, 1, 15, 11, 0, 0, tzinfo=UTC)
Get = Callable[..., Awaitable[Any]]


@pytest.fixture
def order() -> SimOrder:
    return SimOrder(
        order_id=500,
        lines=(OrderLine(name="Te", unit_price=50_00, attributes=(("Vægt", "100 g"),)),),
        shipping_price=39_50,
        placed_at=PLACED,
        modified_at=PLACED,
        paid=True,
        paid_at=PLACED + timedelta(seconds=30),
    )


@pytest.fixture
async def simulator() -> AsyncIterator[ShoporamaSimulator]:
    simulator = ShoporamaSimulator(now=lambda: PLACED + timedelta(hours=1))
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
def shop(simulator: ShoporamaSimulator, order: SimOrder) -> Shop:
    shop = simulator.add_shop("quirky", quirks=Quirks())
    shop.place(order)
    return shop


@pytest.fixture
async def get(simulator: ShoporamaSimulator, shop: Shop) -> AsyncIterator[Get]:
    async with aiohttp.ClientSession(headers={"Authorization": shop.token}) as session:

        async def call(path: str, **query: Any) -> Any:
            async with session.get(simulator.rest_url + path, params=query) as answer:
                return await answer.json() if answer.status == 200 else answer.status

        yield call


async def test_ids_as_strings(get: Get, shop: Shop) -> None:
    shop.quirks.ids_as_strings = True
    order = await get("/order/500")
    assert (order["order_id"], order["webshop_order_id"], order["del_country_id"]) == ("500", "1001", "45")
    assert (order["products"][0]["product_id"], order["shipping_id"], order["voucher_id"]) == (
        "1001",
        "12",
        None,
    )
    assert (await get("/country/45"))["country_id"] == "45"
    assert isinstance((await get("/order"))["paging"]["total"], int)


async def test_whole_amounts_as_floats(get: Get, shop: Shop) -> None:
    assert type((await get("/order/500"))["products"][0]["unit_price"]) is int
    shop.quirks.whole_amounts_as_ints = False
    assert type((await get("/order/500"))["products"][0]["unit_price"]) is float


async def test_unset_values_as_empty_text(get: Get, shop: Shop) -> None:
    shop.quirks.unset_as_empty = True
    order = await get("/order/500")
    assert None not in order.values()
    assert (order["voucher_discount_amount"], order["invoice_id"], order["products"][0]["own_id"]) == (
        "",
        "",
        "",
    )


async def test_a_bare_list(get: Get, shop: Shop) -> None:
    shop.quirks.bare_list = True
    assert [order["order_id"] for order in await get("/order", limit=5)] == [500]


async def test_ignored_filters(get: Get, shop: Shop) -> None:
    late = "2027-01-01T00:00:00"
    assert (await get("/order", last_modified=late))["paging"]["total"] == 0
    shop.quirks.ignore_filters = True
    assert (await get("/order", last_modified=late))["paging"]["total"] == 1


@pytest.mark.parametrize("since", [{}, {"last_modified": "2026-01-01T00:00:00"}])
async def test_sort(get: Get, shop: Shop, order: SimOrder, since: dict[str, str]) -> None:
    shop.place(SimOrder(order_id=501))
    shop.mark_sent(500)
    shop.place(SimOrder(order_id=502, placed_at=PLACED, modified_at=PLACED + timedelta(minutes=1)))
    orders = {}
    for sort in ("id-asc", "id-desc", "modified-asc", "modified-desc"):
        shop.quirks.sort = sort  # type: ignore[assignment]
        orders[sort] = [row["order_id"] for row in (await get("/order", **since))["orders"]]
    assert orders == {
        "id-asc": [500, 501, 502],
        "id-desc": [502, 501, 500],
        "modified-asc": [502, 500, 501],
        "modified-desc": [501, 500, 502],
    }


@pytest.mark.parametrize(
    ("form", "paid", "unpaid"),
    [("flag", 1, 0), ("string", "1", "0"), ("timestamp", "2026-01-15 12:00:30", None)],
)
async def test_paid(get: Get, shop: Shop, form: Any, paid: Any, unpaid: Any) -> None:
    shop.quirks.paid_as = form
    assert (await get("/order/500"))["paid"] == paid
    shop.edit(500, paid=False)
    assert (await get("/order/500"))["paid"] == unpaid


async def test_summaries(get: Get, shop: Shop) -> None:
    shop.quirks.summaries = True
    assert "products" not in (await get("/order"))["orders"][0]
    assert len((await get("/order/500"))["products"]) == 1


async def test_no_modification_time(get: Get, shop: Shop) -> None:
    shop.quirks.no_last_modified = True
    assert "last_modified" not in await get("/order/500")
    assert "last_modified" not in (await get("/order"))["orders"][0]


async def test_time_in_unix_seconds(get: Get, shop: Shop) -> None:
    assert (await get("/order/500"))["time"] == "2026-01-15 12:00:00"
    shop.quirks.time_as = "unix"
    assert (await get("/order/500"))["time"] == int(PLACED.timestamp())


async def test_without_credit_notes(get: Get, shop: Shop) -> None:
    credit = shop.credit(500)
    assert (await get("/order"))["paging"]["total"] == 2
    shop.quirks.with_credit_notes = False
    for query in ({}, {"last_modified": "2026-01-01T00:00:00"}):
        page = await get("/order", **query)
        assert ([row["order_id"] for row in page["orders"]], page["paging"]["total"]) == ([500], 1)
    assert await get(f"/order/{credit.order_id}") == 404


async def test_countries_in_the_envelope(get: Get, shop: Shop) -> None:
    shop.quirks.list_of_countries_bare = False
    page = await get("/country", limit=10, offset=50)
    assert page["paging"]["total"] == 50 + len(page["countries"])
    assert page["countries"][-1] == {"country_id": 105, "name": "Åland", "iso": "AX"}


async def test_countries_by_english_name_only(get: Get, shop: Shop) -> None:
    shop.quirks.country_iso, shop.quirks.country_names = False, "english"
    assert await get("/country/45") == {"country_id": 45, "name": "Denmark"}
    assert (await get("/order/500"))["order_country"] == "Denmark"


async def test_no_delivery_address_of_its_own(get: Get, shop: Shop) -> None:
    shop.quirks.delivery_empty = True
    order = await get("/order/500")
    assert {value for key, value in order.items() if key.startswith("del_")} == {None}
    shop.edit(500, delivery=Party(name="Ven"))
    assert (await get("/order/500"))["del_name"] == "Ven"


async def test_an_exclusive_filter(get: Get, shop: Shop) -> None:
    second = "2026-01-15T12:00:00"
    assert (await get("/order", last_modified=second))["paging"]["total"] == 1
    shop.quirks.filter_inclusive = False
    assert (await get("/order", last_modified=second))["paging"]["total"] == 0


async def test_another_key_for_the_lines(get: Get, shop: Shop) -> None:
    shop.quirks.lines_key = "order_products"
    order = await get("/order/500")
    assert "products" not in order
    assert order["order_products"][0]["attributes"] == [{"name": "Vægt", "val": "100 g"}]


async def test_a_key_left_out_and_what_stays_off_the_wire(get: Get, shop: Shop) -> None:
    shop.edit(500, left_out=frozenset({"total_price"}), case="secret", sent_at=PLACED)
    order = await get("/order/500")
    assert "total_price" not in order
    assert not order.keys() & {"case", "sent_at", "paid_at", "vat_free", "stated_total", "left_out"}
