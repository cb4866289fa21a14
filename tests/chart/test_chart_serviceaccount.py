"""The ServiceAccount."""

from __future__ import annotations

import pytest
from rendering import Chart, Json


@pytest.mark.parametrize(
    ("account", "created", "used"),
    [
        ({}, ["dinero-operator"], "dinero-operator"),
        ({"name": "books"}, ["books"], "books"),
        ({"create": False}, [], "default"),
        ({"create": False, "name": "books"}, [], "books"),
    ],
)
def test_name(chart: Chart, account: Json, created: list[str], used: str) -> None:
    rendered = chart.render({"serviceAccount": account})
    assert [found["metadata"]["name"] for found in rendered.all("ServiceAccount")] == created
    assert rendered.pod["serviceAccountName"] == used
    (subject,) = rendered.one("ClusterRoleBinding")["subjects"]
    assert subject == {"kind": "ServiceAccount", "name": used, "namespace": "dinero-system"}


def test_only_our_pods_mount_its_token(chart: Chart) -> None:
    assert chart.render().one("ServiceAccount")["automountServiceAccountToken"] is False


def test_annotations(chart: Chart) -> None:
    rendered = chart.render({"serviceAccount": {"annotations": {"a": "b"}}})
    assert rendered.one("ServiceAccount")["metadata"]["annotations"] == {"a": "b"}
