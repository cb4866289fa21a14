from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinero_operator.kube.resource import Status, parse_status

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


HELD = {
    "orderId": "1234567",
    "orderNumber": "1042",
    "reason": "GiftCard",
    "message": "Book it by hand.",
    "since": "2026-11-02T08:00:00Z",
}
CONDITION = {
    "type": "Ready",
    "status": "True",
    "observedGeneration": 3,
    "lastTransitionTime": "2026-11-02T08:00:00Z",
    "reason": "Synced",
    "message": "All is well.",
}
WHOLE: dict[str, Any] = {
    "observedGeneration": 3,
    "conditions": [CONDITION],
    "organisation": {"id": 123456, "name": "Example ApS"},
    "account": {"number": 55100, "name": "Webshop salg"},
    "choices": {"organisations": [{"id": 1, "name": "A"}], "accounts": [{"number": 55100}]},
    "connect": {"url": "https://operator.example.com/connect/x", "expiresAt": "2026-11-02T09:00:00Z"},
    "startFrom": "2026-11-01",
    "watermark": "2026-11-02T09:15:00.5+01:00",
    "lastSyncTime": "2026-11-02T08:20:00Z",
    "lastHandledReconcileAt": "now please",
    "orders": {"booked": 12, "drafted": 1, "credited": 0, "held": 1, "pending": 2},
    "held": [HELD],
    "lastBooked": {"orderNumber": "1041", "invoiceNumber": 2077, "time": "2026-11-02T08:19:00Z"},
}


def test_reads_the_whole_status_and_writes_it_back() -> None:
    status = parse_status(WHOLE)
    assert status.wire() == WHOLE
    assert status.start_from == date(2026, 11, 1)
    assert status.watermark == WHOLE["watermark"]
    assert status.watermark_time == datetime(2026, 11, 2, 8, 15, 0, 500000, tzinfo=UTC)
    assert status.last_sync_moment == datetime(2026, 11, 2, 8, 20, tzinfo=UTC)
    ready = status.condition("Ready")
    assert ready is not None
    assert ready.reason == "Synced"
    assert status.condition("Stalled") is None


@pytest.mark.parametrize("raw", [None, {}, [], "x", 7, {"unknown": 1}, {"held": None}])
def test_nothing_readable_is_an_empty_status(raw: Any) -> None:
    assert parse_status(raw) == Status()
    assert Status().watermark_time is None


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({"watermark": "2026-11-02T09:15:00"}, {"watermark"}),  # no zone: no instant
        ({"watermark": "2026-13-02T09:15:00Z"}, {"watermark"}),
        ({"watermark": 1762070400}, {"watermark"}),
        ({"organisation": {"name": "without an id"}}, {"organisation"}),
        ({"organisation": {"id": "123456"}}, {"organisation.id"}),
        ({"startFrom": "yesterday"}, {"start_from"}),
        ({"orders": "many"}, {"orders"}),
        ({"connect": {"url": "https://x.example.com"}}, {"connect"}),
        ({"conditions": {"Ready": True}}, {"conditions"}),
        ({"observedGeneration": -2}, {"observed_generation"}),
    ],
)
def test_drops_only_what_is_malformed(change: dict[str, Any], lost: set[str]) -> None:
    status = parse_status(WHOLE | change)
    whole = parse_status(WHOLE)
    names = {name.split(".")[0] for name in lost}
    for name in Status.model_fields:
        if name in names:
            assert getattr(status, name) == getattr(Status(), name)
        else:
            assert getattr(status, name) == getattr(whole, name)


def test_drops_items_of_a_list_one_by_one() -> None:
    bad: list[Any] = [7, {**HELD, "orderId": 7}, HELD | {"since": "then"}, {"reason": "x"}, None]
    held = [HELD | {"orderId": "1"}, *bad, HELD | {"orderId": "2"}]
    status = parse_status({"held": held})
    assert [order.order_id for order in status.held] == ["1", "1234567", "2"]
    assert [order.since for order in status.held] == [HELD["since"], None, HELD["since"]]


def test_dropping_an_item_leaves_its_neighbour_whole() -> None:
    twice_bad = {"reason": "x", "since": "then"}
    (left,) = parse_status({"held": [twice_bad, HELD]}).held
    assert left.wire() == HELD


def test_reads_more_held_orders_than_may_be_written() -> None:
    # Dropping one would lose an order: the watermark has passed it.
    assert len(parse_status({"held": [HELD] * 60}).held) == 60


held_items = st.fixed_dictionaries({}, optional=dict.fromkeys(HELD, json_values))


@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), json_values | st.lists(held_items, max_size=4)))
def test_never_raises(raw: dict[str, Any]) -> None:
    assert isinstance(parse_status(raw), Status)
