"""Helm installs, upgrades and uninstalls on the real server. Pods never start there: no controller runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml
from rendering import NAMESPACE, RELEASE, ROOT, Chart, Json, Refused, documents

from controlplane.real_kubectl import RealKubectl, until

CRD = "dinerointegrations.shoporama.dk"
EXAMPLE = ROOT / "examples" / "full.yaml"
DEPLOYMENT, STATEFULSET = f"deployment/{RELEASE}", f"statefulset/{RELEASE}"


@dataclass(frozen=True)
class Helm:
    """Helm on the server; what it is to do, it does to the release in ``NAMESPACE``."""

    chart: Chart
    kubectl: RealKubectl

    def __call__(self, *arguments: str, values: Json | None = None) -> str:
        place = (f"--namespace={NAMESPACE}", f"--kubeconfig={self.kubectl.kubeconfig}")
        return self.chart.run(*arguments, *place, values=values)

    def install(
        self, values: Json | None = None, *, release: str = RELEASE, flags: tuple[str, ...] = ()
    ) -> str:
        folder = str(self.chart.folder)
        return self("install", release, folder, "--create-namespace", *flags, values=values or {})

    def upgrade(self, values: Json) -> str:
        return self("upgrade", RELEASE, str(self.chart.folder), values=values)

    def wait_for_our_kind(self) -> None:
        self.kubectl("wait", "--for=condition=Established", f"crd/{CRD}", "--timeout=30s")
        # The lists of what is served, which kubectl goes by, come a moment later.
        until(lambda: self.kubectl.run("explain", "dinero").code == 0)

    def objects(self) -> set[tuple[str, str, str]]:
        """Kind, namespace and name of what the release holds to be its own; all of it is there."""
        manifest = self("get", "manifest", RELEASE)
        found = self.kubectl("get", "--filename=-", "--output=yaml", stdin=manifest)
        items = yaml.safe_load(found)["items"]
        assert len(items) == len(list(documents(manifest)))
        return {
            (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]) for item in items
        }

    def exists(self, kind: str, name: str, namespace: str = NAMESPACE) -> bool:
        said = self.kubectl.run("get", kind, name, f"--namespace={namespace}")
        assert said.code == 0 or "NotFound" in said.text, said.text
        return said.code == 0


@pytest.fixture
def helm(clean: RealKubectl, chart: Chart) -> Iterator[Helm]:
    """Afterwards nothing of it is left, whatever a test has installed."""
    helm = Helm(chart, clean)
    yield helm
    for release in helm("list", "--short").split():
        helm("uninstall", release)
    clean("delete", "crd", CRD, "--ignore-not-found", "--timeout=30s")


def in_namespace(kubectl: RealKubectl, name: str) -> RealKubectl:
    kubectl(
        "apply", "--filename=-", stdin={"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    )
    return kubectl.within(name)


def test_an_installation(helm: Helm) -> None:
    assert "Next: connect a shop." in helm.install()
    kinds = {kind for kind, _, _ in helm.objects()}
    assert kinds == {
        "ServiceAccount",
        "CustomResourceDefinition",
        "ClusterRole",
        "ClusterRoleBinding",
        "Service",
        "Deployment",
    }
    helm.wait_for_our_kind()
    webshops = in_namespace(helm.kubectl, "webshops")
    webshops("create", "--filename", str(EXAMPLE))
    assert helm("status", RELEASE).count("STATUS: deployed") == 1


def test_upgrades_change_what_they_should_and_leave_nothing_behind(helm: Helm) -> None:
    helm.install()
    before = helm.objects()
    uid = helm.kubectl.read("crd", CRD)["metadata"]["uid"]
    in_namespace(helm.kubectl, "webshops")
    helm.upgrade({"namespaces": ["webshops"], "replicas": 2, "leaderElection": {"enabled": True}})
    # What was for the whole cluster is gone, and not only from helm's books.
    for kind in ("clusterrole", "clusterrolebinding"):
        assert not helm.exists(kind, RELEASE)
    assert helm.exists("role", RELEASE, "webshops")
    assert helm.exists("rolebinding", f"{RELEASE}-leader-election")
    assert helm.kubectl.within(NAMESPACE).read(DEPLOYMENT)["spec"]["replicas"] == 2
    helm.upgrade({"shards": 3})
    assert helm.exists("statefulset", RELEASE)
    assert not helm.exists("deployment", RELEASE)
    assert not helm.exists("role", RELEASE, "webshops")
    helm("rollback", RELEASE, "1")
    assert helm.objects() == before
    assert not helm.exists("statefulset", RELEASE)
    assert helm.kubectl.read("crd", CRD)["metadata"]["uid"] == uid, "the definition was never replaced"


def test_the_definition_and_all_resources_outlive_the_release(helm: Helm) -> None:
    helm.install()
    helm.wait_for_our_kind()
    webshops = in_namespace(helm.kubectl, "webshops")
    webshops("apply", "--filename", str(EXAMPLE))
    name = webshops("get", "dinero", "--output=name").strip()
    before = webshops.read(name)
    installed = helm.objects()
    assert "kept due to the resource policy" in helm("uninstall", RELEASE)
    left = {found for found in installed if helm.exists(found[0], found[2], found[1] or NAMESPACE)}
    assert left == {("CustomResourceDefinition", "", CRD)}
    assert webshops.read(name) == before
    # The same release takes the definition up again; another one does when it is told to.
    with pytest.raises(Refused, match="cannot be imported into the current release"):
        helm.install(release="other")
    helm.install(release="other", flags=("--take-ownership",))
    helm("uninstall", "other")
    with pytest.raises(Refused, match="cannot be imported into the current release"):
        helm.install()
    helm.install(flags=("--take-ownership",))
    helm("uninstall", RELEASE)
    helm.install()
    assert webshops.read(name) == before


def test_without_keep_the_definition_goes_and_everything_with_it(helm: Helm) -> None:
    helm.install({"crds": {"keep": False}})
    helm.wait_for_our_kind()
    webshops = in_namespace(helm.kubectl, "webshops")
    webshops("apply", "--filename", str(EXAMPLE))
    helm("uninstall", RELEASE)
    until(lambda: not helm.exists("crd", CRD))
    helm.install()
    helm.wait_for_our_kind()
    assert webshops.read("dinero")["items"] == []


def test_a_namespace_that_does_not_exist_is_refused(helm: Helm) -> None:
    with pytest.raises(Refused, match='namespaces "nowhere" not found'):
        helm.install({"namespaces": ["nowhere"]})
