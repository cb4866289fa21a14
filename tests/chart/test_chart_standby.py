"""Pods that stand by, and the election among them."""

from __future__ import annotations

import pytest
from rendering import NAMESPACE, Chart, Json, Refused

from dinero_operator.settings import load_settings

ELECTION: Json = {"leaderElection": {"enabled": True}}


def test_as_many_pods_as_replicas(chart: Chart) -> None:
    spec = chart.render({"replicas": 3} | ELECTION).one("Deployment")["spec"]
    assert spec["replicas"] == 3


@pytest.mark.parametrize("replicas", [1, 2])
def test_a_new_pod_stands_by_before_an_old_one_ends(chart: Chart, replicas: int) -> None:
    strategy = chart.render({"replicas": replicas} | ELECTION).one("Deployment")["spec"]["strategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


@pytest.mark.parametrize("namespaces", [[], ["webshops"]])
def test_the_lease_has_the_releases_name_and_namespace(chart: Chart, namespaces: list[str]) -> None:
    rendered = chart.render(ELECTION | {"namespaces": namespaces}, release="books")
    settings = load_settings(rendered.environment())
    assert settings.lease_name == rendered.workload["metadata"]["name"] == "books-dinero-operator"
    assert settings.lease_namespace == NAMESPACE


def test_no_election_no_lease(chart: Chart) -> None:
    assert not [name for name in chart.render().environment() if "LEASE" in name]
    assert not [found for found in chart.render().objects if "leader" in found["metadata"]["name"]]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"replicas": 2}, "replicas: more than one needs leaderElection.enabled=true"),
        ({"replicas": 2, "shards": 2}, "replicas: more than one needs leaderElection.enabled=true"),
        ({"shards": 2} | ELECTION, "leaderElection.enabled: cannot be combined with shards"),
    ],
)
def test_what_does_not_go_together_is_refused(chart: Chart, values: Json, said: str) -> None:
    with pytest.raises(Refused, match=said):
        chart.render(values)
