"""The NetworkPolicy."""

from __future__ import annotations

from rendering import Chart
from variants import NETWORK

DNS = {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}


def test_off_by_default(chart: Chart) -> None:
    assert not chart.render().all("NetworkPolicy")


def test_in_the_http_port_and_out_what_it_calls(chart: Chart) -> None:
    spec = chart.render({"networkPolicy": {"enabled": True}}).one("NetworkPolicy")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["ingress"] == [{"ports": [{"port": "http", "protocol": "TCP"}]}]
    calls = {"ports": [{"port": 443, "protocol": "TCP"}, {"port": 6443, "protocol": "TCP"}]}
    assert spec["egress"] == [DNS, calls]


def test_peers_and_further_rules(chart: Chart) -> None:
    spec = chart.render(NETWORK).one("NetworkPolicy")["spec"]
    assert spec["ingress"][0]["from"] == NETWORK["networkPolicy"]["ingressFrom"]
    assert spec["egress"][2:] == NETWORK["networkPolicy"]["extraEgress"]


def test_without_ports_only_the_further_rules_are_left(chart: Chart) -> None:
    """A rule with an empty list of ports would allow all of them."""
    spec = chart.render({"networkPolicy": {"enabled": True, "egressPorts": []}}).one("NetworkPolicy")["spec"]
    assert spec["egress"] == [DNS]
