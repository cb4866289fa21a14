"""The watch, which is kopf's: its settings, and the handlers that feed the controller."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import kopf

from dinero_operator.kube.connection import StartError, connection_info
from dinero_operator.kube.controller import Controller
from dinero_operator.kube.resource import GROUP, PLURAL, VERSION

SERVER_TIMEOUT, CLIENT_TIMEOUT = 300, 310
"""Seconds after which a watch is opened anew, by the server's side and by ours. Whole: the API server takes no 300.0."""
SILENT_AFTER = 70.0
"""Seconds without a word after which a watch is opened anew. An API server says something every 60."""
PAGE = 500
"""Resources in one answer to a list."""
REQUEST_TIMEOUT = 30.0
STOP_WITHIN = 20.0
"""Seconds in which kopf stops: less than the 30 that a pod gets."""
LOGIN_RETRY = 2.0
"""Seconds before a kubeconfig or token that could not be read is read again: somebody may be writing it."""


class Pauses:
    """Seconds between two tries of one call, without end: a watch outlives any outage of the API server.

    Kopf's own list ends after a minute, and with it the whole watch.
    """

    def __iter__(self) -> Iterator[float]:
        return itertools.chain((1, 1, 2, 3, 5), itertools.repeat(8))


def kopf_settings() -> kopf.OperatorSettings:
    """Kopf's settings, with the reason of each that is not its default."""
    settings = kopf.OperatorSettings()
    settings.scanning.disabled = True  # needs no rights on CRDs and namespaces
    settings.peering.standalone = True  # peering freezes all at equal priority; it is no leader election
    settings.posting.enabled = False  # our own events tell of transitions only
    settings.posting.reporting_component = "dinero-operator"
    settings.persistence.finalizer = "shoporama.dk/none"  # never set: no handler asks for one
    settings.watching.server_timeout = SERVER_TIMEOUT
    settings.watching.client_timeout = CLIENT_TIMEOUT
    settings.watching.inactivity_timeout = SILENT_AFTER
    settings.watching.chunk_size = PAGE  # the server need not hold a list of thousands in memory
    settings.networking.request_timeout = REQUEST_TIMEOUT
    settings.networking.error_backoffs = Pauses()
    settings.process.ultimate_exiting_timeout = STOP_WITHIN
    return settings


def handlers(controller: Controller, settings: kopf.OperatorSettings) -> kopf.OperatorRegistry:
    """The handlers: thin, since they only feed the controller."""
    registry = kopf.OperatorRegistry()

    @kopf.on.login(registry=registry)
    def log_in(**_: Any) -> kopf.ConnectionInfo:
        try:
            return connection_info(settings)
        except StartError as error:
            raise kopf.TemporaryError(str(error), delay=LOGIN_RETRY) from None

    @kopf.on.event(GROUP, VERSION, PLURAL, registry=registry)
    async def on_event(type: str | None, body: kopf.Body, **_: Any) -> None:  # noqa: A002 - kopf's name
        if type == "DELETED":
            controller.on_deleted(body)
        else:
            controller.on_changed(body, is_initial=type is None)

    return registry
