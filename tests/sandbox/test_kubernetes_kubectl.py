"""The real kubectl against the API, over TLS, with the kubeconfig that it gives."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes_samples import crd, kiosk, ready

from dinero_operator.sandbox.kubernetes import KubernetesApi

KUBECTL = shutil.which("kubectl")
pytestmark = pytest.mark.skipif(
    KUBECTL is None, reason="kubectl is not installed: nothing to run against the API"
)
NORTH = "kiosk.example.com/north"


class Kubectl:
    """kubectl with a home of its own, so that nothing of the user's is read or written."""

    def __init__(self, api: KubernetesApi, home: Path) -> None:
        self._home = home
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "KUBECONFIG": str(home / "config"),
        }
        (home / "config").write_text(api.kubeconfig())

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        assert KUBECTL is not None
        return await asyncio.create_subprocess_exec(
            KUBECTL,
            *arguments,
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment,
            cwd=self._home,
        )

    async def run(self, command: str, *more: str, stdin: Any = None) -> tuple[int, str]:
        """Run a command; ``more`` are arguments with blanks. Gives exit code and output."""
        process = await self.start(*command.split(), *more)
        given = b"" if stdin is None else json.dumps(stdin).encode()
        output, _ = await process.communicate(given)
        return process.returncode or 0, output.decode()

    async def __call__(self, command: str, *more: str, stdin: Any = None) -> str:
        """Run a command that is to succeed."""
        code, output = await self.run(command, *more, stdin=stdin)
        assert code == 0, output
        return output


@pytest.fixture
async def api() -> AsyncIterator[KubernetesApi]:
    api = KubernetesApi()
    api.load_crd(crd())
    await api.start()
    yield api
    await api.stop()


@pytest.fixture
def kubectl(api: KubernetesApi, tmp_path: Path) -> Kubectl:
    return Kubectl(api, tmp_path)


async def test_the_server_introduces_itself(kubectl: Kubectl) -> None:
    assert "Server Version: v1.37" in await kubectl("version")
    resources = await kubectl("api-resources")
    assert "kiosks" in resources
    assert "ki " in resources
    assert (await kubectl("api-resources --categories=street -o name")).strip() == "kiosks.example.com"
    assert "example.com/v1alpha1" in await kubectl("api-versions")
    assert (await kubectl("auth can-i create kiosks")).strip() == "yes"
    assert "*.*" in await kubectl("auth can-i --list")
    assert "sandbox" in await kubectl("auth whoami")


async def test_kubectl_with_a_wrong_token_is_sent_away(api: KubernetesApi, tmp_path: Path) -> None:
    kubectl = Kubectl(api, tmp_path)
    (tmp_path / "config").write_text(api.kubeconfig().replace(api.token, "wrong"))
    code, output = await kubectl.run("get kiosks")
    assert code == 1
    assert "You must be logged in to the server" in output


async def test_get_in_all_its_forms(api: KubernetesApi, kubectl: Kubectl) -> None:
    assert "No resources found in default namespace." in await kubectl("get ki")
    api.store.put(kiosk() | {"status": ready(time="2020-01-01T00:00:00Z")})
    api.store.put(kiosk("south", "extra"))
    header, row = (await kubectl("get ki")).splitlines()
    assert header.split() == ["NAME", "OWNER", "READY", "LAST", "SYNC", "AGE"]
    assert row.split()[:3] == ["north", "7", "True"]
    assert row.split()[3].startswith(("6y", "7y", "5y"))
    assert row.split()[4].endswith("s")
    assert "INTERVAL" in (await kubectl("get ki -A -o wide")).splitlines()[0]
    assert [line.split()[:2] for line in (await kubectl("get street -A --no-headers")).splitlines()] == [
        ["default", "north"],
        ["extra", "south"],
    ]
    assert await kubectl("get kiosks -o name") == f"{NORTH}\n"
    assert await kubectl("get ki north -o jsonpath={.spec.interval}") == "5m"
    assert json.loads(await kubectl("get ki -o json"))["items"][0]["spec"]["owner"] == 7
    text = await kubectl("get ki north -o yaml")
    assert text.startswith("apiVersion: example.com/v1alpha1\nkind: Kiosk\n")
    assert "managedFields" not in text
    assert "north" in await kubectl("get ki --chunk-size=1 -A")
    code, output = await kubectl.run("get ki nosuch")
    assert (code, output) == (1, 'Error from server (NotFound): kiosks.example.com "nosuch" not found\n')


async def test_get_keeps_watching(api: KubernetesApi, kubectl: Kubectl) -> None:
    api.store.put(kiosk())
    process = await kubectl.start("get", "ki", "-w")
    assert process.stdout is not None
    try:
        lines = [(await process.stdout.readline()).split() for _ in range(2)]
        assert lines[1][:2] == [b"north", b"7"]
        api.store.put(kiosk() | {"status": ready("False")})
        assert (await process.stdout.readline()).split()[:3] == [b"north", b"7", b"False"]
        api.store.put(kiosk("south"))
        assert (await process.stdout.readline()).split()[0] == b"south"
    finally:
        process.kill()
        await process.communicate()


async def test_apply_on_the_client_side(api: KubernetesApi, kubectl: Kubectl) -> None:
    assert await kubectl("apply -f -", stdin=kiosk(note="a")) == f"{NORTH} created\n"
    assert await kubectl("apply -f -", stdin=kiosk(note="a")) == f"{NORTH} unchanged\n"
    assert await kubectl("apply -f -", stdin=kiosk(interval="10m")) == f"{NORTH} configured\n"
    spec = api.store.get("kiosk", "default", "north")["spec"]
    assert (spec["interval"], "note" in spec) == ("10m", False)
    assert "north" in await kubectl("apply --dry-run=server -f -", stdin=kiosk(interval="20m"))
    code, difference = await kubectl.run("diff -f -", stdin=kiosk(interval="20m"))
    assert code == 1
    assert "+  interval: 20m" in difference
    code, refused = await kubectl.run("apply -f -", stdin=kiosk(nosuch=1))
    assert code == 1
    assert 'strict decoding error: unknown field "spec.nosuch"' in refused
    code, refused = await kubectl.run("apply -f -", stdin=kiosk(owner=8))
    assert (
        'The Kiosk "north" is invalid: spec: Invalid value: create a new kiosk for another owner' in refused
    )
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "shop"},
        "stringData": {"token": "a"},
    }
    assert await kubectl("apply -f -", stdin=secret) == "secret/shop created\n"
    assert (
        await kubectl("apply -f -", stdin=secret | {"stringData": {"token": "b"}})
        == "secret/shop configured\n"
    )


async def test_apply_on_the_server_side(api: KubernetesApi, kubectl: Kubectl) -> None:
    assert await kubectl("apply --server-side -f -", stdin=kiosk()) == f"{NORTH} serverside-applied\n"
    await kubectl("patch ki north --type merge -p", '{"spec":{"trigger":"Sent"}}')
    code, conflict = await kubectl.run("apply --server-side -f -", stdin=kiosk())
    assert code == 1
    assert "conflict with" in conflict
    assert ".spec.trigger" in conflict
    await kubectl("apply --server-side --force-conflicts -f -", stdin=kiosk())
    assert api.store.get("kiosk", "default", "north")["spec"]["trigger"] == "Paid"


async def test_a_definition_is_applied_and_then_serves(kubectl: Kubectl) -> None:
    text = json.dumps(crd()).replace("example.com", "example.org").replace('"ki"', '"kg"')
    assert "created" in await kubectl("apply -f -", stdin=json.loads(text))
    assert "condition met" in await kubectl(
        "wait --for=condition=Established crd/kiosks.example.org --timeout=5s"
    )
    assert "No resources found" in await kubectl("get kg")
    assert "kiosks.example.org" in await kubectl("get crd")
    await kubectl("delete crd kiosks.example.org")


async def test_changes_by_patch_replace_label_and_annotate(api: KubernetesApi, kubectl: Kubectl) -> None:
    api.store.put(kiosk())
    await kubectl("patch ki north --type merge -p", '{"spec":{"note":"a"}}')
    await kubectl("patch ki north --type json -p", '[{"op":"replace","path":"/spec/note","value":"b"}]')
    status = json.dumps({"status": ready(), "spec": {"note": "c"}})
    await kubectl("patch ki north --subresource status --type merge -p", status)
    await kubectl("annotate ki north shoporama.dk/reconcile-requested-at=now")
    await kubectl("label ki north colour=red")
    kept = api.store.get("kiosk", "default", "north")
    assert kept["spec"]["note"] == "b"
    assert kept["status"] == ready()
    assert kept["metadata"]["annotations"]["shoporama.dk/reconcile-requested-at"] == "now"
    assert "north" in await kubectl("get ki -l colour=red")
    assert "No resources found" in await kubectl("get ki -l colour!=red")
    edited = json.loads(await kubectl("get ki north -o json"))
    edited["spec"]["note"] = "d"
    assert await kubectl("replace -f -", stdin=edited) == f"{NORTH} replaced\n"
    code, output = await kubectl.run("replace -f -", stdin=edited)
    assert code == 1
    assert "the object has been modified" in output


async def test_wait_sees_the_condition_and_the_deletion(api: KubernetesApi, kubectl: Kubectl) -> None:
    api.store.put(kiosk())
    waiting = asyncio.create_task(kubectl("wait --for=condition=Ready ki/north --timeout=20s"))
    async with asyncio.timeout(20):
        while not api.watches:  # noqa: ASYNC110 (the server has no event for it)
            await asyncio.sleep(0.01)
    api.store.put(kiosk() | {"status": ready()})
    assert await waiting == f"{NORTH} condition met\n"
    assert await kubectl("delete ki north") == 'kiosk.example.com "north" deleted\n'
    assert api.store.list("kiosks") == []
    assert await kubectl("wait --for=delete ki/north --timeout=5s") == ""


async def test_describe_shows_the_events(api: KubernetesApi, kubectl: Kubectl) -> None:
    kept = api.store.put(kiosk() | {"status": ready()})
    about = {key: kept["metadata"][key] for key in ("name", "namespace", "uid")} | {"kind": "Kiosk"}
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "north.1"},
        "involvedObject": about | {"apiVersion": "example.com/v1alpha1"},
        "reason": "Opened",
        "message": "doors are open",
        "type": "Normal",
        "firstTimestamp": kept["metadata"]["creationTimestamp"],
        "lastTimestamp": kept["metadata"]["creationTimestamp"],
        "source": {"component": "dinero-operator"},
    }
    api.store.put(event)
    described = await kubectl("describe ki north")
    assert "Trigger:  Paid" in described
    assert "doors are open" in described
    listed = await kubectl("get events")
    assert listed.splitlines()[0].split() == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert listed.splitlines()[1].split()[1:4] == ["Normal", "Opened", "kiosk/north"]
    assert "doors are open" in await kubectl("events --for ki/north")


async def test_explain_reads_the_schema(kubectl: Kubectl) -> None:
    explained = await kubectl("explain ki.spec")
    assert "What is wanted of the kiosk." in explained
    assert "secretRef\t<Object> -required-" in explained
    assert "enum: Paid, Sent" in explained
    assert "<string>" in await kubectl("explain kiosks.metadata.name")


async def test_built_in_kinds(api: KubernetesApi, kubectl: Kubectl) -> None:
    assert await kubectl("create secret generic shop --from-literal=token=abc") == "secret/shop created\n"
    assert api.store.get("secret", "default", "shop")["data"] == {"token": "YWJj"}
    assert (await kubectl("get secrets")).splitlines()[1].split()[:3] == ["shop", "Opaque", "1"]
    assert "token:  3 bytes" in await kubectl("describe secret shop")
    assert await kubectl("create namespace extra") == "namespace/extra created\n"
    assert ["extra", "Active"] in [line.split()[:2] for line in (await kubectl("get ns")).splitlines()]
    assert "Active" in await kubectl("describe ns extra")
    await kubectl("create configmap x --from-literal=a=b")
    await kubectl("create serviceaccount me")
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "shard-0"}}
    await kubectl("create -f -", stdin=lease | {"spec": {"holderIdentity": "pod-a"}})
    assert (await kubectl("get leases")).splitlines()[1].split()[:2] == ["shard-0", "pod-a"]
    await kubectl("delete secret,cm,lease --all")
    assert api.store.list("secrets") == []
    assert await kubectl("delete ns extra") == 'namespace "extra" deleted\n'
