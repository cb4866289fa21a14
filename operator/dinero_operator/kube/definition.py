"""Waiting until our kind can be watched: kopf looks for it once, and then never watches what was not there."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from dinero_operator.kube.api import NOT_FOUND, UNAUTHORIZED, KubernetesApi, KubernetesError
from dinero_operator.kube.resource import GROUP, PLURAL
from dinero_operator.transport.clock import Clock

LOOK_AGAIN = 2.0
"""Seconds between two looks at whether our kind can be watched."""

log = logging.getLogger(__name__)


async def until_watchable(api: KubernetesApi, namespaces: Sequence[str], *, clock: Clock) -> None:
    """Wait until nothing is in the way of a watch. Each reason is told once."""
    told = ""
    while reason := await obstacle(api, namespaces):
        if reason != told:
            log.warning("waiting: %s", reason)
        told = reason
        await clock.sleep(LOOK_AGAIN)


async def obstacle(api: KubernetesApi, namespaces: Sequence[str]) -> str:
    """Why our resources cannot be watched now; empty where they can."""
    try:
        for namespace in namespaces or (None,):
            async for _ in api.resources(namespace):
                break
        # A new kind can be listed a moment before it is told of, and kopf goes by what it is told.
        return "" if await api.knows_kind() else _UNKNOWN
    except KubernetesError as error:
        return {NOT_FOUND: _UNKNOWN, UNAUTHORIZED: _UNAUTHORIZED}.get(error.status, str(error))


_UNKNOWN = f"no definition of {PLURAL}.{GROUP}; apply it from crds/"
_UNAUTHORIZED = "the API server does not accept the credentials; they are read anew at every try"
