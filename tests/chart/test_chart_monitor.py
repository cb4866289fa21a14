"""PodMonitor and ServiceMonitor."""

from __future__ import annotations

import pytest
from rendering import Chart, Json, Refused

SCRAPING: Json = {
    "interval": "30s",
    "scrapeTimeout": "10s",
    "relabelings": [{"action": "labeldrop", "regex": "pod"}],
    "metricRelabelings": [{"action": "labeldrop", "regex": "le"}],
}


def test_off_by_default(chart: Chart) -> None:
    assert not chart.render().kinds() & {"PodMonitor", "ServiceMonitor"}


@pytest.mark.parametrize(
    ("kind", "endpoints"), [("PodMonitor", "podMetricsEndpoints"), ("ServiceMonitor", "endpoints")]
)
def test_it_scrapes_the_metrics_of_our_pods(chart: Chart, kind: str, endpoints: str) -> None:
    values = {
        "monitor": {"enabled": True, "kind": kind, "namespace": "monitoring", "labels": {"a": "b"}} | SCRAPING
    }
    rendered = chart.render(values)
    assert rendered.kinds() & {"PodMonitor", "ServiceMonitor"} == {kind}
    monitor = rendered.one(kind)
    assert monitor["apiVersion"] == "monitoring.coreos.com/v1"
    assert monitor["metadata"]["namespace"] == "monitoring"
    assert monitor["metadata"]["labels"]["a"] == "b"
    spec = monitor["spec"]
    assert spec.keys() == {"namespaceSelector", "selector", endpoints}
    assert spec["namespaceSelector"] == {"matchNames": ["dinero-system"]}
    (target,) = spec[endpoints]
    assert target == {"port": "http", "path": "/metrics", "honorLabels": True} | SCRAPING
    (port,) = rendered.one("Service")["spec"]["ports"]
    assert port["name"] == rendered.container["ports"][0]["name"] == target["port"]
    assert spec["selector"]["matchLabels"].items() <= rendered.one("Service")["metadata"]["labels"].items()


def test_the_least(chart: Chart) -> None:
    monitor = chart.render({"monitor": {"enabled": True}}).one("PodMonitor")
    assert monitor["metadata"]["namespace"] == "dinero-system"
    assert monitor["spec"]["podMetricsEndpoints"] == [
        {"port": "http", "path": "/metrics", "honorLabels": True}
    ]


def test_labels_of_the_resource_survive_by_default_only(chart: Chart) -> None:
    monitor = chart.render({"monitor": {"enabled": True, "honorLabels": False}}).one("PodMonitor")
    assert monitor["spec"]["podMetricsEndpoints"][0]["honorLabels"] is False


def test_a_servicemonitor_needs_the_service(chart: Chart) -> None:
    values = {"monitor": {"enabled": True, "kind": "ServiceMonitor"}, "service": {"enabled": False}}
    with pytest.raises(Refused, match=r"monitor\.kind: ServiceMonitor needs service\.enabled=true"):
        chart.render(values)
    chart.render(values | {"monitor": {"enabled": True, "kind": "PodMonitor"}})
