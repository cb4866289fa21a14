"""Kubernetes events: on transitions only, best effort, and never a flood."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dinero_operator.kube.api import KubernetesApi, KubernetesError
from dinero_operator.kube.registry import Entry
from dinero_operator.kube.resource import GROUP, KIND, VERSION
from dinero_operator.kube.resource_status import Condition, Status
from dinero_operator.kube.status import timestamp
from dinero_operator.sync.report import ConditionType, Reason
from dinero_operator.transport.clock import Clock

COMPONENT = "dinero-operator"
MAX_MESSAGE = 1000
"""Characters: the API server refuses more than 1,024."""
MAX_EVENTS_OF_RUN = 20
"""Events about orders in one run at most: a shop with a thousand held orders must not fill the event store."""

log = logging.getLogger(__name__)


class EventRecorder:
    """Posts events about resources. An event that cannot be posted is lost, with a line in the log."""

    def __init__(self, api: KubernetesApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock

    async def transition(self, entry: Entry, old: Status, new: Status) -> None:
        """Tell of a change of ``Ready``'s status or reason, or of a warning in ``Configured``."""
        for kind in (ConditionType.READY, ConditionType.CONFIGURED):
            before, after = old.condition(kind), new.condition(kind)
            if after is None or _said(before) == _said(after) or after.status == "Unknown":
                continue
            warns = (
                kind is ConditionType.CONFIGURED
                and after.status == "True"
                and after.reason != Reason.ACCEPTED
            )
            if kind is ConditionType.READY or warns:
                is_warning = after.status != "True" or warns
                # Not counted: it comes last, is told only once, and holds must not drown it.
                await self._post(entry, after.reason, after.message, is_warning=is_warning)

    async def record(self, entry: Entry, reason: str, message: str, *, is_warning: bool) -> None:
        """Post one event, unless the run has posted enough."""
        entry.events_of_run += 1
        if entry.events_of_run > MAX_EVENTS_OF_RUN:
            return
        await self._post(entry, reason, message, is_warning=is_warning)

    async def _post(self, entry: Entry, reason: str, message: str, *, is_warning: bool) -> None:
        event = _event(entry, reason, message[:MAX_MESSAGE], self._clock.now(), is_warning=is_warning)
        try:
            await self._api.create_event(entry.key.namespace, event)
        except KubernetesError as error:
            log.warning("an event could not be posted: %s", error)


def _said(condition: Condition | None) -> tuple[str, str] | None:
    return (condition.status, condition.reason) if condition is not None else None


def _event(entry: Entry, reason: str, message: str, now: datetime, *, is_warning: bool) -> Mapping[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{entry.key.name[:200]}.", "namespace": entry.key.namespace},
        "involvedObject": {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": KIND,
            "namespace": entry.key.namespace,
            "name": entry.key.name,
            "uid": entry.uid,
            "resourceVersion": entry.resource_version,
        },
        "reason": reason,
        "message": message,
        "type": "Warning" if is_warning else "Normal",
        "firstTimestamp": timestamp(now),
        "lastTimestamp": timestamp(now),
        "count": 1,
        "source": {"component": COMPONENT},
        "reportingComponent": COMPONENT,
        "reportingInstance": COMPONENT,
    }
