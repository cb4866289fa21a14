"""Which server is taken: never one that was not offered on purpose, and without one there is a reason in a line."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from controlplane import real_server
from controlplane.real_server import CONSENT, OFFERED, NoServer, find


def kubeconfig(folder: Path, context: str) -> dict[str, str]:
    path = folder / "config"
    path.write_text(f"current-context: {context}\n", encoding="utf-8")
    return {"PATH": os.environ["PATH"], "KUBECONFIG": str(path)}


def test_a_users_cluster_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing is offered: KUBECONFIG is not even read.
    (tmp_path / "build.sh").write_text("#!/bin/sh\necho built\n", encoding="utf-8")
    (tmp_path / "build.sh").chmod(0o755)
    monkeypatch.setattr(real_server, "HERE", tmp_path)
    assert find(kubeconfig(tmp_path, "dinero-test-1")).command == ("built",)


@pytest.mark.parametrize("consent", ["yes", "1", "true", CONSENT.upper()])
def test_half_a_consent_is_none(tmp_path: Path, consent: str) -> None:
    with pytest.raises(NoServer, match=CONSENT):
        find(kubeconfig(tmp_path, "dinero-test-1") | {OFFERED: consent})


@pytest.mark.parametrize("context", ["production", "", "my-dinero-test", "minikube"])
def test_only_a_tests_context_will_do(tmp_path: Path, context: str) -> None:
    with pytest.raises(NoServer, match="the tests touch only dinero-test"):
        find(kubeconfig(tmp_path, context) | {OFFERED: CONSENT})


def test_an_offer_needs_a_kubeconfig(tmp_path: Path) -> None:
    with pytest.raises(NoServer, match="KUBECONFIG names no cluster"):
        find({OFFERED: CONSENT})
    with pytest.raises(NoServer, match="KUBECONFIG names no cluster"):
        find({OFFERED: CONSENT, "KUBECONFIG": str(tmp_path / "none")})


def test_a_cluster_that_is_offered_is_taken(tmp_path: Path) -> None:
    environ = kubeconfig(tmp_path, "dinero-test-kind") | {OFFERED: CONSENT}
    way = find(environ | {"KUBEBUILDER_ASSETS": "/nowhere"})
    assert way.kubeconfig == tmp_path / "config"
    assert way.command == ()


def test_assets_are_taken_before_go(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "KUBEBUILDER_ASSETS": str(tmp_path)}
    with pytest.raises(NoServer, match="has no etcd"):
        find(environ)
    for name in ("etcd", "kube-apiserver", "kubectl"):
        (tmp_path / name).touch(mode=0o755)
    way = find(environ)
    assert way.command[1:] == (str(real_server.HERE / "kubebuilder_assets.py"), str(tmp_path))
    assert way.kubectl == (str(tmp_path / "kubectl"),)


def test_without_go_there_is_a_reason_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools, sources = tmp_path / "bin", tmp_path / "tests" / "controlplane"
    tools.mkdir()
    for name in ("cat", "cksum", "dirname", "sh", "tr"):
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    shutil.copytree(real_server.HERE, sources, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(real_server, "HERE", sources)
    with pytest.raises(NoServer, match=r"^Go is not installed, and nothing else gives one$"):
        find({"PATH": str(tools)})
    (tools / "go").symlink_to("/bin/false")
    with pytest.raises(NoServer, match=r"^it is not built yet; run tests/controlplane/build.sh$"):
        find({"PATH": str(tools)})
