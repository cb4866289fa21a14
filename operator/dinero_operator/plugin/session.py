"""One command's way to the cluster, and what a person is told when it does not lead there."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from dinero_operator.kube.api import FORBIDDEN, NOT_FOUND, UNAUTHORIZED, KubernetesApi, KubernetesError
from dinero_operator.kube.connection import StartError
from dinero_operator.kube.kubeconfig import load
from dinero_operator.metrics import Metrics
from dinero_operator.plugin.options import Where
from dinero_operator.transport.clock import Clock, SystemClock

MANAGER = "kubectl-dinero"
"""The name under which the API server notes what we have changed."""
TRIES = 2
LOOK = 0.5
"""Seconds between two looks at a resource that is waited for."""


class Problem(Exception):
    """The command has failed. ``str()`` is a sentence for whoever gave it."""


@dataclass(frozen=True, slots=True)
class Session:
    """The API server, reached with the person's own rights. ``namespace`` is the chosen one."""

    api: KubernetesApi
    where: Where
    namespace: str
    server: str
    clock: Clock
    metrics: Metrics

    @property
    def scope(self) -> str | None:
        """The namespace to list; ``None``: all."""
        return None if self.where.all_namespaces else self.namespace

    def kubectl(self, *words: str) -> str:
        """A command to copy, for the same place."""
        return self.where.kubectl(self.namespace, *words)

    async def find(self, name: str) -> Mapping[str, Any]:
        """A resource. Raises ``Problem`` where there is none."""
        found = await self.api.resource(self.namespace, name)
        if found is None:
            await self._check_kind()
            raise Problem(f"There is no DineroIntegration {name} in namespace {self.namespace}.")
        return found

    async def all(self) -> list[Mapping[str, Any]]:
        """The resources of the scope, by namespace and name."""
        try:
            found = [body async for body in self.api.resources(self.scope)]
        except KubernetesError as error:
            if error.status == NOT_FOUND:
                await self._check_kind()
            raise
        return sorted(found, key=lambda body: (body["metadata"]["namespace"], body["metadata"]["name"]))

    async def patch(
        self, name: str, patch: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        """Change a resource."""
        return await self.api.patch_resource(self.namespace, name, patch, manager=MANAGER)

    async def annotate(self, name: str, annotation: str) -> str:
        """Give an annotation a value that it never had; gives the value."""
        moment = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        token = f"{moment}-{secrets.token_hex(4)}"
        await self.patch(name, {"metadata": {"annotations": {annotation: token}}})
        return token

    async def _check_kind(self) -> None:
        if not await self.api.knows_kind():
            raise Problem(
                f"The cluster {self.server} knows no DineroIntegration: the operator is not installed there, or this is "
                "another cluster than you think."
            )


@asynccontextmanager
async def opened(where: Where, clock: Clock | None = None) -> AsyncIterator[Session]:
    """Log in. Raises ``Problem`` for all that the API server refuses in here too."""
    clock, metrics = clock or SystemClock(), Metrics()
    try:
        config = load(where.kubeconfig, where.context)
        # At once, so that a login which fails is told as what it is.
        first = [config.connection()]
    except StartError as error:
        raise Problem(str(error)) from None
    api = KubernetesApi(
        lambda: first.pop() if first else config.connection(), clock=clock, metrics=metrics, tries=TRIES
    )
    namespace = where.namespace or config.namespace
    try:
        yield Session(api, where, namespace, config.server, clock, metrics)
    except KubernetesError as error:
        raise Problem(_sentence(error, config.server)) from None
    finally:
        await api.aclose()


def _sentence(error: KubernetesError, server: str) -> str:
    if error.status == 0:
        return f"The Kubernetes API at {server} does not answer."
    if error.status == UNAUTHORIZED:
        return f"The Kubernetes API at {server} does not accept your login. Log in again."
    if error.status == FORBIDDEN:
        return f"You may not do that: {error.said or 'the Kubernetes API refuses it'}"
    return error.said or str(error)
