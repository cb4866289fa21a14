"""The kubeconfig with which kubectl and the operator reach the API."""

from __future__ import annotations

import base64

import yaml


def kubeconfig(url: str, token: str, certificate: bytes | None) -> str:
    """YAML text: one cluster, one user with a bearer token, context ``sandbox``, namespace ``default``."""
    cluster = {"server": url}
    if certificate is not None:
        cluster["certificate-authority-data"] = base64.b64encode(certificate).decode()
    context = {"cluster": "sandbox", "user": "sandbox", "namespace": "default"}
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "sandbox", "cluster": cluster}],
            "users": [{"name": "sandbox", "user": {"token": token}}],
            "contexts": [{"name": "sandbox", "context": context}],
            "current-context": "sandbox",
        },
        sort_keys=False,
    )
