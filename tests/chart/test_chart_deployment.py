"""The Deployment and the pod that it shares with the StatefulSet."""

from __future__ import annotations

import pytest
from rendering import Chart, Json
from variants import EXTENSIONS, METADATA, PLACEMENT, SETTINGS

from dinero_operator.kube import watch
from dinero_operator.settings import PREFIX, load_settings

SHARED = pytest.mark.parametrize("workload", [{}, {"shards": 2}], ids=["deployment", "statefulset"])

NO_VALUE = {
    # Not built yet: a value would promise what the program cannot do.
    *("connect_authorize_url", "connect_token_url", "connect_client_id", "connect_client_secret"),
    *("connect_client_secret_file", "public_url"),
}
TOP_LEVEL = {
    "namespaces": "namespaces",
    "shard_count": "shards",
    "shard_index": "shards",
    "lease_name": "leaderElection",
    "lease_namespace": "leaderElection",
}


def test_one_at_a_time(chart: Chart) -> None:
    spec = chart.render().one("Deployment")["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}
    assert not chart.render().all("StatefulSet")


@SHARED
def test_restricted_pod_security(chart: Chart, workload: Json) -> None:
    rendered = chart.render(workload)
    pod, container = rendered.pod, rendered.container
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    for forbidden in ("hostNetwork", "hostPID", "hostIPC", "volumes", "initContainers"):
        assert forbidden not in pod
    assert "hostPort" not in container["ports"][0]


def test_a_user_that_the_cluster_assigns(chart: Chart) -> None:
    context = chart.render({"podSecurityContext": {"runAsUser": None, "runAsGroup": None}}).pod[
        "securityContext"
    ]
    assert context == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


@SHARED
def test_a_service_sets_no_variables(chart: Chart, workload: Json) -> None:
    assert chart.render(workload).pod["enableServiceLinks"] is False


@SHARED
def test_the_token_is_mounted(chart: Chart, workload: Json) -> None:
    pod = chart.render(workload).pod
    assert pod["automountServiceAccountToken"] is True
    assert pod["serviceAccountName"] == "dinero-operator"


@SHARED
def test_probes(chart: Chart, workload: Json) -> None:
    container = chart.render(workload | {"livenessProbe": {"initialDelaySeconds": 7}}).container
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert container["livenessProbe"]["initialDelaySeconds"] == 7
    assert container["livenessProbe"]["failureThreshold"] == 3
    (port,) = container["ports"]
    assert (port["name"], port["containerPort"]) == ("http", 8080)


def test_the_port_is_the_programs(chart: Chart) -> None:
    rendered = chart.render({"settings": {"httpPort": 9090}})
    assert load_settings(rendered.environment()).http_port == 9090
    assert rendered.container["ports"][0]["containerPort"] == 9090


def test_the_grace_is_longer_than_the_stop(chart: Chart) -> None:
    assert chart.render().pod["terminationGracePeriodSeconds"] > watch.STOP_WITHIN
    assert chart.render({"terminationGracePeriodSeconds": 60}).pod["terminationGracePeriodSeconds"] == 60


def test_defaults_are_the_programs(chart: Chart) -> None:
    assert load_settings(chart.render().environment()) == load_settings({})


def test_every_setting_has_a_value(chart: Chart) -> None:
    """Each key of ``settings`` reaches the setting of its name; a new setting needs a value, or a place in a list here."""
    given = {_snake(key): value for key, value in SETTINGS["settings"].items()}
    settings = load_settings(chart.render(SETTINGS).environment()).model_dump()
    assert set(settings) == {*given, *TOP_LEVEL, *NO_VALUE}
    default = load_settings({}).model_dump()
    for name, value in given.items():
        assert settings[name] == value != default[name]


def test_only_settings_and_extras_are_in_the_environment(chart: Chart) -> None:
    names = [entry["name"] for entry in chart.render(SETTINGS | EXTENSIONS).container["env"]]
    assert [name for name in names if not name.startswith(PREFIX)] == ["HTTPS_PROXY", "POD_IP"]
    assert names[-2:] == ["HTTPS_PROXY", "POD_IP"], "the last of a name wins, and that is the user's"


def _snake(camel: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in camel)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ({}, "dinero-operator:0.1.0"),
        (
            {"repository": "registry.example.com:5000/op", "tag": "1.2.3"},
            "registry.example.com:5000/op:1.2.3",
        ),
        ({"tag": "1.2.3", "digest": "sha256:" + "a" * 64}, "dinero-operator@sha256:" + "a" * 64),
    ],
)
def test_image(chart: Chart, image: Json, expected: str) -> None:
    container = chart.render({"image": image}).container
    assert container["image"] == expected
    assert container["imagePullPolicy"] == "IfNotPresent"
    assert container["args"] == ["run"]


@SHARED
def test_placement(chart: Chart, workload: Json) -> None:
    pod = chart.render(PLACEMENT | workload).pod
    assert {key: pod[key] for key in PLACEMENT} == PLACEMENT


@SHARED
def test_extensions(chart: Chart, workload: Json) -> None:
    rendered = chart.render(EXTENSIONS | workload)
    assert rendered.container["args"] == ["run", "--made-up"]
    assert rendered.container["env"][-2:] == EXTENSIONS["extraEnv"]
    assert rendered.pod["volumes"] == EXTENSIONS["extraVolumes"]
    assert rendered.container["volumeMounts"] == EXTENSIONS["extraVolumeMounts"]


@SHARED
def test_metadata(chart: Chart, workload: Json) -> None:
    rendered = chart.render(METADATA | workload)
    template = rendered.workload["spec"]["template"]["metadata"]
    assert rendered.workload["metadata"]["annotations"] == METADATA["annotations"]
    assert template["annotations"] == METADATA["podAnnotations"]
    assert (METADATA["podLabels"] | METADATA["commonLabels"]).items() <= template["labels"].items()
    assert "tier" not in rendered.workload["metadata"]["labels"]
    assert rendered.pod["imagePullSecrets"] == METADATA["imagePullSecrets"]


def test_labels_cannot_break_the_selector(chart: Chart) -> None:
    mine = {"app.kubernetes.io/name": "other", "app.kubernetes.io/instance": "other"}
    rendered = chart.render({"commonLabels": mine, "podLabels": mine})
    selector = rendered.workload["spec"]["selector"]["matchLabels"]
    assert selector == {
        "app.kubernetes.io/name": "dinero-operator",
        "app.kubernetes.io/instance": "dinero-operator",
    }
    assert selector.items() <= rendered.workload["spec"]["template"]["metadata"]["labels"].items()


def test_labels_of_pods_do_not_change_with_the_chart(chart: Chart) -> None:
    assert "helm.sh/chart" not in chart.render().workload["spec"]["template"]["metadata"]["labels"]


def test_resources(chart: Chart) -> None:
    resources = chart.render().container["resources"]
    assert resources["requests"].keys() == {"cpu", "memory"}
    assert resources["limits"].keys() == {"memory"}
    assert "resources" not in chart.render({"resources": {"requests": None, "limits": None}}).container


@pytest.mark.parametrize(
    ("values", "release", "name"),
    [
        ({}, "dinero-operator", "dinero-operator"),
        ({}, "shop", "shop-dinero-operator"),
        ({"nameOverride": "books"}, "shop", "shop-books"),
        ({"fullnameOverride": "books"}, "shop", "books"),
        ({}, "a" * 53, f"{'a' * 50}"),
        ({}, "a" * 49, f"{'a' * 49}"),
    ],
)
def test_names(chart: Chart, values: Json, release: str, name: str) -> None:
    assert chart.render(values, release=release).workload["metadata"]["name"] == name
