"""What the watch shows becomes entries; only what asks for a run is news."""

import json
from typing import Any

import pytest
from kube_bodies import a_body, an_entry, frozen

from dinero_operator.kube.registry import MAX_SKIPPED, Key, Registry
from dinero_operator.sync.integration import Integration

RECONCILE = "shoporama.dk/reconcile-requested-at"
SKIP = "shoporama.dk/skip-orders"
KEY = Key("team", "shop")


def test_a_resource_is_news_once() -> None:
    registry = Registry()
    entry, is_news = registry.take(a_body())
    assert is_news
    assert (entry.key, entry.uid, entry.generation, entry.resource_version) == (KEY, "uid-1", 1, "100")
    again, is_news = registry.take(a_body())
    assert again is entry
    assert not is_news
    assert len(registry) == 1
    assert list(registry) == [entry]
    assert registry.get(KEY) is entry


@pytest.mark.parametrize(
    ("change", "is_news"),
    [
        ({"generation": 2}, True),
        ({"annotations": {RECONCILE: "1"}}, True),
        ({"annotations": {SKIP: "7"}}, True),
        ({"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}}, False),
        ({"resourceVersion": "101"}, False),
        ({"resourceVersion": "101", "status": {"watermark": "2026-11-02T08:15:00Z"}}, False),
        ({"labels": {"team": "a"}}, False),
        ({"uid": "uid-2"}, True),
    ],
)
def test_what_asks_for_a_run(change: dict[str, Any], is_news: bool) -> None:
    registry = Registry()
    registry.take(a_body())
    assert registry.take(a_body(**change))[1] is is_news
    assert registry.take(a_body(**change))[1] is False


def test_the_integration_lives_as_long_as_the_resource_itself() -> None:
    registry = Registry()
    entry, _ = registry.take(a_body())
    integration = entry.integration = object.__new__(Integration)
    entry, _ = registry.take(a_body(generation=2, resourceVersion="101", spec={"trigger": "Sent"}))
    assert entry.integration is integration
    assert (entry.generation, entry.resource_version, entry.spec["trigger"]) == (2, "101", "Sent")
    entry, _ = registry.take(a_body(uid="uid-2"))  # deleted and made anew, and the deletion was missed
    assert entry.integration is None
    assert registry.remove(KEY) is entry
    assert registry.remove(KEY) is None
    assert len(registry) == 0


def test_what_is_kept_is_a_plain_copy() -> None:
    body = a_body(
        spec={"sales": {"euBusiness": {"goods": 1000}}}, status={"held": [{"orderId": "1", "reason": "A"}]}
    )
    entry, _ = Registry().take(frozen(body))
    assert json.loads(json.dumps(entry.spec)) == body["spec"]
    assert json.loads(json.dumps(entry.raw_status)) == body["status"]


@pytest.mark.parametrize("missing", ["spec", "status"])
@pytest.mark.parametrize("value", [None, [], "x", 7])
def test_a_spec_or_status_that_is_none_is_empty(missing: str, value: Any) -> None:
    entry, _ = Registry().take(a_body() | {missing: value})
    assert (entry.spec if missing == "spec" else entry.raw_status) == {}


def test_metadata_may_be_bare() -> None:
    entry, _ = Registry().take({"metadata": {"namespace": "team", "name": "shop", "annotations": None}})
    assert (entry.uid, entry.generation, entry.resource_version, entry.created) == ("", 0, "", "")
    assert entry.wish is None
    assert entry.skipped() == (frozenset(), True)


@pytest.mark.parametrize(
    ("token", "handled", "wish"),
    [
        (None, None, None),
        (None, "old", None),
        ("now", None, "now"),
        ("now", "old", "now"),
        ("now", "now", None),
        ("", None, ""),
        ("", "", None),
        ("x" * 5000, None, "x" * 1024),
        ("x" * 5000, "x" * 1024, None),
    ],
)
def test_a_wish_holds_until_it_is_echoed(token: str | None, handled: str | None, wish: str | None) -> None:
    annotations = {} if token is None else {RECONCILE: token}
    status = {} if handled is None else {"lastHandledReconcileAt": handled}
    assert an_entry(annotations=annotations, status=status).wish == wish


@pytest.mark.parametrize(
    ("value", "orders", "is_clear"),
    [
        ("", set(), True),
        ("7", {7}, True),
        (" 7 , 8,8,, ", {7, 8}, True),
        ("7;8", set(), False),
        ("7, eight", {7}, False),
        ("-7", set(), False),
        ("7.0", set(), False),
        ("٧", set(), False),
        ("²", set(), False),
        ("9" * 20, {int("9" * 20)}, True),
        ("7," + "9" * 5000, {7}, False),
    ],
)
def test_orders_done_by_hand(value: str, orders: set[int], is_clear: bool) -> None:
    assert an_entry(annotations={SKIP: value}).skipped() == (frozenset(orders), is_clear)


def test_very_many_orders_done_by_hand_are_not_all_read() -> None:
    value = ",".join(str(number) for number in range(MAX_SKIPPED + 1))
    orders, is_clear = an_entry(annotations={SKIP: value}).skipped()
    assert len(orders) == MAX_SKIPPED
    assert not is_clear


@pytest.mark.parametrize(
    ("value", "suspended"), [(True, True), (False, False), ("true", False), (None, False)]
)
def test_a_suspended_resource_is_known_by_one_field(value: Any, suspended: bool) -> None:
    assert an_entry(spec={"suspend": value, "interval": ["wrong"]}).is_suspended is suspended
