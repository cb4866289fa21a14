"""The CRD is put over an older one while resources exist. In a group of its own: a server has one CRD of a name."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from controlplane.full import FULL_STATUS
from controlplane.real_kubectl import RealKubectl
from controlplane.test_real_crd import CRD

GROUP = "upgrade.example.com"
LEAST = {"shop": {"tokenSecretRef": {"name": "shop"}}, "dinero": {"secretRef": {"name": "dinero"}}}


def in_group(crd: dict[str, Any]) -> dict[str, Any]:
    crd = copy.deepcopy(crd)
    crd["metadata"]["name"] = f"{crd['spec']['names']['plural']}.{GROUP}"
    crd["spec"]["group"] = GROUP
    # Names of kubectl's own choice would be ambiguous.
    crd["spec"]["names"]["shortNames"] = ["older"]
    del crd["spec"]["names"]["categories"]
    return crd


def older(crd: dict[str, Any]) -> dict[str, Any]:
    """What an earlier release may have had: fewer fields, fewer defaults, looser bounds, no rules."""
    crd = copy.deepcopy(crd)
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    spec = schema["properties"]["spec"]
    del schema["x-kubernetes-validations"], spec["x-kubernetes-validations"]
    del spec["properties"]["firstRun"], spec["properties"]["vouchers"]
    del spec["properties"]["duplicates"]["default"], schema["properties"]["status"]["default"]
    interval = spec["properties"]["interval"]
    del interval["x-kubernetes-validations"], interval["pattern"]
    spec["properties"]["account"] |= {"minimum": 1, "maximum": 2_000_000_000}
    crd["spec"]["versions"][0]["additionalPrinterColumns"] = []
    return crd


def resource(name: str, **spec: Any) -> dict[str, Any]:
    kind = {"apiVersion": f"{GROUP}/v1alpha1", "kind": "DineroIntegration"}
    return {**kind, "metadata": {"name": name}, "spec": {**LEAST, **spec}}


@pytest.fixture(scope="module")
def upgraded(kubectl: RealKubectl, namespace: str) -> Iterator[RealKubectl]:
    """Resources of the older CRD under the present one."""
    new = in_group(CRD)
    name = new["metadata"]["name"]
    kubectl("apply", "--filename=-", stdin=older(new))
    kubectl("wait", "--for=condition=Established", f"crd/{name}", "--timeout=30s")
    ours = kubectl.within(namespace)
    ours("apply", "--filename=-", stdin=resource("good", account=55100, organisation=7))
    ours("apply", "--filename=-", stdin=resource("loose", account=5, interval="10s"))
    patch = yaml.safe_dump({"status": FULL_STATUS})
    ours("patch", "older", "good", "--subresource=status", "--type=merge", f"--patch={patch}")
    assert "firstRun" not in ours.read("older", "good")["spec"]
    assert "configured" in kubectl("apply", "--filename=-", stdin=new)
    # The server takes the new schema up a moment later: the new default shows when.
    kubectl(
        "wait",
        "--for=jsonpath={.spec.firstRun}=Book",
        "older/good",
        f"--namespace={namespace}",
        "--timeout=30s",
    )
    yield ours
    kubectl("delete", "crd", name, "--timeout=30s")


def test_all_is_still_there_with_the_new_defaults(upgraded: RealKubectl) -> None:
    found = upgraded.read("older", "good")
    assert found["spec"]["firstRun"] == "Book"
    assert found["spec"]["duplicates"] == "Hold"
    assert (found["spec"]["account"], found["spec"]["organisation"]) == (55100, 7)
    assert found["status"] == FULL_STATUS
    assert found["metadata"]["generation"] == 1, "an upgrade is no edit"
    assert "LAST SYNC" in upgraded("get", "older")


def test_a_resource_without_a_status_gets_the_new_default(upgraded: RealKubectl) -> None:
    assert upgraded.read("older", "loose")["status"] == {"observedGeneration": -1}


def test_what_the_new_schema_would_refuse_can_still_be_worked_on(upgraded: RealKubectl) -> None:
    status = '--patch={"status": {"startFrom": "2026-11-01"}}'
    upgraded("patch", "older", "loose", "--subresource=status", "--type=merge", status)
    upgraded("patch", "older", "loose", "--type=merge", '--patch={"spec": {"suspend": true}}')
    found = upgraded.read("older", "loose")
    assert (found["spec"]["account"], found["spec"]["interval"], found["spec"]["suspend"]) == (5, "10s", True)
    upgraded("annotate", "older", "loose", "a=b")


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ('{"spec": {"account": 6}}', "should be greater than or equal to 1000"),
        ('{"spec": {"interval": "20s"}}', "the interval must be at least one minute"),
    ],
)
def test_what_is_edited_must_fit_the_new_schema(upgraded: RealKubectl, patch: str, said: str) -> None:
    assert said in upgraded.refused("patch", "older", "loose", "--type=merge", f"--patch={patch}")


def test_the_new_rules_hold_for_the_old_resources(upgraded: RealKubectl) -> None:
    said = upgraded.refused("patch", "older", "good", "--type=merge", '--patch={"spec": {"organisation": 8}}')
    assert "the organisation cannot be changed or removed once set" in said


def test_a_second_upgrade_changes_nothing(upgraded: RealKubectl) -> None:
    assert upgraded("apply", "--filename=-", stdin=in_group(CRD)).endswith(" unchanged\n")
