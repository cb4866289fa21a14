"""The stage of a demo: simulators, a Kubernetes API, the resources in it, and the real operator as a process."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from dinero_operator.sandbox.cast import DemoShop, demo_shops
from dinero_operator.sandbox.cluster import Cluster, ClusterError, Json
from dinero_operator.sandbox.dinero import Books
from dinero_operator.sandbox.faults import FaultPlan
from dinero_operator.sandbox.kubernetes import KubernetesApi
from dinero_operator.sandbox.process import OperatorProcess, environment, free_port
from dinero_operator.sandbox.simulators import CLIENT_ID, CLIENT_SECRET, Outside, Place
from dinero_operator.sandbox.verify import Case

NAMESPACE = "dinero-sandbox"
OWNER = {"app.kubernetes.io/managed-by": "dinero-operator-sandbox"}
"""Label of everything that the sandbox creates, so that it never takes over what is somebody else's."""
_BY_OPERATOR = {"app.kubernetes.io/managed-by": "dinero-operator"}
"""Label of what the operator creates: the Secret of a shop that was connected in the browser."""
REQUESTED, HANDLED = "shoporama.dk/reconcile-requested-at", "lastHandledReconcileAt"
LINK_REQUESTED = "shoporama.dk/connect-requested-at"

_NAMESPACES = "/api/v1/namespaces"
_SECRETS = f"{_NAMESPACES}/{NAMESPACE}/secrets"
_RESOURCES = f"/apis/shoporama.dk/v1alpha1/namespaces/{NAMESPACE}/dinerointegrations"
_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_CRD_WAIT = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a demo is to be.

    ``kubeconfig``: a real cluster in place of the embedded API. ``with_newcomer``: a shop more, for its owner to connect.
    """

    directory: Path
    shops: int = 2
    orders: int = 40
    seed: int = 1
    faults: FaultPlan = field(default_factory=FaultPlan)
    kubeconfig: Path | None = None
    port: int = 0
    with_newcomer: bool = False


class Stage:
    """An asynchronous context: all of it runs inside, and none of it afterwards. Entering raises ``ClusterError``."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.faults = options.faults
        self.outside = Outside(
            demo_shops(options.shops),
            orders=options.orders,
            seed=options.seed,
            faults=options.faults,
            with_newcomer=options.with_newcomer,
        )
        self.kubeconfig = options.kubeconfig or options.directory / "kubeconfig"
        self.objects: dict[str, Json] = {}
        """The shops' resources as last read, by name."""
        self.operator: OperatorProcess
        self._cluster: Cluster
        self._supervision: asyncio.Task[None]
        self._exits = AsyncExitStack()
        self._tokens = 0

    @property
    def places(self) -> list[Place]:
        """The shops with their books."""
        return self.outside.places

    @property
    def newcomer(self) -> Place | None:
        """The shop that its owner is to connect, if there is one."""
        return next((place for place in self.places if place.cast.is_new), None)

    async def __aenter__(self) -> Self:
        try:
            await self._enter()
        except BaseException:
            await self._exits.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.aclose()

    async def refresh(self) -> None:
        """Read the resources. Raises ``ClusterError``."""
        listed = await self._cluster.get(_RESOURCES) or {}
        self.objects = {item["metadata"]["name"]: item for item in listed.get("items", [])}

    async def ask_for_link(self, place: Place) -> None:
        """Ask for a link to the set-up page, as the documentation tells people to."""
        patch = {"metadata": {"annotations": {LINK_REQUESTED: "now"}}}
        await self._cluster.merge(f"{_RESOURCES}/{place.cast.name}", patch)

    async def ask_for_run(self, place: Place) -> str:
        """Ask for a run now, as the documentation tells people to. Gives the token that its end will be known by."""
        self._tokens += 1
        token = f"sandbox-{self._tokens}"
        patch = {"metadata": {"annotations": {REQUESTED: token}}}
        await self._cluster.merge(f"{_RESOURCES}/{place.cast.name}", patch)
        return token

    def status(self, place: Place) -> dict[str, Any]:
        """``status`` of a shop's resource, as last read."""
        status = self.objects.get(place.cast.name, {}).get("status", {})
        assert isinstance(status, dict)
        return status

    def spec(self, place: Place) -> dict[str, Any]:
        """``spec`` of a shop's resource, as last read."""
        spec = self.objects.get(place.cast.name, {}).get("spec") or self._spec(place.cast)
        assert isinstance(spec, dict)
        return spec

    def books(self, place: Place) -> Books:
        """The books that a shop is connected to: its owner may have chosen others than are meant for it."""
        chosen = self.outside.dinero.organisations.get(self.spec(place).get("organisation", 0))
        return chosen or place.books

    def case(self, place: Place) -> Case:
        """What is to be verified for a shop."""
        orders = tuple(place.shop.orders.values())
        return Case(orders, self.spec(place), self.status(place), self.books(place))

    def broken(self) -> BaseException | None:
        """Why the operator cannot be kept running, if so."""
        if not self._supervision.done() or self._supervision.cancelled():
            return None
        return self._supervision.exception()

    def _spec(self, cast: DemoShop) -> Json:
        return cast.spec(shop_url=self.outside.shoporama.rest_url, start_from=self.outside.start_from)

    async def _enter(self) -> None:
        exits, options = self._exits, self.options
        options.directory.mkdir(parents=True, exist_ok=True)
        exits.push_async_callback(self.outside.stop)
        await self.outside.start()
        # Known to Visma Connect beforehand, as every address that it sends browsers back to.
        port = free_port()
        public_url = f"http://127.0.0.1:{port}"
        self.outside.register_operator(public_url)
        if options.kubeconfig is None:
            api = KubernetesApi()
            exits.push_async_callback(api.stop)
            await api.start(options.port)
            self._write(_in_our_namespace(api.kubeconfig()))
        self._cluster = await exits.enter_async_context(Cluster.from_kubeconfig(self.kubeconfig))
        await self._create()
        self._start_operator(port, public_url)

    def _write(self, text: str) -> None:
        """The kubeconfig, readable by us alone: it holds a token."""
        self.kubeconfig.unlink(missing_ok=True)
        descriptor = os.open(self.kubeconfig, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor with its mode
            file.write(text)

    async def _create(self) -> None:
        await self._ensure_definition()
        namespace = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": NAMESPACE, "labels": OWNER},
        }
        if await self._cluster.get(f"{_NAMESPACES}/{NAMESPACE}") is None:
            await self._cluster.create(_NAMESPACES, namespace)
            if self.options.kubeconfig is not None:
                self._exits.push_async_callback(self._remove, f"{_NAMESPACES}/{NAMESPACE}")
        for place in self.places:
            cast = place.cast
            await self._put(_SECRETS, _secret(cast.token_secret, {"token": place.shop.token}))
            if credentials := self.outside.credentials(place):
                await self._put(_SECRETS, _secret(cast.dinero_secret, credentials))
            else:
                await self._make_room(f"{_SECRETS}/{cast.dinero_secret}", _BY_OPERATOR)
            await self._put(
                _RESOURCES,
                {
                    "apiVersion": "shoporama.dk/v1alpha1",
                    "kind": "DineroIntegration",
                    "metadata": {"name": cast.name, "labels": OWNER},
                    "spec": self._spec(cast),
                },
            )
        await self.refresh()

    async def _ensure_definition(self) -> None:
        manifest = definition()
        name = manifest["metadata"]["name"]
        if await self._cluster.get(f"{_CRDS}/{name}") is None:
            await self._cluster.create(_CRDS, manifest)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CRD_WAIT):
                while not _is_established(await self._cluster.get(f"{_CRDS}/{name}")):  # noqa: ASYNC110 - theirs to say
                    await asyncio.sleep(0.2)
                return
        raise ClusterError(f"The API server does not serve {name} after {_CRD_WAIT:g} s")

    async def _put(self, collection: str, manifest: Json) -> None:
        """Create an object; one that an earlier sandbox has left behind makes room. It goes when the stage does."""
        path = f"{collection}/{manifest['metadata']['name']}"
        await self._make_room(path, OWNER)
        await self._cluster.create(collection, manifest)

    async def _make_room(self, path: str, owner: dict[str, str]) -> None:
        left = await self._cluster.get(path)
        if left is not None:
            if not owner.items() <= left["metadata"].get("labels", {}).items():
                raise ClusterError(f"{path} is there already and is not the sandbox's; remove it first")
            await self._cluster.delete(path)
        if self.options.kubeconfig is not None:
            self._exits.push_async_callback(self._remove, path)

    async def _remove(self, path: str) -> None:
        # An API that is gone by now is no reason to leave the rest running.
        with contextlib.suppress(ClusterError):
            await self._cluster.delete(path)

    def _start_operator(self, port: int, public_url: str) -> None:
        dinero, connect = self.outside.dinero, self.outside.connect
        settings = {
            "DINERO_API_URL": dinero.url,
            "DINERO_TOKEN_URL": dinero.token_url,
            "REQUESTS_PER_MINUTE": "10000",
            "NAMESPACES": NAMESPACE,
            "CONNECT_AUTHORIZE_URL": connect.authorize_url,
            "CONNECT_TOKEN_URL": connect.token_url,
            "CONNECT_CLIENT_ID": CLIENT_ID,
            "CONNECT_CLIENT_SECRET": CLIENT_SECRET,
            "PUBLIC_URL": public_url,
            "HTTP_PORT": str(port),
            "LOG_FORMAT": "text",
        }
        log = self.options.directory / "operator.log"
        log.unlink(missing_ok=True)
        self.operator = OperatorProcess(environment(self.kubeconfig, settings), log)
        self._supervision = asyncio.create_task(self.operator.supervise())
        self._exits.push_async_callback(self._end_operator)

    async def _end_operator(self) -> None:
        self._supervision.cancel()
        await asyncio.wait([self._supervision])


def definition() -> Json:
    """The CustomResourceDefinition: out of the package, or out of the checkout that it runs from."""
    packed = resources.files("dinero_operator") / "crd.yaml"
    if not packed.is_file():
        packed = Path(__file__).parents[3] / "crds" / "dinerointegrations.shoporama.dk.yaml"
    manifest = yaml.safe_load(packed.read_text(encoding="utf-8"))
    assert isinstance(manifest, dict)
    return manifest


def _secret(name: str, values: dict[str, str]) -> Json:
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "labels": OWNER}, "data": data}


def _in_our_namespace(kubeconfig: str) -> str:
    """So that ``kubectl get dinero`` finds the demo without ``-n``."""
    config = yaml.safe_load(kubeconfig)
    for each in config["contexts"]:
        each["context"]["namespace"] = NAMESPACE
    return yaml.safe_dump(config, sort_keys=False)


def _is_established(served: Json | None) -> bool:
    conditions = (served or {}).get("status", {}).get("conditions", [])
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
