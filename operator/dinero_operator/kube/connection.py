"""How to reach the API server: by ``KUBECONFIG`` where it is set, in a pod by the service account, else ``~/.kube/config``.

What is said on purpose wins over what is found: a sandbox in a pod must not work on the pod's own cluster.
"""

from __future__ import annotations

import os
from pathlib import Path

import kopf
import yaml

NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")

_UNUSABLE = (kopf.LoginError, yaml.YAMLError, OSError, ValueError, LookupError, TypeError, AttributeError)
"""What kopf raises for a kubeconfig that is missing, is no YAML, or leaves something out."""


class StartError(Exception):
    """The program cannot start. ``str()`` is one line that says what to do."""


def connection_info(settings: kopf.OperatorSettings) -> kopf.ConnectionInfo:
    """Where the API server is, and how to log in. Reads the token anew each time, since a service account's changes.

    Raises ``StartError``.
    """
    try:
        is_said = bool(os.environ.get("KUBECONFIG"))
        info = None if is_said else kopf.login_with_service_account(settings=settings)
        info = info or kopf.login_with_kubeconfig(settings=settings)
    except _UNUSABLE:
        info = None
    if info is None or not info.server:
        # Raised out here, so that no traceback carries a piece of the file.
        raise StartError(
            "KUBECONFIG: names no file with a usable cluster, and this is no pod with a service account. Set it to a "
            "kubeconfig file."
        )
    return info


def own_namespace(path: Path = NAMESPACE_FILE) -> str:
    """The namespace of the pod's service account; ``default`` outside of a pod."""
    try:
        return path.read_text(encoding="utf-8").strip() or "default"
    except (OSError, ValueError):
        return "default"
