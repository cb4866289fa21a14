"""The set-up in the browser, all of it but the watch: a Kubernetes API, Shoporama, Dinero and Visma Connect on loopback."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import kopf
import yaml
from visitor import Seen, Visitor

from dinero_operator.dinero.oauth import AuthorizationServer, OAuthClient, oauth_transport
from dinero_operator.kube import web as site
from dinero_operator.kube.api import KubernetesApi
from dinero_operator.kube.controller import Controller
from dinero_operator.metrics import Metrics
from dinero_operator.sandbox import kubernetes as simulated
from dinero_operator.sandbox.connect import ConnectSimulator
from dinero_operator.sandbox.dinero import DineroSimulator
from dinero_operator.sandbox.process import free_port
from dinero_operator.sandbox.shoporama import OrderLine, ShoporamaSimulator, SimOrder
from dinero_operator.server import Server
from dinero_operator.settings import load_settings
from dinero_operator.sync.services import Services
from dinero_operator.transport.http import Transport
from fake_clock import FakeClock

CRD = Path(__file__).parents[2] / "crds" / "dinerointegrations.shoporama.dk.yaml"
APP, APP_SECRET = "isv_teestuen", "planted-app-secret-3141592653"
ANNOTATION = "shoporama.dk/connect-requested-at"
TEA, COFFEE, TRIAL = 501_001, 501_002, 501_003
ACCOUNT = 55_100
NAMESPACE, NAME = "webshops", "teestuen"
MAJA, OLE, NOBODY, TRIER = "maja", "ole", "nobody", "trier"

Json = dict[str, Any]


class Operator:
    """One process of the operator, but for its watch: ``see`` shows it a resource as a watch would."""

    def __init__(self, world: World, *, port: int, settings: Json, leads: bool = True) -> None:
        self.port = port
        clock = world.clock
        self.metrics = Metrics()
        given = {
            "DINERO_API_URL": world.dinero.url,
            "DINERO_TOKEN_URL": world.dinero.token_url,
            "CONNECT_AUTHORIZE_URL": world.connect.authorize_url,
            "CONNECT_TOKEN_URL": world.connect.token_url,
            "CONNECT_CLIENT_ID": APP,
            "CONNECT_CLIENT_SECRET": APP_SECRET,
            "PUBLIC_URL": world.public_url,
            "REQUESTS_PER_MINUTE": "10000",
            "HTTP_PORT": str(port),
        } | settings
        self.settings = load_settings({f"DINERO_OPERATOR_{name}": value for name, value in given.items()})
        info = kopf.ConnectionInfo(server=world.api.url, token=world.api.token)
        self.api = KubernetesApi(lambda: info, clock=clock, metrics=self.metrics)
        self._transport = Transport(clock=clock, metrics=self.metrics)
        self._oauth = oauth_transport(clock=clock, metrics=self.metrics)
        server = AuthorizationServer(
            self.settings.connect_authorize_url,
            self.settings.connect_token_url,
            APP,
            self.settings.connect_client_secret.get_secret_value()
            if self.settings.connect_client_secret
            else "",
        )
        self.services = Services(
            self._transport,
            clock,
            self.metrics,
            self.settings.dinero_api_url,
            self.settings.dinero_token_url,
            self.settings.requests_per_minute,
        )
        if self.settings.connect_client_id:
            self.services.oauth = OAuthClient(server, self._oauth, clock)
        self.cluster = site.connect_cluster(self.settings, self.api, clock)
        self.controller = Controller(
            settings=self.settings,
            services=self.services,
            api=self.api,
            links=site.links(self.settings, clock),
        )
        if leads:
            self.cluster.wake = self.controller.hasten
        self.server = Server(
            port=port,
            metrics=self.metrics,
            problems=list,
            is_ready=lambda: True,
            mounts=site.mounts(self.settings, self.services, self.cluster),
        )
        self._world = world

    async def see(self, name: str = NAME) -> None:
        """Show it a resource as it is now, and let it act on that."""
        self.controller.on_changed(self._world.resource(name), is_initial=False)
        await self.controller.aclose()

    async def visit(self, name: str = NAME) -> float:
        """One run of the controller; gives the seconds until the next."""
        entry = next(entry for entry in self.controller.registry if entry.key.name == name)
        wait = await self.controller._visit(entry.key)
        await self.controller.aclose()
        return wait

    def is_hastened(self, name: str = NAME) -> bool:
        """Whether the next visit is due now."""
        entry = next(entry for entry in self.controller.registry if entry.key.name == name)
        due = self.controller.scheduler._due.get(entry.key)
        return due is not None and due <= self._world.clock.monotonic()

    def calm_down(self, name: str = NAME) -> None:
        """As after a run: the next visit is minutes away."""
        entry = next(entry for entry in self.controller.registry if entry.key.name == name)
        self.controller.scheduler.remove(entry.key)
        self.controller.scheduler.schedule(entry.key, 300.0)

    async def start(self) -> Operator:
        await self.server.start()
        return self

    async def stop(self) -> None:
        await self.server.stop()
        await self.controller.aclose()
        await self.services.finish()
        await self._oauth.aclose()
        await self._transport.aclose()
        await self.api.aclose()


class World:
    def __init__(self, clock: FakeClock, session: aiohttp.ClientSession) -> None:
        self.clock = clock
        self.session = session
        self.port = free_port()
        self.public_url = f"http://127.0.0.1:{self.port}"
        self.api = simulated.KubernetesApi(now=clock.now, tls=False)
        self.dinero = DineroSimulator(now=clock.now, requests_per_minute=None)
        self.connect = ConnectSimulator(self.dinero, now=clock.now)
        self.shoporama = ShoporamaSimulator(now=clock.now)
        self.operator: Operator
        self._operators: list[Operator] = []

    async def start(self) -> None:
        self.api.load_crd(yaml.safe_load(CRD.read_text(encoding="utf-8")))
        for each in (self.api, self.dinero, self.connect, self.shoporama):
            await each.start()
        self.dinero.add_organisation(TEA, "Teestuen ApS")
        self.dinero.add_organisation(COFFEE, "Kaffestuen ApS")
        self.dinero.add_organisation(TRIAL, "Uden Pro", pro=False)
        self.connect.add_app(
            APP, APP_SECRET, [f"{self.public_url}/connect/callback"], name="Teestuens operator"
        )
        self.connect.add_user(MAJA, [TEA, COFFEE], name="Maja Eksempel")
        self.connect.add_user(OLE, [COFFEE], name="Ole Eksempel")
        self.connect.add_user(NOBODY, [], name="Ingen Eksempel")
        self.connect.add_user(TRIER, [TRIAL], name="Prøve Eksempel")
        self.shop = self.shoporama.add_shop("teestuen", token="planted-shop-token-271828")
        self.secret("shop", token=self.shop.token)
        self.add_resource()
        self.operator = await self.start_operator()

    async def start_operator(
        self, *, port: int | None = None, leads: bool = True, **settings: str
    ) -> Operator:
        operator = Operator(self, port=port or self.port, settings=settings, leads=leads)
        self._operators.append(operator)
        return await operator.start()

    async def restart_operator(self, **settings: str) -> Operator:
        """Another process takes over, on the same port."""
        await self.operator.stop()
        self._operators.remove(self.operator)
        self.operator = await self.start_operator(**settings)
        return self.operator

    async def stop(self) -> None:
        for operator in self._operators:
            await operator.stop()
        for each in (self.shoporama, self.connect, self.dinero, self.api):
            await each.stop()

    # The cluster.

    def add_resource(self, name: str = NAME, **changes: Any) -> Json:
        metadata = {"name": name, "namespace": NAMESPACE} | changes.pop("metadata", {})
        spec = {
            "shop": {"url": self.shoporama.rest_url, "tokenSecretRef": {"name": "shop"}},
            "dinero": {"secretRef": {"name": f"dinero-{name}"}},
            "startFrom": "2026-02-01",
        } | changes
        return self.api.store.put(
            {
                "apiVersion": "shoporama.dk/v1alpha1",
                "kind": "DineroIntegration",
                "metadata": metadata,
                "spec": spec,
            }
        )

    def resource(self, name: str = NAME) -> Json:
        return self.api.store.get("DineroIntegration", NAMESPACE, name)

    def change(
        self, name: str = NAME, *, metadata: Json | None = None, status: Json | None = None, **spec: Any
    ) -> None:
        """Edit a resource as somebody with kubectl would."""
        body = self.resource(name)
        body["spec"] = {key: value for key, value in (body["spec"] | spec).items() if value is not None}
        body["metadata"] |= metadata or {}
        if status is not None:
            body["status"] = (body.get("status") or {}) | status
        self.api.store.put(body)

    def annotate(self, name: str = NAME, **annotations: str) -> None:
        body = self.resource(name)
        body["metadata"].setdefault("annotations", {}).update(
            {f"shoporama.dk/{key.replace('_', '-')}": value for key, value in annotations.items()}
        )
        self.api.store.put(body)

    def annotations(self, name: str = NAME) -> Json:
        return self.resource(name)["metadata"].get("annotations") or {}

    def link(self, name: str = NAME) -> str:
        """What ``status.connect.url`` holds; empty where there is none."""
        return ((self.resource(name).get("status") or {}).get("connect") or {}).get("url", "")

    def secret(self, name: str, **data: str) -> None:
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
        self.api.store.put(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": NAMESPACE},
                "data": encoded,
            }
        )

    def secret_data(self, name: str = f"dinero-{NAME}") -> dict[str, str]:
        found = self.api.store.list("Secret", NAMESPACE)
        bodies = [body for body in found if body["metadata"]["name"] == name]
        return {
            key: base64.b64decode(value).decode()
            for body in bodies
            for key, value in (body.get("data") or {}).items()
        }

    def events(self) -> list[tuple[str, str]]:
        return [(event["reason"], event["message"]) for event in self.api.store.list("Event", NAMESPACE)]

    # People.

    def visitor(self, **options: Any) -> Visitor:
        return Visitor(self.session, **options)

    async def offer(self, name: str = NAME) -> str:
        """Ask for a link by the annotation; gives it."""
        self.annotate(name, connect_requested_at="now")
        await self.operator.see(name)
        link = self.link(name)
        assert link.startswith(f"{self.public_url}/connect/begin/")
        # The watch shows that the annotation is gone.
        await self.operator.see(name)
        return link

    async def begin(self, visitor: Visitor, name: str = NAME) -> Seen:
        """Open a new link, and press its button: the page of the connection."""
        seen = await visitor.open(await self.offer(name))
        assert seen.status == 200, seen.text
        seen = await visitor.submit(seen)
        assert (seen.status, seen.path) == (200, "/connect/connect"), (seen.trail, seen.text)
        return seen

    async def to_dinero(self, visitor: Visitor, seen: Seen) -> Seen:
        """Press the button to Dinero: the consent page."""
        seen = await visitor.submit(seen)
        assert seen.url.startswith(self.connect.authorize_url), (seen.trail, seen.text)
        return seen

    async def decide(self, visitor: Visitor, seen: Seen, user: str = MAJA, decision: str = "approve") -> Seen:
        """Decide at Dinero, and come back."""
        seen = await visitor.submit(seen, user=user, decision=decision)
        if seen.url.startswith(self.connect.authorize_url.replace("/connect/authorize", "")):
            seen = await visitor.submit(seen)
        return seen

    async def approve(self, visitor: Visitor, seen: Seen, user: str = MAJA) -> Seen:
        """From the page of the connection to Dinero and back."""
        return await self.decide(visitor, await self.to_dinero(visitor, seen), user)

    def order(self, **changes: Any) -> SimOrder:
        fields: Json = {
            "lines": (OrderLine(name="Te", unit_price=10_000),),
            "shipping_price": 3_900,
            "email": "kunde@example.com",
            "paid": True,
            "placed_at": self.clock.now() - timedelta(hours=2),
            "modified_at": self.clock.now() - timedelta(hours=1),
        }
        return self.shop.place(SimOrder(**fields | changes))


@asynccontextmanager
async def connect_world(clock: FakeClock) -> AsyncIterator[World]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        world = World(clock, session)
        await world.start()
        try:
            yield world
        finally:
            await world.stop()
