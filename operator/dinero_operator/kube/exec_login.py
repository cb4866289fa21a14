"""Login by a program that a kubeconfig names (``client.authentication.k8s.io``), as managed clusters have it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dinero_operator.kube.connection import StartError

_CLUSTER_KEYS = (
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "certificate-authority-data",
    "proxy-url",
)


def log_in(program: Mapping[str, Any], cluster: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Run it; gives what it adds to the user: a token, or a client certificate with its key. Raises ``StartError``.

    It may ask its user something, so it has our stdin and stderr.
    """
    name = str(program.get("command") or "")
    # A name with a slash in it is a path beside the kubeconfig; one without is looked for on the PATH.
    command = str(folder / name) if os.sep in name else name
    version = str(program.get("apiVersion") or "")
    mode = program.get("interactiveMode")
    interactive = mode != "Never" and sys.stdin is not None and sys.stdin.isatty()
    spec: dict[str, Any] = {"interactive": interactive}
    if program.get("provideClusterInfo"):
        spec["cluster"] = {key: cluster[key] for key in _CLUSTER_KEYS if cluster.get(key)}
    info = {"apiVersion": version, "kind": "ExecCredential", "spec": spec}
    given = {str(each["name"]): str(each["value"]) for each in program.get("env") or []}
    try:
        done = subprocess.run(  # noqa: S603 - the person's own kubeconfig names it
            [command, *map(str, program.get("args") or [])],
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={**os.environ, **given, "KUBERNETES_EXEC_INFO": json.dumps(info)},
            check=False,
        )
    except OSError:
        hint = str(program.get("installHint") or "").strip().partition("\n")[0]
        raise StartError(
            f"The login program {name} of the kubeconfig cannot be run. {hint}".strip()
        ) from None
    if done.returncode != 0:
        raise StartError(
            f"The login program {name} of the kubeconfig ended with exit code {done.returncode}."
        )
    found = _credential(done.stdout)
    if not found:
        raise StartError(f"The login program {name} of the kubeconfig gave no credential.")
    return found


def _credential(output: bytes) -> dict[str, Any]:
    try:
        status = json.loads(output)["status"]
        found = {
            "token": status.get("token"),
            "client-certificate-data": status.get("clientCertificateData"),
            "client-key-data": status.get("clientKeyData"),
        }
    except (ValueError, LookupError, TypeError, AttributeError):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str) and value}
