"""Reading kubeconfigs, and talking to an API server with them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from dinero_operator.sandbox.cluster import Cluster, ClusterError
from dinero_operator.sandbox.kubernetes import KubernetesApi

NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "one"}}


def config(server: str, *, user: dict[str, Any] | None = None, **cluster: Any) -> str:
    return yaml.safe_dump(
        {
            "current-context": "here",
            "contexts": [
                {"name": "other", "context": {}},
                {"name": "here", "context": {"cluster": "c", "user": "u"}},
            ],
            "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
            "users": [{"name": "u", "user": user or {}}],
        }
    )


def headers(tmp_path: Path, user: dict[str, Any]) -> dict[str, str]:
    path = tmp_path / "kubeconfig"
    path.write_text(config("http://127.0.0.1:1", user=user))
    return Cluster.from_kubeconfig(path)._headers


async def test_objects_are_created_read_changed_and_deleted(tmp_path: Path) -> None:
    api = KubernetesApi()
    await api.start()
    path = tmp_path / "kubeconfig"
    path.write_text(api.kubeconfig())
    try:
        async with Cluster.from_kubeconfig(path) as cluster:
            assert await cluster.get("/api/v1/namespaces/one") is None
            await cluster.create("/api/v1/namespaces", NAMESPACE)
            await cluster.merge("/api/v1/namespaces/one", {"metadata": {"labels": {"a": "b"}}})
            found = await cluster.get("/api/v1/namespaces/one")
            assert found
            assert found["metadata"]["labels"]["a"] == "b"
            with pytest.raises(ClusterError, match="already exists") as refused:
                await cluster.create("/api/v1/namespaces", NAMESPACE)
            assert refused.value.status == 409
            await cluster.delete("/api/v1/namespaces/one")
            await cluster.delete("/api/v1/namespaces/nobody")
    finally:
        await api.stop()


async def test_an_api_that_is_gone_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(config("http://127.0.0.1:1"))
    async with Cluster.from_kubeconfig(path) as cluster:
        with pytest.raises(ClusterError, match="does not answer: ClientConnectorError"):
            await cluster.get("/api/v1/namespaces")


def test_ways_to_log_in(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("of a file\n")
    assert headers(tmp_path, {"token": "t"}) == {"Authorization": "Bearer t"}
    assert headers(tmp_path, {"tokenFile": "token"}) == {"Authorization": "Bearer of a file"}
    basic = base64.b64encode(b"u:p").decode()
    assert headers(tmp_path, {"username": "u", "password": "p"}) == {"Authorization": f"Basic {basic}"}
    assert headers(tmp_path, {}) == {}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "cannot be used as a kubeconfig"),
        ("[", "cannot be used as a kubeconfig"),
        ("current-context: here", "'contexts'"),
        (config("http://127.0.0.1:1", user={"exec": {"command": "aws"}}), "plug-in"),
        (config("http://127.0.0.1:1").replace("name: u", "name: nobody"), "no user 'u'"),
    ],
)
def test_a_kubeconfig_that_cannot_be_used(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text)
    with pytest.raises(ClusterError, match=complaint):
        Cluster.from_kubeconfig(path)


def test_a_kubeconfig_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="FileNotFoundError"):
        Cluster.from_kubeconfig(tmp_path / "none")
