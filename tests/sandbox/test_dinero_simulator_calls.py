"""The shortest way to call a Dinero simulator with one company, and how it counts and breaks."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

import aiohttp
import pytest_asyncio

from dinero_operator.sandbox.dinero import Books, DineroSimulator
from dinero_operator.sandbox.faults import Fault

ORGANISATION = 4711
CREDENTIALS = {"client_id": "client", "client_secret": "secret", "api_key": "key"}


class MovableClock(Protocol):
    """What these tests use of the clock that the test owns."""

    def now(self) -> datetime: ...

    def advance(self, seconds: float) -> None: ...


class DineroCalls:
    """Calls to a running simulator, as a client without any mind of its own would make them."""

    def __init__(self, simulator: DineroSimulator, books: Books, session: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self.books = books
        self.session = session
        self.token = ""

    async def log_in(self, **changes: str) -> tuple[int, Any]:
        form = {"grant_type": "password", "scope": "read write", "username": "key", "password": "key"}
        auth = aiohttp.encode_basic_auth("client", "secret")
        async with self.session.post(
            self.simulator.token_url, data=form | changes, headers={"Authorization": auth}
        ) as response:
            answer = await response.json()
            self.token = answer.get("access_token", "")
            return response.status, answer

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        version: str = "v1",
        org: int = ORGANISATION,
        **query: str,
    ) -> tuple[int, Any]:
        """Status and parsed body; ``path`` begins after the organisation, or is whole where it begins with ``/v``."""
        url = self.simulator.url + (path if path.startswith("/v1/") else f"/{version}/{org}/{path}")
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.session.request(method, url, json=body, params=query, headers=headers) as response:
            text = await response.text()
            if response.content_type != "application/json":
                return response.status, text
            return response.status, json.loads(text, parse_float=Decimal)

    async def ok(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Parsed body of a call that must succeed."""
        status, answer = await self(method, path, body, **options)
        assert status == 200, answer
        return answer

    async def refused(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, int, Any]:
        """Status, code and validation errors of a call that must be refused with the API's own body."""
        status, answer = await self(method, path, body, **options)
        assert status >= 400, answer
        assert set(answer) == {
            "code",
            "message",
            "validationErrors",
            "languageSpecificMessages",
            "errorMessageList",
        }
        return status, answer["code"], answer["validationErrors"]

    async def draft(self, **changes: Any) -> Any:
        """Create a draft of 12.35 with VAT for a new contact; the answer of the create call."""
        return await self.ok("POST", "invoices", await self.invoice_body(**changes))

    async def invoice_body(self, **changes: Any) -> dict[str, Any]:
        contact = self.books.add_contact_by_hand("Made-up Person", email="person@example.com")
        body = {"ContactGuid": contact.guid, "ShowLinesInclVat": True, "ProductLines": [dinero_line()]}
        return body | changes

    async def booked(self, **changes: Any) -> Any:
        """Create and book; the booked invoice."""
        draft = await self.draft(**changes)
        return await self.ok("POST", f"invoices/{draft['Guid']}/book", {"Timestamp": draft["TimeStamp"]})


def dinero_line(price: float = 12.35, **changes: Any) -> dict[str, Any]:
    return {
        "BaseAmountValue": price,
        "Quantity": 1,
        "Discount": 0,
        "AccountNumber": 1000,
        "Unit": "parts",
        "Description": "Mug",
    } | changes


def payment_body(timestamp: str, amount: float = 12.35, **changes: Any) -> dict[str, Any]:
    return {
        "Timestamp": timestamp,
        "DepositAccountNumber": 55100,
        "RemainderIsFee": False,
        "Description": "Webshop",
        "Amount": amount,
        "ExternalReference": "shoporama:1:payment",
    } | changes


def balances(dinero: DineroCalls) -> dict[int, int]:
    """Balances in øre by account, of accounts that do not end at zero; proves that all entries balance."""
    sums: Counter[int] = Counter()
    for entry in dinero.books.entries:
        sums[entry.account_number] += entry.amount
    assert sum(sums.values()) == 0
    return {number: amount for number, amount in sums.items() if amount}


@asynccontextmanager
async def simulated_dinero(now: Callable[[], datetime], **options: Any) -> AsyncIterator[DineroCalls]:
    """A running simulator without a limit of calls, logged in; options are those of its constructor."""
    simulator = DineroSimulator(now=now, **{"requests_per_minute": None} | options)
    books = simulator.add_organisation(ORGANISATION, "Made-up Mugs ApS")
    simulator.add_api_key(**CREDENTIALS, organisations=[ORGANISATION])
    await simulator.start()
    try:
        async with aiohttp.ClientSession() as session:
            calls = DineroCalls(simulator, books, session)
            await calls.log_in()
            yield calls
    finally:
        await simulator.stop()


@pytest_asyncio.fixture
async def dinero(clock: MovableClock) -> AsyncIterator[DineroCalls]:
    async with simulated_dinero(clock.now) as calls:
        yield calls


async def test_calls_are_counted_by_noun_whatever_the_version(dinero: DineroCalls) -> None:
    await dinero("GET", "contacts")
    await dinero("GET", "contacts", version="v2")
    await dinero("GET", "/v1/organizations")
    counts = dinero.simulator.count()
    assert counts["GET contacts"] == 2
    assert counts["GET organizations"] == 1
    assert counts["POST token"] == 1
    assert dinero.simulator.count(scope="4711") == {"GET contacts": 2}


async def test_faults_answer_as_the_real_thing_breaks(dinero: DineroCalls) -> None:
    plan = dinero.simulator.faults
    plan.scripted["GET contacts"] = [Fault.TOO_MANY_REQUESTS, Fault.BROWNOUT, Fault.BAD_GATEWAY, None]
    status, text = await dinero("GET", "contacts")
    assert (status, text.startswith("API calls quota exceeded!")) == (429, True)
    assert (await dinero("GET", "contacts"))[0] == 480
    status, text = await dinero("GET", "contacts")
    assert (status, text.startswith("<html>")) == (502, True)
    assert (await dinero("GET", "contacts"))[0] == 200


async def test_an_unknown_address_and_an_old_version_are_html_404s(dinero: DineroCalls) -> None:
    for method, path, version in (
        ("GET", "nothing", "v1"),
        ("PUT", "contacts/x", "v1"),
        ("PUT", "invoices/x", "v1.1"),
        ("GET", "invoices/x/payments", "v1"),
        ("PATCH", "invoices", "v1"),
    ):
        status, text = await dinero(method, path, version=version)
        assert status == 404
        assert text.startswith("<html>")
