"""The Service of the HTTP port."""

from __future__ import annotations

from rendering import Chart


def test_service(chart: Chart) -> None:
    values = {"service": {"port": 80, "annotations": {"example.com/a": "b"}}}
    service = chart.render(values).one("Service")
    assert service["metadata"]["annotations"] == {"example.com/a": "b"}
    assert service["spec"]["type"] == "ClusterIP"
    assert "clusterIP" not in service["spec"]
    assert service["spec"]["ports"] == [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]


def test_no_service(chart: Chart) -> None:
    assert not chart.render({"service": {"enabled": False}}).all("Service")
