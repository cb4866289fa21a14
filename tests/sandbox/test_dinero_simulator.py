"""Who may call the Dinero simulator, how often, and how it refuses."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from test_dinero_simulator_calls import DineroCalls, MovableClock, simulated_dinero

from dinero_operator.sandbox.dinero import DineroSimulator


@pytest_asyncio.fixture
async def dinero(clock: MovableClock) -> AsyncIterator[DineroCalls]:
    async with simulated_dinero(clock.now) as calls:
        yield calls


async def test_a_token_is_given_for_an_hour(dinero: DineroCalls, clock: MovableClock) -> None:
    status, answer = await dinero.log_in()
    assert status == 200
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 3600
    clock.advance(3599)
    assert (await dinero("GET", "contacts"))[0] == 200
    clock.advance(1)
    assert (await dinero("GET", "contacts"))[0] == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"username": "wrong", "password": "wrong"}, "invalid_grant"),
        ({"password": "other"}, "invalid_grant"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"scope": "everything"}, "invalid_scope"),
    ],
)
async def test_a_wrong_token_request_is_a_400(
    dinero: DineroCalls, changes: dict[str, Any], error: str
) -> None:
    assert await dinero.log_in(**changes) == (400, {"error": error})


async def test_the_client_proves_itself_by_its_id_and_secret_not_by_the_api_key(dinero: DineroCalls) -> None:
    form = {"grant_type": "password", "scope": "read write", "username": "key", "password": "key"}
    for user, password in (("key", "key"), ("client", "guess")):
        header = {"Authorization": aiohttp.encode_basic_auth(user, password)}
        async with dinero.session.post(dinero.simulator.token_url, data=form, headers=header) as response:
            assert (response.status, await response.json()) == (400, {"error": "invalid_client"})
    header = {"Authorization": aiohttp.encode_basic_auth("client", "secret")}
    async with dinero.session.post(dinero.simulator.token_url, json=form, headers=header) as response:
        assert (response.status, await response.json()) == (400, {"error": "invalid_request"})


async def test_without_a_good_token_every_call_is_a_401(dinero: DineroCalls) -> None:
    dinero.token = ""
    assert (await dinero("GET", "/v1/organizations"))[0] == 401
    dinero.token = "made-up"
    assert (await dinero("POST", "invoices", {}))[0] == 401


async def test_expired_and_revoked_tokens_are_a_401_and_a_revoked_key_gets_no_other(
    dinero: DineroCalls,
) -> None:
    dinero.simulator.expire_tokens()
    assert (await dinero("GET", "contacts"))[0] == 401
    await dinero.log_in()
    dinero.simulator.revoke_api_key("key")
    assert (await dinero("GET", "contacts"))[0] == 401
    assert await dinero.log_in() == (400, {"error": "invalid_grant"})


async def test_a_revoked_keys_token_may_live_on(dinero: DineroCalls) -> None:
    dinero.simulator.unknowns.revoking_ends_tokens = False
    dinero.simulator.revoke_api_key("key")
    assert (await dinero("GET", "contacts"))[0] == 200


async def test_a_read_token_writes_nothing(dinero: DineroCalls) -> None:
    await dinero.log_in(scope="read")
    assert (await dinero("GET", "contacts"))[0] == 200
    assert (await dinero.refused("POST", "contacts", {}))[:2] == (403, 41)


async def test_an_organisation_out_of_reach_is_a_403(dinero: DineroCalls) -> None:
    dinero.simulator.add_organisation(4712, "Somebody Else ApS")
    for number in (4712, 999):
        assert (await dinero.refused("GET", "contacts", org=number))[:2] == (403, 41)
    assert await dinero.ok("GET", "/v1/organizations") == [
        {"id": 4711, "name": "Made-up Mugs ApS", "isPro": True}
    ]


async def test_without_pro_only_the_organisations_answer(dinero: DineroCalls) -> None:
    dinero.books.pro = False
    for path in ("contacts", "invoices", "accounts/deposit", "sales/settings"):
        assert (await dinero.refused("GET", path))[:2] == (403, 90)
    assert await dinero.ok("GET", "/v1/organizations", fields="Id,isPRO") == [{"Id": 4711, "isPRO": False}]


async def test_organisations_have_a_second_version_with_all_fields(dinero: DineroCalls) -> None:
    url = f"{dinero.simulator.url}/v1.1/organizations"
    async with dinero.session.get(url, headers={"Authorization": f"Bearer {dinero.token}"}) as response:
        (company,) = await response.json()
    assert company["Id"] == 4711
    assert company["VatNumber"] == "DK12345674"
    assert company["Subscription"]["HasPro"] is True


async def test_a_token_from_elsewhere_reaches_what_it_was_given_for(
    dinero: DineroCalls, clock: MovableClock
) -> None:
    dinero.simulator.add_organisation(4712, "Second ApS")
    dinero.simulator.accept_token(
        "from-connect",
        client_id="isv_app",
        organisations=[4711, 4712],
        expires_at=datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
    )
    dinero.token = "from-connect"
    assert [row["id"] for row in await dinero.ok("GET", "/v1/organizations")] == [4711, 4712]
    await dinero.ok("GET", "contacts", org=4712)
    clock.advance(3600)
    assert (await dinero("GET", "contacts"))[0] == 401


async def test_a_body_that_is_no_object_lacks_its_model(dinero: DineroCalls) -> None:
    wrong = (400, 42, {"globalErrors[]": "The following models are missing: model"})
    assert await dinero.refused("POST", "contacts", [1]) == wrong
    url = f"{dinero.simulator.url}/v1/4711/contacts"
    headers = {"Authorization": f"Bearer {dinero.token}"}
    for text in ("", "{", '{"Name": NaN}'):
        async with dinero.session.post(
            url, data=text, headers=headers | {"Content-Type": "application/json"}
        ) as response:
            assert response.status == 400
            assert (await response.json())["code"] == 42


async def test_countries_accounts_vat_years_and_settings_are_plain_lists_and_objects(
    dinero: DineroCalls,
) -> None:
    countries = await dinero.ok("GET", "/v1/countries")
    assert {"Key": "DK", "DanishName": "Danmark", "EnglishName": "Denmark"} in countries
    deposits = await dinero.ok("GET", "accounts/deposit", fields="AccountNumber,name,IsDefault")
    assert deposits[0] == {"AccountNumber": 55000, "name": "Bank", "IsDefault": True}
    assert {"AccountNumber": 55100, "name": "Webshop salg", "IsDefault": False} in deposits
    assert (await dinero.ok("GET", "accounts/deposit"))[0] == {"AccountNumber": 55000, "Name": "Bank"}
    sales = await dinero.ok(
        "GET", "accounts/entry", fields="AccountNumber,VatCode", categoryFilter="Turnover"
    )
    assert {"AccountNumber": 1000, "VatCode": "U25"} in sales
    assert {"AccountNumber": 1050, "VatCode": "none"} in sales
    assert not {64000, 53000} & {row["AccountNumber"] for row in sales}
    vat = {row["VatCode"]: row["VatRate"] for row in await dinero.ok("GET", "vatTypes")}
    assert vat["U25"] * 100 == 25
    years = await dinero.ok("GET", "accountingyears")
    assert (years[0]["FromDate"], years[0]["ToDate"]) == ("2025-01-01", "2025-12-31")
    assert [year["Name"] for year in years] == ["2025", "2026", "2027"]
    assert (await dinero.ok("GET", "sales/settings"))["DefaultAccountNumber"] == 1000


async def test_a_company_makes_accounts_of_its_own(dinero: DineroCalls) -> None:
    await dinero.ok("POST", "accounts/deposit", {"Number": 55110, "Name": "Kortbetalinger"})
    assert dinero.books.deposits[55110].name == "Kortbetalinger"
    assert (await dinero.refused("POST", "accounts/deposit", {"Number": 55110, "Name": "Again"}))[1] == 42
    assert (await dinero.refused("POST", "accounts/deposit", {"Number": 54000, "Name": "Low"}))[1] == 42
    await dinero.ok("POST", "accounts/entry", {"Number": 1010, "Name": "Discount", "VatCode": "U25"})
    wrong = {"Number": 1011, "Name": "Discount", "VatCode": "U12"}
    assert "VatCode" in (await dinero.refused("POST", "accounts/entry", wrong))[2]


class TestLimit:
    @pytest_asyncio.fixture
    async def dinero(self, clock: MovableClock) -> AsyncIterator[DineroCalls]:
        async with simulated_dinero(clock.now, requests_per_minute=3, retry_after=True) as calls:
            yield calls

    async def test_the_fourth_call_in_any_60_seconds_is_a_plain_429(
        self, dinero: DineroCalls, clock: MovableClock
    ) -> None:
        for _ in range(3):
            assert (await dinero("GET", "contacts"))[0] == 200
            clock.advance(10)
        status, text = await dinero("GET", "contacts")
        assert status == 429
        assert text.startswith("API calls quota exceeded!")
        clock.advance(29.5)
        assert (await dinero("GET", "contacts"))[0] == 429
        clock.advance(0.5)
        assert (await dinero("GET", "contacts"))[0] == 200
        assert (await dinero("GET", "contacts"))[0] == 429

    async def test_it_says_when_to_come_back(self, dinero: DineroCalls, clock: MovableClock) -> None:
        for _ in range(3):
            await dinero("GET", "contacts")
        clock.advance(20.5)
        url = f"{dinero.simulator.url}/v1/4711/contacts"
        async with dinero.session.get(url, headers={"Authorization": f"Bearer {dinero.token}"}) as response:
            assert response.headers["Retry-After"] == "40"
            assert response.content_type == "text/plain"

    async def test_organisations_and_clients_have_limits_of_their_own(self, dinero: DineroCalls) -> None:
        other = dinero.simulator
        other.add_organisation(4712, "Second ApS")
        other.add_api_key(
            client_id="client", client_secret="secret", api_key="both", organisations=[4711, 4712]
        )
        other.accept_token(
            "else", client_id="isv_app", organisations=[4711], expires_at=datetime(2027, 1, 1, tzinfo=UTC)
        )
        await dinero.log_in(username="both", password="both")
        for _ in range(3):
            await dinero("GET", "contacts")
        assert (await dinero("GET", "contacts"))[0] == 429
        assert (await dinero("GET", "contacts", org=4712))[0] == 200
        dinero.token = "else"
        assert (await dinero("GET", "contacts"))[0] == 200


async def test_without_a_limit_given_it_is_sixty(clock: MovableClock) -> None:
    simulator = DineroSimulator(now=clock.now)
    assert [simulator._limit.admit("one") for _ in range(61)] == [None] * 60 + [60]
