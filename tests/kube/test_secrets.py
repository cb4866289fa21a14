"""Secrets become credentials, or a sentence that names the Secret and the key."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from api_server import ScriptedApi, answer, refusal, scripted
from kube_bodies import SPEC

from dinero_operator.dinero.auth import ApiKey
from dinero_operator.dinero.connection import Connection, StoredGrant
from dinero_operator.dinero.oauth import Grant
from dinero_operator.kube.api import KubernetesError
from dinero_operator.kube.resource import parse_spec
from dinero_operator.kube.secret_object import Secret
from dinero_operator.kube.secrets import ConnectOptions, SecretUnusable, read_credentials
from dinero_operator.sync.spec import Credentials
from dinero_operator.transport import redaction
from dinero_operator.transport.redaction import Redactor, redact

TOKEN = {"token": "shop-hush\n"}
READY = ConnectOptions(has_app=True, has_page=True, resource="my-shop")
DINERO = {"clientId": "client", "clientSecret": "client-hush", "apiKey": " api-hush "}


@pytest.fixture(autouse=True)
def redactor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_shared", Redactor())


async def read(
    secrets: Mapping[str, Mapping[str, str] | int],
    spec: Mapping[str, Any] = SPEC,
    *,
    options: ConnectOptions | None = None,
) -> tuple[Credentials, ScriptedApi]:
    """Read with a server that has these Secrets; a number is the status that it answers."""
    async with scripted() as (script, api):

        async def by_name(request: Any) -> Any:
            found = secrets.get(request.path.rpartition("/")[2], 404)
            if isinstance(found, int):
                return await refusal(found)(request)
            data = {key: base64.b64encode(value.encode()).decode() for key, value in found.items()}
            return await answer(200, {"data": data})(request)

        script.will(by_name)
        return await read_credentials(api, "team", parse_spec(spec), options), script


async def test_credentials_are_read_and_remembered_for_masking() -> None:
    credentials, script = await read({"shop-token": TOKEN, "dinero": DINERO})
    assert credentials.shop_token == "shop-hush"
    assert not credentials.has_unused_oauth
    key = credentials.dinero
    assert isinstance(key, ApiKey)
    assert (key.client_id, key.client_secret, key.api_key) == ("client", "client-hush", "api-hush")
    assert "hush" not in redact("shop-hush client-hush api-hush")
    assert "hush" not in repr(credentials) + str(credentials)
    assert {call.path for call in script.calls} == {
        "/api/v1/namespaces/team/secrets/shop-token",
        "/api/v1/namespaces/team/secrets/dinero",
    }


async def test_one_secret_for_both_is_read_once() -> None:
    spec = SPEC | {"shop": {"tokenSecretRef": {"name": "dinero", "key": "shop.token"}}}
    credentials, script = await read({"dinero": DINERO | {"shop.token": "t0ken"}}, spec)
    assert credentials.shop_token == "t0ken"
    assert len(script.calls) == 1


@pytest.mark.parametrize(
    ("changes", "reason", "message"),
    [
        (
            {"shop-token": 404},
            "SecretMissing",
            "spec.shop.tokenSecretRef: there is no Secret shop-token in this namespace. Create it.",
        ),
        (
            {"dinero": 404},
            "SecretMissing",
            "spec.dinero.secretRef: there is no Secret dinero in this namespace. Create it.",
        ),
        (
            {"dinero": 403},
            "SecretForbidden",
            "spec.dinero.secretRef: the operator may not read Secret dinero: grant it get on secrets (examples/rbac.yaml).",
        ),
        (
            {"shop-token": {"tokens": "x"}},
            "SecretKeyMissing",
            "spec.shop.tokenSecretRef: Secret shop-token has no key token. Add it.",
        ),
        (
            {"shop-token": {"token": " \n"}},
            "SecretKeyMissing",
            "spec.shop.tokenSecretRef: Secret shop-token has no key token. Add it.",
        ),
        *(
            (
                {"dinero": {key: value for key, value in DINERO.items() if key != missing}},
                "SecretKeyMissing",
                f"spec.dinero.secretRef: Secret dinero has no key {missing}. Add it.",
            )
            for missing in DINERO
        ),
    ],
)
async def test_what_is_missing_is_named(changes: Any, reason: str, message: str) -> None:
    with pytest.raises(SecretUnusable) as caught:
        await read({"shop-token": TOKEN, "dinero": DINERO} | changes)
    assert caught.value.reason == reason
    assert str(caught.value) == message
    assert "hush" not in message


async def test_what_is_no_text_is_left_out() -> None:
    data = {"bytes": "/w==", "form": "a", "letters": "å", "number": 7, "none": None, "token": "eA=="}
    secret = Secret.of({"data": data})
    assert secret.data == {"token": "x"}
    assert secret.keys == data.keys()
    assert Secret.of({"data": None}).data == {}
    assert "eA" not in repr(secret)


async def test_an_api_key_wins_over_a_connection() -> None:
    credentials, _ = await read(
        {"shop-token": TOKEN, "dinero": DINERO | {"refreshToken": "hush"}}, options=READY
    )
    assert isinstance(credentials.dinero, ApiKey)
    assert credentials.has_unused_oauth


async def test_a_connection_made_in_the_browser() -> None:
    connected = {
        "refreshToken": "refresh-hush\n",
        "accessToken": "access-hush",
        "expiresAt": "2026-03-02T10:00:00Z",
    }
    credentials, _ = await read({"shop-token": TOKEN, "dinero": connected}, options=READY)
    connection = credentials.dinero
    assert isinstance(connection, Connection)
    assert connection.key == "team/dinero"
    assert connection.stored.grant == Grant(
        "refresh-hush", "access-hush", datetime(2026, 3, 2, 10, tzinfo=UTC)
    )
    assert (
        "kubectl -n team annotate dinero my-shop shoporama.dk/connect-requested-at=now" in connection.remedy
    )
    assert not credentials.has_unused_oauth
    assert "hush" not in repr(credentials) + repr(connection) + redact("refresh-hush access-hush")


async def test_a_refresh_token_alone_is_a_connection() -> None:
    # What a personal integration has beside its key is no obstacle.
    half = {"refreshToken": "refresh-hush", "clientId": "client", "apiKey": " "}
    credentials, _ = await read({"shop-token": TOKEN, "dinero": half}, options=ConnectOptions(has_app=True))
    connection = credentials.dinero
    assert isinstance(connection, Connection)
    assert connection.stored.grant == Grant("refresh-hush")
    assert "DINERO_OPERATOR_PUBLIC_URL" in connection.remedy


async def test_a_connection_needs_a_registered_operator() -> None:
    with pytest.raises(SecretUnusable) as caught:
        await read({"shop-token": TOKEN, "dinero": {"refreshToken": "hush"}})
    assert caught.value.reason == "ConnectNotConfigured"
    message = str(caught.value)
    assert "DINERO_OPERATOR_CONNECT_CLIENT_ID and DINERO_OPERATOR_CONNECT_CLIENT_SECRET" in message
    assert "hush" not in message


@pytest.mark.parametrize(
    ("dinero", "reason"), [(404, "SecretMissing"), ({}, "SecretKeyMissing"), ({"x": "1"}, "SecretKeyMissing")]
)
async def test_who_can_connect_is_told_how(dinero: Any, reason: str) -> None:
    with pytest.raises(SecretUnusable) as caught:
        await read({"shop-token": TOKEN, "dinero": dinero}, options=READY)
    assert caught.value.reason == reason
    assert (
        "Connect in the browser: kubectl -n team annotate dinero my-shop shoporama.dk/connect-requested-at=now puts a "
        "link into status.connect.url. Or "
    ) in str(caught.value)


async def test_half_a_personal_integration_is_to_be_completed() -> None:
    with pytest.raises(SecretUnusable, match="has no key apiKey"):
        await read({"shop-token": TOKEN, "dinero": {"clientId": "c", "clientSecret": "s"}}, options=READY)


async def test_another_programs_secret_is_not_used() -> None:
    with pytest.raises(SecretUnusable) as caught:
        await read({"shop-token": TOKEN, "dinero": {"refreshToken": "hush", "password": "p"}}, options=READY)
    assert caught.value.reason == "SecretNotOurs"


async def test_one_secret_for_the_shop_and_a_connection() -> None:
    spec = SPEC | {"shop": {"tokenSecretRef": {"name": "dinero", "key": "shop.token"}}}
    credentials, script = await read(
        {"dinero": {"refreshToken": "hush", "shop.token": "t0ken"}}, spec, options=READY
    )
    assert isinstance(credentials.dinero, Connection)
    assert len(script.calls) == 1


def credentials_of(**changes: Any) -> Credentials:
    stored = StoredGrant(Grant("refresh", "access"), "approval")
    fields: dict[str, Any] = {"key": "team/dinero", "stored": stored, "store": None} | changes
    return Credentials("token", Connection(**fields))


def test_a_refresh_is_no_change_of_the_credentials_and_a_new_approval_is() -> None:
    one = credentials_of()
    refreshed = credentials_of(stored=StoredGrant(Grant("next", "next access"), "approval"), remedy="x")
    again = credentials_of(stored=StoredGrant(Grant("refresh", "access"), "another approval"))
    assert refreshed.fingerprint() == one.fingerprint()
    others = [
        again,
        credentials_of(key="team/other"),
        Credentials("token", ApiKey("team/dinero", "approval", "")),
    ]
    assert len({each.fingerprint() for each in [one, *others]}) == 4


@pytest.mark.parametrize("status", [500, 429])
async def test_a_server_in_trouble_says_nothing_about_the_secret(status: int) -> None:
    with pytest.raises(KubernetesError) as caught:
        await read({"shop-token": status})
    assert caught.value.status == status
