"""The program in a cluster: kopf watches, the controller works, the server answers probes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import kopf

from dinero_operator.kube.api import KubernetesApi
from dinero_operator.kube.connection import StartError, connection_info, own_namespace
from dinero_operator.kube.controller import Controller
from dinero_operator.kube.definition import is_defined
from dinero_operator.kube.health import Health
from dinero_operator.kube.lease import Elector, own_identity
from dinero_operator.kube.resource import GROUP, PLURAL, VERSION
from dinero_operator.metrics import Metrics
from dinero_operator.server import Server
from dinero_operator.settings import Settings
from dinero_operator.sync.services import Services
from dinero_operator.transport.clock import Clock, SystemClock
from dinero_operator.transport.http import Transport

SERVER_TIMEOUT, CLIENT_TIMEOUT = 300, 310
"""Seconds after which a watch is opened anew, by the server's side and by ours. Whole: the API server takes no 300.0."""
REQUEST_TIMEOUT = 30.0
STOP_WITHIN = 20.0
"""Seconds in which kopf stops: less than the 30 that a pod gets."""
LAST_WORDS_WITHIN = 2.0
"""Seconds that events under way get at the end."""

log = logging.getLogger(__name__)


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
    settings.networking.request_timeout = REQUEST_TIMEOUT
    settings.process.ultimate_exiting_timeout = STOP_WITHIN
    return settings


def handlers(controller: Controller, settings: kopf.OperatorSettings) -> kopf.OperatorRegistry:
    """The handlers: thin, since they only feed the controller."""
    registry = kopf.OperatorRegistry()

    @kopf.on.login(registry=registry)
    def log_in(**_: Any) -> kopf.ConnectionInfo:
        return connection_info(settings)

    @kopf.on.event(GROUP, VERSION, PLURAL, registry=registry)
    async def on_event(type: str | None, body: kopf.Body, **_: Any) -> None:  # noqa: A002 - kopf's name
        if type == "DELETED":
            controller.on_deleted(body)
        else:
            controller.on_changed(body, is_initial=type is None)

    return registry


async def run(settings: Settings) -> bool:
    """Run until a signal says stop; ``False`` where something else ended it. Raises ``StartError``."""
    clock, metrics = SystemClock(), Metrics()
    kopf_config = kopf_settings()
    connection_info(kopf_config)  # fail at once, and in one line, where there is no cluster
    api = KubernetesApi(lambda: connection_info(kopf_config), clock=clock, metrics=metrics)
    transport = Transport(clock=clock, metrics=metrics)
    services = Services(
        transport,
        clock,
        metrics,
        settings.dinero_api_url,
        settings.dinero_token_url,
        settings.requests_per_minute,
    )
    elector = _elector(settings, api, clock) if settings.lease_name else None
    probes = Probes() if elector is None else Probes.of_follower(elector)
    metrics.set_leader(elector is None)
    stop = asyncio.Event()
    _listen_to_signals(stop)
    server = Server(
        port=settings.http_port,
        metrics=metrics,
        problems=lambda: probes.problems(),  # noqa: PLW0108 - what stands there later
        is_ready=lambda: probes.is_ready(),  # noqa: PLW0108
        is_standby=lambda: probes.is_standby,
    )
    try:
        await server.start()
    except OSError as error:
        raise StartError(
            f"DINERO_OPERATOR_HTTP_PORT: cannot listen on port {settings.http_port} ({error.strerror})"
        ) from None
    try:
        if elector is not None and not await _lead(elector, stop):
            return True
        return await _work(settings, services, api, kopf_config, probes=probes, stop=stop, elector=elector)
    finally:
        await server.stop()
        await transport.aclose()
        await api.aclose()
        log.info("stopped")


@dataclass(slots=True)
class Probes:
    """What the probes are answered; each stage of the program puts its own answers here."""

    problems: Callable[[], list[str]] = list
    is_ready: Callable[[], bool] = bool
    is_standby: bool = False

    @classmethod
    def of_follower(cls, elector: Elector) -> Probes:
        """The answers while another process leads."""
        return cls(lambda: [] if elector.is_alive else ["the election stands still"], is_standby=True)


def _elector(settings: Settings, api: KubernetesApi, clock: Clock) -> Elector:
    namespace = settings.lease_namespace or own_namespace()
    return Elector(api, namespace=namespace, name=settings.lease_name, identity=own_identity(), clock=clock)


async def _lead(elector: Elector, stop: asyncio.Event) -> bool:
    """Wait for the lead; ``False`` where a signal came first."""
    acquiring, stopping = asyncio.ensure_future(elector.acquire()), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([acquiring, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            await acquiring
            return True
    finally:
        for task in (acquiring, stopping):
            task.cancel()
        await asyncio.gather(acquiring, stopping, return_exceptions=True)
    # The call that was cut off may have taken the lease.
    await elector.release()
    return False


async def _work(
    settings: Settings,
    services: Services,
    api: KubernetesApi,
    kopf_config: kopf.OperatorSettings,
    *,
    probes: Probes,
    stop: asyncio.Event,
    elector: Elector | None,
) -> bool:
    """Watch and work until a signal says stop; ``False`` where something else ended it: a lost lease, too."""
    holding = [asyncio.ensure_future(elector.hold())] if elector is not None else []
    services.metrics.set_leader(True)
    controller = Controller(settings=settings, services=services, api=api)
    health = Health(
        controller, api, namespaces=settings.namespaces, clock=services.clock, metrics=services.metrics
    )
    ready = asyncio.Event()
    probes.problems, probes.is_standby = health.problems, False
    probes.is_ready = lambda: ready.is_set() and (elector is None or elector.is_leading)
    if not await is_defined(api, settings.namespaces, clock=services.clock, stop=stop):
        if elector is not None:
            await _step_down(elector, holding, services.metrics)
        return True
    ours = asyncio.all_tasks()
    tasks = await kopf.spawn_tasks(
        registry=handlers(controller, kopf_config),
        settings=kopf_config,
        standalone=True,
        clusterwide=not settings.namespaces,
        namespaces=settings.namespaces,
        ready_flag=ready,
    )
    # Once more, since kopf has set its own: asked to stop, it gives every task in the loop five seconds to end by itself.
    _listen_to_signals(stop)
    watch = asyncio.ensure_future(kopf.run_tasks(tasks, ignored=ours))
    stopping = asyncio.ensure_future(stop.wait())
    work = [
        asyncio.ensure_future(task)
        for task in (controller.scheduler.serve(), health.watch_the_watch(), health.measure_lag())
    ]
    log.info("watching %s", ", ".join(settings.namespaces) or "all namespaces")
    try:
        done, _ = await asyncio.wait([stopping, watch, *work, *holding], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopping}:
            cause = None if task.cancelled() else task.exception()
            if task in holding and cause is None:
                continue  # a lease that is lost has been told of; the pod starts again as a follower
            log.critical("a task that should run for ever has ended", exc_info=cause)
        return done == {stopping}
    finally:
        # First the runs, so that nothing begins any more. Then kopf, by cancellation: it waits for nobody then.
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        if elector is not None:
            await _step_down(elector, holding, services.metrics)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(controller.aclose(), LAST_WORDS_WITHIN)
        for task in (watch, stopping):
            task.cancel()
        await asyncio.gather(watch, stopping, return_exceptions=True)


async def _step_down(elector: Elector, holding: Sequence[asyncio.Future[None]], metrics: Metrics) -> None:
    """Let another process lead, now that no run of ours goes on."""
    for task in holding:
        task.cancel()
    await asyncio.gather(*holding, return_exceptions=True)
    await elector.release()
    metrics.set_leader(False)


def _listen_to_signals(stop: asyncio.Event) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
