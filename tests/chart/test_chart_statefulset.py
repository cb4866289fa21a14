"""Shards: a StatefulSet in the Deployment's place."""

from __future__ import annotations

from rendering import Chart

from dinero_operator.settings import load_settings


def test_as_many_pods_as_shards_and_no_deployment(chart: Chart) -> None:
    rendered = chart.render({"shards": 3})
    spec = rendered.one("StatefulSet")["spec"]
    assert spec["replicas"] == 3
    assert spec["podManagementPolicy"] == "Parallel"
    assert not rendered.all("Deployment")
    assert not chart.render({"shards": 1}).all("StatefulSet")


def test_every_pod_has_its_index_from_its_ordinal(chart: Chart) -> None:
    rendered = chart.render({"shards": 3})
    settings = [load_settings(rendered.environment(ordinal)) for ordinal in range(3)]
    assert [one.shard_index for one in settings] == [0, 1, 2]
    assert {one.shard_count for one in settings} == {3}
    (index,) = [
        entry for entry in rendered.container["env"] if entry["name"] == "DINERO_OPERATOR_SHARD_INDEX"
    ]
    assert index["valueFrom"] == {
        "fieldRef": {"fieldPath": "metadata.labels['apps.kubernetes.io/pod-index']"}
    }


def test_no_shards_no_settings_of_shards(chart: Chart) -> None:
    assert not [name for name in chart.render().environment() if "SHARD" in name]


def test_the_governing_service_is_headless_and_has_a_name_of_its_own(chart: Chart) -> None:
    rendered = chart.render({"shards": 2})
    (service,) = rendered.all("Service")
    assert service["spec"]["clusterIP"] == "None"
    assert service["metadata"]["name"] == rendered.workload["spec"]["serviceName"] == "dinero-operator-shards"
    # A Service cannot lose its address: under one name the upgrade from one shard to two would be refused.
    (single,) = chart.render().all("Service")
    assert single["metadata"]["name"] != service["metadata"]["name"]


def test_the_longest_name_leaves_room_for_a_revision(chart: Chart) -> None:
    rendered = chart.render({"shards": 2}, release="a" * 53)
    name = rendered.workload["metadata"]["name"]
    assert len(f"{name}-0123456789") <= 63
    assert len(rendered.workload["spec"]["serviceName"]) <= 63
