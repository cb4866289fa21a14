"""The two requests for tokens and the address for the browser, against the simulated Visma Connect over a socket."""

import random
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connect_browser import Arrival, Page, browser
from dinero_operator.dinero.oauth import (
    DEFAULT_LIFE,
    AppRejected,
    AuthorizationServer,
    Grant,
    OAuthClient,
    oauth_transport,
)
from dinero_operator.domain.errors import CredentialsRejected, OutcomeUnknown, RateLimited, Unavailable
from dinero_operator.metrics import Metrics
from dinero_operator.sandbox.connect import SCOPES, ConnectSimulator, Rotation, TokenSettings
from dinero_operator.sandbox.dinero import DineroSimulator
from dinero_operator.sandbox.faults import Fault
from dinero_operator.transport import redaction
from dinero_operator.transport.http import Request, Response, Transport
from dinero_operator.transport.redaction import Redactor, redact

CLIENT, SECRET = "isv_example", "hemmelig: 100 %&+"
REDIRECT = "https://operator.example.com/connect/callback"
VERIFIER = "v" * 64


@pytest.fixture(autouse=True)
def redactor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_shared", Redactor())


@pytest.fixture
async def oauth(clock: Any) -> AsyncIterator[Transport]:
    transport = oauth_transport(clock=clock, metrics=Metrics(), random=random.Random(1))  # noqa: S311
    yield transport
    await transport.aclose()


@pytest.fixture
async def visma(clock: Any, dinero: DineroSimulator) -> AsyncIterator[ConnectSimulator]:
    dinero.add_organisation(4711, "Nyboden Eksempel ApS")
    simulator = ConnectSimulator(dinero, now=clock.now)
    simulator.add_app(CLIENT, SECRET, [REDIRECT], require_pkce=True)
    simulator.add_user("maja", [4711], name="Maja Eksempel")
    await simulator.start()
    yield simulator
    await simulator.stop()


def client_of(visma: ConnectSimulator, oauth: Transport, clock: Any, **changes: str) -> OAuthClient:
    fields = {
        "authorize_url": visma.authorize_url,
        "token_url": visma.token_url,
        "client_id": CLIENT,
        "client_secret": SECRET,
    }
    return OAuthClient(AuthorizationServer(**(fields | changes)), oauth, clock)


@pytest.fixture
def client(visma: ConnectSimulator, oauth: Transport, clock: Any) -> OAuthClient:
    return client_of(visma, oauth, clock)


async def approve(client: OAuthClient, visma: ConnectSimulator, *, mode: str = "form_post") -> Arrival:
    url = client.authorization_url(
        state="a state", code_verifier=VERIFIER, redirect_uri=REDIRECT, ui_locales="da-DK", response_mode=mode
    )
    async with browser(visma.url) as driver:
        page = await driver.open(url, {})
        assert isinstance(page, Page)
        assert page.language == "da"
        arrival = await driver.decide(page, "maja")
        assert isinstance(arrival, Arrival)
        return arrival


async def exchange(client: OAuthClient, code: str, **changes: str) -> Grant:
    fields = {"code": code, "code_verifier": VERIFIER, "redirect_uri": REDIRECT} | changes
    return await client.exchange(**fields)


@pytest.mark.parametrize("mode", ["form_post", "query"])
async def test_an_approval_gives_tokens(
    client: OAuthClient, visma: ConnectSimulator, dinero: DineroSimulator, clock: Any, mode: str
) -> None:
    arrival = await approve(client, visma, mode=mode)
    assert (arrival.mode, arrival.url, arrival.fields["state"]) == (mode, REDIRECT, "a state")
    grant = await exchange(client, arrival.fields["code"])
    assert grant.expires_at == clock.now().replace(hour=10)
    (authorisation,) = visma.authorisations
    assert grant.access_token in authorisation.access_tokens
    assert authorisation.scopes == SCOPES
    refreshed = await client.refresh(grant.refresh_token)
    assert refreshed.refresh_token != grant.refresh_token
    assert refreshed.access_token in authorisation.access_tokens


def test_the_address_for_the_browser(oauth_free: OAuthClient) -> None:
    url = oauth_free.authorization_url(
        state="s&t=ate", code_verifier=VERIFIER, redirect_uri=REDIRECT, ui_locales="en-GB"
    )
    query = parse_qs(urlsplit(url).query, strict_parsing=True)
    challenge = query.pop("code_challenge")
    assert query == {
        "response_type": ["code"],
        "response_mode": ["form_post"],
        "client_id": ["isv_x"],
        "redirect_uri": [REDIRECT],
        "scope": ["dineropublicapi:read dineropublicapi:write offline_access"],
        "state": ["s&t=ate"],
        "ui_locales": ["en-GB"],
        "code_challenge_method": ["S256"],
    }
    assert VERIFIER not in url
    assert "hush" not in url
    assert len(challenge[0]) == 43


@pytest.fixture
def oauth_free(clock: Any) -> OAuthClient:
    server = AuthorizationServer(
        "https://connect.example.com/a", "https://connect.example.com/t", "isv_x", "hush-hush"
    )
    assert "hush" not in repr(server)
    return OAuthClient(server, Transport(clock=clock, metrics=Metrics()), clock)


@pytest.mark.parametrize(
    "changes",
    [{"code_verifier": "w" * 64}, {"redirect_uri": "https://operator.example.com/else"}, {"code": "F" * 64}],
    ids=["verifier", "redirect", "code"],
)
async def test_an_approval_that_is_not_this_one(
    client: OAuthClient, visma: ConnectSimulator, changes: dict[str, str]
) -> None:
    arrival = await approve(client, visma)
    with pytest.raises(CredentialsRejected, match="Connect again") as caught:
        await exchange(client, **({"code": arrival.fields["code"]} | changes))
    assert not isinstance(caught.value, AppRejected)


async def test_a_code_twice_or_too_late(client: OAuthClient, visma: ConnectSimulator, clock: Any) -> None:
    code = (await approve(client, visma)).fields["code"]
    grant = await exchange(client, code)
    with pytest.raises(CredentialsRejected, match="used already, or is too old"):
        await exchange(client, code)
    with pytest.raises(CredentialsRejected):
        await client.refresh(grant.refresh_token)
    late = (await approve(client, visma)).fields["code"]
    clock.advance(61)
    with pytest.raises(CredentialsRejected, match="used already, or is too old"):
        await exchange(client, late)


async def test_a_refresh_token_that_was_withdrawn(client: OAuthClient, visma: ConnectSimulator) -> None:
    token = visma.grant("maja", CLIENT)
    visma.revoke("maja", CLIENT)
    with pytest.raises(CredentialsRejected, match="withdrawn, or has run out") as caught:
        await client.refresh(token)
    assert not isinstance(caught.value, AppRejected)


@pytest.mark.parametrize("status", [400, 401])
async def test_the_operators_own_registration_is_wrong(
    visma: ConnectSimulator, oauth: Transport, clock: Any, status: int
) -> None:
    visma.unknowns.wrong_client_status = status
    client = client_of(visma, oauth, clock, client_secret="something else")
    with pytest.raises(AppRejected, match="DINERO_OPERATOR_CONNECT_CLIENT_ID") as caught:
        await client.refresh(visma.grant("maja", CLIENT))
    assert "something else" not in str(caught.value)


async def test_an_app_that_may_not_work_offline(
    client: OAuthClient, oauth: Transport, clock: Any, script: Any
) -> None:
    script.will(json={"access_token": "a", "expires_in": 3600, "token_type": "Bearer"})
    client = OAuthClient(AuthorizationServer("https://x", script.url, "isv_x", "s"), oauth, clock)
    with pytest.raises(AppRejected, match="offline_access"):
        await exchange(client, "C")


async def test_an_exchange_is_sent_once(client: OAuthClient, visma: ConnectSimulator) -> None:
    code = (await approve(client, visma)).fields["code"]
    for fault in (Fault.ANSWER_LOST, Fault.TRUNCATED, Fault.SERVER_ERROR, Fault.BAD_GATEWAY):
        visma.faults.scripted["POST token"] = [fault]
        before = visma.count()["POST token"]
        with pytest.raises(OutcomeUnknown, match="Connect again"):
            await exchange(client, code)
        assert visma.count()["POST token"] == before + 1
    visma.faults.scripted["POST token"] = [Fault.TOO_MANY_REQUESTS]
    with pytest.raises(RateLimited):
        await exchange(client, code)


async def test_a_refresh_is_sent_again(visma: ConnectSimulator, oauth: Transport, clock: Any) -> None:
    visma.apps[CLIENT].tokens = TokenSettings(rotation=Rotation.ONE_TIME, grace_seconds=60)
    client = client_of(visma, oauth, clock)
    visma.faults.scripted["POST token"] = [Fault.ANSWER_LOST, Fault.BAD_GATEWAY]
    assert await client.refresh(visma.grant("maja", CLIENT))
    assert visma.count()["POST token"] == 3


async def test_a_refresh_is_given_up_within_the_time_of_a_claim(
    client: OAuthClient, visma: ConnectSimulator, clock: Any
) -> None:
    visma.faults.scripted["POST token"] = [Fault.SERVER_ERROR] * 9
    began = clock.elapsed
    with pytest.raises(Unavailable):
        await client.refresh(visma.grant("maja", CLIENT))
    assert visma.count()["POST token"] == 3
    assert clock.elapsed - began < 12


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"refresh_token": "r"}),
        (200, {"access_token": ""}),
        (200, {"access_token": "two\nlines"}),
        (200, {"access_token": 7}),
        (200, {"access_token": "a", "token_type": "mac"}),
        (200, []),
        (404, {"error": "not_found"}),
        (400, {"error": "invalid_request"}),
        (400, ["invalid_grant"]),
        (403, None),
    ],
)
async def test_answers_that_say_nothing(
    oauth: Transport, clock: Any, script: Any, status: int, body: Any
) -> None:
    if body is None:
        script.will(status, text="<html>no</html>")
    else:
        script.will(status, json=body)
    client = OAuthClient(AuthorizationServer("https://x", script.url, "isv_x", "s"), oauth, clock)
    with pytest.raises(Unavailable) as caught:
        await client.refresh("r")
    assert type(caught.value) is Unavailable
    with pytest.raises(OutcomeUnknown if status == 200 else Unavailable):
        await exchange(client, "C")


@pytest.mark.parametrize("error", ["unauthorized_client", "invalid_scope"])
async def test_an_app_that_lacks_rights(oauth: Transport, clock: Any, script: Any, error: str) -> None:
    script.will(400, json={"error": error, "error_description": "secret words"})
    client = OAuthClient(AuthorizationServer("https://x", script.url, "isv_x", "s"), oauth, clock)
    with pytest.raises(AppRejected, match=error) as caught:
        await client.refresh("r")
    assert "secret words" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "life"),
    [
        (None, DEFAULT_LIFE),
        ("soon", DEFAULT_LIFE),
        ("1800", 1800),
        (0, DEFAULT_LIFE),
        (-5, DEFAULT_LIFE),
        (90, 90),
    ],
)
async def test_lives_of_access_tokens(
    oauth: Transport, clock: Any, script: Any, said: Any, life: int
) -> None:
    script.will(json={"access_token": "a", "expires_in": said, "refresh_token": None})
    client = OAuthClient(AuthorizationServer("https://x", script.url, "isv_x", "s"), oauth, clock)
    grant = await client.refresh("r")
    assert grant.expires_at is not None
    assert (grant.expires_at - clock.now()).total_seconds() == life
    assert grant.refresh_token == "r"


async def test_what_is_sent(clock: Any) -> None:
    sent = []

    class Wire:
        async def send(self, request: Request) -> Response:
            sent.append(request)
            return Response(200, {}, b'{"access_token": "a", "refresh_token": "r2"}')

    server = AuthorizationServer("https://x", "https://connect.example.com/t", CLIENT, SECRET)
    client = OAuthClient(server, Wire(), clock)  # type: ignore[arg-type]
    await exchange(client, "the code+/=")
    await client.refresh("r+/=1")
    secrets = {"client_id": CLIENT, "client_secret": SECRET}
    assert [request.form for request in sent] == [
        secrets
        | {
            "grant_type": "authorization_code",
            "code": "the code+/=",
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
        },
        secrets | {"grant_type": "refresh_token", "refresh_token": "r+/=1"},
    ]
    for request in sent:
        assert (request.system, request.method, request.url) == ("connect", "POST", server.token_url)
        assert "Authorization" not in request.headers
    assert [(request.operation, request.repeatable) for request in sent] == [
        ("exchange_code", False),
        ("refresh_token", True),
    ]


async def test_secrets_are_masked_from_now_on(client: OAuthClient, visma: ConnectSimulator) -> None:
    code = (await approve(client, visma)).fields["code"]
    grant = await exchange(client, code)
    line = f"{SECRET} {code} {VERIFIER} {grant.refresh_token} {grant.access_token}"
    assert redact(line) == "*** *** *** *** ***"
