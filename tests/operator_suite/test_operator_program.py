"""The program as a pod's kubelet and Prometheus see it: probes, metrics, its end, and its exit codes."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from eventually import eventually
from suite_outside import Outside, Place
from suite_process import Operator, StartOperator

from dinero_operator import __version__

STOPS_IN_SECONDS = 3.0


async def test_probes_and_metrics(operator: Operator, place: Place) -> None:
    place.orders(2)
    await (await place.integrate()).booked(2)
    assert (await operator.get("/healthz"))[::2] == (200, "ok")
    assert (await operator.get("/readyz"))[::2] == (200, "ok")
    assert (await operator.get("/secrets"))[0] == 404
    status, content_type, text = await operator.get("/metrics")
    assert status == 200
    assert content_type.startswith("text/plain; version=")
    assert f'dinero_operator_build_info{{version="{__version__}"}} 1.0' in text
    of_resource = await operator.series_of(place.namespace.name)
    assert of_resource == {
        f"dinero_operator_{name}"
        for name in (
            "orders_total",
            "orders_pending",
            "booked_amount_total",
            "last_success_timestamp_seconds",
            "watermark_timestamp_seconds",
            "condition",
            "suspended",
            "integration_info",
        )
    }
    labels = {"namespace": place.namespace.name}
    totals = sum(order.total_price for order in place.shop.orders.values())
    assert await operator.value("booked_amount_total", **labels, currency="DKK") == pytest.approx(
        totals / 100
    )
    assert await operator.value("orders_total", **labels, outcome="booked") == 2
    assert await operator.value("orders_total", **labels, outcome="paid") == 2
    assert await operator.value("condition", **labels, type="Ready", status="True") == 1
    assert await operator.value("condition", **labels, type="Ready", status="False") == 0
    info = await operator.value("integration_info", **labels, organisation=str(place.number), trigger="Paid")
    assert info == 1
    for name in (
        "order_delay_seconds_count",
        "sync_duration_seconds_count",
        "http_request_duration_seconds_count",
        "budget_wait_seconds_count",
        "schedule_lag_seconds_count",
        "event_loop_lag_seconds_count",
        "token_refresh_total",
        "token_expiry_timestamp_seconds",
        "watch_last_event_timestamp_seconds",
    ):
        await eventually(lambda name=name: operator.value(name), told=name)  # type: ignore[misc]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_when_asked(
    start_operator: StartOperator, place: Place, number: signal.Signals
) -> None:
    operator = await start_operator()
    await (await place.integrate()).settled()
    code, seconds = await operator.stop(number)
    assert code == 0
    assert seconds < STOPS_IN_SECONDS
    assert operator.lines()[-1]["message"] == "stopped"
    assert not [line for line in operator.lines() if line["level"] != "INFO"]


async def test_it_stops_while_it_waits_for_its_budget(start_operator: StartOperator, place: Place) -> None:
    operator = await start_operator(REQUESTS_PER_MINUTE="10")
    orders = place.orders(20)
    resource = await place.integrate()
    await eventually(place.dinero_calls, lambda calls: calls >= 10, told="a spent budget")
    code, seconds = await operator.stop()
    assert code == 0
    assert seconds < STOPS_IN_SECONDS
    await start_operator()
    await resource.booked(20)
    place.assert_once(orders)


async def test_it_stops_in_the_middle_of_a_call(start_operator: StartOperator, place: Place) -> None:
    operator = await start_operator()
    orders = place.orders(10)
    place.slow_down(0.3)
    resource = await place.integrate()
    await eventually(place.invoices, told="a run under way")
    code, seconds = await operator.stop()
    assert code == 0
    assert seconds < STOPS_IN_SECONDS
    assert not all(invoice.payments for invoice in place.invoices())
    place.slow_down(0.0)
    await start_operator()
    await resource.booked(10)
    place.assert_once(orders)


async def test_a_wrong_setting_stops_it_with_one_line(start_operator: StartOperator) -> None:
    wrong = {
        "REQUESTS_PER_MINUTE": "many",
        "DINERO_API_URL": "http://api.example.com",
        "LOG_LEVEL": "LOUD",
        "SHARD_INDEX": "1",
        "NAMESPACES": "Not A Namespace",
        "CONNECT_CLIENT_SECRET_FILE": "/nonexistent/secret-of-nobody",
    }
    unregistered = {"CONNECT_CLIENT_ID": "", "CONNECT_CLIENT_SECRET": ""}
    started = {
        name: await start_operator(wait=False, **unregistered, **{name: value})
        for name, value in wrong.items()
    }
    for name, operator in started.items():
        assert await operator.wait() == 2
        (line,) = operator.log.read_text().splitlines()
        assert line.startswith(f"DINERO_OPERATOR_{name}: ")
        assert wrong[name] not in line.partition(": ")[2]


async def test_a_taken_port_stops_it_with_one_line(start_operator: StartOperator, operator: Operator) -> None:
    other = await start_operator(wait=False, HTTP_PORT=str(operator.port))
    assert await other.wait() == 2
    lines = [line for line in other.log.read_text().splitlines() if not line.startswith("{")]
    assert len(lines) == 1
    assert lines[0].startswith("DINERO_OPERATOR_HTTP_PORT: ")


async def test_without_a_cluster_it_stops_with_one_line(outside: Outside, tmp_path: Path) -> None:
    contents = {
        "none": None,
        "empty": "",
        "object": "{}",
        "broken": "no: [kubeconfig",
        "bare": "clusters: []",
    }
    started = []
    try:
        for name, content in contents.items():
            kubeconfig = tmp_path / f"{name}.yaml"
            if content is not None:
                kubeconfig.write_text(content, encoding="utf-8")
            operator = Operator(kubeconfig, tmp_path / f"{name}.log", outside.settings())
            started.append(await operator.start(wait=False))
        for operator in started:
            assert await operator.wait() == 2
            (line,) = operator.log.read_text().splitlines()
            assert line.startswith("KUBECONFIG: ")
    finally:
        for operator in started:
            await operator.aclose()
