"""The real server works as the other tests need it: it is itself, has rights, keeps data, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from controlplane.real_kubectl import RealKubectl, until
from controlplane.real_server import RealServer, Way

MINIMAL = yaml.safe_load(
    (Path(__file__).parents[2] / "examples" / "minimal.yaml").read_text(encoding="utf-8")
)
PARENT = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); input()"
"""A process that starts another, tells its id, and waits."""


@pytest.fixture
def own(way: Way, tmp_path: Path) -> Any:
    """A server that the test may kill, on a folder."""
    if not way.command or way.kubectl is None:
        pytest.skip("the server is not ours to kill")
    server = RealServer(way, tmp_path / "data")
    yield server
    server.kill()


def manifest(name: str, **spec: Any) -> dict[str, Any]:
    return {**MINIMAL, "metadata": {"name": name}, "spec": {**MINIMAL["spec"], **spec}}


def test_it_tells_its_version(kubectl: RealKubectl, real_server: RealServer) -> None:
    told = json.loads(kubectl("version", "--output=json"))
    assert told["serverVersion"]["gitVersion"] == real_server.version
    assert real_server.version.startswith("v1.")
    assert "emulation" not in told["serverVersion"]["gitVersion"]


def test_it_starts_with_its_namespaces_and_an_administrator(kubectl: RealKubectl) -> None:
    names = {item["metadata"]["name"] for item in kubectl.read("namespaces")["items"]}
    assert {"default", "kube-system"} <= names
    assert kubectl("auth", "can-i", "*", "*", "--all-namespaces") == "yes\n"
    assert kubectl("config", "current-context").startswith("dinero-test")


def test_our_kind_is_established(ours: RealKubectl) -> None:
    crd = ours.read("crd/dinerointegrations.shoporama.dk")
    conditions = {each["type"]: (each["status"], each["message"]) for each in crd["status"]["conditions"]}
    assert conditions["Established"][0] == conditions["NamesAccepted"][0] == "True"
    assert conditions.get("NonStructuralSchema", ("False", ""))[0] == "False", conditions
    assert "DineroIntegration" in ours("api-resources", "--api-group=shoporama.dk")


def test_a_resource_gets_its_defaults(ours: RealKubectl) -> None:
    ours("apply", "--filename=-", stdin=manifest("defaults"))
    found = ours.read("dinero/defaults")
    assert found["spec"]["booking"] == "OnTransfer"
    assert found["spec"]["shop"]["dailyCalls"] == 1000
    assert found["metadata"]["generation"] == 1


def test_a_bad_resource_is_refused(ours: RealKubectl) -> None:
    said = ours.refused("apply", "--filename=-", stdin=manifest("bad", trigger="Never"))
    assert 'spec.trigger: Unsupported value: "Never": supported values: "Paid", "Sent"' in said
    said = ours.refused("apply", "--filename=-", stdin=manifest("bad", acount=55000))
    assert 'unknown field "spec.acount"' in said
    assert "NotFound" in ours.refused("get", "dinero/bad")


def test_a_service_account_has_no_rights_but_those_given(ours: RealKubectl) -> None:
    ours("create", "serviceaccount", "nobody")
    nobody = ours.as_bearer(ours("create", "token", "nobody").strip())
    who = json.loads(nobody("auth", "whoami", "--output=json"))["status"]["userInfo"]["username"]
    assert who.endswith(":nobody")
    said = nobody.refused("get", "dinero")
    assert "Forbidden" in said
    assert f'User "{who}" cannot list resource "dinerointegrations" in API group "shoporama.dk"' in said
    ours("create", "role", "reader", "--verb=list", "--resource=dinerointegrations.shoporama.dk")
    ours("create", "rolebinding", "reader", "--role=reader", "--user", who)
    until(lambda: nobody.run("get", "dinero").code == 0)
    assert "Forbidden" in nobody.refused("get", "secrets")
    assert "Forbidden" in nobody.refused("get", "dinero", "--all-namespaces")


def test_a_token_ends_with_its_account(ours: RealKubectl) -> None:
    ours("create", "serviceaccount", "leaver")
    leaver = ours.as_bearer(ours("create", "token", "leaver").strip())
    leaver("auth", "whoami")
    ours("delete", "serviceaccount", "leaver")
    until(lambda: "Unauthorized" in leaver.run("get", "dinero").text)


def test_without_a_certificate_nobody_is_somebody(kubectl: RealKubectl) -> None:
    assert "Unauthorized" in kubectl.as_bearer("made-up").refused("get", "namespaces")


def test_killed_and_started_again_it_has_what_it_had(own: RealServer, tmp_path: Path) -> None:
    own.start()
    assert own.kubectl is not None
    kubectl = RealKubectl(own.kubectl, own.kubeconfig, tmp_path).within("default")
    kubectl("create", "configmap", "kept", "--from-literal=a=b")
    kubectl("create", "serviceaccount", "kept")
    bearer = kubectl.as_bearer(kubectl("create", "token", "kept").strip())
    before, server = kubectl.read("configmap/kept"), own.kubeconfig.read_text(encoding="utf-8")
    own.kill()
    assert "refused" in kubectl.refused("get", "configmaps")
    # It takes the flags of one start, and the clients that it had go on: same port, same keys.
    own.start("--max-mutating-requests-inflight=7")
    assert own.kubeconfig.read_text(encoding="utf-8") == server
    assert kubectl.read("configmap/kept") == before
    bearer("auth", "whoami")
    kubectl("delete", "configmap", "kept")
    own.restart()
    assert "NotFound" in kubectl.refused("get", "configmap", "kept")


def test_a_server_that_does_not_start_says_why(own: RealServer) -> None:
    with pytest.raises(AssertionError, match="unknown flag: --no-such-flag"):
        own.start("--no-such-flag")


def launched(way: Way) -> tuple[subprocess.Popen[str], int, Path]:
    """A server that is another process' child: that process, the server's id and folder."""
    if not way.command:
        pytest.skip("the server is not ours to kill")
    parent = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", PARENT, *way.command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert parent.stdout is not None
    number = int(parent.stdout.readline())
    return parent, number, Path(json.loads(parent.stdout.readline())["kubeconfig"]).parent


def is_running(number: int) -> bool:
    """Whether a process, which need not be our child, does anything still."""
    try:
        os.kill(number, 0)
        state = Path(f"/proc/{number}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_it_dies_with_its_parent(way: Way) -> None:
    parent, number, folder = launched(way)
    assert (folder / "pki").is_dir()
    parent.kill()
    # Our end of its standard input stays open: it is the death that it notices.
    until(lambda: not is_running(number) and not folder.exists())
    with parent:
        pass


@pytest.mark.parametrize("how", ["end of input", "SIGTERM"])
def test_it_leaves_nothing_behind(way: Way, how: str) -> None:
    parent, number, folder = launched(way)
    assert parent.stdin is not None
    if how == "SIGTERM":
        os.kill(number, signal.SIGTERM)
    else:
        parent.stdin.close()
    until(lambda: not is_running(number) and not folder.exists())
    parent.kill()
    with parent:
        pass
