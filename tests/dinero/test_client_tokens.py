"""Access tokens of the API-key grant: asked for rarely, shared, renewed in time, and given up when refused."""

import asyncio
from typing import Any

import pytest

from dinero_operator.dinero.auth import DEFAULT_LIFE, RENEW_BEFORE, ApiKey, ApiKeyTokens
from dinero_operator.dinero.client import DineroClient
from dinero_operator.domain.errors import CredentialsRejected, Unavailable
from dinero_operator.sandbox.dinero import Books, DineroSimulator
from dinero_operator.sandbox.faults import Fault
from dinero_operator.transport.http import Transport

HOUR = 3600.0


def grants(dinero: DineroSimulator) -> int:
    return dinero.count()["POST token"]


async def test_one_grant_serves_many_calls(client: DineroClient, dinero: DineroSimulator) -> None:
    for _ in range(3):
        await client.organisations()
    assert grants(dinero) == 1


async def test_callers_at_once_share_one_grant(client: DineroClient, dinero: DineroSimulator) -> None:
    await asyncio.gather(*(client.deposit_accounts() for _ in range(12)))
    assert grants(dinero) == 1


async def test_token_is_renewed_before_its_end(
    client: DineroClient, dinero: DineroSimulator, clock: Any, refreshes: list[str]
) -> None:
    await client.organisations()
    clock.advance(HOUR - RENEW_BEFORE - 1)
    await client.organisations()
    assert grants(dinero) == 1
    clock.advance(1)
    await client.organisations()
    assert grants(dinero) == 2
    assert not any(call.status == 401 for call in dinero.calls)
    assert refreshes == ["ok", "ok"]


async def test_token_revoked_in_mid_life_costs_one_new_one(
    client: DineroClient, dinero: DineroSimulator
) -> None:
    await client.organisations()
    dinero.expire_tokens()
    assert [row.name for row in await client.organisations()] == ["Kopper & Krus ApS"]
    assert grants(dinero) == 2
    assert [call.status for call in dinero.calls] == [200, 200, 401, 200, 200]


async def test_revoked_key_is_told_after_one_try(
    client: DineroClient, dinero: DineroSimulator, refreshes: list[str]
) -> None:
    await client.organisations()
    dinero.revoke_api_key("key")
    with pytest.raises(CredentialsRejected, match="apiKey"):
        await client.organisations()
    assert [call.status for call in dinero.calls] == [200, 200, 401, 400]
    assert refreshes == ["ok", "rejected"]


async def test_new_token_that_is_refused_too_ends_it(
    dinero: DineroSimulator, books: Books, transport: Transport, tokens: ApiKeyTokens, script: Any
) -> None:
    script.will(401)
    client = DineroClient(transport=transport, base_url=script.url, tokens=tokens, organisation=1)
    with pytest.raises(CredentialsRejected):
        await client.organisations()
    assert len(script.seen) == 2
    assert grants(dinero) == 2


async def test_a_token_is_rejected_only_once(tokens: ApiKeyTokens, dinero: DineroSimulator) -> None:
    """Several calls may fail with one old token; only the first of them may throw the present one away."""
    old = await tokens.token()
    tokens.reject(old)
    new = await tokens.token()
    tokens.reject(old)
    assert await tokens.token() == new
    assert grants(dinero) == 2


@pytest.mark.parametrize(
    "wrong",
    [ApiKey("other", "secret", "key"), ApiKey("client", "other", "key"), ApiKey("client", "secret", "other")],
    ids=["client id", "client secret", "api key"],
)
async def test_wrong_credentials(
    dinero: DineroSimulator, books: Books, transport: Transport, clock: Any, wrong: ApiKey
) -> None:
    tokens = ApiKeyTokens(wrong, transport=transport, token_url=dinero.token_url, clock=clock)
    with pytest.raises(CredentialsRejected, match=r"spec\.dinero\.secretRef") as caught:
        await tokens.token()
    assert grants(dinero) == 1
    assert "other" not in str(caught.value)
    assert repr(wrong) == "ApiKey(…)"


async def test_brief_trouble_of_the_token_endpoint_is_no_refusal(
    tokens: ApiKeyTokens, dinero: DineroSimulator, refreshes: list[str]
) -> None:
    dinero.faults.scripted["POST token"] = [
        Fault.BAD_GATEWAY, Fault.TOO_MANY_REQUESTS, Fault.TRUNCATED, Fault.ANSWER_LOST
    ]  # fmt: skip
    assert await tokens.token()
    assert grants(dinero) == 5
    assert refreshes == ["ok"]


async def test_token_endpoint_that_is_down(
    tokens: ApiKeyTokens, dinero: DineroSimulator, refreshes: list[str]
) -> None:
    dinero.faults.scripted["POST token"] = [Fault.SERVER_ERROR] * 9
    with pytest.raises(Unavailable):
        await tokens.token()
    assert refreshes == ["unavailable"]
    dinero.faults.scripted.clear()
    assert await tokens.token()


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, {"token_type": "Bearer"}), (200, {"access_token": ""}), (200, []), (404, {"error": "not_found"})],
)
async def test_answer_without_token(
    transport: Transport, clock: Any, script: Any, status: int, body: Any
) -> None:
    script.will(status, json=body)
    tokens = ApiKeyTokens(
        ApiKey("a", "b", "c"), transport=transport, token_url=f"{script.url}/token", clock=clock
    )
    with pytest.raises(Unavailable):
        await tokens.token()


@pytest.mark.parametrize(
    ("expires_in", "life"),
    [(None, DEFAULT_LIFE - RENEW_BEFORE), ("soon", DEFAULT_LIFE - RENEW_BEFORE), (60, 30.0), (0, DEFAULT_LIFE - RENEW_BEFORE)],
)  # fmt: skip
async def test_lives_that_are_odd(
    transport: Transport, clock: Any, script: Any, expires_in: Any, life: float
) -> None:
    script.will(json={"access_token": "abc", "expires_in": expires_in})
    tokens = ApiKeyTokens(
        ApiKey("a", "b", "c"), transport=transport, token_url=f"{script.url}/token", clock=clock
    )
    await tokens.token()
    clock.advance(life - 1)
    await tokens.token()
    assert len(script.seen) == 1
    clock.advance(1)
    await tokens.token()
    assert len(script.seen) == 2
