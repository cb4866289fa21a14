"""Kinds that the chart can make and a plain server does not know, as far as it needs to: any content will do."""

from __future__ import annotations

from rendering import Json

PROMETHEUS, GATEWAY = "monitoring.coreos.com", "gateway.networking.k8s.io"
APPROVED = {"api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api/pull/2466"}
"""Without it the server takes no definition below ``k8s.io``."""


def definition(group: str, kind: str) -> Json:
    plural = kind.lower() + "s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "annotations": APPROVED},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [version],
        },
    }


DEFINITIONS = [
    definition(PROMETHEUS, "PodMonitor"),
    definition(PROMETHEUS, "ServiceMonitor"),
    definition(GATEWAY, "HTTPRoute"),
]
