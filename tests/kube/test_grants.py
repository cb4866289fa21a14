"""A connection in its Secret, on the embedded API server and on the real one: versions, foreign Secrets, refusals."""

import base64
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from api_server import answer, hang_up, refusal, scripted

from controlplane.real_server import RealServer
from controlplane.real_tests import MARK
from dinero_operator.dinero.connection import GrantConflict, StoreUnusable
from dinero_operator.dinero.oauth import Grant
from dinero_operator.domain.errors import Unavailable
from dinero_operator.kube.api import KubernetesApi, KubernetesError
from dinero_operator.kube.app import kopf_settings
from dinero_operator.kube.connection import connection_info
from dinero_operator.kube.grants import CONNECTION, SecretGrants, save_connection
from dinero_operator.kube.secret_object import SecretUnusable
from dinero_operator.metrics import Metrics
from dinero_operator.sandbox.cluster import Cluster
from dinero_operator.sandbox.kubernetes import KubernetesApi as Server
from fake_clock import FakeClock

UNTIL = datetime(2026, 3, 2, 9, 1, tzinfo=UTC)
END = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
FIRST, SECOND = Grant("refresh-1", "access-1", END), Grant("refresh-2", "access-2", END)


def encoded(**values: str) -> dict[str, str]:
    return {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}


@dataclass
class World:
    """One namespace on a server, seen by the operator, by another of its processes, and by a person."""

    api: KubernetesApi
    cluster: Cluster
    namespace: str

    @property
    def grants(self) -> SecretGrants:
        return SecretGrants(self.api, self.namespace, "dinero")

    @property
    def path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/secrets"

    async def create(self, *, data: dict[str, str], **fields: Any) -> None:
        metadata = {"name": "dinero"} | fields.pop("metadata", {})
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encoded(**data)}
        await self.cluster.create(self.path, body | fields)

    async def edit(self, patch: dict[str, Any]) -> None:
        await self.cluster.merge(f"{self.path}/dinero", patch)

    async def secret(self) -> Any:
        return await self.cluster.get(f"{self.path}/dinero")

    async def data(self) -> dict[str, str]:
        body = await self.secret()
        return {key: base64.b64decode(value).decode() for key, value in body["data"].items()}


@pytest.fixture(params=["embedded", pytest.param("real", marks=getattr(pytest.mark, MARK))])
async def kubeconfig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Path]:
    if request.param == "real":
        real: RealServer = request.getfixturevalue("real_server")
        yield real.kubeconfig
        return
    server = Server()
    await server.start()
    path = tmp_path / "kubeconfig"
    path.write_text(server.kubeconfig(), encoding="utf-8")
    yield path
    await server.stop()


@pytest.fixture
async def world(kubeconfig: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    api = KubernetesApi(lambda: connection_info(kopf_settings()), clock=clock, metrics=Metrics())
    name = f"grants-{secrets.token_hex(4)}"
    async with Cluster.from_kubeconfig(kubeconfig) as cluster:
        await cluster.create(
            "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        )
        yield World(api, cluster, name)
    await api.aclose()


async def test_a_connection_is_saved_claimed_and_renewed(world: World) -> None:
    assert await world.grants.read() is None
    assert await save_connection(world.api, world.namespace, "dinero", FIRST)
    body = await world.secret()
    assert body["type"] == "Opaque"
    assert body["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "dinero-operator"}
    assert await world.data() == {
        "refreshToken": "refresh-1",
        "accessToken": "access-1",
        "expiresAt": "2026-03-02T10:00:00Z",
    }
    stored = await world.grants.read()
    assert stored is not None
    assert (stored.grant, stored.claim) == (FIRST, None)
    claimed = await world.grants.claim(stored, by="us", until=UNTIL)
    read = await world.grants.read()
    assert read == claimed
    assert read.claim == ("us", UNTIL)
    written = await world.grants.write(SECOND, over=claimed)
    read = await world.grants.read()
    assert read == written
    assert (read.grant, read.claim) == (SECOND, None)
    assert read.identity == stored.identity, "the same approval"
    annotations = (await world.secret())["metadata"]["annotations"]
    assert list(annotations) == [CONNECTION]
    assert "refresh" not in annotations[CONNECTION]


async def test_of_two_one_gets_the_claim(world: World) -> None:
    await save_connection(world.api, world.namespace, "dinero", FIRST)
    one, other = await world.grants.read(), await world.grants.read()
    assert one is not None
    assert other is not None
    claimed = await world.grants.claim(one, by="one", until=UNTIL)
    with pytest.raises(GrantConflict):
        await world.grants.claim(other, by="other", until=UNTIL)
    with pytest.raises(GrantConflict):
        await world.grants.write(SECOND, over=other)
    await world.grants.write(SECOND, over=claimed)
    assert (await world.data())["refreshToken"] == "refresh-2"


async def test_a_secret_that_is_deleted_or_made_anew_is_another(world: World) -> None:
    await save_connection(world.api, world.namespace, "dinero", FIRST)
    stored = await world.grants.read()
    assert stored is not None
    await world.cluster.delete(f"{world.path}/dinero")
    with pytest.raises(GrantConflict):
        await world.grants.write(SECOND, over=stored)
    await world.create(data={"refreshToken": "another"})
    with pytest.raises(GrantConflict):
        await world.grants.write(SECOND, over=stored)
    assert (await world.data())["refreshToken"] == "another"


async def test_what_is_not_ours_stays(world: World) -> None:
    """Another label and annotation, the shop's token, bytes that are no text; and Helm goes on to own its Secret."""
    await world.create(
        data={"refreshToken": "by hand", "token": "shop"},
        metadata={
            "labels": {"app.kubernetes.io/managed-by": "Helm", "team": "a"},
            "annotations": {"example.com/owner": "maja"},
        },
    )
    await world.edit({"data": {"clientId": "/w=="}})
    grants = SecretGrants(world.api, world.namespace, "dinero", frozenset({"token"}))
    stored = await grants.read()
    assert stored is not None
    assert stored.grant == Grant("by hand")
    await grants.write(SECOND, over=await grants.claim(stored, by="us", until=UNTIL))
    body = await world.secret()
    assert body["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "Helm", "team": "a"}
    assert body["metadata"]["annotations"].pop(CONNECTION)
    assert body["metadata"]["annotations"] == {"example.com/owner": "maja"}
    assert body["data"]["clientId"] == "/w=="
    assert body["data"] | encoded(token="shop", refreshToken="refresh-2") == body["data"]
    again = await grants.read()
    assert again is not None
    assert again.identity == stored.identity


async def test_a_token_put_in_by_hand_is_a_new_approval(world: World) -> None:
    await save_connection(world.api, world.namespace, "dinero", FIRST)
    before = await world.grants.read()
    await world.edit({"data": encoded(refreshToken="by hand\n")})
    after = await world.grants.read()
    assert before is not None
    assert after is not None
    assert after.grant.refresh_token == "by hand"
    assert after.identity != before.identity
    await world.edit({"metadata": {"labels": {"team": "b"}}})
    assert (await world.grants.read()) == after


async def test_connecting_again_is_a_new_approval_and_ends_a_claim(world: World) -> None:
    await save_connection(world.api, world.namespace, "dinero", FIRST)
    before = await world.grants.read()
    assert before is not None
    await world.grants.claim(before, by="us", until=UNTIL)
    assert await save_connection(world.api, world.namespace, "dinero", SECOND)
    after = await world.grants.read()
    assert after is not None
    assert (after.grant, after.claim) == (SECOND, None)
    assert after.identity != before.identity


async def test_an_api_key_wins_and_the_caller_is_told(world: World) -> None:
    await world.create(data={"clientId": "c", "clientSecret": "s", "apiKey": "k"})
    assert not await save_connection(world.api, world.namespace, "dinero", FIRST)
    assert await world.data() == {
        "clientId": "c",
        "clientSecret": "s",
        "apiKey": "k",
        "refreshToken": "refresh-1",
        "accessToken": "access-1",
        "expiresAt": "2026-03-02T10:00:00Z",
    }


@pytest.mark.parametrize("kind", ["Opaque", "kubernetes.io/basic-auth"])
async def test_another_programs_secret_is_not_written(world: World, kind: str) -> None:
    data = {"password": "p", "username": "u", "refreshToken": "theirs"}
    await world.create(data=data, type=kind)
    with pytest.raises(SecretUnusable, match=r"not the operator's \(password, username\)") as caught:
        await save_connection(world.api, world.namespace, "dinero", FIRST)
    assert caught.value.reason == "SecretNotOurs"
    stored = await world.grants.read()
    assert stored is not None
    with pytest.raises(StoreUnusable) as refused:
        await world.grants.claim(stored, by="us", until=UNTIL)
    assert refused.value.reason == "SecretNotOurs"
    assert await world.data() == data
    await world.edit({"metadata": {"labels": {"app.kubernetes.io/managed-by": "dinero-operator"}}})
    assert await save_connection(world.api, world.namespace, "dinero", FIRST), "now it was given over"


async def test_the_shops_token_in_the_same_secret_is_no_stranger(world: World) -> None:
    await world.create(data={"token": "shop"})
    with pytest.raises(SecretUnusable, match=r"\(token\)"):
        await save_connection(world.api, world.namespace, "dinero", FIRST)
    assert await save_connection(world.api, world.namespace, "dinero", FIRST, also=frozenset({"token"}))
    assert (await world.data())["token"] == "shop"


async def test_an_immutable_secret_is_refused_before_anything_is_spent(world: World) -> None:
    await world.create(data={"refreshToken": "r"}, immutable=True)
    stored = await world.grants.read()
    assert stored is not None
    with pytest.raises(StoreUnusable, match="immutable") as caught:
        await world.grants.claim(stored, by="us", until=UNTIL)
    assert caught.value.reason == "SecretImmutable"
    with pytest.raises(SecretUnusable, match="immutable"):
        await save_connection(world.api, world.namespace, "dinero", FIRST)


@pytest.mark.parametrize(
    ("annotations", "claim"),
    [
        ({"shoporama.dk/refresh-claimed-until": "soon"}, None),
        ({"shoporama.dk/refresh-claimed-by": "somebody"}, None),
        ({"shoporama.dk/refresh-claimed-until": "2026-03-02T09:01:00Z"}, ("", UNTIL)),
        ({"shoporama.dk/refresh-claimed-until": "2026-03-02T09:01:00"}, ("", UNTIL)),
        ({"shoporama.dk/refresh-claimed-until": "2026-03-02T10:01:00+01:00"}, ("", UNTIL)),
    ],
)
async def test_annotations_by_hand(world: World, annotations: dict[str, str], claim: Any) -> None:
    await world.create(
        data={"refreshToken": "r", "expiresAt": "tomorrow", "accessToken": "two\nlines"},
        metadata={"annotations": annotations | {CONNECTION: "odd"}},
    )
    stored = await world.grants.read()
    assert stored is not None
    assert stored.grant == Grant("r")
    assert stored.claim == claim


async def test_saving_meets_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Secret appears, and then changes, between the look at it and the write."""
    read = world.api.read_secret
    disturbances = [
        lambda: world.create(data={"refreshToken": "another"}),
        lambda: world.edit({"metadata": {"labels": {"team": "a"}}}),
        lambda: world.cluster.delete(f"{world.path}/dinero"),
    ]

    async def disturbed(namespace: str, name: str) -> Any:
        found = await read(namespace, name)
        if disturbances:
            await disturbances.pop(0)()
        return found

    monkeypatch.setattr(world.api, "read_secret", disturbed)
    assert await save_connection(world.api, world.namespace, "dinero", FIRST)
    assert (await world.data())["refreshToken"] == "refresh-1"
    assert not disturbances


async def test_saving_gives_up_where_somebody_is_always_faster(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.create(data={"refreshToken": "another"})
    read = world.api.read_secret

    async def disturbed(namespace: str, name: str) -> Any:
        found = await read(namespace, name)
        await world.edit({"metadata": {"annotations": {"example.com/n": secrets.token_hex(4)}}})
        return found

    monkeypatch.setattr(world.api, "read_secret", disturbed)
    with pytest.raises(KubernetesError, match="again and again"):
        await save_connection(world.api, world.namespace, "dinero", FIRST)


BODY = {
    "metadata": {"name": "dinero", "resourceVersion": "7"},
    "data": encoded(refreshToken="refresh-1", accessToken="access-1"),
}


async def test_lost_answers_while_saving() -> None:
    """The write was carried out, its repetition meets it, and what is there is recognised."""
    async with scripted() as (script, api):
        script.will(refusal(404), hang_up, refusal(409), answer(200, BODY))
        assert await save_connection(api, "team", "dinero", FIRST)
        assert [call.method for call in script.calls] == ["GET", "POST", "POST", "GET"]


@pytest.mark.parametrize("status", [403, 500])
async def test_refusals(status: int) -> None:
    async with scripted() as (script, api):
        script.will(refusal(status))
        grants = SecretGrants(api, "team", "dinero")
        with pytest.raises(StoreUnusable if status == 403 else Unavailable) as caught:
            await grants.read()
        expected = SecretUnusable if status == 403 else KubernetesError
        with pytest.raises(expected) as saving:
            await save_connection(api, "team", "dinero", FIRST)
    if status == 403:
        assert isinstance(caught.value, StoreUnusable)
        assert isinstance(saving.value, SecretUnusable)
        assert caught.value.reason == saving.value.reason == "SecretForbidden"
        assert "grant it get, create and update on secrets" in str(saving.value)


async def test_a_write_that_is_refused_names_the_right() -> None:
    async with scripted() as (script, api):
        script.will(answer(200, BODY), refusal(403))
        grants = SecretGrants(api, "team", "dinero")
        stored = await grants.read()
        assert stored is not None
        with pytest.raises(StoreUnusable, match="create and update on secrets"):
            await grants.claim(stored, by="us", until=UNTIL)
