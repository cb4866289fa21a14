"""The server: HTTP on loopback around the store, and the faults that it can play."""

from __future__ import annotations

import random
import secrets
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from aiohttp import web

from dinero_operator.sandbox.kubernetes import kubeconfig, reviews
from dinero_operator.sandbox.kubernetes.access import Access
from dinero_operator.sandbox.kubernetes.builtin import builtin_resources
from dinero_operator.sandbox.kubernetes.objects import Objects, encode
from dinero_operator.sandbox.kubernetes.options import Options, Outcome
from dinero_operator.sandbox.kubernetes.reading import Form, Reader, Selection, negotiate, whole
from dinero_operator.sandbox.kubernetes.requests import body_of, deletion_of, options_of, patch_of
from dinero_operator.sandbox.kubernetes.resources import Json, Registry
from dinero_operator.sandbox.kubernetes.rest import Rest
from dinero_operator.sandbox.kubernetes.routing import Call, Target, is_builtin, target
from dinero_operator.sandbox.kubernetes.static import static_answer
from dinero_operator.sandbox.kubernetes.status import ApiError, no_such_resource, outage, unauthorized
from dinero_operator.sandbox.kubernetes.tls import Certificate
from dinero_operator.sandbox.kubernetes.tokens import Tokens
from dinero_operator.sandbox.kubernetes.watching import Watches

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_OPEN_PATHS = {"/healthz", "/livez", "/readyz", "/version"}
_LARGEST_BODY = 3 * 2**20
_MOST_CALLS = 100_000
_MASK = b"404 page not found\n"


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Outage:
    left: int
    status: int
    verb: str
    resource: str

    def hits(self, aim: Target) -> bool:
        return self.left > 0 and self.verb in {"", aim.verb} and self.resource in {"", aim.resource.plural}


class KubernetesApi:
    """A Kubernetes API on loopback, with the built-in kinds that the operator needs and any custom ones.

    ``now`` gives the present moment (UTC); ``seed`` makes uids and generated names repeatable; ``history`` is how many
    changes of a kind a watch can go back; ``bookmark_seconds`` the time between bookmarks. Without ``tls`` kubectl cannot log in: it keeps its token to itself.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = _utc_now,
        seed: int | None = None,
        history: int = 10_000,
        bookmark_seconds: float = 60,
        tls: bool = True,
    ) -> None:
        self.registry = Registry()
        for resource in builtin_resources():
            self.registry.add(resource)
        self._objects = Objects(history=history)
        self._rest = Rest(self.registry, self._objects, now=now, chance=random.Random(seed))
        self._reader = Reader(self._objects, now)
        self._watches = Watches(self._objects, now, bookmark_seconds=bookmark_seconds)
        self.store = Access(self._rest, self.registry)
        self.calls: deque[Call] = deque(maxlen=_MOST_CALLS)
        """The requests for resources that were answered, the oldest first; of very many the last ones."""
        self.token = secrets.token_urlsafe(24)
        self._now = now
        self._tokens = Tokens(now)
        self._certificate = Certificate() if tls else None
        self._outages: list[_Outage] = []
        self._runner: web.AppRunner | None = None
        self._port = 0
        for name in ("default", "kube-node-lease", "kube-public", "kube-system"):
            self.store.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    @property
    def url(self) -> str:
        """Base address without trailing slash. Known once started."""
        return f"{'https' if self._certificate else 'http'}://127.0.0.1:{self._port}"

    @property
    def ssl_context(self) -> ssl.SSLContext | None:
        """A client's TLS context that trusts this server; ``None`` where it speaks plain HTTP."""
        return self._certificate.client_context() if self._certificate else None

    @property
    def watches(self) -> int:
        """How many watches are open."""
        return len(self._watches.open)

    def kubeconfig(self) -> str:
        """A kubeconfig for this server, as YAML text."""
        return kubeconfig.kubeconfig(
            self.url, self.token, self._certificate.pem if self._certificate else None
        )

    def load_crd(self, manifest: Json) -> None:
        """Serve the kinds of a CustomResourceDefinition. Raises `ApiError` 422 where a server would refuse it."""
        self.store.put(manifest)

    def cut_watches(self, *, gone: bool = False, abrupt: bool = False) -> None:
        """End all open watches: in order, with an error event 410 (``gone``), or by cutting the connection.

        With ``gone`` all earlier resource versions are forgotten too: whoever comes back with one is told 410 again.
        """
        if gone:
            for collection in self._objects:
                collection.forget(self._objects.version)
        self._watches.end("gone" if gone else "abort" if abrupt else "cut")

    def fail_next(self, count: int, status: int, *, verb: str = "", resource: str = "") -> None:
        """Answer the next ``count`` requests with an HTTP status, before they do anything.

        ``verb`` (``get``, ``watch``, ``patch`` …) and ``resource`` (plural) narrow which; discovery is never hit.
        """
        self._outages.append(_Outage(count, status, verb, resource))

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; port 0 takes a free one, and a restarted server keeps its port."""
        app = web.Application(middlewares=[self._guard], client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._serve)
        # A client that is gone must end its watch at once, not at the next change.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(
            self._runner,
            "127.0.0.1",
            port or self._port,
            ssl_context=self._certificate.server_context() if self._certificate else None,
        )
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the server and its connections. What is stored stays."""
        self._watches.end("cut")
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.path not in _OPEN_PATHS and self._user_of(_token(request)) is None:
                raise unauthorized()
            return await handler(request)
        except ApiError as error:
            return _refusal(error)
        except web.HTTPRequestEntityTooLarge:
            message = f"Request entity too large: limit is {_LARGEST_BODY}"
            too_large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            return _refusal(ApiError(too_large, "RequestEntityTooLarge", message))

    def _user_of(self, token: str) -> Json | None:
        if secrets.compare_digest(token.encode(), self.token.encode()):
            return reviews.SANDBOX_USER
        return self._tokens.user_of(token)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        answer = static_answer(request, self.registry)
        if answer is not None:
            return answer
        watch = request.query.get("watch", "false") not in {"false", "0"}
        aim = target(self.registry, request.method, request.path, watch=watch)
        if aim is None:
            if is_builtin(self.registry, request.path):
                raise no_such_resource()
            return web.Response(status=HTTPStatus.NOT_FOUND, body=_MASK, content_type="text/plain")
        try:
            self._strike(aim)
            form = negotiate(request.headers.get("Accept", ""), custom=aim.resource.custom)
            if aim.verb == "watch":
                return await self._watch(request, aim, form)
            response = await self._answer(request, aim, form)
        except ApiError as error:
            self.calls.append(aim.call(error.code))
            raise
        self.calls.append(aim.call(response.status))
        return response

    def _strike(self, aim: Target) -> None:
        fault = next((fault for fault in self._outages if fault.hits(aim)), None)
        if fault is not None:
            fault.left -= 1
            self._outages = [fault for fault in self._outages if fault.left]
            raise outage(fault.status)

    async def _answer(self, request: web.Request, aim: Target, form: Form) -> web.Response:
        resource, key = aim.resource, (aim.namespace, aim.name)
        query = request.query
        match aim.verb:
            case "get":
                return _json(self._reader.one(self._rest.get(resource, key).value, resource, form, query))
            case "list":
                return _json(self._reader.list(Selection.of(resource, aim.namespace, query), form, query))
            case "create":
                options = options_of(request, aim)
                if aim.subresource or resource.verbs == ("create",):
                    return await self._ask(request, aim, options)
                outcome = self._rest.create(resource, aim.namespace, await body_of(request, aim), options)
            case "update":
                options = options_of(request, aim)
                outcome = self._rest.update(resource, key, await body_of(request, aim), options)
            case "patch":
                options = options_of(request, aim)
                outcome = self._rest.patch(resource, key, *await patch_of(request), options)
            case "delete":
                wanted, options = await deletion_of(request, aim)
                value = self._rest.delete(resource, key, wanted, options)
                return _json(encode(value))
            case _:
                wanted, options = await deletion_of(request, aim)
                selection = Selection.of(resource, aim.namespace, query)
                found = self._rest.delete_all(selection, wanted, options)
                return _json(whole(found, resource, self._objects.version))
        return self._written(outcome, aim, form, query)

    async def _ask(self, request: web.Request, aim: Target, options: Options) -> web.Response:
        """Answer what is asked for and not kept: reviews, and tokens."""
        body = await body_of(request, aim)
        manager, now = options.manager, self._now()
        if aim.subresource == "token":
            account = self._rest.get(aim.resource, (aim.namespace, aim.name)).value
            answer = self._tokens.issue(account, body, manager)
        else:
            if aim.namespace:
                body = {**body, "metadata": {**(body.get("metadata") or {}), "namespace": aim.namespace}}
            answer = reviews.answer(
                body,
                aim.resource,
                user=self._user_of(_token(request)) or {},
                user_of=self._user_of,
                manager=manager,
                now=now,
            )
        return _json(encode(answer), status=HTTPStatus.CREATED)

    def _written(self, outcome: Outcome, aim: Target, form: Form, query: Mapping[str, str]) -> web.Response:
        status = HTTPStatus.CREATED if outcome.created else HTTPStatus.OK
        response = _json(self._reader.one(outcome.value, aim.resource, form, query), status=status)
        return _warning(response, outcome.warnings)

    async def _watch(self, request: web.Request, aim: Target, form: Form) -> web.StreamResponse:
        selection = Selection.of(aim.resource, aim.namespace, request.query)
        lines: AsyncIterator[bytes] = self._watches.stream(selection, form, request.query)
        first = await anext(lines)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        self.calls.append(aim.call(int(HTTPStatus.OK)))
        await response.prepare(request)
        try:
            if first:
                await response.write(first)
            async for chunk in lines:
                if chunk:
                    await response.write(chunk)
        except ConnectionError:
            if request.transport is not None:
                request.transport.abort()
        return response


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def _json(body: bytes, *, status: int = HTTPStatus.OK) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/json")


def _refusal(error: ApiError) -> web.Response:
    response = _warning(_json(encode(error.body()), status=error.code), error.warnings)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _warning(response: web.Response, warnings: list[str]) -> web.Response:
    for text in dict.fromkeys(warnings):
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        response.headers.add("Warning", f'299 - "{quoted}"')
    return response
