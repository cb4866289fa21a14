"""Tokens of service accounts, and questions about rights: the API has no roles, so every valid token may do all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kubernetes_samples import Client, serving

ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts"
REQUEST = {
    "apiVersion": "authentication.k8s.io/v1",
    "kind": "TokenRequest",
    "spec": {"expirationSeconds": 600},
}
WHO = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
MAY_I = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def client(time: Time) -> AsyncIterator[Client]:
    async with serving(now=time) as (_, client):
        body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "op"}}
        assert (await client.call("POST", ACCOUNTS, body))[0] == 201
        yield client


async def asked_with(client: Client, token: str) -> tuple[int, Any]:
    """Who this token says one is."""
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    headers = {"Authorization": f"Bearer {token}"}
    async with client.session.post(path, json=WHO, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_a_token_lets_its_account_in_until_it_ends(client: Client, time: Time) -> None:
    status, made = await client.call("POST", f"{ACCOUNTS}/op/token", REQUEST)
    assert (status, made["status"]["expirationTimestamp"]) == (201, "2026-11-02T09:10:00Z")
    token = made["status"]["token"]
    status, answer = await asked_with(client, token)
    user = answer["status"]["userInfo"]
    assert (status, user["username"]) == (201, "system:serviceaccount:default:op")
    assert "system:serviceaccounts:default" in user["groups"]
    time.now += timedelta(minutes=10)
    assert (await asked_with(client, token))[0] == 401


async def test_a_token_that_was_changed_lets_nobody_in(client: Client) -> None:
    _, made = await client.call("POST", f"{ACCOUNTS}/op/token", REQUEST)
    head, claims, signature = made["status"]["token"].split(".")
    for forged in (f"{head}.{claims[:-2]}AA.{signature}", f"{head}.{claims}.AAAA", "nonsense", "a.b.c", ""):
        assert (await asked_with(client, forged))[0] == 401


@pytest.mark.parametrize("seconds", [599, 2**32])
async def test_tokens_have_a_shortest_and_a_longest_life(client: Client, seconds: int) -> None:
    body = {**REQUEST, "spec": {"expirationSeconds": seconds}}
    status, refused = await client.call("POST", f"{ACCOUNTS}/op/token", body)
    assert (status, refused["details"]["causes"][0]["field"]) == (422, "spec.expirationSeconds")


async def test_whoever_asks_may(client: Client) -> None:
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    asked = {"resourceAttributes": {"verb": "create", "resource": "secrets"}}
    status, answer = await client.call("POST", path, {**MAY_I, "spec": asked})
    assert (status, answer["status"]) == (201, {"allowed": True})
    assert (await client.call("POST", path, {**MAY_I, "spec": {}}))[0] == 422
