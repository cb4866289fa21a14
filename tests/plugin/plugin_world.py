"""An API server on loopback, and the plugin as a person uses it."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from dinero_operator.plugin.command import PROGRAM, main
from dinero_operator.sandbox.kubernetes import KubernetesApi

ROOT = Path(__file__).parents[2]
CRD = ROOT / "crds" / "dinerointegrations.shoporama.dk.yaml"
PLUGIN = (sys.executable, "-W", "error::ResourceWarning", "-m", "dinero_operator.plugin")
NAMESPACE, NAME = "webshops", "teestuen"
CONNECT, RECONCILE = "shoporama.dk/connect-requested-at", "shoporama.dk/reconcile-requested-at"
LONG_AGO = "2026-03-01T08:00:00Z"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command has ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What ``-o json`` has printed."""
        assert self.code == 0, self.err
        return json.loads(self.out)

    def failed(self) -> str:
        """The one sentence of a command that has failed."""
        assert (self.code, self.out) == (1, ""), (self.code, self.out, self.err)
        assert self.err.startswith("error: ")
        assert self.err.count("\n") == 1, self.err
        return self.err.removeprefix("error: ").strip()


def condition(kind: str, status: str = "True", reason: str = "Succeeded", message: str = "Fine.") -> Json:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "observedGeneration": 1,
        "lastTransitionTime": LONG_AGO,
    }


ALL_WELL = {
    "observedGeneration": 1,
    "conditions": [
        condition("Ready"),
        condition("Connected", reason="Authenticated"),
        condition("Configured", reason="Accepted"),
        condition("Synced", reason="UpToDate", message="Every order that is due is in Dinero."),
    ],
    "organisation": {"id": 501001, "name": "Teestuen ApS"},
    "account": {"number": 55100, "name": "Webshop salg"},
    "orders": {"booked": 42, "drafted": 1, "credited": 0, "held": 0, "pending": 3},
    "lastSyncTime": LONG_AGO,
    "startFrom": "2026-02-01",
    "lastBooked": {"orderNumber": "10042", "invoiceNumber": 117, "time": LONG_AGO},
}
"""The status of a shop that nobody need look at."""


class Desk:
    """A person's machine: a kubeconfig, a home of its own, and the plugin."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.api = KubernetesApi()
        self.kubeconfig = home / "kubeconfig"

    async def start(self) -> None:
        self.api.load_crd(yaml.safe_load(CRD.read_text(encoding="utf-8")))
        self.api.store.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        await self.api.start()
        config = yaml.safe_load(self.api.kubeconfig())
        config["contexts"][0]["context"]["namespace"] = NAMESPACE
        self.write(config)

    def write(self, config: Json, name: str = "kubeconfig") -> Path:
        path = self.home / name
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        return path

    def _environment(self, given: Mapping[str, str]) -> dict[str, str]:
        return {"HOME": str(self.home), "KUBECONFIG": str(self.kubeconfig), "COLUMNS": "160", **given}

    async def __call__(self, *words: str, **environment: str) -> Answer:
        """``kubectl dinero`` with these words, in a thread: a process for each would take a second."""
        runner = CliRunner(env=self._environment(environment))
        done = await asyncio.to_thread(runner.invoke, main, words, prog_name=PROGRAM)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Answer(done.exit_code, done.stdout, done.stderr)

    async def process(self, *words: str, **environment: str) -> Answer:
        """The same as a process of its own."""
        process = await asyncio.create_subprocess_exec(
            *PLUGIN,
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "operator")}
            | self._environment(environment),
            cwd=self.home,
        )
        try:
            out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        return Answer(process.returncode or 0, out.decode(), err.decode())

    async def beside(self, work: Coroutine[Any, Any, None], *words: str) -> Answer:
        """Run a command while something else happens, which must go well too."""
        task = asyncio.create_task(work)
        answer = await self(*words)
        await asyncio.wait_for(task, 10)
        return answer

    # The cluster.

    def put(
        self,
        name: str = NAME,
        *,
        status: Json | None = None,
        namespace: str = NAMESPACE,
        annotations: Json | None = None,
        **spec: Any,
    ) -> Json:
        whole = {
            "shop": {"tokenSecretRef": {"name": "shop"}},
            "dinero": {"secretRef": {"name": "dinero"}},
            "organisation": 501001,
            "trigger": "Sent",
            "account": 55100,
        } | spec
        return self.api.store.put(
            {
                "apiVersion": "shoporama.dk/v1alpha1",
                "kind": "DineroIntegration",
                "metadata": {"name": name, "namespace": namespace, "annotations": annotations or {}},
                "spec": {key: value for key, value in whole.items() if value is not None},
                "status": status or {},
            }
        )

    def resource(self, name: str = NAME) -> Json:
        return self.api.store.get("DineroIntegration", NAMESPACE, name)

    def annotations(self, name: str = NAME) -> Json:
        return self.resource(name)["metadata"].get("annotations") or {}

    def report(self, **status: Any) -> None:
        """Write into the status, as the operator would."""
        body = self.resource()
        body["status"] = (body.get("status") or {}) | status
        self.api.store.put(body)

    def secret(self, name: str, **data: str) -> None:
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
        metadata = {"name": name, "namespace": NAMESPACE}
        self.api.store.put({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encoded})

    async def when(self, is_so: Callable[[Json], bool]) -> Json:
        """Wait until the resource is as wanted."""
        for _ in range(1000):
            if is_so(body := self.resource()):
                return body
            await asyncio.sleep(0.02)
        raise AssertionError("the resource never came to that")

    def writes(self) -> list[str]:
        """What was asked of the API server beyond reading."""
        return [call.verb for call in self.api.calls if call.verb not in ("get", "list", "watch")]
