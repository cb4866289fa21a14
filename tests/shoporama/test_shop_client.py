from datetime import datetime
from typing import Any

import pytest

from dinero_operator.domain.errors import CredentialsRejected, InvalidConfiguration, RateLimited, Unavailable
from dinero_operator.domain.order import Order, UnreadableOrder
from dinero_operator.shoporama.client import Page
from dinero_operator.shoporama.orders import CountryRow

TOKEN = "0123456789abcdef0123456789abcdef"
ORDER = {"order_id": 7, "status": "new", "time": "2026-03-02 09:00:00", "products": [], "total_price": 0}


async def test_what_is_asked(script: Any) -> None:
    script.will(
        "/REST/order",
        json={"paging": {"offset": 0, "limit": 5, "count": 1, "total": "12"}, "orders": [ORDER]},
    )
    page = await script.client.list_orders(
        limit=5, offset=10, since=datetime.fromisoformat("2026-03-02 09:00:00.5")
    )
    assert page == Page([ORDER], total=12, limit=5)
    request = script.seen[0]
    assert dict(request.query) == {"limit": "5", "offset": "10", "last_modified": "2026-03-02T09:00:00"}
    assert request.headers["Authorization"] == f"Shoporama {TOKEN}"
    assert request.headers["User-Agent"].startswith("dinero-operator/")


async def test_a_bare_array_is_a_list_too(script: Any) -> None:
    script.will("/REST/order", json=[ORDER])
    assert await script.client.list_orders() == Page([ORDER])


@pytest.mark.parametrize("paging", [None, [], {"total": None, "limit": "x"}, {"total": -1}])
async def test_strange_paging_is_no_paging(script: Any, paging: Any) -> None:
    script.will("/REST/order", json={"paging": paging, "orders": []})
    assert await script.client.list_orders() == Page([])


@pytest.mark.parametrize("status", [401, 403])
async def test_a_rejected_token_names_the_secret(script: Any, status: int) -> None:
    script.will("/REST/order", status, text=f"{status} {TOKEN}")
    with pytest.raises(CredentialsRejected, match=r"spec\.shop\.tokenSecretRef") as error:
        await script.client.list_orders()
    assert TOKEN not in str(error.value)


async def test_a_wrong_address_names_the_field(script: Any) -> None:
    script.will("/REST/order", 404, text="404 Not Found")
    with pytest.raises(InvalidConfiguration, match=r"spec\.shop\.url"):
        await script.client.list_orders()


@pytest.mark.parametrize("status", [400, 410, 422])
async def test_other_refusals(script: Any, status: int) -> None:
    script.will("/REST/order", status, text="no")
    with pytest.raises(Unavailable, match=f"HTTP {status}"):
        await script.client.list_orders()


async def test_an_answer_that_is_no_json(script: Any) -> None:
    script.will("/REST/order", text="<html>")
    with pytest.raises(Unavailable, match="not JSON"):
        await script.client.list_orders()


@pytest.mark.parametrize("body", [{}, {"orders": None}, {"orders": {}}, "orders", 7, None])
async def test_json_of_another_shape(script: Any, body: Any) -> None:
    script.will("/REST/order", json=body)
    with pytest.raises(Unavailable, match="no list of orders"):
        await script.client.list_orders()


async def test_a_spent_day_is_believed_for_an_hour(script: Any, quota: Any, clock: Any) -> None:
    script.will("/REST/order", 429, text="429 Too Many Requests")
    with pytest.raises(RateLimited) as error:
        await script.client.list_orders()
    assert error.value.retry_after == 3600
    assert quota.limit - len(script.seen) == 997  # two more tries, each of them counted
    sent = len(script.seen)
    with pytest.raises(RateLimited):
        await script.client.list_orders()
    assert len(script.seen) == sent
    clock.advance(3600)
    assert quota.remaining == 1000 - sent


async def test_one_refusal_in_passing_does_not_stop_us(script: Any, quota: Any) -> None:
    script.will("/REST/order", 429, text="429 Too Many Requests", headers={"Retry-After": "3"})
    refuse = script.answers["/REST/order"]

    def answer(request: Any) -> Any:
        script.will("/REST/order", json=[])
        return refuse(request)

    script.answers["/REST/order"] = answer
    assert await script.client.list_orders() == Page([])
    assert quota.remaining == 998


async def test_our_own_quota_stops_before_sending(script: Any, quota: Any) -> None:
    for _ in range(1000):
        quota.spend()
    with pytest.raises(RateLimited, match=r"spec\.shop\.dailyCalls"):
        await script.client.list_orders()
    assert script.seen == []


@pytest.mark.parametrize("status", [404, 410])
async def test_an_order_that_is_gone(script: Any, status: int) -> None:
    script.will("/REST/country", json=[])
    script.will("/REST/order/7", status, text="410 Gone")
    assert await script.client.get_order(7) is None


async def test_an_order_by_id(script: Any, quota: Any) -> None:
    script.will("/REST/country", json=[{"country_id": "45", "iso": "DK", "name": "Danmark"}])
    script.will("/REST/order/7", json=ORDER | {"del_country_id": 45})
    order = await script.client.get_order(7, held=True)
    assert isinstance(order, Order)
    assert (order.order_id, order.delivery.country) == (7, "DK")
    assert quota.remaining == 998


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "order_id is missing, or is no id"),
        (ORDER | {"order_id": 8}, "order_id is another order's"),
        (
            {key: value for key, value in ORDER.items() if key != "products"},
            "products is missing, or is no list of lines",
        ),
    ],
)
async def test_an_unreadable_order_by_id(script: Any, body: Any, problem: str) -> None:
    script.will("/REST/country", json=[])
    script.will("/REST/order/7", json=body)
    order = await script.client.get_order(7)
    assert isinstance(order, UnreadableOrder)
    assert (order.order_id, order.problem) == (7, problem)


async def test_an_order_that_is_no_object(script: Any) -> None:
    script.will("/REST/country", json=[])
    script.will("/REST/order/7", json=[])
    with pytest.raises(Unavailable, match="no order"):
        await script.client.get_order(7)


@pytest.mark.parametrize(
    ("body", "countries"),
    [
        ([{"country_id": 45, "iso": "DK", "name": "Danmark"}], {45: CountryRow(45, "DK", "Danmark")}),
        ({"countries": [{"id": "45", "title": "Danmark"}]}, {45: CountryRow(45, "", "Danmark")}),
        (
            {"paging": {"total": 1}, "rows": [{"id": 45, "country_code": "dk"}, None, {}]},
            {45: CountryRow(45, "dk", "")},
        ),
        ({"one": [], "two": []}, {}),
        ("countries", {}),
    ],
)
async def test_countries_in_any_shape(script: Any, body: Any, countries: Any) -> None:
    script.will("/REST/country", json=body)
    assert await script.client.countries() == countries


async def test_countries_are_read_once_a_day(script: Any, clock: Any) -> None:
    script.will("/REST/country", json=[{"id": 45, "code": "DK"}])
    await script.client.countries()
    clock.advance(86_399)
    await script.client.countries()
    assert len(script.seen) == 1
    clock.advance(1)
    script.will("/REST/country", 403, text="no")
    assert await script.client.countries() == {45: CountryRow(45, "DK", "")}
    clock.advance(599)
    await script.client.countries()
    assert len(script.seen) == 2
    clock.advance(1)
    await script.client.countries()
    assert len(script.seen) == 3


async def test_countries_come_in_pages(scene: Any) -> None:
    shop = scene(list_of_countries_bare=False, page_cap=20)
    countries = await shop.client.countries()
    assert len(countries) > 20
    assert countries[45] == CountryRow(45, "DK", "Danmark")
