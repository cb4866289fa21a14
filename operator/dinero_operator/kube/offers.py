"""Whoever may edit a resource asks for a link by an annotation, and finds it in the status.

The link is written first and the annotation taken off after it: a crash in between makes one more link, and the newest
counts. Nothing here waits for a run, so it works while the resource is suspended, wrong, or busy.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from dinero_operator.connect.links import Links
from dinero_operator.connect.ports import Place
from dinero_operator.kube.api import (
    CONFLICT,
    FORBIDDEN,
    NOT_FOUND,
    UNPROCESSABLE,
    KubernetesApi,
    KubernetesError,
)
from dinero_operator.kube.events import EventRecorder
from dinero_operator.kube.fields import moment
from dinero_operator.kube.registry import Entry, Key
from dinero_operator.kube.resource import CONNECT_ANNOTATION
from dinero_operator.kube.status import timestamp
from dinero_operator.transport.clock import Clock

RETRY = 15.0
"""Seconds before a link is tried again for which the Kubernetes API did not answer."""
NOT_ENABLED = (
    f"{CONNECT_ANNOTATION}: connecting in the browser is not enabled. It needs the operator's settings "
    "DINERO_OPERATOR_CONNECT_CLIENT_ID, DINERO_OPERATOR_CONNECT_CLIENT_SECRET and DINERO_OPERATOR_PUBLIC_URL."
)
READY = "status.connect.url holds a link to the set-up in the browser. It works once, within 15 minutes."
STUCK = (
    f"The operator may not take the annotation {CONNECT_ANNOTATION} off: grant it patch on dinerointegrations (in the "
    "chart: connect.enabled). Until then ask with another value each time."
)

log = logging.getLogger(__name__)


class Offers:
    """Makes links, and clears those that have expired. ``links`` is ``None`` where connecting is not enabled."""

    def __init__(
        self, api: KubernetesApi, events: EventRecorder, clock: Clock, links: Links | None = None
    ) -> None:
        self._api = api
        self._events = events
        self._clock = clock
        self._links = links
        self._busy: set[Key] = set()

    def has_work(self, entry: Entry, *, is_fresh: bool = False) -> bool:
        """Whether there is something to do. ``is_fresh``: the entry was just read, and not shown late by a watch."""
        token = entry.annotations.get(CONNECT_ANNOTATION)
        if token is None or (is_fresh and not entry.link_stuck):
            entry.link_given_for = None
        if entry.key in self._busy:
            return False
        return self._is_asked(entry) or self._is_expired(entry)

    async def tend(self, entry: Entry, is_current: Callable[[], bool]) -> None:
        """Do it, and try again for as long as the resource ``is_current``."""
        if entry.key in self._busy:
            return
        self._busy.add(entry.key)
        try:
            while is_current() and (self._is_asked(entry) or self._is_expired(entry)):
                try:
                    if self._is_asked(entry):
                        await self._give(entry)
                    else:
                        await self._clear(entry)
                        return
                except KubernetesError as error:
                    log.warning("%s/%s: %s", entry.key.namespace, entry.key.name, error)
                    await self._clock.sleep(RETRY)
        finally:
            self._busy.discard(entry.key)

    def _is_asked(self, entry: Entry) -> bool:
        token = entry.annotations.get(CONNECT_ANNOTATION)
        return token is not None and token != entry.link_given_for

    def _is_expired(self, entry: Entry) -> bool:
        link = entry.status.connect
        if link is None:
            return False
        end = moment(link.expires_at)
        return end is None or self._clock.now() >= end

    async def _give(self, entry: Entry) -> None:
        token, key = entry.annotations[CONNECT_ANNOTATION], entry.key
        if self._links is None:
            entry.link_given_for, entry.link_stuck = token, True
            await self._events.record(entry, "ConnectNotEnabled", NOT_ENABLED, is_warning=True)
            return
        link = self._links.make(Place(key.namespace, key.name), entry.uid)
        status = {"connect": {"url": link.url, "expiresAt": timestamp(link.expires_at)}}
        if await self._api.patch_status(key.namespace, key.name, status) is None:
            entry.link_given_for = token
            return
        entry.link_given_for, entry.link_stuck = token, False
        log.info("%s/%s: a link to the set-up is in status.connect", key.namespace, key.name)
        await self._take_off(entry, token)
        await self._events.record(entry, "ConnectLinkReady", READY, is_warning=False)

    async def _take_off(self, entry: Entry, token: str) -> None:
        """Remove the annotation, so that the same command works again; unless it asks for another link already."""
        path = f"/metadata/annotations/{CONNECT_ANNOTATION.replace('~', '~0').replace('/', '~1')}"
        patch = [{"op": "test", "path": path, "value": token}, {"op": "remove", "path": path}]
        try:
            await self._api.patch_resource(entry.key.namespace, entry.key.name, patch)
        except KubernetesError as error:
            if error.status == FORBIDDEN:
                entry.link_stuck = True
                await self._events.record(entry, "ConnectNotPermitted", STUCK, is_warning=True)
            elif error.status not in (UNPROCESSABLE, NOT_FOUND):
                # The link is there; the annotation is seen again at the next visit.
                log.warning("%s/%s: %s", entry.key.namespace, entry.key.name, error)

    async def _clear(self, entry: Entry) -> None:
        """Take an expired link out of the status, in exactly the version that has it: there may be a newer one."""
        try:
            await self._api.patch_status(
                entry.key.namespace, entry.key.name, {"connect": None}, version=entry.resource_version
            )
        except KubernetesError as error:
            if error.status != CONFLICT:
                raise
