"""What the HTTP server serves beside probes and metrics: the set-up pages, and the webhooks."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from dinero_operator.connect.app import connect_app
from dinero_operator.connect.links import Links
from dinero_operator.connect.seal import Seal
from dinero_operator.connect.webhooks import Webhooks
from dinero_operator.kube.api import KubernetesApi
from dinero_operator.kube.connect import ConnectCluster
from dinero_operator.settings import Settings
from dinero_operator.sync.services import Services
from dinero_operator.transport.clock import Clock


def connect_cluster(settings: Settings, api: KubernetesApi, clock: Clock) -> ConnectCluster:
    """The cluster as pages and webhooks see it."""
    return ConnectCluster(
        api, clock, namespaces=settings.namespaces, allow_insecure_urls=settings.allow_insecure_urls
    )


def mounts(settings: Settings, services: Services, cluster: ConnectCluster) -> Mapping[str, web.Application]:
    """Applications by the path that they are served below. The pages are there where connecting is enabled."""
    found = {"/webhooks": Webhooks(cluster, services.clock).app()}
    secret = settings.connect_client_secret
    if settings.connect_enabled and secret is not None and services.oauth is not None:
        found["/connect"] = connect_app(
            cluster=cluster,
            services=services,
            oauth=services.oauth,
            client_secret=secret.get_secret_value(),
            public_url=settings.public_url,
            authorize_url=settings.connect_authorize_url,
        )
    return found


def links(settings: Settings, clock: Clock) -> Links | None:
    """What makes links to the set-up; ``None`` where connecting is not enabled."""
    secret = settings.connect_client_secret
    if not settings.connect_enabled or secret is None:
        return None
    return Links(Seal(secret.get_secret_value(), clock), public_url=settings.public_url, clock=clock)
