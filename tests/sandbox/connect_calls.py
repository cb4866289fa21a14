"""A simulated Visma Connect with one application and its users, and the shortest way to ask it for things."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp

from connect_browser import Arrival, Browser, Page
from dinero_operator.sandbox.connect import App, ConnectSimulator, Rotation, TokenSettings
from dinero_operator.sandbox.connect.grants import challenge_of
from dinero_operator.sandbox.dinero import DineroSimulator
from fake_clock import FakeClock

CLIENT, SECRET = "isv_example", "hemmelig: 100 %"
REDIRECT = "https://operator.example.com/connect/callback"
SCOPE = "dineropublicapi:read dineropublicapi:write offline_access"
VERIFIER = "v" * 43


class ConnectCalls:
    def __init__(
        self, simulator: ConnectSimulator, dinero: DineroSimulator, app: App, session: aiohttp.ClientSession
    ) -> None:
        self.simulator = simulator
        self.dinero = dinero
        self.app = app
        self.session = session
        self.browser = Browser(session, simulator.url)

    def configure(self, **changes: Any) -> None:
        """Change how refresh tokens of the application behave."""
        self.app.tokens = replace(self.app.tokens, **changes)

    def query(self, **changes: str | None) -> dict[str, str]:
        given: dict[str, str | None] = {
            "client_id": CLIENT,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "response_mode": "form_post",
            "scope": SCOPE,
            "state": "state-1",
            "ui_locales": "da-DK",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (given | changes).items() if value is not None}

    async def ask(self, **changes: str | None) -> Page | Arrival:
        return await self.browser.open(self.simulator.url + "/connect/authorize", self.query(**changes))

    async def consent(self, user: str = "maja", decision: str = "approve", **changes: str | None) -> Arrival:
        page = await self.ask(**changes)
        assert isinstance(page, Page), page
        assert page.status == 200, page.text
        arrival = await self.browser.decide(page, user, decision)
        assert isinstance(arrival, Arrival)
        return arrival

    async def post(
        self, form: dict[str, str] | list[tuple[str, str]], **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        async with self.session.post(self.simulator.token_url, data=form, headers=headers) as response:
            return response.status, await response.json(), dict(response.headers)

    async def exchange(self, code: str, /, **changes: str | None) -> tuple[int, Any]:
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "code_verifier": VERIFIER,
        }
        status, body, _ = await self.post({n: v for n, v in (form | changes).items() if v is not None})
        return status, body

    async def refresh(self, token: str, **changes: str) -> tuple[int, Any]:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": token,
            "client_id": CLIENT,
            "client_secret": SECRET,
        }
        status, body, _ = await self.post(form | changes)
        return status, body

    async def connected(self, user: str = "maja") -> Any:
        """Go all the way, and return the answer of the token endpoint."""
        status, body = await self.exchange((await self.consent(user)).fields["code"])
        assert status == 200, body
        return body

    async def organisations(self, access_token: str) -> tuple[int, Any]:
        """Ask Dinero which organisations a token reaches."""
        headers = {"Authorization": f"Bearer {access_token}"}
        async with self.session.get(f"{self.dinero.url}/v1/organizations", headers=headers) as response:
            return response.status, [each["id"] for each in await response.json()] if response.ok else None


@asynccontextmanager
async def running(clock: FakeClock) -> AsyncIterator[ConnectCalls]:
    dinero = DineroSimulator(now=clock.now)
    dinero.add_organisation(4711, "Nyboden Eksempel ApS")
    dinero.add_organisation(4712, "Maja Eksempel <Holding>", pro=False)
    simulator = ConnectSimulator(dinero, now=clock.now)
    app = simulator.add_app(
        CLIENT,
        SECRET,
        [REDIRECT],
        name="Dinero & Shoporama",
        tokens=TokenSettings(rotation=Rotation.ONE_TIME),
    )
    simulator.add_user("maja", [4711, 4712], name="Maja Eksempel")
    simulator.add_user("ole", [], name="Ole Eksempel")
    await dinero.start()
    await simulator.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield ConnectCalls(simulator, dinero, app, session)
    finally:
        await simulator.stop()
        await dinero.stop()
