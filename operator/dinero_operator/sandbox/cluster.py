"""A Kubernetes API as the sandbox uses it: by HTTP, with a kubeconfig, whether it is the embedded one or a real one."""

from __future__ import annotations

import base64
import ssl
import tempfile
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import yaml

Json = dict[str, Any]
_TIMEOUT = aiohttp.ClientTimeout(total=15)


class ClusterError(Exception):
    """The API server cannot be used, or refuses. ``status`` is its HTTP status, or 0 without an answer."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Cluster:
    """Reads and writes objects by their path, such as ``/api/v1/namespaces``. Made by ``from_kubeconfig``."""

    def __init__(self, server: str, headers: Mapping[str, str], tls: ssl.SSLContext | None) -> None:
        self.server = server.rstrip("/")
        self._headers = dict(headers)
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def from_kubeconfig(cls, path: Path) -> Cluster:
        """Read a kubeconfig's current context: tokens, client certificates and passwords, but no plug-ins.

        Raises ``ClusterError``.
        """
        try:
            config = yaml.safe_load(path.read_text(encoding="utf-8"))
            context = _named(config, "context", config["current-context"])
            cluster = _named(config, "cluster", context["cluster"])
            user = _named(config, "user", context["user"])
            server = cluster["server"]
            tls = _tls(cluster, user, path.parent) if server.startswith("https:") else None
            return cls(server, _headers(user, path.parent), tls)
        except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            raise ClusterError(
                f"{path} cannot be used as a kubeconfig: {type(error).__name__}: {error}"
            ) from None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(ssl=self._tls if self._tls is not None else True)
        self._session = aiohttp.ClientSession(
            headers=self._headers, connector=connector, timeout=_TIMEOUT, trust_env=False
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str) -> Json | None:
        """Read an object or a list; ``None`` where it does not exist."""
        try:
            return await self._send("GET", path)
        except ClusterError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    async def create(self, path: str, manifest: Json) -> Json:
        """Create an object; the path is its collection's."""
        return await self._send("POST", path, manifest)

    async def merge(self, path: str, patch: Json) -> Json:
        """Change an object by a merge patch."""
        return await self._send("PATCH", path, patch, content_type="application/merge-patch+json")

    async def delete(self, path: str) -> None:
        """Delete an object, if it exists."""
        try:
            await self._send("DELETE", path)
        except ClusterError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def _send(
        self, method: str, path: str, body: Json | None = None, *, content_type: str = "application/json"
    ) -> Json:
        assert self._session is not None
        headers = {"Accept": "application/json"} | ({"Content-Type": content_type} if body else {})
        try:
            async with self._session.request(
                method, self.server + path, json=body, headers=headers, allow_redirects=False
            ) as answer:
                content = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ClusterError(
                f"The Kubernetes API at {self.server} does not answer: {type(error).__name__}"
            ) from None
        if answer.status >= HTTPStatus.BAD_REQUEST:
            message = content.get("message") if isinstance(content, dict) else None
            raise ClusterError(
                f"The Kubernetes API refuses {method} {path}: {message or answer.reason}",
                status=answer.status,
            )
        assert isinstance(content, dict)
        return content


def _named(config: Mapping[str, Any], kind: str, name: str) -> Json:
    for entry in config[f"{kind}s"]:
        if entry["name"] == name:
            found = entry[kind]
            assert isinstance(found, dict)
            return found
    raise ValueError(f"there is no {kind} {name!r} in it")


def _content(given: Mapping[str, Any], key: str, folder: Path) -> bytes | None:
    """What stands in ``<key>-data``, or in the file that ``<key>`` names."""
    if data := given.get(f"{key}-data"):
        return base64.b64decode(data)
    return (folder / given[key]).read_bytes() if given.get(key) else None


def _headers(user: Mapping[str, Any], folder: Path) -> dict[str, str]:
    if "exec" in user or "auth-provider" in user:
        raise ValueError(
            "its user logs in by a plug-in; give a kubeconfig with a token or a client certificate"
        )
    token = user.get("token")
    if not token and user.get("tokenFile"):
        token = (folder / user["tokenFile"]).read_text(encoding="utf-8").strip()
    if token:
        return {"Authorization": f"Bearer {token}"}
    if user.get("username"):
        pair = f"{user['username']}:{user.get('password', '')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {}


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any], folder: Path) -> ssl.SSLContext:
    authority = _content(cluster, "certificate-authority", folder)
    context = ssl.create_default_context(cadata=authority.decode() if authority else None)
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate, key = (
        _content(user, "client-certificate", folder),
        _content(user, "client-key", folder),
    )
    if certificate and key:
        # The standard library reads keys from files only; this one is gone at once and readable by nobody else.
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary) / "client.pem"
            path.touch(mode=0o600)
            path.write_bytes(key + b"\n" + certificate)
            context.load_cert_chain(path)
    return context
