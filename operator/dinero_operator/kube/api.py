"""The few calls to the Kubernetes API that kopf does not make for us: Secrets, status, events, leases, a list to check by."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import aiohttp
import kopf

from dinero_operator.kube.connection import StartError
from dinero_operator.kube.resource import GROUP, KIND, PLURAL, VERSION
from dinero_operator.metrics import Metrics
from dinero_operator.transport.clock import Clock

TIMEOUT = 30.0
"""Seconds for one call with its answer."""
TRIES = 4
FIRST_PAUSE = 0.5
PAGE = "500"
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT = 401, 403, 404, 409
UNPROCESSABLE = 422
TOO_MANY, SERVER_ERROR, FIRST_ERROR = 429, 500, 400
MERGE_PATCH, JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"
LONGEST_SENTENCE = 1000


class KubernetesError(Exception):
    """The API server refuses, or does not answer. ``status`` is its HTTP status, 0 where there is no answer.

    ``said`` is its own sentence, where it gave one: it may repeat what it was sent.
    """

    def __init__(self, message: str, status: int = 0, said: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.said = said


class KubernetesApi:
    """A small client. It logs in again when its token is refused, and repeats what is safe to repeat: all of it is.

    ``tries`` is how often a call is sent where nobody answers: a person waits less long than the operator.
    """

    def __init__(
        self,
        connect: Callable[[], kopf.ConnectionInfo],
        *,
        clock: Clock,
        metrics: Metrics,
        tries: int = TRIES,
    ) -> None:
        self._tries = tries
        self._connect = connect
        self._clock = clock
        self._metrics = metrics
        self._info: kopf.ConnectionInfo | None = None
        self._session: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        """Close the connections."""
        # Taken out first: while it closes, others must not find it.
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def read_secret(self, namespace: str, name: str) -> Mapping[str, Any] | None:
        """A Secret as it is now; ``None`` where there is none."""
        try:
            return await self._call("get_secret", "GET", f"{_secrets(namespace)}/{name}")
        except KubernetesError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    # Repeated like all others: after a lost answer a repetition meets what it has written itself, and status 409.

    async def create_secret(self, namespace: str, secret: Mapping[str, Any]) -> Mapping[str, Any]:
        """Create a Secret; gives it as it is then. Status 409 where there is one of its name."""
        return await self._call("create_secret", "POST", _secrets(namespace), secret)

    async def update_secret(self, namespace: str, secret: Mapping[str, Any]) -> Mapping[str, Any]:
        """Replace a Secret by one that was read and changed. Status 409 where it is another version by now."""
        path = f"{_secrets(namespace)}/{secret['metadata']['name']}"
        return await self._call("update_secret", "PUT", path, secret)

    async def patch_status(
        self, namespace: str, name: str, status: Mapping[str, Any], *, version: str | None = None
    ) -> Mapping[str, Any] | None:
        """Merge into a resource's status; gives the resource as it is then, ``None`` where it is gone.

        With ``version``, only where it is of that version still; else status 409.
        """
        path = f"{_resource(namespace, name)}/status"
        patch: dict[str, Any] = {"status": status}
        if version is not None:
            patch["metadata"] = {"resourceVersion": version}
        try:
            return await self._call("patch_status", "PATCH", path, patch, content_type=MERGE_PATCH)
        except KubernetesError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    async def create_event(self, namespace: str, event: Mapping[str, Any]) -> None:
        """Post an event."""
        await self._call("create_event", "POST", f"/api/v1/namespaces/{namespace}/events", event)

    async def events(self, namespace: str, name: str) -> list[Mapping[str, Any]]:
        """The events about one of our resources, in no order."""
        chosen = quote(f"involvedObject.kind={KIND},involvedObject.name={name}", safe="")
        path = f"/api/v1/namespaces/{namespace}/events?fieldSelector={chosen}"
        return list((await self._call("list_events", "GET", path)).get("items") or [])

    async def resource(self, namespace: str, name: str) -> Mapping[str, Any] | None:
        """One of our resources as it is now; ``None`` where there is none."""
        try:
            return await self._call("get_resource", "GET", _resource(namespace, name))
        except KubernetesError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    async def patch_resource(
        self,
        namespace: str,
        name: str,
        patch: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        manager: str = "dinero-operator-connect",
    ) -> Mapping[str, Any]:
        """Change a resource by a merge patch (an object) or a JSON patch (a list); gives it as it is then.

        ``manager`` is the name that the API server notes as the fields' last writer.
        Status 409 where it is another one, or another version, than the patch names; 422 where a JSON patch does not fit.
        """
        kind = MERGE_PATCH if isinstance(patch, Mapping) else JSON_PATCH
        path = f"{_resource(namespace, name)}?fieldManager={quote(manager, safe='')}"
        return await self._call("patch_resource", "PATCH", path, patch, content_type=kind)

    async def resources(self, namespace: str | None) -> AsyncIterator[Mapping[str, Any]]:
        """All our resources, of one namespace or of all, page by page."""
        place = f"/namespaces/{namespace}" if namespace else ""
        token = ""
        while True:
            query = f"?limit={PAGE}" + (f"&continue={quote(token, safe='')}" if token else "")
            body = await self._call(
                "list_resources", "GET", f"/apis/{GROUP}/{VERSION}{place}/{PLURAL}{query}"
            )
            for item in body.get("items") or []:
                yield item
            token = (body.get("metadata") or {}).get("continue") or ""
            if not token:
                return

    async def knows_kind(self) -> bool:
        """Whether the API server tells of our kind in its lists of what it serves."""
        groups = (await self._call("discover", "GET", "/apis")).get("groups") or []
        if not any(group.get("name") == GROUP for group in groups):
            return False
        kinds = (await self._call("discover", "GET", f"/apis/{GROUP}/{VERSION}")).get("resources") or []
        return any(kind.get("name") == PLURAL for kind in kinds)

    # Leases: tried once each, since whoever asks has its own time to keep, and asks again.

    async def lease(self, namespace: str, name: str, *, within: float) -> Mapping[str, Any] | None:
        """A Lease; ``None`` where there is none. ``within``: seconds for the call."""
        try:
            return await self._call(
                "get_lease", "GET", f"{_leases(namespace)}/{name}", tries=1, within=within
            )
        except KubernetesError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    async def create_lease(
        self, namespace: str, lease: Mapping[str, Any], *, within: float
    ) -> Mapping[str, Any]:
        """Create a Lease; gives it as it is then. Status 409 where there is one of its name."""
        return await self._call("create_lease", "POST", _leases(namespace), lease, tries=1, within=within)

    async def update_lease(
        self, namespace: str, lease: Mapping[str, Any], *, within: float
    ) -> Mapping[str, Any]:
        """Replace a Lease; gives it as it is then. Status 409 where it is another version than the one given."""
        path = f"{_leases(namespace)}/{lease['metadata']['name']}"
        return await self._call("update_lease", "PUT", path, lease, tries=1, within=within)

    async def _call(
        self,
        operation: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        *,
        content_type: str = "application/json",
        tries: int | None = None,
        within: float = TIMEOUT,
    ) -> Mapping[str, Any]:
        tries = self._tries if tries is None else tries
        pause = FIRST_PAUSE
        is_new_login = False
        for attempt in range(1, tries + 1):
            used = self._session
            status, answer = await self._send(operation, method, path, body, content_type, within=within)
            if 0 < status < FIRST_ERROR:
                return answer
            if status == UNAUTHORIZED and not is_new_login:
                is_new_login = True
                # Where others wait for the same refusal, the first of them has logged in already.
                if used is self._session or used is None:
                    await self.aclose()
                if attempt < tries:
                    continue
            if attempt == tries or (0 < status < SERVER_ERROR and status != TOO_MANY):
                said = str(answer.get("message", ""))[:LONGEST_SENTENCE]
                raise KubernetesError(_sentence(operation, status), status, said)
            self._metrics.count_retry(
                "kubernetes", operation, "connection" if status == 0 else _cause(status)
            )
            await self._clock.sleep(pause)
            pause *= 2
        raise AssertionError("unreachable")

    async def _send(
        self,
        operation: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None,
        content_type: str,
        *,
        within: float,
    ) -> tuple[int, Mapping[str, Any]]:
        began = self._clock.monotonic()
        status, answer = 0, None
        try:
            session, info = self._logged_in()
            headers = {"Content-Type": content_type} if body is not None else {}
            url, limit = info.server.rstrip("/") + path, aiohttp.ClientTimeout(total=within)
            async with session.request(method, url, json=body, headers=headers, timeout=limit) as response:
                status = response.status
                if status < FIRST_ERROR:
                    answer = await response.json(content_type=None)
                elif status < SERVER_ERROR:
                    # Its sentence is a courtesy: a refusal stays one without it.
                    with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError, ValueError):
                        answer = await response.json(content_type=None)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError, StartError):
            status = 0
        self._metrics.observe_request(
            "kubernetes", operation, status or None, self._clock.monotonic() - began
        )
        return status, answer if isinstance(answer, dict) else {}

    def _logged_in(self) -> tuple[aiohttp.ClientSession, kopf.ConnectionInfo]:
        if self._session is None or self._info is None:
            self._info = info = self._connect()
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=info.as_ssl_context() if info.server.startswith("https:") else False
                ),
                headers=info.as_http_headers(),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=info.trust_env,
                proxy=info.proxy_url,
            )
        return self._session, self._info


def _resource(namespace: str, name: str) -> str:
    return f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{PLURAL}/{name}"


def _secrets(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/secrets"


def _leases(namespace: str) -> str:
    return f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"


def _cause(status: int) -> str:
    return "429" if status == TOO_MANY else "5xx"


def _sentence(operation: str, status: int) -> str:
    what = operation.replace("_", " ")
    if status == FORBIDDEN:
        return f"The service account may not {what}: grant it (examples/rbac.yaml)"
    return (
        f"The Kubernetes API does not {what} (HTTP {status})"
        if status
        else f"The Kubernetes API does not answer ({what})"
    )
