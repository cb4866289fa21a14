"""The token endpoint of the simulated Visma Connect: what it gives, once, to whom, and for how long."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote_plus

import aiohttp
import pytest
import pytest_asyncio
from connect_calls import CLIENT, REDIRECT, SECRET, VERIFIER, ConnectCalls, running

from dinero_operator.sandbox.connect import Rotation, TokenSettings
from dinero_operator.sandbox.faults import Fault
from fake_clock import FakeClock

OTHER = {"client_id": "isv_other", "client_secret": "other"}


@pytest_asyncio.fixture
async def connect(clock: FakeClock) -> AsyncIterator[ConnectCalls]:
    async with running(clock) as calls:
        yield calls


async def test_a_code_gives_tokens_that_open_the_users_organisations(
    connect: ConnectCalls, clock: FakeClock
) -> None:
    answer = await connect.connected()
    assert answer.keys() == {"access_token", "expires_in", "token_type", "refresh_token", "scope"}
    assert (answer["expires_in"], answer["token_type"]) == (3600, "Bearer")
    assert set(answer["scope"].split()) == {
        "dineropublicapi:read",
        "dineropublicapi:write",
        "offline_access",
    }
    assert len(answer["refresh_token"]) == 64
    assert answer["access_token"].count(".") == 2
    assert await connect.organisations(answer["access_token"]) == (200, [4711, 4712])
    clock.advance(3600)
    assert await connect.organisations(answer["access_token"]) == (401, None)


async def test_a_user_reaches_only_the_own_organisations(connect: ConnectCalls) -> None:
    answer = await connect.connected("ole")
    assert await connect.organisations(answer["access_token"]) == (200, [])


async def test_a_token_without_the_right_to_write_does_not_write(connect: ConnectCalls) -> None:
    code = (await connect.consent(scope="dineropublicapi:read")).fields["code"]
    status, answer = await connect.exchange(code)
    assert status == 200
    assert "refresh_token" not in answer, "offline_access was not asked for"
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    url = f"{connect.dinero.url}/v1/4711/contacts"
    async with connect.session.post(url, json={"name": "Eksempel"}, headers=headers) as response:
        assert response.status == 403
    async with connect.session.get(url, headers=headers) as response:
        assert response.status == 200


async def test_a_second_use_of_a_code_revokes_what_the_first_gave(connect: ConnectCalls) -> None:
    connect.simulator.unknowns.dead_consent_ends_tokens = True
    code = (await connect.consent()).fields["code"]
    status, answer = await connect.exchange(code)
    assert status == 200
    status, refusal = await connect.exchange(code)
    assert (status, refusal["error"]) == (400, "invalid_grant")
    assert (await connect.refresh(answer["refresh_token"]))[1]["error"] == "invalid_grant"
    assert (await connect.organisations(answer["access_token"]))[0] == 401


async def test_a_code_expires_within_a_minute(connect: ConnectCalls, clock: FakeClock) -> None:
    code = (await connect.consent()).fields["code"]
    clock.advance(60)
    assert (await connect.exchange(code))[1]["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"redirect_uri": REDIRECT + "/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code": "ABC"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_secret": None}, "invalid_client"),
        ({"client_id": "isv_nobody"}, "invalid_client"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
        (OTHER, "invalid_grant"),
    ],
)
async def test_a_code_is_bound_to_what_it_was_issued_for(
    connect: ConnectCalls, changes: dict[str, str | None], error: str
) -> None:
    connect.simulator.add_app(**OTHER, redirect_uris=[REDIRECT])
    code = (await connect.consent()).fields["code"]
    status, body = await connect.exchange(code, **changes)
    assert body["error"] == error
    assert status == (401 if error == "invalid_client" else 400)


async def test_a_failed_attempt_burns_the_code_but_a_stranger_cannot(connect: ConnectCalls) -> None:
    connect.simulator.add_app(**OTHER, redirect_uris=[REDIRECT])
    code = (await connect.consent()).fields["code"]
    assert (await connect.exchange(code, **OTHER))[0] == 400
    assert (await connect.exchange(code, client_secret="wrong"))[0] == 401
    assert (await connect.exchange(code, code_verifier="w" * 43))[0] == 400
    assert (await connect.exchange(code))[1]["error"] == "invalid_grant"


async def test_a_challenge_cannot_be_left_out_on_the_way(connect: ConnectCalls) -> None:
    arrival = await connect.consent(code_challenge=None, code_challenge_method=None)
    status, body = await connect.exchange(arrival.fields["code"], code_verifier=VERIFIER)
    assert (status, body["error"]) == (400, "invalid_grant")


async def test_the_client_may_authenticate_by_header(connect: ConnectCalls) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": connect.simulator.grant("maja", CLIENT)}
    pair = f"{quote_plus(CLIENT)}:{quote_plus(SECRET)}"
    header = f"Basic {b64encode(pair.encode()).decode()}"
    status, body, headers = await connect.post(form, Authorization=header)
    assert status == 200
    assert headers["Cache-Control"] == "no-store"
    form["refresh_token"] = body["refresh_token"]
    status, body, headers = await connect.post(form, Authorization=aiohttp.encode_basic_auth(CLIENT, "wrong"))
    assert (status, body["error"]) == (401, "invalid_client")
    assert headers["WWW-Authenticate"].startswith("Basic")
    status, body, _ = await connect.post(form | {"client_secret": SECRET}, Authorization=header)
    assert (status, body["error"]) == (400, "invalid_request")
    status, body, _ = await connect.post(form | {"client_id": "isv_other"}, Authorization=header)
    assert (status, body["error"]) == (400, "invalid_request")


async def test_a_wrong_secret_in_the_form_may_be_a_400_too(connect: ConnectCalls) -> None:
    connect.simulator.unknowns.wrong_client_status = 400
    status, body = await connect.refresh("x", client_secret="wrong")
    assert (status, body["error"]) == (400, "invalid_client")


async def test_only_a_form_is_read_and_each_field_once(connect: ConnectCalls) -> None:
    async with connect.session.post(connect.simulator.token_url, json={"grant_type": "x"}) as response:
        assert response.status == 400
        assert (await response.json())["error"] == "invalid_request"
    twice = [("grant_type", "refresh_token"), ("refresh_token", "a"), ("refresh_token", "b")]
    client = [("client_id", CLIENT), ("client_secret", SECRET)]
    status, body, _ = await connect.post(twice + client)
    assert (status, body["error"]) == (400, "invalid_request")


async def test_one_time_tokens_rotate_and_a_spent_one_ends_everything(connect: ConnectCalls) -> None:
    first = await connect.connected()
    _, second = await connect.refresh(first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert (await connect.organisations(second["access_token"]))[0] == 200
    status, body = await connect.refresh(first["refresh_token"])
    assert (status, body["error"]) == (400, "invalid_grant")
    assert (await connect.refresh(second["refresh_token"]))[1]["error"] == "invalid_grant"
    assert not connect.simulator.authorisations[0].alive


async def test_a_double_exchange_may_also_be_a_refusal_and_no_more(connect: ConnectCalls) -> None:
    connect.simulator.unknowns.double_exchange_kills = False
    first = await connect.connected()
    _, second = await connect.refresh(first["refresh_token"])
    assert (await connect.refresh(first["refresh_token"]))[0] == 400
    assert (await connect.refresh(second["refresh_token"]))[0] == 200


async def test_within_the_grace_a_spent_token_works_counted_from_its_first_use(
    connect: ConnectCalls, clock: FakeClock
) -> None:
    connect.configure(grace_seconds=30)
    token = (await connect.connected())["refresh_token"]
    _, one = await connect.refresh(token)
    clock.advance(29)
    status, two = await connect.refresh(token)
    assert status == 200
    assert len({token, one["refresh_token"], two["refresh_token"]}) == 3
    clock.advance(1)
    assert (await connect.refresh(token))[1]["error"] == "invalid_grant"
    assert (await connect.refresh(two["refresh_token"]))[0] == 400, "all of it has ended"


async def test_two_at_once_without_a_grace_end_the_authorisation(connect: ConnectCalls) -> None:
    token = (await connect.connected())["refresh_token"]
    answers = await asyncio.gather(connect.refresh(token), connect.refresh(token))
    assert sorted(status for status, _ in answers) == [200, 400]
    assert not connect.simulator.authorisations[0].alive


@pytest.mark.parametrize("silent", [False, True])
async def test_tokens_for_reuse_stay_the_same(connect: ConnectCalls, silent: bool) -> None:
    connect.simulator.unknowns.reuse_answers_without_token = silent
    connect.configure(rotation=Rotation.REUSE)
    token = (await connect.connected())["refresh_token"]
    for _ in range(3):
        status, body = await connect.refresh(token)
        assert status == 200
        assert body.get("refresh_token") == (None if silent else token)
    assert connect.simulator.authorisations[0].refreshes == 3


async def test_new_settings_count_from_the_next_consent(connect: ConnectCalls) -> None:
    old = (await connect.connected())["refresh_token"]
    connect.configure(rotation=Rotation.REUSE)
    assert (await connect.refresh(old))[1]["refresh_token"] != old
    new = (await connect.connected())["refresh_token"]
    assert (await connect.refresh(new))[1]["refresh_token"] == new


@pytest.mark.parametrize("slides", [False, True])
async def test_a_one_time_token_expires_and_what_moves_its_end_is_unknown(
    connect: ConnectCalls, clock: FakeClock, slides: bool
) -> None:
    connect.simulator.unknowns.one_time_life_slides = slides
    connect.configure(refresh_lifetime=timedelta(days=10))
    token = (await connect.connected())["refresh_token"]
    clock.advance(6 * 86_400)
    _, body = await connect.refresh(token)
    clock.advance(6 * 86_400)
    assert (await connect.refresh(body["refresh_token"]))[0] == (200 if slides else 400)


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_user_takes_the_consent_back(connect: ConnectCalls, at_once: bool) -> None:
    connect.simulator.unknowns.dead_consent_ends_tokens = at_once
    answer = await connect.connected()
    code = (await connect.consent()).fields["code"]
    connect.simulator.revoke("maja", CLIENT)
    assert (await connect.refresh(answer["refresh_token"]))[1]["error"] == "invalid_grant"
    assert (await connect.exchange(code))[1]["error"] == "invalid_grant"
    assert (await connect.organisations(answer["access_token"]))[0] == (401 if at_once else 200)


@pytest.mark.parametrize("ends", [False, True])
async def test_whether_a_new_consent_ends_the_old_one_is_unknown(connect: ConnectCalls, ends: bool) -> None:
    connect.simulator.unknowns.new_consent_ends_old = ends
    old = (await connect.connected())["refresh_token"]
    other = (await connect.connected("ole"))["refresh_token"]
    await connect.connected()
    assert (await connect.refresh(old))[0] == (400 if ends else 200)
    assert (await connect.refresh(other))[0] == 200, "another user's is not touched"


async def test_a_refresh_may_ask_for_less_but_not_for_more(connect: ConnectCalls) -> None:
    code = (await connect.consent(scope="dineropublicapi:read offline_access")).fields["code"]
    token = (await connect.exchange(code))[1]["refresh_token"]
    status, body = await connect.refresh(token, scope="dineropublicapi:write")
    assert (status, body["error"]) == (400, "invalid_scope")
    status, body = await connect.refresh(token, scope="dineropublicapi:read")
    assert (status, body["scope"]) == (200, "dineropublicapi:read")


async def test_a_refresh_token_belongs_to_its_application(connect: ConnectCalls) -> None:
    connect.simulator.add_app(**OTHER, redirect_uris=[REDIRECT])
    token = (await connect.connected())["refresh_token"]
    assert (await connect.refresh(token, **OTHER))[1]["error"] == "invalid_grant"
    assert (await connect.refresh(token))[0] == 200


async def test_a_consent_given_beforehand_is_as_good_as_one_in_the_browser(connect: ConnectCalls) -> None:
    status, body = await connect.refresh(connect.simulator.grant("maja", CLIENT))
    assert status == 200
    assert await connect.organisations(body["access_token"]) == (200, [4711, 4712])


async def test_a_lost_answer_has_spent_the_token_all_the_same(connect: ConnectCalls) -> None:
    connect.simulator.faults.scripted["POST token"] = [Fault.ANSWER_LOST, Fault.CONNECTION_RESET]
    token = connect.simulator.grant("maja", CLIENT)
    with pytest.raises(aiohttp.ClientError):
        await connect.refresh(token)
    assert connect.simulator.authorisations[0].refreshes == 1
    with pytest.raises(aiohttp.ClientError):
        await connect.refresh(token)
    assert (await connect.refresh(token))[1]["error"] == "invalid_grant"


def test_settings_have_the_limits_of_the_portal() -> None:
    for seconds in (1, 4, 61):
        with pytest.raises(ValueError, match="5 to 60"):
            TokenSettings(grace_seconds=seconds)
    with pytest.raises(ValueError, match="at most a year"):
        TokenSettings(rotation=Rotation.REUSE, refresh_lifetime=timedelta(days=366))
