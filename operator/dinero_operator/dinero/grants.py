"""Access tokens of a connection made in the browser: kept by a store that others read and write too.

A refresh token may be good for one use only, so three things hold. Who wants to use it writes a claim first, with the
version that it has read as a condition: of several processes one asks the server, the others wait for what it stores.
What the server gives is stored before it is used. And what could not be stored is kept, and stored before anything else.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dinero_operator.dinero.auth import RENEW_BEFORE
from dinero_operator.dinero.connection import (
    Connection,
    GrantConflict,
    GrantStore,
    StoredGrant,
)
from dinero_operator.dinero.oauth import REFRESH_REFUSED, AppRejected, Grant, OAuthClient
from dinero_operator.domain.errors import (
    CredentialsRejected,
    OperatorError,
    RateLimited,
    Unavailable,
)
from dinero_operator.transport.clock import Clock

CLAIM = 30.0
"""Seconds that a claim holds: longer than a refresh can take (``oauth.RETRY``), and well within the 60 seconds of grace
that Visma Connect can grant to a one-time token, so that a crash in the middle can be made good by whoever comes next."""
POLL = 1.0
"""Seconds between two looks at a claim of another process."""
CLOCKS_DIFFER = timedelta(minutes=10)
"""A claim that ended longer ago than this, by our own clock, is not waited for: no two clocks are that far apart."""
PATIENCE = 3 * CLAIM
"""Seconds after which a run is given up because others hold claims, one after the other."""
APP_AGAIN = 15 * 60.0
"""Seconds after which the server is asked again that has refused the operator's own registration."""
CONFLICTS = 10
"""Times that somebody else may be faster, before it is left to the next run."""


@dataclass(frozen=True, slots=True)
class _Unsaved:
    """A grant that the store does not have yet. It is the successor of ``base``; ``until`` in monotonic seconds."""

    base: Grant
    grant: Grant
    until: float


class OAuthTokens:
    """The tokens of one connection, in one process. All its integrations share one of these.

    ``on_refresh`` is told the result of each request, ``on_expiry`` the end of the token in use, ``on_unsaved`` whether
    there is a grant that must not be lost.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        client: OAuthClient,
        clock: Clock,
        on_refresh: Callable[[str], None] | None = None,
        on_expiry: Callable[[datetime | None], None] | None = None,
        on_unsaved: Callable[[OAuthTokens, bool], None] | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._on_refresh = on_refresh or (lambda _result: None)
        self._on_expiry = on_expiry or (lambda _moment: None)
        self._on_unsaved = on_unsaved or (lambda _tokens, _is_unsaved: None)
        self._id = secrets.token_hex(8)
        self._access = ""
        self._until = 0.0
        self._rejected = ""
        self._refused = ""
        self._closed: tuple[OperatorError, float] | None = None
        self._seen_claim: tuple[tuple[str, datetime], float] | None = None
        self._renewal: asyncio.Task[str] | None = None
        self._unsaved_grant: _Unsaved | None = None
        self._connection = connection
        self._identity = ""
        self.take(connection)

    async def token(self) -> str:
        """A token that is valid for a while.

        Raises ``CredentialsRejected``, ``RateLimited``, ``Unavailable`` or ``StoreUnusable``.
        """
        if self._access and self._clock.monotonic() < self._until:
            return self._access
        # A task of its own: a caller that is cancelled must not take with it what the server has just given.
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.ensure_future(self._renew())
            self._renewal.add_done_callback(_heard)
        return await asyncio.shield(self._renewal)

    def reject(self, token: str) -> None:
        """Forget a token that Dinero refused before its end."""
        if token == self._access:
            self._rejected = token
            self._forget()

    def take(self, connection: Connection) -> None:
        """Note what the store was found to hold. It may be old news; then nothing worse happens than one more read."""
        self._connection = connection
        if self._renewal is not None and not self._renewal.done():
            return
        stored = connection.stored
        if stored.identity != self._identity:
            self._identity, self._refused = stored.identity, ""
            self._forget()
        if not self._access and self._is_usable(stored.grant):
            self._adopt(stored)

    async def finish(self) -> None:
        """Before the program ends: wait for a request under way, and store what is not stored yet. Never raises."""
        if self._renewal is not None:
            await asyncio.wait([self._renewal])
        if self._unsaved_grant is not None:
            with contextlib.suppress(OperatorError):
                stored = await self._store.read()
                if stored is not None:
                    await self._settle(stored)

    @property
    def _store(self) -> GrantStore:
        return self._connection.store

    async def _renew(self) -> str:
        """Get a token that is valid for a while, from the store or from the server."""
        began, conflicts = self._clock.monotonic(), 0
        while conflicts < CONFLICTS:
            stored = await self._settle(await self._read())
            if self._access and self._clock.monotonic() < self._until:
                return self._access
            if self._is_usable(stored.grant):
                return self._adopt(stored)
            self._check(stored.grant)
            if self._is_claimed(stored):
                if self._clock.monotonic() - began > PATIENCE:
                    raise Unavailable("Another process of the operator is renewing the access to Dinero")
                await self._clock.sleep(POLL)
                continue
            try:
                until = self._clock.now() + timedelta(seconds=CLAIM)
                stored = await self._store.claim(stored, by=self._id, until=until)
            except GrantConflict:
                conflicts += 1
                continue
            fresh = await self._exchange(stored)
            if fresh is not None and _is_same(fresh, (await self._settle(stored)).grant):
                return fresh.access_token  # however short its life is
        raise Unavailable("The connection to Dinero is being changed again and again")

    async def _read(self) -> StoredGrant:
        stored = await self._store.read()
        if stored is None:
            raise CredentialsRejected(f"The connection to Dinero is gone. {self._connection.remedy}")
        return stored

    async def _exchange(self, claimed: StoredGrant) -> Grant | None:
        """Ask the server; ``None`` where it refuses a token that has been replaced meanwhile."""
        base, asked_at, result = claimed.grant, self._clock.monotonic(), "unavailable"
        began = self._clock.now()
        try:
            grant = await self._client.refresh(base.refresh_token)
            result = "ok"
        except AppRejected as error:
            result = "rejected"
            self._closed = (error, self._clock.monotonic() + APP_AGAIN)
            raise
        except CredentialsRejected:
            result = "rejected"
            # First noted, then read again: where the store does not answer now, the server is not asked once more for it.
            self._refused = base.refresh_token
            now = await self._store.read()
            if now is None or now.grant.refresh_token == base.refresh_token:
                raise self._refusal() from None
            return None
        except RateLimited as error:
            self._closed = (error, self._clock.monotonic() + error.retry_after)
            raise
        finally:
            self._on_refresh(result)
        life = (grant.expires_at - began).total_seconds() if grant.expires_at else 0.0
        until = asked_at + max(life - RENEW_BEFORE, life / 2)
        self._keep(_Unsaved(base, grant, until))
        return grant

    async def _settle(self, stored: StoredGrant) -> StoredGrant:
        """Store the grant that is not stored yet, unless what is there has another origin; gives what is there then."""
        for _ in range(CONFLICTS):
            unsaved = self._unsaved_grant
            if unsaved is None:
                return stored
            if _is_same(unsaved.grant, stored.grant):
                pass  # written, and the answer was lost
            elif _is_same(unsaved.base, stored.grant):  # however it was touched otherwise
                try:
                    stored = await self._store.write(unsaved.grant, over=stored)
                except GrantConflict:
                    stored = await self._read()
                    continue
            else:
                # Another process was faster, or the owner has connected again: theirs is what everybody goes on with.
                self._keep(None)
                return stored
            self._keep(None)
            self._identity = stored.identity
            self._hold(unsaved.grant, unsaved.until)
            return stored
        raise Unavailable("The connection to Dinero is being changed again and again")

    def _check(self, grant: Grant) -> None:
        """Do not ask what was answered."""
        if grant.refresh_token == self._refused:
            raise self._refusal()
        if self._closed is not None:
            error, until = self._closed
            left = until - self._clock.monotonic()
            if left > 0:
                limited = isinstance(error, RateLimited)
                raise RateLimited(str(error), retry_after=left) if limited else AppRejected(str(error))
            self._closed = None

    def _refusal(self) -> CredentialsRejected:
        return CredentialsRejected(f"{REFRESH_REFUSED} {self._connection.remedy}")

    def _is_claimed(self, stored: StoredGrant) -> bool:
        """Whether another process may be using the refresh token right now, by our own clock alone."""
        claim = stored.claim
        if claim is None or claim[0] == self._id or self._clock.now() - claim[1] > CLOCKS_DIFFER:
            return False
        if self._seen_claim is None or self._seen_claim[0] != claim:
            self._seen_claim = (claim, self._clock.monotonic())
        return self._clock.monotonic() - self._seen_claim[1] < CLAIM

    def _is_usable(self, grant: Grant) -> bool:
        """Whether a token out of the store is good for a while. One that this process has had is not: it was due."""
        if not grant.access_token or grant.access_token in (self._access, self._rejected):
            return False
        return grant.expires_at is not None and self._left(grant.expires_at) > RENEW_BEFORE

    def _left(self, moment: datetime) -> float:
        return (moment - self._clock.now()).total_seconds()

    def _adopt(self, stored: StoredGrant) -> str:
        assert stored.grant.expires_at is not None
        self._identity = stored.identity
        left = self._left(stored.grant.expires_at)
        return self._hold(stored.grant, self._clock.monotonic() + left - RENEW_BEFORE)

    def _hold(self, grant: Grant, until: float) -> str:
        self._access, self._until = grant.access_token, until
        self._on_expiry(grant.expires_at)
        return self._access

    def _forget(self) -> None:
        self._access = ""
        self._on_expiry(None)

    def _keep(self, unsaved: _Unsaved | None) -> None:
        self._unsaved_grant = unsaved
        self._on_unsaved(self, unsaved is not None)


def _is_same(one: Grant, other: Grant) -> bool:
    """Whether the tokens are the same; the store may round the time."""
    return (one.refresh_token, one.access_token) == (other.refresh_token, other.access_token)


def _heard(task: asyncio.Task[str]) -> None:
    """Nobody may be left to hear what became of a renewal; that is no fault."""
    if not task.cancelled():
        task.exception()
