"""Waiting for the resource definition: kopf looks for it once, and then never watches what was not there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from dinero_operator.kube.api import NOT_FOUND, KubernetesApi, KubernetesError
from dinero_operator.kube.resource import GROUP, PLURAL
from dinero_operator.transport.clock import Clock

LOOK_AGAIN = 2.0
"""Seconds between two looks at whether the API server knows our kind."""

log = logging.getLogger(__name__)


async def is_defined(
    api: KubernetesApi, namespaces: Sequence[str], *, clock: Clock, stop: asyncio.Event
) -> bool:
    """Wait until the API server knows our kind; ``False`` where ``stop`` came first. Told once in the log.

    Any other trouble than an unknown kind is for the watch to meet.
    """
    is_told = False
    while not stop.is_set():
        try:
            async for _ in api.resources(namespaces[0] if namespaces else None):
                break
        except KubernetesError as error:
            if error.status == NOT_FOUND:
                if not is_told:
                    log.warning("waiting for the definition of %s.%s: apply it from crds/", PLURAL, GROUP)
                is_told = True
                await clock.sleep(LOOK_AGAIN)
                continue
        return True
    return False
