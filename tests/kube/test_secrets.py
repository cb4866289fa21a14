"""Secrets become credentials, or a sentence that names the Secret and the key."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest
from api_server import ScriptedApi, answer, refusal, scripted
from kube_bodies import SPEC

from dinero_operator.kube.api import KubernetesError
from dinero_operator.kube.resource import parse_spec
from dinero_operator.kube.secrets import SecretUnusable, read_credentials
from dinero_operator.sync.spec import Credentials
from dinero_operator.transport import redaction
from dinero_operator.transport.redaction import Redactor, redact

TOKEN = {"token": "shop-hush\n"}
DINERO = {"clientId": "client", "clientSecret": "client-hush", "apiKey": " api-hush "}


@pytest.fixture(autouse=True)
def redactor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_shared", Redactor())


async def read(
    secrets: Mapping[str, Mapping[str, str] | int], spec: Mapping[str, Any] = SPEC
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
        return await read_credentials(api, "team", parse_spec(spec)), script


async def test_credentials_are_read_and_remembered_for_masking() -> None:
    credentials, script = await read({"shop-token": TOKEN, "dinero": DINERO})
    assert credentials.shop_token == "shop-hush"
    assert not credentials.has_unused_oauth
    key = credentials.dinero
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


async def test_a_connection_made_in_the_browser_is_refused_unless_there_is_an_api_key() -> None:
    with pytest.raises(SecretUnusable) as caught:
        await read({"shop-token": TOKEN, "dinero": {"refreshToken": "hush"}})
    assert caught.value.reason == "ConnectNotSupported"
    assert "hush" not in str(caught.value)
    credentials, _ = await read({"shop-token": TOKEN, "dinero": DINERO | {"refreshToken": "hush"}})
    assert credentials.dinero.api_key == "api-hush"
    assert credentials.has_unused_oauth


@pytest.mark.parametrize("status", [500, 429])
async def test_a_server_in_trouble_says_nothing_about_the_secret(status: int) -> None:
    with pytest.raises(KubernetesError) as caught:
        await read({"shop-token": status})
    assert caught.value.status == status
