"""Is the program really at work? A watch that died in silence, or a scheduler that stands still, is unhealthy.

A server that is away is no fault of the watch, which begins anew by itself; a restart would not bring it back sooner.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from dinero_operator.kube.api import FORBIDDEN, NOT_FOUND, UNAUTHORIZED, KubernetesApi, KubernetesError
from dinero_operator.kube.controller import Controller
from dinero_operator.kube.registry import Key
from dinero_operator.metrics import Metrics
from dinero_operator.transport.clock import Clock

CHECK_EVERY = 120.0
"""Seconds between two comparisons of the watch with a list."""
GRACE = 80.0
"""Seconds that the watch gets to show what a list has shown: more than it needs to notice that its connection is dead."""
AGAIN_AFTER = 15.0
"""Seconds between two comparisons while the watch counts as dead."""
REFUSED = {UNAUTHORIZED, FORBIDDEN, NOT_FOUND}
"""Answers that say that no watch can be had; all others are a server in trouble."""
LAG_EVERY = 1.0
"""Seconds between two measurements of the event loop's lag."""

log = logging.getLogger(__name__)


class Health:
    """What the probes answer."""

    def __init__(
        self,
        controller: Controller,
        api: KubernetesApi,
        *,
        namespaces: Sequence[str],
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._controller = controller
        self._api = api
        self._namespaces: Sequence[str | None] = namespaces or (None,)
        self._clock = clock
        self._metrics = metrics
        self.is_watch_stale = False
        self._refusal = ""

    def problems(self) -> list[str]:
        """Why the program should be restarted; empty: it is healthy."""
        found = []
        if not self._controller.scheduler.is_alive:
            found.append("the scheduler stands still")
        if self.is_watch_stale:
            found.append("the watch does not show what the API server has")
        if self._refusal:
            found.append(self._refusal)
        return found

    async def watch_the_watch(self) -> None:
        """Compare what the watch has shown with a list, for ever. kopf's watch can die without a word (its issue 1145)."""
        while True:
            await self._clock.sleep(AGAIN_AFTER if self.problems() else CHECK_EVERY)
            try:
                missed = await self._unseen()
                if missed:
                    await self._clock.sleep(AGAIN_AFTER if self.is_watch_stale else GRACE)
                    after = await self._unseen()
                    missed = {
                        key: seen for key, seen in missed.items() if key in after and after[key][0] == seen[0]
                    }
                if missed and not self.is_watch_stale:
                    log.error("the watch has missed changes of %d resources", len(missed))
                self.is_watch_stale = bool(missed)
            except KubernetesError as error:
                await self._fails(error)
            else:
                self._refusal = ""

    async def _fails(self, error: KubernetesError) -> None:
        """Take note of a list that was refused twice, with the grace between."""
        log.warning("the watch could not be checked: %s", error)
        if error.status not in REFUSED or self._refusal:
            return
        await self._clock.sleep(GRACE)
        try:
            await self._unseen()
        except KubernetesError as again:
            if again.status in REFUSED:
                self._refusal = str(again)

    async def measure_lag(self) -> None:
        """Measure how late the event loop is, for ever."""
        while True:
            began = self._clock.monotonic()
            await self._clock.sleep(LAG_EVERY)
            self._metrics.observe_event_loop_lag(max(0.0, self._clock.monotonic() - began - LAG_EVERY))

    async def _unseen(self) -> dict[Key, tuple[str | None, str | None]]:
        """The resources that a list shows in another version than the watch, or not any more: (the watch's, the list's)."""
        found: dict[Key, tuple[str | None, str | None]] = {}
        gone = {entry.key: entry.shown_version for entry in self._controller.registry}
        for namespace in self._namespaces:
            async for item in self._api.resources(namespace):
                metadata = item.get("metadata") or {}
                key = Key(str(metadata.get("namespace")), str(metadata.get("name")))
                version = str(metadata.get("resourceVersion") or "")
                gone.pop(key, None)
                if self._version(key) != version:
                    found[key] = (self._version(key), version)
        found.update({key: (version, None) for key, version in gone.items()})
        return found

    def _version(self, key: Key) -> str | None:
        entry = self._controller.registry.get(key)
        return entry.shown_version if entry is not None else None
