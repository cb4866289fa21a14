"""A small Kubernetes API on loopback: what the operator and a person with kubectl need of one, strictly."""

from dinero_operator.sandbox.kubernetes.server import KubernetesApi

__all__ = ["KubernetesApi"]
