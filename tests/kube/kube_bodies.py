"""A DineroIntegration as the watch shows it, to be changed where a test cares."""

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dinero_operator.kube.registry import Entry, Registry

SPEC: dict[str, Any] = {
    "shop": {"tokenSecretRef": {"name": "shop-token"}},
    "dinero": {"secretRef": {"name": "dinero"}},
    "trigger": "Paid",
    "account": 55_040,
}


def a_body(
    *,
    name: str = "shop",
    namespace: str = "team",
    spec: Mapping[str, Any] | None = None,
    status: Mapping[str, Any] | None = None,
    **metadata: Any,
) -> dict[str, Any]:
    plain = {
        "name": name,
        "namespace": namespace,
        "uid": "uid-1",
        "generation": 1,
        "resourceVersion": "100",
        "creationTimestamp": "2026-11-01T23:30:00Z",
    }
    body: dict[str, Any] = {
        "apiVersion": "shoporama.dk/v1alpha1",
        "kind": "DineroIntegration",
        "metadata": plain | metadata,
        "spec": copy.deepcopy(SPEC) | dict(spec or {}),
    }
    return body if status is None else body | {"status": dict(status)}


def an_entry(**changes: Any) -> Entry:
    entry, _ = Registry().take(a_body(**changes))
    return entry


def frozen(value: Any) -> Any:
    """As kopf hands bodies out: views, not dictionaries."""
    if isinstance(value, dict):
        return MappingProxyType({key: frozen(item) for key, item in value.items()})
    return tuple(frozen(item) for item in value) if isinstance(value, list) else value
