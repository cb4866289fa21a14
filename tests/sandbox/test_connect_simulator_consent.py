"""The simulated Visma Connect in front of a person: whom it asks, whom it refuses, and where its answers go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from connect_calls import REDIRECT, ConnectCalls, running

from connect_browser import Arrival, Page
from dinero_operator.sandbox.connect import ConnectSimulator
from fake_clock import FakeClock


@pytest_asyncio.fixture
async def connect(clock: FakeClock) -> AsyncIterator[ConnectCalls]:
    async with running(clock) as calls:
        yield calls


async def test_a_person_sees_who_asks_for_what_and_which_organisations_are_meant(
    connect: ConnectCalls,
) -> None:
    page = await connect.ask()
    assert isinstance(page, Page)
    assert page.users == ["maja", "ole"]
    assert page.buttons == [("decision", "approve"), ("decision", "deny")]
    assert "Dinero &amp; Shoporama beder om adgang" in page.text
    assert "Maja Eksempel &lt;Holding&gt;" in page.text
    assert "<script" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("locales", "language", "button"),
    [
        ("da-DK", "da", "Afvis"),
        ("en-GB", "en", "Deny"),
        ("sv-SE en", "en", "Deny"),
        ("sv-SE", "da", "Afvis"),
        (None, "da", "Afvis"),
    ],
)
async def test_the_page_speaks_the_language_that_is_asked_for(
    connect: ConnectCalls, locales: str | None, language: str, button: str
) -> None:
    page = await connect.ask(ui_locales=locales)
    assert isinstance(page, Page)
    assert page.language == language
    assert button in page.text


@pytest.mark.parametrize("mode", ["form_post", "query", None])
async def test_consent_sends_code_and_state_in_the_mode_that_is_asked_for(
    connect: ConnectCalls, mode: str | None
) -> None:
    arrival = await connect.consent(response_mode=mode, state="a b&c=ä")
    assert arrival.mode == (mode or "query")
    assert arrival.url == REDIRECT
    assert arrival.fields.keys() == {"code", "scope", "state"}
    assert arrival.fields["state"] == "a b&c=ä"


async def test_an_id_token_may_come_along(connect: ConnectCalls) -> None:
    connect.simulator.unknowns.sends_id_token = True
    assert "id_token" in (await connect.consent()).fields


async def test_a_redirect_uri_keeps_its_own_query(connect: ConnectCalls) -> None:
    connect.app.redirect_uris = (f"{REDIRECT}?tenant=1",)
    arrival = await connect.consent(redirect_uri=f"{REDIRECT}?tenant=1", response_mode="query")
    assert arrival.url == REDIRECT
    assert arrival.fields["tenant"] == "1"
    assert arrival.fields["code"]


@pytest.mark.parametrize("mode", ["form_post", "query"])
async def test_a_refusal_is_an_answer_too(connect: ConnectCalls, mode: str) -> None:
    arrival = await connect.consent(decision="deny", response_mode=mode)
    assert arrival.mode == mode
    assert arrival.fields.keys() == {"error", "error_description", "state"}
    assert (arrival.fields["error"], arrival.fields["state"]) == ("access_denied", "state-1")
    assert connect.simulator.authorisations == []


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "isv_other"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": REDIRECT + "/"},
        {"redirect_uri": REDIRECT + "?next=1"},
        {"redirect_uri": REDIRECT.replace("https", "http")},
        {"redirect_uri": REDIRECT.upper()},
        {"redirect_uri": "https://thief.example.com/connect/callback"},
    ],
)
async def test_who_cannot_be_trusted_is_never_sent_an_answer(
    connect: ConnectCalls, changes: dict[str, str | None]
) -> None:
    page = await connect.ask(**changes)
    assert isinstance(page, Page)
    assert page.status == 400
    assert page.action == ""
    assert "thief" not in page.text


async def test_two_redirect_uris_are_none(connect: ConnectCalls) -> None:
    query = [*connect.query().items(), ("redirect_uri", "https://thief.example.com/")]
    page = await connect.browser.open(connect.simulator.url + "/connect/authorize", query)
    assert isinstance(page, Page)
    assert page.status == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"scope": "dineropublicapi:read admin"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"state": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("mode", ["form_post", "query"])
async def test_a_wrong_request_is_answered_at_the_redirect_uri(
    connect: ConnectCalls, changes: dict[str, str | None], error: str, mode: str
) -> None:
    arrival = await connect.ask(**changes, response_mode=mode)
    assert isinstance(arrival, Arrival)
    assert (arrival.mode, arrival.url, arrival.fields["error"]) == (mode, REDIRECT, error)
    assert arrival.fields.get("state") == (None if "state" in changes else "state-1")


async def test_an_unknown_mode_is_answered_in_the_usual_one(connect: ConnectCalls) -> None:
    arrival = await connect.ask(response_mode="fragment")
    assert isinstance(arrival, Arrival)
    assert (arrival.mode, arrival.fields["error"]) == ("query", "invalid_request")


async def test_a_parameter_given_twice_is_refused(connect: ConnectCalls) -> None:
    query = [*connect.query(response_mode="query").items(), ("state", "state-2")]
    arrival = await connect.browser.open(connect.simulator.url + "/connect/authorize", query)
    assert isinstance(arrival, Arrival)
    assert arrival.fields["error"] == "invalid_request"
    assert "state" not in arrival.fields


async def test_an_application_asks_only_for_what_it_was_granted(connect: ConnectCalls) -> None:
    connect.app.scopes = frozenset({"dineropublicapi:read"})
    arrival = await connect.ask()
    assert isinstance(arrival, Arrival)
    assert arrival.fields["error"] == "invalid_scope"
    assert (await connect.consent(scope="dineropublicapi:read")).fields["scope"] == "dineropublicapi:read"


async def test_pkce_is_a_matter_of_the_application(connect: ConnectCalls) -> None:
    without = {"code_challenge": None, "code_challenge_method": None}
    assert (await connect.consent(**without)).fields["code"]
    connect.app.require_pkce = True
    arrival = await connect.ask(**without)
    assert isinstance(arrival, Arrival)
    assert arrival.fields["error"] == "invalid_request"


async def test_a_consent_page_is_good_for_one_decision(connect: ConnectCalls) -> None:
    page = await connect.ask(ui_locales="en")
    assert isinstance(page, Page)
    assert isinstance(await connect.browser.decide(page, "maja"), Arrival)
    again = await connect.browser.decide(page, "maja")
    assert isinstance(again, Page)
    assert (again.status, again.language) == (400, "en")
    assert len(connect.simulator.authorisations) == 1


async def test_a_consent_page_does_not_wait_for_ever(connect: ConnectCalls, clock: FakeClock) -> None:
    page = await connect.ask()
    assert isinstance(page, Page)
    clock.advance(600)
    late = await connect.browser.decide(page, "maja")
    assert isinstance(late, Page)
    assert late.status == 400


@pytest.mark.parametrize(("user", "decision"), [("nobody", "approve"), (None, "approve"), ("maja", "maybe")])
async def test_a_decision_needs_a_person_and_a_button(
    connect: ConnectCalls, user: str | None, decision: str
) -> None:
    page = await connect.ask()
    assert isinstance(page, Page)
    refused = await connect.browser.decide(page, user, decision)
    assert isinstance(refused, Page)
    assert refused.status == 400
    assert isinstance(await connect.browser.decide(page, "maja"), Arrival), "and can still be taken"


async def test_to_a_browser_it_is_another_site_than_an_operator_on_loopback(connect: ConnectCalls) -> None:
    parts = urlsplit(connect.simulator.authorize_url)
    assert parts.hostname == "localhost"
    page = await connect.browser.open(connect.simulator.authorize_url, connect.query())
    assert isinstance(page, Page)
    assert page.status == 200


async def test_only_the_documented_methods_and_addresses_are_served(connect: ConnectCalls) -> None:
    for method, path, status in (
        ("POST", "/connect/authorize", 405),
        ("GET", "/connect/token", 405),
        ("GET", "/connect/consent", 405),
        ("GET", "/connect/authorize/", 404),
        ("GET", "/connect/userinfo", 404),
    ):
        async with connect.session.request(method, connect.simulator.url + path) as response:
            assert response.status == status, (method, path)


async def test_discovery_names_what_is_served(connect: ConnectCalls) -> None:
    async with connect.session.get(connect.simulator.url + "/.well-known/openid-configuration") as response:
        found = await response.json()
    assert found["authorization_endpoint"] == connect.simulator.authorize_url
    assert found["token_endpoint"] == connect.simulator.token_url
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["response_modes_supported"] == ["query", "form_post"]


@pytest.mark.parametrize(
    ("client_id", "redirect_uri", "complaint"),
    [
        ("example", REDIRECT, "begins with isv_"),
        ("isv_example", "/connect/callback", "absolute"),
        ("isv_example", REDIRECT + "#here", "no fragment"),
    ],
)
def test_applications_are_registered_as_on_the_portal(
    client_id: str, redirect_uri: str, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        ConnectSimulator().add_app(client_id, "secret", [redirect_uri])
