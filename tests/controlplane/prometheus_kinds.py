"""The kinds of the Prometheus operator, as far as the chart needs a server to know them: any content will do."""

from __future__ import annotations

from rendering import Json

GROUP = "monitoring.coreos.com"


def definition(kind: str) -> Json:
    plural = kind.lower() + "s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [version],
        },
    }


DEFINITIONS = [definition(kind) for kind in ("PodMonitor", "ServiceMonitor")]
