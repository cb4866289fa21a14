"""What a cluster has and the tests' server has not: somebody who runs pods, and who ends namespaces.

The pods are processes on this machine, with the environment that the workload gives them and the token of its service
account. A workload counts as rolled out when its processes are ready.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from controlplane.real_kubectl import RealKubectl, until
from dinero_operator.sandbox.process import environment, free_port

Json = dict[str, Any]
PREFIX = "DINERO_OPERATOR_"
NOBODY = "http://127.0.0.1:9"
"""No test calls Dinero by mistake."""
EVERY = 0.2
READY_WITHIN = 30.0


class StandIn:
    """Plays controllers and kubelet in a thread. ``failure`` is raised at the end of the ``with``."""

    def __init__(self, kubectl: RealKubectl, folder: Path) -> None:
        self._kubectl, self._folder = kubectl, folder
        self._pods: dict[str, list[Pod]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._play)
        self._failure: BaseException | None = None
        self._logs = itertools.count()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        for pods in self._pods.values():
            end(pods)
        if self._failure is not None and error is None:
            raise self._failure

    def _play(self) -> None:
        try:
            while not self._stop.wait(EVERY):
                found = self._list("deployments,statefulsets")
                self._end_pods_of_others({item["metadata"]["uid"] for item in found})
                for workload in found:
                    if (workload.get("status") or {}).get("observedGeneration") != workload["metadata"][
                        "generation"
                    ]:
                        self._roll_out(workload)
                for namespace in self._list("namespaces"):
                    if namespace["status"]["phase"] == "Terminating":
                        self._finish(namespace["metadata"]["name"])
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody looks
            self._failure = error

    def _list(self, kinds: str) -> list[Json]:
        items = self._kubectl.read(kinds, "--all-namespaces")["items"]
        assert isinstance(items, list)
        return items

    def _end_pods_of_others(self, uids: set[str]) -> None:
        for uid in set(self._pods) - uids:
            end(self._pods.pop(uid))

    def _roll_out(self, workload: Json) -> None:
        meta, spec = workload["metadata"], workload["spec"]
        wanted = [environment_of(workload, ordinal) for ordinal in range(spec["replicas"])]
        if [pod.given for pod in self._pods.get(meta["uid"], [])] != wanted:
            end(self._pods.pop(meta["uid"], []))
            account = spec["template"]["spec"]["serviceAccountName"]
            token = self._kubectl.within(meta["namespace"])("create", "token", account).strip()
            kubeconfig = self._kubectl.as_bearer(token).kubeconfig
            self._pods[meta["uid"]] = [
                Pod(kubeconfig, given, self._folder / f"pod-{next(self._logs)}.log") for given in wanted
            ]
        for pod in self._pods[meta["uid"]]:
            until(pod.answer, within=READY_WITHIN)
        # One of them works; the others may stand by.
        until(lambda: "ok" in [pod.answer() for pod in self._pods[meta["uid"]]], within=READY_WITHIN)
        count = spec["replicas"]
        status = {"observedGeneration": meta["generation"], "replicas": count, "readyReplicas": count}
        status |= {"updatedReplicas": count, "availableReplicas": count}
        if workload["kind"] == "StatefulSet":
            status |= {"currentRevision": "one", "updateRevision": "one"}
        self._kubectl.within(meta["namespace"])(
            *("patch", workload["kind"], meta["name"], "--subresource=status", "--type=merge"),
            f"--patch={json.dumps({'status': status})}",
        )

    def _finish(self, name: str) -> None:
        """Delete what is in a namespace, and let it go; at the next look, where a kind is just being removed."""
        kinds = self._kubectl("api-resources", "--namespaced", "--verbs=delete,list", "--output=name").split()
        emptied = self._kubectl.within(name).run("delete", ",".join(kinds), "--all", "--wait=false")
        if emptied.code:
            return
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        self._kubectl(
            *("replace", "--raw", f"/api/v1/namespaces/{name}/finalize", "--filename=-"),
            stdin={**namespace, "spec": {"finalizers": []}},
        )


class Pod:
    """One process of the operator. ``given`` is what the workload tells it."""

    def __init__(self, kubeconfig: Path, given: dict[str, str], log: Path) -> None:
        self.given, self.log = given, log
        self._port = free_port()
        ours = {"HTTP_PORT": str(self._port), "DINERO_API_URL": NOBODY, "DINERO_TOKEN_URL": NOBODY}
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "dinero_operator", "run"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment(kubeconfig, given | ours),
            )

    def answer(self) -> str:
        """Of ``/readyz``; empty where it is not ready."""
        assert self._process.poll() is None, self.log.read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=5) as answer:
                return str(answer.read().decode()).strip()
        except OSError:
            return ""

    def end(self) -> None:
        self._process.terminate()

    def wait(self) -> None:
        try:
            self._process.wait(20)
        finally:
            self._process.kill()
            self._process.wait()


def end(pods: list[Pod]) -> None:
    for pod in pods:
        pod.end()
    for pod in pods:
        pod.wait()


def environment_of(workload: Json, ordinal: int) -> dict[str, str]:
    """The settings of a pod, without their prefix."""
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    return {
        each["name"].removeprefix(PREFIX): each["value"] if "value" in each else str(ordinal)
        for each in container["env"]
        if each["name"].startswith(PREFIX)
    }
