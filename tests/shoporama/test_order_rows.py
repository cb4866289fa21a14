from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dinero_operator.domain.order import Order, OrderLine, OrderStatus, Party, UnreadableOrder
from dinero_operator.shoporama import mapping
from dinero_operator.shoporama.mapping import Field
from dinero_operator.shoporama.orders import CountryRow, OrderSummary, Row, parse_order

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
COUNTRIES = {
    45: CountryRow(45, "DK", "Danmark"),
    80: CountryRow(80, "", "Sverige"),
    99: CountryRow(99, "", "Utopia"),
}
ROW: dict[str, Any] = {
    "order_id": 1234567,
    "webshop_order_id": 1042,
    "status": "new",
    "paid": 1,
    "time": "2025-03-04 14:05:49",
    "last_modified": "2025-03-04 14:07:10",
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
    "del_name": "Test Modtager",
    "del_company_name": "",
    "del_address": "Prøvevej 2",
    "del_zipcode": 8200,
    "del_city": "Aarhus N",
    "del_country_id": "80",
    "del_country": "Sverige",
    "products": [
        {
            "product_id": 1001,
            "name": "Bog",
            "own_id": "BOG-1",
            "amount": 2,
            "unit_price": Decimal("159.95"),
            "attributes": [{"name": "Farve", "val": "rød"}],
        }
    ],
    "shipping_price": 39,
    "voucher_code": None,
    "voucher_discount_amount": None,
    "vat": Decimal("71.78"),
    "total_price": Decimal("358.90"),
}


def parse(row: Any, *, summaries: bool = False) -> Row | None:
    return parse_order(row, countries=COUNTRIES, zone=COPENHAGEN, summaries=summaries)


def order(**changes: Any) -> Order:
    parsed = parse(ROW | changes)
    assert isinstance(parsed, Order)
    return parsed


def problem(**changes: Any) -> str:
    parsed = parse(ROW | changes)
    assert isinstance(parsed, UnreadableOrder)
    assert parsed.order_id == 1234567
    return parsed.problem


def without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in ROW.items() if key not in keys}


def test_a_whole_order() -> None:
    assert parse(ROW) == Order(
        order_id=1234567,
        number="1042",
        status=OrderStatus.NEW,
        status_text="new",
        paid=True,
        placed_at=datetime.fromisoformat("2025-03-04 14:05:49"),
        modified_at=datetime.fromisoformat("2025-03-04 14:07:10"),
        lines=(OrderLine("Bog", Decimal(2), 15995, "BOG-1", (("Farve", "rød"),)),),
        total=35890,
        shipping=3900,
        vat=7178,
        billing=Party("Test Kunde", "", "Testvej 1", "8000", "Aarhus C", "DK", "Danmark"),
        delivery=Party("Test Modtager", "", "Prøvevej 2", "8200", "Aarhus N", "SE", "Sverige"),
        email="kunde@example.com",
        phone="12345678",
    )


def test_the_least_that_an_order_needs() -> None:
    parsed = parse(
        {"order_id": "7", "status": "sent", "created": 1741086000, "products": [], "total_price": "0"}
    )
    assert isinstance(parsed, Order)
    assert (parsed.number, parsed.paid, parsed.total, parsed.vat) == ("7", False, 0, None)
    assert parsed.placed_at == datetime.fromisoformat("2025-03-04 12:00:00")
    assert parsed.delivery == Party()


@pytest.mark.parametrize("key", ["status", "time", "products", "total_price"])
@pytest.mark.parametrize("absent", [True, False])
def test_what_is_required_is_named_when_it_is_missing_or_null(key: str, absent: bool) -> None:
    parsed = parse(without(key) if absent else ROW | {key: None})
    assert isinstance(parsed, UnreadableOrder)
    assert parsed.problem.startswith(f"{key} is missing")
    assert (parsed.number, parsed.modified_at) == ("1042", datetime.fromisoformat("2025-03-04 14:07:10"))


@pytest.mark.parametrize(
    "row", [None, [], "order", 7, {}, {"order_id": None}, {"order_id": "x"}, {"order_id": 0}]
)
def test_a_row_without_usable_id_is_no_order(row: Any) -> None:
    assert parse(row) is None


def test_a_problem_names_the_key_and_not_the_content() -> None:
    lines = [ROW["products"][0], ROW["products"][0] | {"unit_price": "secret"}]
    assert problem(products=lines) == "products[1].unit_price is no amount"
    assert problem(products=[{}]) == "products[0].amount is missing or empty"
    assert problem(products=["secret"]) == "products[0] is no line"
    assert problem(products="secret") == "products is missing, or is no list of lines"
    assert problem(paid="secret") == "paid is neither a flag nor a time"
    assert problem(time="secret") == "time is missing, or is no time"
    assert problem(vat="secret") == "vat is no amount"
    assert problem(shipping_price=Decimal("0.001")) == "shipping_price is finer than an øre"


def test_lines_beyond_all_bounds() -> None:
    assert problem(products=[ROW["products"][0]] * 10_001) == "products has more than 10000 lines"


def test_a_summary_has_no_key_for_lines() -> None:
    row = without("products")
    assert parse(row, summaries=True) == OrderSummary(
        1234567, datetime.fromisoformat("2025-03-04 14:07:10"), datetime.fromisoformat("2025-03-04 14:05:49")
    )
    assert isinstance(parse(row), UnreadableOrder)
    assert isinstance(parse(ROW | {"products": None}, summaries=True), UnreadableOrder)


def test_other_keys_and_shapes_of_lines() -> None:
    lines = {"0": ROW["products"][0], "2": {"product_id": 5, "amount": "1", "unit_price": "2.50"}}
    parsed = parse(without("products") | {"order_products": lines})
    assert isinstance(parsed, Order)
    assert [(line.name, line.unit_price) for line in parsed.lines] == [("Bog", 15995), ("5", 250)]


@pytest.mark.parametrize(
    ("status", "known"),
    [
        ("SENT", OrderStatus.SENT),
        ("cancelled", OrderStatus.CANCELLED),
        ("unknown", OrderStatus.UNKNOWN),
        (3, OrderStatus.UNKNOWN),
    ],
)
def test_status(status: Any, known: OrderStatus) -> None:
    assert order(status=status).status is known


def test_an_unknown_status_is_told_in_few_words() -> None:
    assert order(status="afventer " * 20).status_text == ("afventer " * 20)[:40]


def test_delivery_without_address_is_the_orders_own() -> None:
    empty = dict.fromkeys((key for key in ROW if key.startswith("del_")), "")
    parsed = order(**empty)
    assert parsed.delivery == parsed.billing
    assert parsed.delivery.country == "DK"


def test_delivery_fields_are_not_mixed_with_the_orders_own() -> None:
    parsed = order(order_company_name="Firma ApS", del_name="", del_country_id=0, del_country=None)
    assert (parsed.delivery.name, parsed.delivery.company) == ("Test Kunde", "Firma ApS")
    assert (parsed.delivery.address, parsed.delivery.country) == ("Prøvevej 2", "DK")


@pytest.mark.parametrize(
    ("country_id", "word", "code", "text"),
    [
        (45, None, "DK", "Danmark"),
        (80, "", "SE", "Sverige"),
        (7, "Norge", "NO", "Norge"),
        (None, "Norway", "NO", "Norway"),
        ("x", "NO", "NO", "NO"),
        (99, None, "", "Utopia"),
        (7, "Utopia", "", "Utopia"),
        (7, None, "", ""),
    ],
)
def test_country_of_delivery(country_id: Any, word: Any, code: str, text: str) -> None:
    party = order(del_country_id=country_id, del_country=word).delivery
    assert (party.country, party.country_text) == (code, text)


@pytest.mark.parametrize(
    ("stated", "total", "discount"),
    [
        (50, Decimal("308.90"), 5000),
        (-50, Decimal("308.90"), 5000),
        (-50, Decimal("408.90"), -5000),
        (50, 1, 5000),
    ],
)
def test_the_sign_of_a_discount_follows_the_sum(stated: int, total: Any, discount: int) -> None:
    assert order(voucher_discount_amount=stated, total_price=total).discount == discount


@pytest.mark.parametrize(("stated", "currency"), [("eur", "EUR"), ("kr.", ""), (208, ""), (None, "")])
def test_currency(stated: Any, currency: str) -> None:
    assert order(currency=stated).currency == currency


def test_vat_that_is_not_said_is_not_zero() -> None:
    assert order(vat=None).vat is None
    assert order(vat=0).vat == 0


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["new", "2025-03-04 14:05:49", "9" * 5000, "1e9", 10**400, Decimal("1E+999999"), Decimal("1E-999999")]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
LINE_KEYS = sorted(
    {key for field in vars(mapping).values() if isinstance(field, Field) for key in field.keys}
)


@settings(max_examples=400)
@given(
    changes=st.dictionaries(st.sampled_from(LINE_KEYS), JSON, max_size=6),
    line=st.dictionaries(st.sampled_from(LINE_KEYS), JSON, max_size=4),
    summaries=st.booleans(),
)
def test_no_json_makes_it_raise(changes: dict[str, Any], line: dict[str, Any], summaries: bool) -> None:
    row = deepcopy(ROW)
    row["products"][0] |= line
    parsed = parse(row | changes, summaries=summaries)
    if isinstance(parsed, Order):
        assert isinstance(hash(parsed), int)


@given(value=JSON)
def test_no_row_makes_it_raise(value: Any) -> None:
    parse(value)


@given(key=st.sampled_from(sorted(ROW)), nested=st.booleans())
def test_content_is_never_shown(key: str, nested: bool) -> None:
    secret = "Zq7secretZq7"
    value: Any = [{"amount": secret, "unit_price": secret}] if nested else secret
    parsed = parse(ROW | {key: value})
    if isinstance(parsed, UnreadableOrder):
        assert secret not in parsed.problem
