"""docs/install.md is followed word for word on the real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from rendering import NAMESPACE, RELEASE, ROOT, Chart, Json

from controlplane.foreign_kinds import DEFINITIONS
from controlplane.install_page import Block, Follower, blocks
from controlplane.real_kubectl import RealKubectl, establish, until
from controlplane.stand_in import StandIn

BLOCKS = blocks()
LEFT_OUT = {"git pull": "the checkout that is tested is this one"}
OTHER_STORIES = {"Without rights in the cluster"}
"""Sections that are for somebody else than the one who installs from the first line to the last."""
CRD = "dinerointegrations.shoporama.dk"
RESOURCE: Json = {
    "apiVersion": "shoporama.dk/v1alpha1",
    "kind": "DineroIntegration",
    "metadata": {"name": "example-shop"},
    "spec": {
        "shop": {"tokenSecretRef": {"name": "shop"}},
        "dinero": {"secretRef": {"name": "dinero"}},
        "suspend": True,
    },
}


def of(section: str, language: str) -> list[str]:
    """The texts of a section's blocks."""
    found = [each.text for each in BLOCKS if (each.section, each.language) == (section, language)]
    assert found, f"{section} has no {language}"
    return found


BASE: Json = yaml.safe_load(of("Install", "yaml")[0])
INSTALL, ROLLOUT, _ = of("Install", "sh")[0].splitlines()
WITHOUT_A_NEW_NAMESPACE = of("Shards", "sh")[0].splitlines()[0]


@pytest.fixture
def follower(clean: RealKubectl, chart: Chart, tmp_path: Path) -> Iterator[Follower]:
    """At the end they uninstall, as the page says, and the server is as clean as before."""
    tools = {"helm": (chart.helm,), "kubectl": clean.command}
    follower = Follower(tmp_path, clean.kubeconfig, tools)
    with StandIn(clean, tmp_path):
        yield follower
        for text in of("Uninstall", "sh"):
            for line in text.splitlines():
                follower.run(line)
        clean("delete", "clusterrole,clusterrolebinding", f"--selector=app.kubernetes.io/name={RELEASE}")
        clean("delete", "namespace", "webshops", "webshops-test", "--ignore-not-found", "--timeout=30s")


@pytest.fixture
def webshops(clean: RealKubectl) -> RealKubectl:
    """Namespaces that the page takes for granted."""
    for name in ("webshops", "webshops-test"):
        clean("create", "namespace", name)
    return clean.within("webshops")


def test_from_the_first_line_to_the_last(
    clean: RealKubectl, webshops: RealKubectl, follower: Follower
) -> None:
    for crd in DEFINITIONS:
        establish(clean, crd)
    ran: set[tuple[str, str]] = set()
    for each, after in zip(BLOCKS, [*BLOCKS[1:], None], strict=True):
        if each.section in OTHER_STORIES:
            continue
        for line in follow(follower, each, after):
            ran.add((each.section, line))
            if check := CHECKS.get((each.section, line)):
                check(clean)
    assert CHECKS.keys() <= ran, "a check waits for a line that is not there any more"
    assert not clean.run("get", "dinero").out


def follow(follower: Follower, block: Block, after: Block | None) -> Iterator[str]:
    """Do what a block says; gives each command that was run, after it."""
    lines = [line for line in block.text.splitlines() if line not in LEFT_OUT]
    if block.language == "yaml":
        follower.write_values(BASE, yaml.safe_load(block.text))
        # "The same command, run again", where the section does not repeat it.
        is_repeated = after is not None and after.section == block.section and "helm upgrade" in after.text
        lines = [] if is_repeated else [INSTALL, ROLLOUT]
    for line in lines:
        follower(line)
        yield line


def exists(kubectl: RealKubectl, *named: str) -> bool:
    said = kubectl.run("get", *named)
    assert said.code == 0 or "NotFound" in said.text, said.text
    return said.code == 0


def a_resource_can_be_created(kubectl: RealKubectl) -> None:
    until(lambda: kubectl.run("explain", "dinero").code == 0)
    kubectl.within("webshops")("create", "--filename=-", stdin=RESOURCE)


def a_pod_may_run(kubectl: RealKubectl) -> None:
    template = kubectl.within(NAMESPACE).read(f"deployment/{RELEASE}")["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", **template, "metadata": {"name": "example"}}
    kubectl.within(NAMESPACE)("create", "--dry-run=server", "--filename=-", stdin=pod)


def no_user_is_named(kubectl: RealKubectl) -> None:
    template = kubectl.within(NAMESPACE).read(f"deployment/{RELEASE}")["spec"]["template"]
    context = template["spec"]["securityContext"]
    assert context["runAsNonRoot"]
    assert "runAsUser" not in context


def rights_are_in_the_namespaces_only(kubectl: RealKubectl) -> None:
    for name in ("webshops", "webshops-test"):
        assert exists(kubectl.within(name), f"rolebinding/{RELEASE}")
    assert not exists(kubectl, f"clusterrolebinding/{RELEASE}")


def three_pods_in_place_of_one(kubectl: RealKubectl) -> None:
    assert kubectl.within(NAMESPACE).read(f"statefulset/{RELEASE}")["status"]["readyReplicas"] == 3
    assert not exists(kubectl.within(NAMESPACE), f"deployment/{RELEASE}")


def one_of_two_pods_works(kubectl: RealKubectl) -> None:
    assert kubectl.within(NAMESPACE).read(f"deployment/{RELEASE}")["status"]["readyReplicas"] == 2
    assert kubectl.within(NAMESPACE).read(f"lease/{RELEASE}")["spec"]["holderIdentity"]


def prometheus_has_its_object(kubectl: RealKubectl) -> None:
    assert exists(kubectl.within(NAMESPACE), f"podmonitor/{RELEASE}")


def there_is_a_network_policy(kubectl: RealKubectl) -> None:
    assert exists(kubectl.within(NAMESPACE), f"networkpolicy/{RELEASE}")


def the_definition_and_resources_stay(kubectl: RealKubectl) -> None:
    assert exists(kubectl, f"crd/{CRD}")
    assert exists(kubectl.within("webshops"), "dinero/example-shop")
    assert not exists(kubectl.within(NAMESPACE), f"deployment/{RELEASE}")


def the_definition_is_gone(kubectl: RealKubectl) -> None:
    assert not exists(kubectl, f"crd/{CRD}")


CHECKS: dict[tuple[str, str], Callable[[RealKubectl], None]] = {
    ("Install", f"kubectl wait --for=condition=Established crd/{CRD}"): a_resource_can_be_created,
    (
        "Rights",
        "kubectl label namespace dinero-system pod-security.kubernetes.io/enforce=restricted",
    ): a_pod_may_run,
    ("Rights", ROLLOUT): no_user_is_named,
    ("Only in some namespaces", ROLLOUT): rights_are_in_the_namespaces_only,
    (
        "Shards",
        "kubectl -n dinero-system rollout status statefulset/dinero-operator",
    ): three_pods_in_place_of_one,
    ("Standby", "kubectl -n dinero-system get lease dinero-operator"): one_of_two_pods_works,
    ("Metrics", ROLLOUT): prometheus_has_its_object,
    ("Network", ROLLOUT): there_is_a_network_policy,
    (
        "Uninstall",
        "helm uninstall dinero-operator --namespace dinero-system",
    ): the_definition_and_resources_stay,
    ("Uninstall", f"kubectl delete crd {CRD}"): the_definition_is_gone,
}


def test_an_administrator_of_a_namespace_installs_what_was_prepared(
    clean: RealKubectl, webshops: RealKubectl, follower: Follower
) -> None:
    prepare, install = of("Without rights in the cluster", "sh")
    (values,) = of("Without rights in the cluster", "yaml")
    follower.write_values(BASE, yaml.safe_load(values))
    for line in prepare.splitlines():
        follower(line)
    anna = somebody_who_administers(clean, NAMESPACE)
    for line in install.splitlines():
        follower(line, anna)
    assert exists(webshops, f"role/{RELEASE}")
    assert not exists(clean, f"clusterrolebinding/{RELEASE}")
    # It works, and somebody may use it: by the roles that a cluster adds to its own view and edit.
    assert exists(clean, f"clusterrole/{RELEASE}-edit")


def test_without_the_preparation_they_are_refused(
    clean: RealKubectl, webshops: RealKubectl, follower: Follower
) -> None:
    """Why the page sends them to a cluster administrator, also for a namespace that they administer."""
    follower.write_values(
        BASE,
        {"namespaces": ["webshops"], "crds": {"enabled": False}},
        {"rbac": {"aggregateToView": False, "aggregateToEdit": False}},
    )
    clean("create", "namespace", NAMESPACE)
    anna = somebody_who_administers(clean, NAMESPACE, "webshops")
    code, said = follower.run(WITHOUT_A_NEW_NAMESPACE, anna)
    assert code
    assert "attempting to grant RBAC permissions not currently held" in said


def somebody_who_administers(kubectl: RealKubectl, *namespaces: str) -> Path:
    """The kubeconfig of somebody with the rights of the ClusterRole admin in these namespaces."""
    kubectl("delete", "serviceaccount", "anna", "--namespace=default", "--ignore-not-found")
    kubectl("create", "serviceaccount", "anna", "--namespace=default")
    for namespace in namespaces:
        # The parts of admin: the controller that puts them together does not run here.
        for part in ("admin", "edit", "view"):
            kubectl.within(namespace)(
                *("create", "rolebinding", f"anna-{part}", "--serviceaccount=default:anna"),
                f"--clusterrole=system:aggregate-to-{part}",
            )
    token = kubectl("create", "token", "anna", "--namespace=default").strip()
    return kubectl.as_bearer(token).kubeconfig


def test_a_definition_that_was_there_before(
    clean: RealKubectl, webshops: RealKubectl, follower: Follower
) -> None:
    (take_over,) = [line for line in of("Upgrade", "sh") if "--take-ownership" in line]
    follower.write_values(BASE)
    clean("apply", "--filename", str(ROOT / "crds" / f"{CRD}.yaml"))
    a_resource_can_be_created(clean)
    uid = webshops.read("dinero/example-shop")["metadata"]["uid"]
    code, said = follower.run(INSTALL)
    assert code
    assert "cannot be imported into the current release" in said
    follower(take_over)
    follower(ROLLOUT)
    assert webshops.read("dinero/example-shop")["metadata"]["uid"] == uid
    follower(INSTALL)
