"""The metrics as a scraper reads them."""

import math

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from dinero_operator.domain.holds import HoldReason
from dinero_operator.metrics import Metrics

SHOP = ("team", "shop-a")

CONTRACT = {
    "orders": ("counter", {"namespace", "name", "outcome"}),
    "orders_held": ("gauge", {"namespace", "name", "reason"}),
    "orders_pending": ("gauge", {"namespace", "name"}),
    "booked_amount": ("counter", {"namespace", "name", "currency"}),
    "last_success_timestamp_seconds": ("gauge", {"namespace", "name"}),
    "watermark_timestamp_seconds": ("gauge", {"namespace", "name"}),
    "condition": ("gauge", {"namespace", "name", "type", "status"}),
    "suspended": ("gauge", {"namespace", "name"}),
    "integration": ("info", {"namespace", "name", "organisation", "trigger"}),
    "order_delay_seconds": ("histogram", {"le"}),
    "sync_duration_seconds": ("histogram", {"le"}),
    "http_requests": ("counter", {"system", "operation", "code"}),
    "http_request_duration_seconds": ("histogram", {"system", "operation", "le"}),
    "retries": ("counter", {"system", "operation", "cause"}),
    "budget_wait_seconds": ("histogram", {"system", "le"}),
    "token_refresh": ("counter", {"result"}),
    "token_expiry_timestamp_seconds": ("gauge", set()),
    "schedule_lag_seconds": ("histogram", {"le"}),
    "event_loop_lag_seconds": ("histogram", {"le"}),
    "watch_last_event_timestamp_seconds": ("gauge", set()),
    "leader": ("gauge", set()),
    "eu_consumer_sales_dkk": ("gauge", {"organisation", "year"}),
    "build": ("info", {"version"}),
}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"dinero_operator_{name}", labels)


def of_shop(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(
        f"dinero_operator_{name}", {"namespace": SHOP[0], "name": SHOP[1], **labels}
    )


def use_everything(metrics: Metrics, namespace: str = SHOP[0], name: str = SHOP[1]) -> None:
    metrics.add_resource(namespace, name)
    metrics.count_order(namespace, name, "booked")
    metrics.set_held(namespace, name, {"VatDiffers": 2})
    metrics.set_pending(namespace, name, 3)
    metrics.count_booked_amount(namespace, name, "DKK", 12345)
    metrics.set_last_success(namespace, name, 1.7e9)
    metrics.set_watermark(namespace, name, 1.7e9)
    metrics.set_condition(namespace, name, "Ready", "True")
    metrics.set_suspended(namespace, name, True)
    metrics.set_integration(namespace, name, organisation=4711, trigger="Paid")
    metrics.observe_order_delay(100)
    metrics.observe_sync(1)
    metrics.observe_request("dinero", "list_invoices", 200, 0.2)
    metrics.count_retry("dinero", "list_invoices", "5xx")
    metrics.observe_budget_wait("dinero", 0)
    metrics.count_token_refresh("ok")
    metrics.set_token_expiry("a", 1.7e9)
    metrics.observe_schedule_lag(1)
    metrics.observe_event_loop_lag(0.01)
    metrics.set_watch_event(1.7e9)
    metrics.set_eu_consumer_sales(4711, 2026, 1_250_50)


def test_names_kinds_labels_and_help_are_the_contracts(metrics: Metrics) -> None:
    use_everything(metrics)
    text, content_type = metrics.expose("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    families = {family.name: family for family in parse_openmetrics(text.decode())}  # type: ignore[no-untyped-call]
    ours = {name.removeprefix("dinero_operator_") for name in families if name.startswith("dinero_operator_")}
    assert ours == CONTRACT.keys()
    for name, (kind, labels) in CONTRACT.items():
        family = families[f"dinero_operator_{name}"]
        assert family.type == kind, name
        assert set().union(*(sample.labels for sample in family.samples)) == labels, name
        assert family.documentation, name
        if name.endswith("_seconds"):
            assert "second" in family.documentation or "Unix" in family.documentation
    assert any(name.startswith("process_") for name in families)


def test_the_plain_text_form_has_the_names_that_people_query(metrics: Metrics) -> None:
    use_everything(metrics)
    text, content_type = metrics.expose()
    assert content_type.startswith("text/plain")
    names = {sample.name for family in parse_text(text.decode()) for sample in family.samples}
    assert {
        "dinero_operator_orders_total",
        "dinero_operator_integration_info",
        "dinero_operator_build_info",
    } <= names
    assert not {name for name in names if name.endswith("_created")}


def test_known_values_exist_at_the_start(metrics: Metrics) -> None:
    for result in ("ok", "rejected", "unavailable"):
        assert value(metrics, "token_refresh_total", result=result) == 0
    assert value(metrics, "budget_wait_seconds_count", system="dinero") == 0
    metrics.add_resource(*SHOP)
    for outcome in ("booked", "drafted", "paid", "credited", "skipped", "held"):
        assert of_shop(metrics, "orders_total", outcome=outcome) == 0
    assert of_shop(metrics, "orders_pending") == 0
    assert of_shop(metrics, "suspended") == 0


def test_the_version(metrics: Metrics) -> None:
    assert value(Metrics(version="9.9"), "build_info", version="9.9") == 1


def test_without_an_election_every_process_leads(metrics: Metrics) -> None:
    assert value(metrics, "leader") == 1
    metrics.set_leader(False)
    assert value(metrics, "leader") == 0
    metrics.set_leader(True)
    assert value(metrics, "leader") == 1


def test_forget_removes_every_series_of_that_resource_and_no_other(metrics: Metrics) -> None:
    use_everything(metrics, "team", "shop-a")
    use_everything(metrics, "team", "shop-b")
    use_everything(metrics, "shop-a", "team")
    metrics.forget("team", "shop-a")
    text = metrics.expose()[0].decode()
    assert 'name="shop-a"' not in text
    assert text.count('name="shop-b"') == text.count('name="team"') > 15
    metrics.forget("team", "shop-b")
    metrics.forget("shop-a", "team")
    metrics.forget("never", "seen")
    assert "namespace=" not in metrics.expose()[0].decode()


def test_a_resource_may_come_back_after_it_was_forgotten(metrics: Metrics) -> None:
    metrics.count_order(*SHOP, "booked", 5)
    metrics.forget(*SHOP)
    metrics.count_order(*SHOP, "booked")
    assert of_shop(metrics, "orders_total", outcome="booked") == 1


def test_amounts_are_kroner_and_never_fall(metrics: Metrics) -> None:
    metrics.count_booked_amount(*SHOP, "DKK", 12345)
    metrics.count_booked_amount(*SHOP, "DKK", -100)
    assert of_shop(metrics, "booked_amount_total", currency="DKK") == 123.45


def test_a_condition_has_one_status_and_may_go(metrics: Metrics) -> None:
    metrics.set_condition(*SHOP, "Stalled", "True")
    metrics.set_condition(*SHOP, "Ready", "True")
    metrics.set_condition(*SHOP, "Ready", "Unknown")
    assert [
        of_shop(metrics, "condition", type="Ready", status=status) for status in ("True", "False", "Unknown")
    ] == [0, 0, 1]
    metrics.set_condition(*SHOP, "Stalled", None)
    metrics.set_condition(*SHOP, "Stalled", None)
    assert of_shop(metrics, "condition", type="Stalled", status="True") is None
    metrics.forget(*SHOP)
    assert "condition{" not in metrics.expose()[0].decode()


def test_held_counts_are_replaced(metrics: Metrics) -> None:
    metrics.set_held(*SHOP, {"VatDiffers": 2, "GiftCard": 1})
    metrics.set_held(*SHOP, {"GiftCard": 4})
    assert of_shop(metrics, "orders_held", reason="VatDiffers") == 0
    assert of_shop(metrics, "orders_held", reason="GiftCard") == 4


def test_what_an_integration_connects_is_replaced(metrics: Metrics) -> None:
    metrics.set_integration(*SHOP, organisation=None, trigger=None)
    metrics.set_integration(*SHOP, organisation=4711, trigger="Sent")
    lines = [
        line
        for line in metrics.expose()[0].decode().splitlines()
        if line.startswith("dinero_operator_integration_info")
    ]
    assert lines == [
        'dinero_operator_integration_info{name="shop-a",namespace="team",organisation="4711",trigger="Sent"} 1.0'
    ]


def test_every_hold_has_its_own_label(metrics: Metrics) -> None:
    metrics.set_held(*SHOP, {str(reason): 1 for reason in HoldReason})
    assert of_shop(metrics, "orders_held", reason="other") is None
    assert all(of_shop(metrics, "orders_held", reason=str(reason)) == 1 for reason in HoldReason)


def test_what_nobody_planned_becomes_other(metrics: Metrics) -> None:
    metrics.observe_request("attacker", "GET /x?token=1", 299, 1)
    metrics.count_retry("dinero", "list", "Something new")
    metrics.count_order(*SHOP, "vanished")
    metrics.set_held(*SHOP, {"Order 17 of bo": 1, "Order 18 of bo": 1})
    metrics.count_booked_amount(*SHOP, "kr.", 100)
    metrics.set_condition(*SHOP, "Whatever", "True")
    metrics.set_integration(*SHOP, organisation=1, trigger="Whenever")
    metrics.count_token_refresh("perhaps")
    assert value(metrics, "http_requests_total", system="other", operation="other", code="other") == 1
    assert value(metrics, "retries_total", system="dinero", operation="list", cause="other") == 1
    assert value(metrics, "token_refresh_total", result="other") == 1
    assert of_shop(metrics, "orders_total", outcome="other") == 1
    assert of_shop(metrics, "orders_held", reason="other") == 2
    assert of_shop(metrics, "booked_amount_total", currency="other") == 1
    assert of_shop(metrics, "condition", type="other", status="True") == 1
    assert of_shop(metrics, "integration_info", organisation="1", trigger="other") == 1


def test_operations_cannot_grow_without_end(metrics: Metrics) -> None:
    for number in range(500):
        metrics.observe_request("dinero", f"operation_{number}", 200, 1)
    text = metrics.expose()[0].decode()
    assert text.count("dinero_operator_http_requests_total{") == 81
    assert value(metrics, "http_requests_total", system="dinero", operation="other", code="200") == 420


def test_no_answer_is_counted_as_error(metrics: Metrics) -> None:
    metrics.observe_request("shoporama", "list_orders", None, 30)
    assert (
        value(metrics, "http_requests_total", system="shoporama", operation="list_orders", code="error") == 1
    )


def test_the_first_token_to_expire_is_shown(metrics: Metrics) -> None:
    assert math.isnan(value(metrics, "token_expiry_timestamp_seconds") or 0)
    metrics.set_token_expiry("a", 300.0)
    metrics.set_token_expiry("b", 200.0)
    assert value(metrics, "token_expiry_timestamp_seconds") == 200
    metrics.set_token_expiry("b", None)
    metrics.set_token_expiry("b", None)
    assert value(metrics, "token_expiry_timestamp_seconds") == 300


def test_two_programs_in_one_process_do_not_share() -> None:
    one, two = Metrics(), Metrics()
    one.count_token_refresh("ok")
    assert value(two, "token_refresh_total", result="ok") == 0


def test_an_organisation_that_nobody_uses_has_no_series(metrics: Metrics) -> None:
    metrics.set_eu_consumer_sales(4711, 2025, 100)
    metrics.set_eu_consumer_sales(4711, 2026, 1_250_50)
    metrics.set_eu_consumer_sales(4712, 2026, 200)
    assert value(metrics, "eu_consumer_sales_dkk", organisation="4711", year="2026") == 1250.5
    metrics.forget_organisation(4711)
    metrics.forget_organisation(4711)
    assert value(metrics, "eu_consumer_sales_dkk", organisation="4711", year="2026") is None
    assert value(metrics, "eu_consumer_sales_dkk", organisation="4711", year="2025") is None
    assert value(metrics, "eu_consumer_sales_dkk", organisation="4712", year="2026") == 2
