"""A person's own way to the API server, as kubectl finds it: several files, contexts, and programs that log in.

kopf reads kubeconfig files too, for the operator. It knows no contexts by name, no paths beside the file, and no login by a
program, which is how most managed clusters are reached.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kopf
import yaml

from dinero_operator.kube.connection import StartError, own_namespace
from dinero_operator.kube.exec_login import log_in

DEFAULT_FILE = Path("~/.kube/config")
_PATHS = {
    "cluster": ("certificate-authority",),
    "user": ("client-certificate", "client-key", "tokenFile"),
}
_UNSUPPORTED = {
    "cluster": ("tls-server-name",),
    "user": ("as", "as-groups", "as-uid", "as-user-extra", "auth-provider"),
}
"""What would change who we are or whom we trust: passing it over in silence would be worse than refusing."""


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """The cluster and the user of one context. ``namespace`` is the context's, or ``default``."""

    context: str
    namespace: str
    cluster: Mapping[str, Any]
    user: Mapping[str, Any]
    folder: Path
    """Of the file that names the user: where a login program given by a path with a slash is looked for."""

    def __repr__(self) -> str:
        return f"Kubeconfig({self.context!r})"

    @property
    def server(self) -> str:
        """The API server's address."""
        return str(self.cluster.get("server") or "")

    def connection(self) -> kopf.ConnectionInfo:
        """Log in: reads the token file, or runs the login program, anew each time. Raises ``StartError``."""
        cluster, user = self.cluster, dict(self.user)
        if program := user.get("exec"):
            user |= log_in(program, cluster, self.folder)
        if path := user.get("tokenFile"):
            user["token"] = _read(Path(path)).strip()
        info = None
        try:
            info = kopf.ConnectionInfo(
                server=self.server,
                **_one_of("ca", cluster, "certificate-authority"),
                insecure=cluster.get("insecure-skip-tls-verify"),
                **_one_of("certificate", user, "client-certificate"),
                **_one_of("private_key", user, "client-key"),
                username=user.get("username"),
                password=user.get("password"),
                token=user.get("token"),
                default_namespace=self.namespace,
                proxy_url=cluster.get("proxy-url"),
                trust_env=True,
            )
            if self.server.startswith("https:"):
                info.as_ssl_context()
        except (ValueError, TypeError, OSError):
            info = None
        if info is None:
            # Raised out here, so that no traceback carries a piece of the file.
            raise StartError(f"The certificates or keys of kubeconfig context {self.context} cannot be used.")
        return info


def load(file: str = "", context: str = "") -> Kubeconfig:
    """Read what kubectl reads: ``file``, else the files of ``KUBECONFIG``, else ``~/.kube/config``, else the pod's account.

    ``context`` is another than the current one. Raises ``StartError``, which names what is missing and repeats no content.
    """
    files = _files(file)
    if not files and not context:
        return _in_a_pod()
    merged = _Merged()
    for path in files:
        merged.add(path)
    name = context or merged.current
    if not name:
        raise StartError(
            "The kubeconfig has no current context: choose one with --context, or kubectl config use-context."
        )
    found, _ = merged.item("contexts", name, "context")
    cluster, cluster_folder = merged.item("clusters", str(found.get("cluster") or ""), "cluster")
    user, user_folder = (
        ({}, Path()) if not found.get("user") else merged.item("users", str(found["user"]), "user")
    )
    for kind, entry in (("cluster", cluster), ("user", user)):
        if strange := [key for key in _UNSUPPORTED[kind] if entry.get(key)]:
            raise StartError(
                f"kubectl dinero does not support {strange[0]} in the kubeconfig's {kind} of context {name}."
            )
    if not cluster.get("server"):
        raise StartError(f"The kubeconfig names no server for context {name}.")
    return Kubeconfig(
        context=name,
        namespace=str(found.get("namespace") or "default"),
        cluster=_absolute(cluster, _PATHS["cluster"], cluster_folder),
        user=_absolute(user, _PATHS["user"], user_folder),
        folder=user_folder,
    )


class _Merged:
    """Several files as one: of two entries with one name, the first counts."""

    def __init__(self) -> None:
        self.current = ""
        self._items: dict[tuple[str, str], tuple[Mapping[str, Any], Path]] = {}

    def add(self, path: Path) -> None:
        """Read one more file. Raises ``StartError``."""
        content: Any = None
        try:
            content = yaml.safe_load(_read(path)) or {}
        except (yaml.YAMLError, ValueError):
            content = None
        if not isinstance(content, dict):
            raise StartError(f"The kubeconfig {path} cannot be read as YAML.")
        self.current = self.current or str(content.get("current-context") or "")
        for kind, inner in (("contexts", "context"), ("clusters", "cluster"), ("users", "user")):
            for entry in content.get(kind) or []:
                if isinstance(entry, dict) and isinstance(entry.get(inner) or {}, dict):
                    key = (kind, str(entry.get("name") or ""))
                    self._items.setdefault(key, (entry.get(inner) or {}, path.absolute().parent))

    def item(self, kind: str, name: str, singular: str) -> tuple[Mapping[str, Any], Path]:
        """An entry, and the folder of its file. Raises ``StartError``."""
        found = self._items.get((kind, name))
        if found is None:
            raise StartError(f"The kubeconfig has no {singular} {name!r}.")
        return found


def _files(file: str) -> list[Path]:
    if file:
        return [Path(file).expanduser()]
    named = [Path(path) for path in os.environ.get("KUBECONFIG", "").split(os.pathsep) if path.strip()]
    # Of several files some may be absent, as kubectl has it: they are often named beforehand.
    found = [path for path in named or [DEFAULT_FILE.expanduser()] if path.exists()]
    if named and not found:
        raise StartError("KUBECONFIG names no file that exists.")
    return found


def _in_a_pod() -> Kubeconfig:
    info = None
    try:
        info = kopf.login_with_service_account(settings=kopf.OperatorSettings())
    except (OSError, ValueError):
        info = None
    if info is None:
        raise StartError("There is no kubeconfig: set KUBECONFIG, or give --kubeconfig FILE.")
    cluster = {"server": info.server, "certificate-authority": info.ca_path}
    return Kubeconfig("in-cluster", own_namespace(), cluster, {"token": info.token}, Path())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
    raise StartError(f"{path} cannot be read: {why}.")


def _absolute(entry: Mapping[str, Any], keys: Iterable[str], folder: Path) -> Mapping[str, Any]:
    return {
        **entry,
        **{key: str(folder / Path(str(entry[key])).expanduser()) for key in keys if entry.get(key)},
    }


def _one_of(name: str, entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A certificate by its content, which wins, or by its file: kopf takes no two."""
    if data := entry.get(f"{key}-data"):
        return {f"{name}_data": data}
    return {f"{name}_path": entry.get(key)}
