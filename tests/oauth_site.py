"""Visma Connect without sockets, a store in memory, and processes that share both: every step can be the last one.

The rules are the simulator's own; only the way to it is short, so that time moves by what the test says alone.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from dinero_operator.dinero.connection import Connection, GrantConflict, StoredGrant
from dinero_operator.dinero.grants import OAuthTokens
from dinero_operator.dinero.oauth import RETRY, AuthorizationServer, Grant, OAuthClient
from dinero_operator.domain.errors import Unavailable
from dinero_operator.sandbox.connect import App, Rotation, TokenSettings, Unknowns, User
from dinero_operator.sandbox.connect.grants import AccessTokenHook, GrantError, Grants
from dinero_operator.transport.failure import Failure
from dinero_operator.transport.message import Request, Response
from dinero_operator.transport.retry import Attempts
from fake_clock import FakeClock

SERVER = AuthorizationServer(
    "https://connect.example.com/a", "https://connect.example.com/t", "isv_x", "s3cret"
)
REMEDY = "Ask for a link."
HOUR = 3600.0


class PatientClock(FakeClock):
    """Whoever wakes up does all that it can before time moves on, also where others sleep."""

    def __init__(self) -> None:
        super().__init__()
        self._alarms: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._driver: asyncio.Task[None] | None = None

    async def sleep(self, seconds: float) -> None:
        alarm: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._alarms, (self.elapsed + max(0.0, seconds), next(self._numbers), alarm))
        if self._driver is None or self._driver.done():
            self._driver = asyncio.ensure_future(self._drive())
        await alarm

    async def _drive(self) -> None:
        while self._alarms:
            for _ in range(30):
                await asyncio.sleep(0)
            end, _, alarm = heapq.heappop(self._alarms)
            self.elapsed = max(self.elapsed, end)
            if not alarm.done():
                alarm.set_result(None)


class Crash(Exception):
    """The process dies here."""


Step = Callable[[str], Awaitable[None]]


async def nothing(_step: str) -> None:
    """No step is special."""


@dataclass
class Vault:
    """The Secret: one grant, with a version that moves with each write."""

    grant: Grant | None
    identity: str = "first"
    claim: tuple[str, datetime] | None = None
    version: int = 1
    history: list[str] = field(default_factory=list)
    """The refresh tokens that were ever stored."""

    def put(self, grant: Grant | None, *, identity: str | None = None) -> None:
        """Somebody writes: the connect flow, or a person."""
        self.grant, self.claim, self.version = grant, None, self.version + 1
        self.identity = identity or self.identity

    def touch(self) -> None:
        """Somebody adds a label."""
        self.version += 1


class Line:
    """One process's way to the store. ``at`` runs before and after each call, and may crash; ``down`` answers nothing."""

    def __init__(self, vault: Vault, at: Step = nothing) -> None:
        self.vault = vault
        self.at = at
        self.down = False
        self.calls: list[str] = []

    async def read(self) -> StoredGrant | None:
        await self._begin("read")
        vault = self.vault
        found = (
            None
            if vault.grant is None
            else StoredGrant(vault.grant, vault.identity, vault.claim, vault.version)
        )
        await self.at("after read")
        return found

    async def claim(self, stored: StoredGrant, *, by: str, until: datetime) -> StoredGrant:
        await self._begin("claim")
        self._check(stored)
        self.vault.claim, self.vault.version = (by, until), self.vault.version + 1
        claimed = replace(stored, claim=(by, until), version=self.vault.version)
        await self.at("after claim")
        return claimed

    async def write(self, grant: Grant, *, over: StoredGrant) -> StoredGrant:
        await self._begin("write")
        self._check(over)
        kept = replace(grant, expires_at=grant.expires_at and grant.expires_at.replace(microsecond=0))
        self.vault.put(kept)
        self.vault.history.append(grant.refresh_token)
        stored = StoredGrant(kept, self.vault.identity, None, self.vault.version)
        await self.at("after write")
        return stored

    async def _begin(self, name: str) -> None:
        self.calls.append(name)
        await self.at(f"before {name}")
        if self.down:
            raise Unavailable("The Kubernetes API does not answer")

    def _check(self, stored: StoredGrant) -> None:
        if self.vault.grant is None or stored.version != self.vault.version:
            raise GrantConflict


class Direct:
    """The way to the token endpoint: repeats as the transport does. ``at`` runs before and after each request."""

    def __init__(self, site: Site, at: Step = nothing) -> None:
        self._site = site
        self.at = at
        self.lost = 0
        """Answers that will still be lost, after they were given."""
        self.unreachable = 0
        self.answers: list[tuple[int, Any]] = []
        """What is answered in place of the truth."""

    async def send(self, request: Request) -> Response:
        attempts = Attempts(RETRY, self._site.clock, random.Random(1))  # noqa: S311
        while True:
            result = await self._send_once(request)
            if isinstance(result, Response):
                return result
            pause = attempts.pause(result)
            if pause is None or (result.cause != "429" and result.sent and not request.repeatable):
                raise result.error(repeatable=request.repeatable, default_wait=60.0)
            await self._site.clock.sleep(pause)

    async def _send_once(self, request: Request) -> Response | Failure:
        await self.at("before request")
        self._site.requests.append(request)
        if self.unreachable:
            self.unreachable -= 1
            return Failure("connection", "Visma Connect cannot be reached", sent=False)
        if self.answers:
            status, body = self.answers.pop(0)
            if status == 429:
                return Failure("429", "Visma Connect asks us to wait: too many calls", retry_after=90.0)
        else:
            status, body = self._site.answer(dict(request.form or {}))
        await self.at("after request")
        if self.lost:
            self.lost -= 1
            return Failure("timeout", "Visma Connect did not answer in time")
        return Response(status, {}, json.dumps(body).encode(), "connect", request.operation)


class Site:
    """One app, one user who has approved, and the store of that connection."""

    def __init__(self, clock: FakeClock, *, announce: AccessTokenHook | None = None, **tokens: Any) -> None:
        self.clock = clock
        self.unknowns = Unknowns()
        self.grants = Grants(now=clock.now, unknowns=self.unknowns, announce=announce)
        self.app = App(
            client_id=SERVER.client_id,
            client_secret=SERVER.client_secret,
            redirect_uris=["https://operator.example.com/connect/callback"],
            tokens=TokenSettings(**({"rotation": Rotation.ONE_TIME} | tokens)),
        )
        self.user = User("maja", "Maja Eksempel", [1])
        self.requests: list[Request] = []
        self.results: list[str] = []
        self.expiries: list[datetime | None] = []
        self.unsaved: list[bool] = []
        self.vault = Vault(Grant(self.approve()))

    def approve(self) -> str:
        """The user approves (again); gives the first refresh token."""
        authorisation = self.grants.authorise(self.app, self.user, self.app.scopes)
        return self.grants.first_refresh_token(authorisation)

    @property
    def authorisation(self) -> Any:
        return self.grants.authorisations[-1]

    def revoke(self) -> None:
        self.grants.revoke(self.user, self.app.client_id)

    def answer(self, form: dict[str, str]) -> tuple[int, Any]:
        assert (form.pop("client_id"), form.pop("client_secret")) == (SERVER.client_id, SERVER.client_secret)
        assert form.pop("grant_type") == "refresh_token"
        token = form.pop("refresh_token")
        assert form == {}
        try:
            issued = self.grants.refresh(token, client_id=SERVER.client_id, scopes=None)
        except GrantError as error:
            return 400, {"error": str(error)}
        body = {"access_token": issued.access_token, "expires_in": int(issued.lifetime.total_seconds())}
        return 200, body | ({"refresh_token": issued.refresh_token} if issued.refresh_token else {})

    def connection(self, line: Line) -> Connection:
        """What a run reads of the store."""
        vault = self.vault
        assert vault.grant is not None
        return Connection("team/dinero", StoredGrant(vault.grant, vault.identity), line, REMEDY)

    def process(self, at: Step = nothing) -> Process:
        return Process(self, at)


class Process:
    """One process of the operator. It shares nothing with the others but the store and the server."""

    def __init__(self, site: Site, at: Step) -> None:
        self.line, self.direct = Line(site.vault, at), Direct(site, at)
        self.site = site
        self.tokens = OAuthTokens(
            site.connection(self.line),
            client=OAuthClient(SERVER, self.direct, site.clock),  # type: ignore[arg-type]
            clock=site.clock,
            on_refresh=site.results.append,
            on_expiry=site.expiries.append,
            on_unsaved=lambda _tokens, is_unsaved: site.unsaved.append(is_unsaved),
        )

    async def token(self) -> str:
        """A token, which is checked: the server knows it, and it is good for a while."""
        token = await self.tokens.token()
        ends = [
            end
            for each in self.site.grants.authorisations
            for text, end in each.access_tokens.items()
            if text == token
        ]
        assert ends, "the server knows the token"
        assert ends[0] > self.site.clock.now(), (ends[0], self.site.clock.now(), self.line.calls)
        return token
