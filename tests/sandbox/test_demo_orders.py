"""Demo orders: repeatable, believable, complete, and nobody's personal data."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from dinero_operator.sandbox.shoporama import (
    Quirks,
    Shop,
    ShoporamaSimulator,
    SimOrder,
    demo_orders,
    live_story,
)
from dinero_operator.sandbox.shoporama.cases import CASES, WRONG_TOTALS
from dinero_operator.sandbox.shoporama.countries import COUNTRIES, DENMARK
from dinero_operator.sandbox.shoporama.people import cvr_number, ean_number, other_case
from dinero_operator.sandbox.shoporama.wire import OrderWriter

NOW = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)
SEEDS = range(5)


def demo(seed: int, count: int) -> list[SimOrder]:
    return demo_orders(seed=seed, count=count, now=NOW)


def by_case(seed: int, count: int = 60) -> dict[str, SimOrder]:
    return {order.case: order for order in demo(seed, count)}


def test_the_same_seed_gives_the_same_orders_and_another_gives_others() -> None:
    assert demo(1, 50) == demo(1, 50)
    assert demo(1, 50) != demo(2, 50)


@pytest.mark.parametrize("count", [0, 1, 3, 10, 33, 34, 40, 200])
def test_as_many_as_asked_for_numbered_in_the_order_of_placing(count: int) -> None:
    orders = demo_orders(seed=3, count=count, now=NOW, first_order_id=7_000_000, first_number=200)
    assert [order.order_id for order in orders] == list(range(7_000_000, 7_000_000 + count))
    assert [order.webshop_order_id for order in orders] == list(range(200, 200 + count))
    placed = [order.placed_at for order in orders if order.placed_at]
    assert placed == sorted(placed)
    assert len(placed) == count


def test_few_show_the_ordinary_cases_and_forty_show_all() -> None:
    assert {order.case for order in demo(1, 10)} == {case.name for case in CASES[:10]}
    for seed in SEEDS:
        assert {order.case for order in demo(seed, 40)} == {case.name for case in CASES}


@pytest.mark.parametrize("seed", SEEDS)
def test_times_follow_each_other_and_end_before_now(seed: int) -> None:
    orders = demo(seed, 200)
    for order in orders:
        assert order.placed_at
        assert order.modified_at
        acts = [moment for moment in (order.placed_at, order.paid_at, order.sent_at) if moment]
        if order.status in ("new", "sent"):
            assert order.modified_at == acts[-1]
        assert [*acts, order.modified_at, NOW] == sorted([*acts, order.modified_at, NOW])
        assert NOW - order.placed_at <= timedelta(days=5)
        assert order.paid == (order.paid_at is not None)
        assert order.modified_at.microsecond == 0
    assert len({order.modified_at for order in orders}) > 190


def on_the_wire(order: SimOrder) -> dict[str, Any]:
    fields = OrderWriter(Quirks(), ZoneInfo("Europe/Copenhagen")).order(order)
    return cast("dict[str, Any]", json.loads(json.dumps(fields), parse_float=Decimal))


@pytest.mark.parametrize("seed", SEEDS)
def test_amounts_add_up_on_the_wire_but_where_they_are_meant_not_to(seed: int) -> None:
    wrong = set()
    for order in demo(seed, 120):
        wire = on_the_wire(order)
        lines = sum(line["amount"] * line["unit_price"] for line in wire["products"])
        due = lines + wire["shipping_price"] - (wire["voucher_discount_amount"] or 0)
        if "total_price" not in wire:
            assert order.case == "no total"
            continue
        if wire["total_price"] != due:
            wrong.add(order.case)
        if wire["del_country"] in ("Danmark", "Sverige"):
            assert abs(wire["vat"] * 5 - wire["total_price"]) <= Decimal("0.02")
        else:
            assert wire["vat"] == 0
    assert wrong == WRONG_TOTALS


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_real_is_in_it(seed: int) -> None:
    for order in demo(seed, 300):
        if order.email and order.email.strip():
            assert order.email.strip().lower().split("@")[1] in ("example.com", "example.org", "example.net")
        assert order.phone.startswith("12")
        # CVR numbers of this range have never been given out.
        assert not order.vat_number or order.vat_number.startswith(("9", "DE99999"))
        for party in (order.billing, order.delivery):
            assert party is None or any(
                word in party.address
                for word in ("vej", "gade", "stræde", "allé", "stien", "bakken", "haven", "straße")
            )


@pytest.mark.parametrize("count", [40, 100, 500])
def test_some_four_in_ten_share_their_email_also_in_other_letters(count: int) -> None:
    for seed in SEEDS:
        orders = [order for order in demo(seed, count) if order.email and order.email.strip()]
        owners = Counter(order.email.lower() for order in orders if order.email)
        shared = [order for order in orders if order.email and owners[order.email.lower()] > 1]
        assert 0.3 * count <= len(shared) <= 0.5 * count
        spellings = {order.email for order in shared}
        assert len(spellings) > len({spelling.lower() for spelling in spellings if spelling})


def test_what_the_cases_promise() -> None:
    cases = by_case(4)
    assert [(line.unit_price, line.amount) for line in cases["odd øre"].lines] == [(33_33, 3)]
    assert all(line.attributes for line in cases["variants"].lines)
    assert cases["free shipping"].shipping_price == 0
    voucher = cases["voucher"]
    assert voucher.voucher_discount == 10
    assert voucher.voucher_discount_amount == (voucher.goods_total + 5) // 10
    assert cases["voucher with odd øre"].voucher_discount_amount == 15_00
    assert (cases["zero total"].total_price, cases["zero total"].paid) == (0, True)
    card = cases["gift card"]
    assert (card.voucher_discount, card.voucher_discount_amount) == (None, 200_00)
    assert card.voucher_code
    assert card.voucher_code.startswith("GAVEKORT-")
    assert card.total_price > 0
    assert cases["company"].billing.company
    assert len(cases["EAN, sent unpaid"].ean_number) == 13
    assert {(o.status, o.paid) for name, o in cases.items() if "cancelled" in name} == {
        ("cancelled", True),
        ("cancelled", False),
    }
    assert [
        (cases[name].status, cases[name].paid)
        for name in ("bank transfer, not paid yet", "bank transfer, sent unpaid")
    ] == [("new", False), ("sent", False)]
    assert cases["unknown status"].status not in ("new", "sent", "cancelled")
    assert (cases["no e-mail"].email, cases["empty e-mail"].email) == (None, "")
    assert "'" in (cases["apostrophe in e-mail"].email or "")
    assert cases["total off by an øre"].total_price - cases["total off by an øre"].balanced_total == 1
    assert (
        cases["total off by five kroner"].total_price - cases["total off by five kroner"].balanced_total
        == -500
    )
    assert "total_price" in cases["no total"].left_out
    assert len(cases["long name"].billing.name) > 200
    assert "🫖" in cases["odd text"].billing.name
    abroad = {
        name: COUNTRIES[order.billing.country_id].iso
        for name, order in cases.items()
        if order.billing.country_id != DENMARK
    }
    assert abroad == {
        "Swedish consumer": "SE",
        "German business": "DE",
        "Norwegian consumer": "NO",
        "Greenland": "GL",
    }
    assert cases["credit note"].total_price < 0


@pytest.mark.parametrize("seed", SEEDS)
def test_the_credit_note_undoes_an_earlier_order_of_the_same_customer(seed: int) -> None:
    orders = demo(seed, 40)
    credit = next(order for order in orders if order.total_price < 0)
    originals = [
        order
        for order in orders
        if order.email == credit.email and order.total_price == -credit.total_price and order.paid
    ]
    assert originals
    assert credit.placed_at
    assert all(
        o.modified_at and o.modified_at <= credit.placed_at for o in originals if o.case == "paid and sent"
    )


def test_numbers_have_right_check_digits() -> None:
    random = Random(1)  # noqa: S311 - repeatable on purpose
    for _ in range(200):
        cvr, ean = cvr_number(random), ean_number(random)
        assert len(cvr) == 8
        assert sum(int(d) * w for d, w in zip(cvr, (2, 7, 6, 5, 4, 3, 2, 1), strict=True)) % 11 == 0
        assert len(ean) == 13
        assert sum(int(d) * w for d, w in zip(ean, (1, 3) * 6 + (1,), strict=True)) % 10 == 0
        assert other_case("a.b@example.com", random) != "a.b@example.com"


def test_senseless_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="count"):
        demo(1, -1)
    with pytest.raises(ValueError, match="span"):
        demo_orders(seed=1, count=1, now=NOW, span=timedelta(minutes=5))


def play(seed: int, steps: int, pace: float = 1.0) -> tuple[list[tuple[float, str]], Shop]:
    time = [NOW]
    shop = ShoporamaSimulator(now=lambda: time[0]).add_shop("live")
    told = []
    for step in islice(live_story(shop, seed=seed, pace=pace), steps):
        time[0] += timedelta(seconds=step.delay)
        step.act()
        told.append((step.delay, step.label))
    return told, shop


def test_the_live_story_is_repeatable_and_reaches_every_stage() -> None:
    told, shop = play(5, 200)
    again, other = play(5, 200)
    assert told == again
    assert shop.orders == other.orders
    assert play(6, 200)[0] != told
    stages = {(order.status, order.paid) for order in shop.orders.values()}
    assert {("new", False), ("new", True), ("sent", True), ("cancelled", False)} <= stages
    for order in shop.orders.values():
        assert order.placed_at
        assert not order.paid_at or order.paid_at >= order.placed_at
        assert not order.sent_at or order.sent_at >= order.placed_at


def test_the_pace_of_the_live_story() -> None:
    slow, fast = play(5, 100)[0], play(5, 100, pace=2)[0]
    assert [label for _, label in slow] == [label for _, label in fast]
    assert sum(delay for delay, _ in slow) == pytest.approx(2 * sum(delay for delay, _ in fast), abs=0.2)
    shop = ShoporamaSimulator().add_shop("live")
    with pytest.raises(ValueError, match="pace"):
        live_story(shop, seed=1, pace=0)
