"""``helm template … | kubectl apply --dry-run=server`` takes every variant of the chart, and the server takes its pods."""

from __future__ import annotations

import copy

import pytest
from rendering import NAMESPACE, Chart, Json, documents
from variants import VARIANTS

from controlplane.foreign_kinds import DEFINITIONS
from controlplane.real_kubectl import RealKubectl, establish

RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"
DRY_RUN = ("apply", "--dry-run=server", "--filename=-")
every_variant = pytest.mark.parametrize("values", VARIANTS.values(), ids=VARIANTS)


@pytest.fixture(scope="module")
def prepared(clean: RealKubectl) -> RealKubectl:
    """A server with the namespaces that variants name, and the kinds of the Prometheus operator."""
    for crd in DEFINITIONS:
        establish(clean, crd)
    named = {name for values in VARIANTS.values() for name in values.get("namespaces", ())}
    of_monitors = {values.get("monitor", {}).get("namespace", NAMESPACE) for values in VARIANTS.values()}
    for name in {NAMESPACE} | named | of_monitors:
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        clean("apply", "--filename=-", stdin=namespace)
    clean("label", "namespace", NAMESPACE, RESTRICTED, "--overwrite")
    return clean


def template(chart: Chart, values: Json) -> str:
    return chart.run(
        *("template", "dinero-operator", str(chart.folder), "--namespace", NAMESPACE), values=values
    )


@every_variant
def test_the_server_takes_it(prepared: RealKubectl, chart: Chart, values: Json) -> None:
    text = template(chart, values)
    said = prepared.run(*DRY_RUN, stdin=text)
    assert said.code == 0, said.text
    # A line for each object; more would be warnings: of a deprecated version, or of a pod that is not restricted.
    lines = said.text.splitlines()
    assert len(lines) == len(list(documents(text)))
    assert all(line.endswith(" (server dry run)") for line in lines), said.text


@every_variant
def test_its_pod_may_run_in_a_restricted_namespace(prepared: RealKubectl, chart: Chart, values: Json) -> None:
    """No controller makes pods here: the template is given to the server, and to its Pod security admission, as one."""
    said = prepared.run(*DRY_RUN, stdin=pod_of(chart, values))
    assert said.code == 0, said.text
    assert said.text == "pod/example created (server dry run)\n"


def pod_of(chart: Chart, values: Json) -> Json:
    template = copy.deepcopy(chart.render(values).workload["spec"]["template"])
    place = {"name": "example", "namespace": NAMESPACE}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        **template,
        "metadata": template["metadata"] | place,
    }


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"podSecurityContext": {"runAsNonRoot": False}}, "runAsNonRoot != true"),
        ({"securityContext": {"allowPrivilegeEscalation": True}}, "allowPrivilegeEscalation != false"),
    ],
)
def test_the_server_would_refuse_another_pod(
    prepared: RealKubectl, chart: Chart, values: Json, said: str
) -> None:
    assert said in prepared.refused(*DRY_RUN, stdin=pod_of(chart, values))


def test_the_server_would_refuse_a_wrong_object(prepared: RealKubectl, chart: Chart) -> None:
    text = template(chart, {})
    wrong = text.replace("  replicas: 1\n", "  replica: 1\n")
    assert wrong != text
    assert 'unknown field "spec.replica"' in prepared.refused(*DRY_RUN, stdin=wrong)


def test_the_defaults_are_applied_and_applied_again(prepared: RealKubectl, chart: Chart) -> None:
    text = template(chart, {})
    first = prepared("apply", "--filename=-", stdin=text)
    assert first.count("\n") == len(list(documents(text)))
    again = prepared("apply", "--filename=-", stdin=text)
    assert {line.rpartition(" ")[2] for line in again.splitlines()} == {"unchanged"}, again
    found = prepared.read("deployment/dinero-operator", f"--namespace={NAMESPACE}")
    assert found["spec"]["template"]["spec"]["serviceAccountName"] == "dinero-operator"
