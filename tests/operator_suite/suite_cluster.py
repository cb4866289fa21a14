"""The API server as the tests use it: by HTTP over a kubeconfig, and by kubectl where its output matters."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eventually import eventually

from dinero_operator.sandbox.cluster import Cluster

Json = dict[str, Any]

GROUP = "shoporama.dk/v1alpha1"
_found = shutil.which("kubectl")
KUBECTL = None if _found is None else (_found,)
"""The machine's own."""
RECONCILE, SKIP = "shoporama.dk/reconcile-requested-at", "shoporama.dk/skip-orders"
_tokens = itertools.count(1)


UNTOUCHED = {"observedGeneration": -1}
"""The status of a resource that no operator has visited: the definition's default, as every read shows it."""


class Resource:
    """One DineroIntegration, by its place. ``name`` may be that of one which does not exist yet."""

    def __init__(self, cluster: Cluster, namespace: str, name: str) -> None:
        self.namespace, self.name = namespace, name
        self._cluster = cluster
        self._collection = f"/apis/{GROUP}/namespaces/{namespace}/dinerointegrations"
        self.path = f"{self._collection}/{name}"

    async def create(self, spec: Json, *, annotations: Mapping[str, str] | None = None) -> Json:
        return await self._cluster.create(
            self._collection,
            {
                "apiVersion": GROUP,
                "kind": "DineroIntegration",
                "metadata": {"name": self.name, "annotations": dict(annotations or {})},
                "spec": spec,
            },
        )

    async def read(self) -> Json:
        found = await self._cluster.get(self.path)
        assert found is not None, f"{self.path} does not exist"
        return found

    async def exists(self) -> bool:
        return await self._cluster.get(self.path) is not None

    async def edit(self, **spec: Any) -> Json:
        """Merge into the spec; ``None`` takes a field out."""
        return await self._cluster.merge(self.path, {"spec": spec})

    async def annotate(self, **annotations: str | None) -> Json:
        """Set annotations of our group; underscores stand for hyphens."""
        named = {f"shoporama.dk/{key.replace('_', '-')}": text for key, text in annotations.items()}
        return await self._cluster.merge(self.path, {"metadata": {"annotations": named}})

    async def delete(self) -> None:
        await self._cluster.delete(self.path)

    async def status(self) -> Json:
        status: Json = (await self.read()).get("status") or {}
        return status

    async def ready(self) -> tuple[str, str]:
        """Status and reason of ``Ready``."""
        return said(await self.status(), "Ready")

    async def settled(self, reason: str = "Succeeded") -> Json:
        """Wait until a run for the present spec has ended with this reason; gives the status."""

        def is_settled(found: Json) -> bool:
            status, generation = found.get("status") or {}, found["metadata"]["generation"]
            ready = condition(status, "Ready") or {}
            seen = (status.get("observedGeneration"), ready.get("observedGeneration"), ready.get("reason"))
            return seen == (generation, generation, reason)

        found = await eventually(self.read, is_settled, told=f"{self.name} with Ready's reason {reason}")
        status: Json = found["status"]
        return status

    async def booked(self, number: int) -> Json:
        """Wait until so many orders are booked and a run has ended; gives the status."""
        return await eventually(
            self.status,
            lambda status: (
                (status.get("orders") or {}).get("booked") == number
                and said(status, "Synced")[1] in ("UpToDate", "OrdersHeld")
            ),
            told=f"{number} booked",
        )

    async def request(self) -> str:
        """Ask for a run now; gives the token."""
        token = f"wish-{next(_tokens)}"
        await self.annotate(reconcile_requested_at=token)
        return token

    async def run(self) -> Json:
        """Ask for a run now, and wait until it has ended; gives the status."""
        token = await self.request()
        return await eventually(
            self.status, lambda status: status.get("lastHandledReconcileAt") == token, told=f"echo of {token}"
        )

    async def events(self) -> list[Json]:
        """The events about this resource, in the order of their creation."""
        found = await self._cluster.get(f"/api/v1/namespaces/{self.namespace}/events")
        assert found is not None
        mine = [item for item in found["items"] if item["involvedObject"]["name"] == self.name]
        return sorted(mine, key=lambda item: int(item["metadata"]["resourceVersion"]))


class Namespace:
    """A namespace of one test."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster, self.name = cluster, name

    def resource(self, name: str = "demo") -> Resource:
        return Resource(self.cluster, self.name, name)

    async def secret(self, name: str, **data: str) -> None:
        """Create a Secret, or put these keys in place of all that it has."""
        path = f"/api/v1/namespaces/{self.name}/secrets"
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
        found = await self.cluster.get(f"{path}/{name}")
        if found is None:
            manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": encoded}
            await self.cluster.create(path, manifest)
            return
        gone: dict[str, str | None] = dict.fromkeys(found.get("data") or {}, None)
        await self.cluster.merge(f"{path}/{name}", {"data": {**gone, **encoded}})

    async def delete_secret(self, name: str) -> None:
        await self.cluster.delete(f"/api/v1/namespaces/{self.name}/secrets/{name}")

    async def clear(self) -> None:
        """Delete all resources, so that no operator of a later test works on them, and the namespace."""
        path = f"/apis/{GROUP}/namespaces/{self.name}/dinerointegrations"
        found = await self.cluster.get(path)
        for item in (found or {}).get("items", []):
            await self.cluster.delete(f"{path}/{item['metadata']['name']}")
        await self.cluster.delete(f"/api/v1/namespaces/{self.name}")


class Kubectl:
    """kubectl with a home of its own, so that nothing of the user's is read or written."""

    def __init__(self, command: tuple[str, ...], kubeconfig: Path, home: Path, namespace: str) -> None:
        self._command = (*command, f"--namespace={namespace}")
        self._home = home
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(kubeconfig)}

    async def run(self, command: str, stdin: Any = None) -> tuple[int, str]:
        """Run a command; gives exit code and output."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self._command,
            *command.split(),
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment,
            cwd=self._home,
        )
        output, _ = await process.communicate(b"" if stdin is None else json.dumps(stdin).encode())
        return process.returncode or 0, output.decode()

    async def __call__(self, command: str, stdin: Any = None) -> str:
        """Run a command that is to succeed."""
        code, output = await self.run(command, stdin)
        assert code == 0, output
        return output


def condition(status: Json, kind: str) -> Json | None:
    found = [each for each in status.get("conditions") or [] if each["type"] == kind]
    assert len(found) <= 1, f"{kind} stands in conditions twice"
    return found[0] if found else None


def said(status: Json, kind: str) -> tuple[str, str]:
    """Status and reason of a condition; empty where it is absent."""
    found = condition(status, kind)
    return (found["status"], found["reason"]) if found else ("", "")
