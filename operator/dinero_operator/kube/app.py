"""The program in a cluster: kopf watches, the controller works, the server answers probes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import kopf

from dinero_operator.dinero.oauth import AuthorizationServer, OAuthClient, oauth_transport
from dinero_operator.kube.api import KubernetesApi
from dinero_operator.kube.connect import ConnectCluster
from dinero_operator.kube.connection import StartError, connection_info, own_namespace
from dinero_operator.kube.controller import Controller
from dinero_operator.kube.definition import obstacle, until_watchable
from dinero_operator.kube.health import Health
from dinero_operator.kube.lease import Elector, own_identity
from dinero_operator.kube.watch import handlers, kopf_settings
from dinero_operator.kube.web import connect_cluster, links, mounts
from dinero_operator.metrics import Metrics
from dinero_operator.server import Server
from dinero_operator.settings import Settings
from dinero_operator.sync.services import Services
from dinero_operator.transport.clock import Clock, SystemClock
from dinero_operator.transport.http import Transport

LAST_WORDS_WITHIN = 2.0
"""Seconds that events under way get at the end."""
REASON_WITHIN = 5.0
"""Seconds for finding out why the watch has ended."""
TOKENS_WITHIN = 8.0
"""Seconds that a renewal of tokens gets at the end, to store what must not be lost."""

log = logging.getLogger(__name__)


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
    oauth = oauth_transport(clock=clock, metrics=metrics)
    services.oauth = _oauth_client(settings, oauth, clock)
    elector = _elector(settings, api, clock) if settings.lease_name else None
    probes = Probes() if elector is None else Probes.of_follower(elector)
    metrics.set_leader(elector is None)
    stop = asyncio.Event()
    _listen_to_signals(stop)
    cluster = connect_cluster(settings, api, clock)
    server = Server(
        port=settings.http_port,
        metrics=metrics,
        problems=lambda: probes.problems(),  # noqa: PLW0108 - what stands there later
        is_ready=lambda: probes.is_ready(),  # noqa: PLW0108
        is_standby=lambda: probes.is_standby,
        mounts=mounts(settings, services, cluster),
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
        return await _work(
            settings, services, api, kopf_config, cluster=cluster, probes=probes, stop=stop, elector=elector
        )
    finally:
        await server.stop()
        await _finish(services)
        await oauth.aclose()
        await transport.aclose()
        await api.aclose()
        log.info("stopped")


def _oauth_client(settings: Settings, transport: Transport, clock: Clock) -> OAuthClient | None:
    """The operator as an app of Visma Connect; ``None`` where it is not registered."""
    secret = settings.connect_client_secret
    if not settings.connect_client_id or secret is None:
        return None
    server = AuthorizationServer(
        settings.connect_authorize_url,
        settings.connect_token_url,
        settings.connect_client_id,
        secret.get_secret_value(),
    )
    return OAuthClient(server, transport, clock)


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
    if await _unless_stopped(elector.acquire(), stop):
        return True
    # The call that was cut off may have taken the lease.
    await elector.release()
    return False


async def _unless_stopped(waiting: Coroutine[Any, Any, None], stop: asyncio.Event) -> bool:
    """Wait for something; ``False`` where a signal came first."""
    wanted, stopping = asyncio.ensure_future(waiting), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([wanted, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            await wanted
            return True
        return False
    finally:
        for task in (wanted, stopping):
            task.cancel()
        await asyncio.gather(wanted, stopping, return_exceptions=True)


async def _work(
    settings: Settings,
    services: Services,
    api: KubernetesApi,
    kopf_config: kopf.OperatorSettings,
    *,
    cluster: ConnectCluster,
    probes: Probes,
    stop: asyncio.Event,
    elector: Elector | None,
) -> bool:
    """Watch and work until a signal says stop; ``False`` where something else ended it: a lost lease, too."""
    holding = [asyncio.ensure_future(elector.hold())] if elector is not None else []
    services.metrics.set_leader(True)
    controller = Controller(
        settings=settings, services=services, api=api, links=links(settings, services.clock)
    )
    cluster.wake = controller.hasten
    health = Health(
        controller, api, namespaces=settings.namespaces, clock=services.clock, metrics=services.metrics
    )
    ready = asyncio.Event()
    probes.is_ready = lambda: ready.is_set() and (elector is None or elector.is_leading)
    probes.is_standby = False
    if not await _unless_stopped(until_watchable(api, settings.namespaces, clock=services.clock), stop):
        if elector is not None:
            await _step_down(elector, holding, services.metrics)
        return True
    probes.problems = health.problems
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
        # Kopf's tasks themselves, too: it goes on for seconds after one of them has failed.
        mine = [stopping, watch, *work, *holding]
        done, _ = await asyncio.wait([*mine, *tasks], return_when=asyncio.FIRST_COMPLETED)
        if not done & set(mine):
            log.critical("the watch has ended: %s", await _reason(api, settings.namespaces))
        for task in done.intersection(mine) - {stopping}:
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
        # Before kopf, which cancels every task in the loop that is younger than itself.
        await _finish(services)
        for task in (watch, stopping):
            task.cancel()
        await asyncio.gather(watch, stopping, *tasks, return_exceptions=True)


async def _finish(services: Services) -> None:
    """Let tokens that the server has just given be stored."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(services.finish(), TOKENS_WITHIN)


async def _reason(api: KubernetesApi, namespaces: Sequence[str]) -> str:
    """Why kopf gave up, as the API server tells it; a new start then waits until that is no more."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(REASON_WITHIN):
            if reason := await obstacle(api, namespaces):
                return reason
    return "it could not go on; see the lines above"


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
