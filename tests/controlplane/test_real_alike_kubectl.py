"""kubectl says the same of both servers, word for word."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from controlplane.alike import Json
from controlplane.alike_servers import Both
from controlplane.real_kubectl import RealKubectl
from controlplane.real_server import RealServer
from sandbox.kubernetes_samples import kiosk

_VARIES = re.compile(
    r'patch: Invalid value: "\{.*\}": |'
    r"\d+[smh](?=\s|$)|UID: .*|Resource Version: .*|Creation Timestamp: .*|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
)
"""Ages, and what no two servers share."""
NAME = "north"


@pytest.fixture
def pair(
    both: Both, real_server: RealServer, embedded: Path, tmp_path: Path
) -> Iterator[tuple[RealKubectl, RealKubectl]]:
    if real_server.kubectl is None:
        pytest.skip("kubectl is not installed")
    namespace = f"alike-{secrets.token_hex(4)}"
    kubectls = [
        RealKubectl(real_server.kubectl, kubeconfig, tmp_path)
        for kubeconfig in (real_server.kubeconfig, embedded)
    ]
    for kubectl in kubectls:
        kubectl("create", "namespace", namespace)
    real, ours = (kubectl.within(namespace) for kubectl in kubectls)
    yield real, ours
    for kubectl in kubectls:
        kubectl("delete", "namespace", namespace, "--wait=false")


def settled(text: str) -> str:
    return re.sub(r"[ ]+", " ", _VARIES.sub("…", text))


def said(kubectl: RealKubectl, command: str, stdin: Json | None) -> tuple[int, str]:
    answer = kubectl.run(*command.split(), stdin=stdin)
    return answer.code, settled(answer.text)


def manifest(**spec: object) -> Json:
    body = kiosk(NAME, **spec)
    del body["metadata"]["namespace"]
    return body


COMMANDS: tuple[tuple[str, Json | None], ...] = (
    ("get kiosks", None),
    ("create --filename=-", manifest()),
    ("create --filename=-", manifest()),
    ("apply --filename=-", manifest(note="a")),
    ("apply --filename=-", manifest(note="a")),
    ("apply --filename=-", manifest(owner=8)),
    ("apply --filename=-", manifest(nosuch=1)),
    ("apply --filename=-", manifest(interval="1s")),
    ("apply --server-side --filename=-", manifest(note="b")),
    ("apply --server-side --force-conflicts --filename=-", manifest(note="b")),
    ("get kiosk north --output=jsonpath={.metadata.annotations}", None),
    ("apply --dry-run=server --filename=-", manifest(note="c")),
    ("diff --filename=-", manifest(note="b")),
    ("get kiosks", None),
    ("get kiosks --output=wide", None),
    ("get ki,secrets --output=name", None),
    ("get kiosk north --output=jsonpath={.spec}", None),
    ("get kiosk none", None),
    ("get nosuch", None),
    ("describe kiosk north", None),
    ("label kiosk north a=b", None),
    ("label kiosk north a=c", None),
    ("get kiosks --selector=a=b --show-labels", None),
    ("annotate kiosk north example.com/connect-requested-at=now", None),
    ("patch kiosk north --type=merge --patch={'spec':{'owner':8}}", None),
    ("patch kiosk north --type=merge --subresource=status --patch={'status':{'observedGeneration':4}}", None),
    ("wait kiosk/north --for=jsonpath={.status.observedGeneration}=4 --timeout=5s", None),
    ("create secret generic s --from-literal=token=x", None),
    ("create secret generic s --from-literal=token=x", None),
    ("get secrets", None),
    ("describe secret s", None),
    ("create secret tls t --cert=/dev/null --key=/dev/null", None),
    ("create configmap c --from-literal=a=b", None),
    ("get configmaps c --output=jsonpath={.data}", None),
    ("create serviceaccount op", None),
    ("get serviceaccounts", None),
    ("create token op --duration=1m", None),
    ("create token none", None),
    ("auth can-i create secrets", None),
    ("auth can-i get kiosks --subresource=status", None),
    ("explain kiosk.spec.secretRef", None),
    ("explain kiosk.spec.nosuch", None),
    ("explain dinero.spec.booking", None),
    ("get crd kiosks.example.com", None),
    ("get crd kiosks.example.com --output=wide", None),
    ("api-resources --api-group=example.com --output=wide", None),
    ("api-resources --api-group=coordination.k8s.io --output=wide", None),
    ("get events", None),
    ("delete kiosk north --dry-run=server", None),
    ("delete kiosk north", None),
    ("delete kiosk north", None),
    ("delete secrets --all", None),
)


def test_kubectl_says_the_same(pair: tuple[RealKubectl, RealKubectl]) -> None:
    real, ours = pair
    differing = []
    for command, stdin in COMMANDS:
        wanted, got = (said(kubectl, command, stdin) for kubectl in (real, ours))
        if wanted != got:
            differing.append(f"kubectl {command}\nreal: {wanted}\nembedded: {got}")
    assert not differing, "\n\n".join(differing)


def test_a_token_of_a_service_account_lets_in(pair: tuple[RealKubectl, RealKubectl]) -> None:
    for kubectl in pair:
        kubectl("create", "serviceaccount", "op")
        token = kubectl("create", "token", "op").strip()
        who = kubectl.as_bearer(token)("auth", "whoami", "--output=jsonpath={.status.userInfo.username}")
        assert who == f"system:serviceaccount:{kubectl._namespace}:op"
