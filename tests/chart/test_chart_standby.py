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


def test_each_shard_has_a_deployment_with_pods_that_stand_by(chart: Chart) -> None:
    rendered = chart.render({"shards": 3, "replicas": 2} | ELECTION)
    assert not rendered.all("StatefulSet")
    assert names(rendered.all("Deployment")) == [f"dinero-operator-{shard}" for shard in range(3)]
    assert {each["spec"]["replicas"] for each in rendered.all("Deployment")} == {2}
    assert {each["spec"]["strategy"]["type"] for each in rendered.all("Deployment")} == {"RollingUpdate"}


def test_each_shard_has_its_number_and_a_lease_of_its_own(chart: Chart) -> None:
    rendered = chart.render({"shards": 3} | ELECTION, release="books")
    settings = [load_settings(environment_of(each)) for each in rendered.all("Deployment")]
    assert [(one.shard_index, one.shard_count) for one in settings] == [(0, 3), (1, 3), (2, 3)]
    leases = [one.lease_name for one in settings]
    assert leases == [f"books-dinero-operator-{shard}" for shard in range(3)]
    assert {one.lease_namespace for one in settings} == {NAMESPACE}
    role = rendered.one("Role", "books-dinero-operator-leader-election")
    assert role["rules"][0]["resourceNames"] == leases
    assert role["rules"][0]["verbs"] == ["get", "update"]
    assert role["rules"][1] == {
        "apiGroups": ["coordination.k8s.io"],
        "resources": ["leases"],
        "verbs": ["create"],
    }


def test_no_deployment_of_a_shard_takes_the_pods_of_another(chart: Chart) -> None:
    rendered = chart.render({"shards": 2, "commonLabels": {"shoporama.dk/shard": "7"}} | ELECTION)
    for one in rendered.all("Deployment"):
        chosen = one["spec"]["selector"]["matchLabels"].items()
        fits = [each for each in rendered.all("Deployment") if chosen <= labels_of(each).items()]
        assert fits == [one]


def test_the_service_finds_the_pods_of_all_shards(chart: Chart) -> None:
    rendered = chart.render({"shards": 2} | ELECTION)
    (service,) = rendered.all("Service")
    assert service["spec"]["clusterIP"] == "None"
    for each in rendered.all("Deployment"):
        assert service["spec"]["selector"].items() <= labels_of(each).items()


def test_the_longest_name_of_a_shard_is_a_label(chart: Chart) -> None:
    rendered = chart.render({"shards": 1000} | ELECTION, release="a" * 53)
    assert max(len(name) for name in names(rendered.all("Deployment"))) <= 63


def names(objects: list[Json]) -> list[str]:
    return [found["metadata"]["name"] for found in objects]


def labels_of(deployment: Json) -> dict[str, str]:
    """Those of its pods."""
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert isinstance(labels, dict)
    return labels


def environment_of(deployment: Json) -> dict[str, str]:
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return {entry["name"]: entry["value"] for entry in container["env"]}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"replicas": 2}, "replicas: more than one needs leaderElection.enabled=true"),
        ({"replicas": 2, "shards": 2}, "replicas: more than one needs leaderElection.enabled=true"),
    ],
)
def test_what_does_not_go_together_is_refused(chart: Chart, values: Json, said: str) -> None:
    with pytest.raises(Refused, match=said):
        chart.render(values)
