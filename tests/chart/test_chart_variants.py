"""Every variant is what Kubernetes takes, by the schemas of the oldest and the newest version that we name."""

from __future__ import annotations

from pathlib import Path

import kubernetes_validate
import pytest
from rendering import NAMESPACE, Chart, Json
from variants import VARIANTS

from dinero_operator.settings import load_settings

FOREIGN = {"PodMonitor", "ServiceMonitor", "HTTPRoute"}
"""Kinds that are not Kubernetes' own: tests of their template look at them."""
SECRET_FILE = "DINERO_OPERATOR_CONNECT_CLIENT_SECRET_FILE"
CLUSTER_WIDE = {"ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"}

every_variant = pytest.mark.parametrize("values", VARIANTS.values(), ids=VARIANTS)


@pytest.mark.parametrize("version", ["1.29.0", kubernetes_validate.latest_version()])
@every_variant
def test_objects_follow_the_schemas(chart: Chart, values: Json, version: str) -> None:
    checked = 0
    for found in chart.render(values).objects:
        if found["kind"] not in FOREIGN:
            kubernetes_validate.validate(found, version, strict=True)
            checked += 1
    assert checked


def test_the_schemas_find_what_is_wrong(chart: Chart) -> None:
    deployment = chart.render().one("Deployment")
    wrong = deployment | {"spec": deployment["spec"] | {"replica": 1}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.29.0", strict=True)


@every_variant
def test_names_are_unique_and_places_are_right(chart: Chart, values: Json) -> None:
    objects = chart.render(values).objects
    ours = [found for found in objects if found["kind"] != "ConfigMap"]
    places = [
        (found["kind"], found["metadata"].get("namespace"), found["metadata"]["name"]) for found in objects
    ]
    assert len(set(places)) == len(places)
    allowed = {NAMESPACE, *values.get("namespaces", ()), values.get("monitor", {}).get("namespace")}
    for found in ours:
        namespace = found["metadata"].get("namespace")
        assert (namespace is None) == (found["kind"] in CLUSTER_WIDE), found["kind"]
        assert namespace in allowed | {None}
        labels = found["metadata"]["labels"]
        assert labels["app.kubernetes.io/name"] == "dinero-operator"
        assert values.get("commonLabels", {}).items() <= labels.items()


@every_variant
def test_selectors_find_the_pods(chart: Chart, values: Json) -> None:
    rendered = chart.render(values)
    pod_labels = rendered.workload["spec"]["template"]["metadata"]["labels"].items()
    selectors = [
        rendered.workload["spec"]["selector"]["matchLabels"],
        *(found["spec"]["selector"] for found in rendered.all("Service")),
        *(found["spec"]["selector"]["matchLabels"] for found in rendered.all("PodMonitor")),
        *(found["spec"]["selector"]["matchLabels"] for found in rendered.all("PodDisruptionBudget")),
        *(found["spec"]["podSelector"]["matchLabels"] for found in rendered.all("NetworkPolicy")),
    ]
    for selector in selectors:
        assert selector
        assert selector.items() <= pod_labels


@every_variant
def test_the_program_takes_its_environment(chart: Chart, values: Json, tmp_path: Path) -> None:
    rendered = chart.render(values)
    names = [entry["name"] for entry in rendered.container["env"]]
    assert len(set(names)) == len(names)
    last = values.get("shards", 1) - 1
    environment = rendered.environment(ordinal=last)
    if SECRET_FILE in environment:
        environment[SECRET_FILE] = str(tmp_path / "clientSecret")
        (tmp_path / "clientSecret").write_text("hush", encoding="utf-8")
    settings = load_settings(environment)
    assert settings.connect_enabled == values.get("connect", {}).get("enabled", False)
    assert settings.namespaces == tuple(values.get("namespaces", ()))
    assert (settings.shard_count, settings.shard_index) == (last + 1, last)
