"""The simulated Shoporama over a socket: who gets in, how pages are cut, what is answered when something is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from dinero_operator.sandbox.faults import Fault
from dinero_operator.sandbox.shoporama import OrderLine, Party, Quirks, Shop, ShoporamaSimulator, SimOrder

START = datetime(2026, 3, 4, 13, 5, 49, 700_000, tzinfo=UTC)
BOOK = OrderLine(name="Bog", unit_price=159_95, amount=2, own_id="BOG-1")


class Clock:
    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time


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
    return simulator.add_shop("bog")


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class Api:
    def __init__(self, session: aiohttp.ClientSession, simulator: ShoporamaSimulator, shop: Shop) -> None:
        self._session = session
        self._base = simulator.rest_url
        self.headers = {"Authorization": f"Shoporama {shop.token}"}

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, str, str]:
        headers = options.pop("headers", self.headers)
        async with self._session.request(method, self._base + path, headers=headers, **options) as answer:
            return answer.status, answer.content_type, await answer.text()

    async def get(self, path: str, **query: Any) -> Any:
        async with self._session.get(self._base + path, params=query, headers=self.headers) as answer:
            assert answer.status == 200, await answer.text()
            assert answer.content_type == "application/json"
            return await answer.json()


@pytest.fixture
def api(session: aiohttp.ClientSession, simulator: ShoporamaSimulator, shop: Shop) -> Api:
    return Api(session, simulator, shop)


@pytest.mark.parametrize("form", ["Shoporama {}", "{}", "Bearer {}"])
async def test_each_form_of_the_token_is_let_in(api: Api, shop: Shop, form: str) -> None:
    headers = {"Authorization": form.format(shop.token)}
    status, _, _ = await api.call("GET", "/order", headers=headers)
    assert status == 200


@pytest.mark.parametrize(
    "form", ["Shoporama  {}", "shoporama {}", "Basic {}", "Shoporama", "Shoporama {}0", ""]
)
async def test_anything_else_is_kept_out_in_plain_text(api: Api, shop: Shop, form: str) -> None:
    headers = {"Authorization": form.format(shop.token)}
    assert await api.call("GET", "/order", headers=headers) == (401, "text/plain", "401 Unauthorized")


async def test_no_header_at_all_is_kept_out(api: Api) -> None:
    status, _, _ = await api.call("GET", "/order", headers={})
    assert status == 401


def test_tokens_are_32_hex_digits_and_the_same_in_every_run() -> None:
    tokens = [ShoporamaSimulator().add_shop(name).token for name in ("a", "a", "b")]
    assert tokens[0] == tokens[1] != tokens[2]
    assert all(len(token) == 32 and set(token) <= set("0123456789abcdef") for token in tokens)


def test_names_tokens_and_order_ids_are_unique_on_the_platform() -> None:
    simulator = ShoporamaSimulator()
    shop = simulator.add_shop("a", token="t")
    other = simulator.add_shop("b")
    with pytest.raises(ValueError, match="there already"):
        simulator.add_shop("a")
    with pytest.raises(ValueError, match="there already"):
        simulator.add_shop("c", token="t")
    order = shop.place(SimOrder())
    with pytest.raises(ValueError, match="taken"):
        other.place(SimOrder(order_id=order.order_id))
    assert other.place(SimOrder()).order_id == order.order_id + 1


async def test_an_order_is_written_as_the_assumed_fixture(api: Api, shop: Shop, clock: Clock) -> None:
    order = SimOrder(order_id=1234567, webshop_order_id=1042, lines=(BOOK,), shipping_price=39_00)
    shop.place(order)
    clock.time += timedelta(seconds=81)
    shop.mark_paid(1234567)
    assert await api.get("/order", limit=100) == {
        "paging": {"offset": 0, "limit": 100, "count": 1, "total": 1},
        "orders": [
            {
                "order_id": 1234567,
                "webshop_order_id": 1042,
                "invoice_id": None,
                "status": "new",
                "paid": 1,
                "time": "2026-03-04 14:05:49",
                "last_modified": "2026-03-04 14:07:10",
                "order_name": "Test Kunde",
                "order_company_name": "",
                "vat_number": "",
                "ean_number": "",
                "order_address": "Testvej 1",
                "order_zipcode": "8000",
                "order_city": "Aarhus C",
                "order_country_id": 45,
                "order_country": "Danmark",
                "email": "kunde@example.com",
                "phone": "12345678",
                "comments": "",
                "del_name": "Test Kunde",
                "del_company_name": "",
                "del_address": "Testvej 1",
                "del_zipcode": "8000",
                "del_city": "Aarhus C",
                "del_country_id": 45,
                "del_country": "Danmark",
                "products": [
                    {
                        "product_id": 1001,
                        "name": "Bog",
                        "own_id": "BOG-1",
                        "amount": 2,
                        "unit_price": 159.95,
                        "attributes": [],
                    }
                ],
                "shipping_id": 12,
                "shipping_price": 39,
                "tracking_number": None,
                "tracking_url": None,
                "pickup_address": None,
                "voucher_id": None,
                "voucher_code": None,
                "voucher_discount": None,
                "voucher_discount_amount": None,
                "vat": 71.78,
                "total_price": 358.9,
            }
        ],
    }


async def test_amounts_have_at_most_two_decimals_and_none_when_whole(api: Api, shop: Shop) -> None:
    line = OrderLine(name="Krus", unit_price=33_33, amount=3)
    placed = shop.place(SimOrder(lines=(line,), shipping_price=49_00))
    _, _, text = await api.call("GET", f"/order/{placed.order_id}")
    assert '"unit_price": 33.33,' in text
    assert '"shipping_price": 49,' in text
    assert '"total_price": 148.99' in text


async def test_one_order_comes_bare_and_only_to_its_own_shop(
    api: Api, shop: Shop, simulator: ShoporamaSimulator
) -> None:
    mine = shop.place(SimOrder())
    theirs = simulator.add_shop("other").place(SimOrder())
    assert (await api.get(f"/order/{mine.order_id}"))["order_id"] == mine.order_id
    assert await api.call("GET", f"/order/{theirs.order_id}") == (404, "text/plain", "404 Not Found")
    assert (await api.get("/order"))["paging"]["total"] == 1


async def test_pages_are_cut_by_limit_and_offset(api: Api, shop: Shop) -> None:
    shop.load(SimOrder() for _ in range(12))
    seen = []
    for offset, count in ((0, 5), (5, 5), (10, 2), (15, 0)):
        page = await api.get("/order", limit=5, offset=offset)
        assert page["paging"] == {"offset": offset, "limit": 5, "count": count, "total": 12}
        seen += [order["order_id"] for order in page["orders"]]
    assert seen == sorted(shop.orders, reverse=True)


async def test_the_limit_is_capped_and_the_cap_is_echoed(api: Api, shop: Shop) -> None:
    shop.load(SimOrder() for _ in range(120))
    for query in ({"limit": 1000}, {}):
        paging = (await api.get("/order", **query))["paging"]
        assert paging == {"offset": 0, "limit": 100, "count": 100, "total": 120}
    shop.quirks.page_cap = 30
    assert (await api.get("/order", limit=1000))["paging"]["limit"] == 30


async def test_unknown_parameters_are_ignored(api: Api, shop: Shop) -> None:
    shop.place(SimOrder(status="sent"))
    assert (await api.get("/order", status="new", email="x@example.com"))["paging"]["total"] == 1


@pytest.mark.parametrize("query", ["limit=x", "limit=-1", "limit=0", "offset=-5", "last_modified=yesterday"])
async def test_malformed_parameters_are_refused(api: Api, query: str) -> None:
    assert await api.call("GET", f"/order?{query}") == (400, "text/plain", "400 Bad Request")


async def test_the_quota_is_spent_and_comes_back_at_the_shops_midnight(
    api: Api, shop: Shop, clock: Clock, simulator: ShoporamaSimulator
) -> None:
    shop.daily_limit = 3
    clock.time = datetime(2026, 3, 4, 22, 59, 58, tzinfo=UTC)
    for path, expected in (("/order", 200), ("/order/1", 404), ("/self", 200)):
        assert (await api.call("GET", path))[0] == expected
    assert await api.call("GET", "/order") == (429, "text/plain", "429 Too Many Requests")
    other = simulator.add_shop("other")
    assert (await api.call("GET", "/order", headers={"Authorization": other.token}))[0] == 200
    clock.time += timedelta(seconds=1)
    assert (await api.call("GET", "/order"))[0] == 429
    clock.time += timedelta(seconds=1)
    assert (await api.call("GET", "/order"))[0] == 200
    assert shop.calls_today == 1


async def test_other_paths_and_methods_are_refused(api: Api, shop: Shop) -> None:
    order = shop.place(SimOrder())
    for path in ("/orders", "/order/", "/order/abc", "/country/999", "/customer"):
        assert await api.call("GET", path) == (404, "text/plain", "404 Not Found")
    assert await api.call("DELETE", f"/order/{order.order_id}") == (
        405,
        "text/plain",
        "405 Method Not Allowed",
    )


async def test_countries_shop_shippings_and_gateways(api: Api) -> None:
    countries = await api.get("/country")
    assert {"country_id": 45, "name": "Danmark", "iso": "DK"} in countries
    assert len({country["country_id"] for country in countries}) == len(countries) > 40
    assert await api.get("/country/45") == {"country_id": 45, "name": "Danmark", "iso": "DK"}
    assert await api.get("/self") == {"webshop_id": 1, "shop_name": "bog"}
    assert {row["shipping_id"] for row in await api.get("/shipping")} == {12, 13, 14}
    assert len(await api.get("/payment-gateway")) == 3


async def test_calls_are_counted_by_route_and_shop(api: Api, simulator: ShoporamaSimulator) -> None:
    await api.get("/order")
    await api.call("GET", "/order/1")
    await api.call("PUT", "/order/1", json={})
    await api.call("GET", "/country", headers={})
    assert simulator.count(scope="bog") == {"GET orders": 1, "GET order": 1, "PUT order": 1}
    assert simulator.count(scope="") == {"GET countries": 1}


async def test_faults_are_played(api: Api, shop: Shop, simulator: ShoporamaSimulator, clock: Clock) -> None:
    order_id = shop.place(SimOrder(billing=Party(name="Ny"))).order_id
    clock.time += timedelta(minutes=1)
    shop.mark_paid(order_id)
    simulator.faults.scripted["GET orders"] = [
        Fault.TOO_MANY_REQUESTS,
        Fault.BAD_GATEWAY,
        Fault.STALE_TIMESTAMP,
    ]
    assert (await api.call("GET", "/order"))[0] == 429
    assert (await api.call("GET", "/order"))[0] == 502
    assert (await api.get("/order"))["orders"][0]["paid"] == 0
    assert (await api.get("/order"))["orders"][0]["paid"] == 1
    assert shop.quirks == Quirks()


async def test_a_stale_list_does_not_show_what_its_own_filter_excludes(
    api: Api, shop: Shop, simulator: ShoporamaSimulator, clock: Clock
) -> None:
    order_id = shop.place(SimOrder()).order_id
    clock.time += timedelta(minutes=1)
    shop.mark_paid(order_id)
    simulator.faults.scripted["GET orders"] = [Fault.STALE_TIMESTAMP]
    since = "2026-03-04T14:06:30"
    assert (await api.get("/order", last_modified=since))["paging"]["total"] == 0
    assert (await api.get("/order", last_modified=since))["paging"]["total"] == 1
