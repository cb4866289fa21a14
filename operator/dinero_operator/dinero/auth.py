"""Access tokens for Dinero: the interface, and the API-key grant. A connection made in the browser is in ``grants``."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from dinero_operator.dinero.wire import fold
from dinero_operator.domain.errors import CredentialsRejected, Unavailable
from dinero_operator.transport.clock import Clock
from dinero_operator.transport.http import Request, Transport

RENEW_BEFORE = 120.0
"""Seconds before its end at which a token is renewed: longer than any request that may still use it."""
DEFAULT_LIFE = 3600.0
"""Seconds that a token lives where the answer does not say (documented: one hour)."""
LONGEST_LIFE = 366 * 24 * 3600
"""Seconds that are believed."""
BAD_REQUEST, UNAUTHORIZED = 400, 401


class TokenSource(Protocol):
    """Gives access tokens, whatever the way of connecting."""

    async def token(self) -> str:
        """A token that is valid for a while. Raises ``CredentialsRejected``, ``RateLimited`` or ``Unavailable``."""
        ...

    def reject(self, token: str) -> None:
        """Say that Dinero refused a token before its end, so that the next call gets a new one."""
        ...


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Credentials of a personal integration. ``repr`` never shows them."""

    client_id: str
    client_secret: str
    api_key: str

    def __repr__(self) -> str:
        return "ApiKey(…)"


class ApiKeyTokens:
    """Tokens by the password grant of a personal integration: one request an hour, whoever asks meanwhile."""

    def __init__(
        self,
        credentials: ApiKey,
        *,
        transport: Transport,
        token_url: str,
        clock: Clock,
        on_refresh: Callable[[str], None] | None = None,
        on_expiry: Callable[[datetime | None], None] | None = None,
    ) -> None:
        self._credentials = credentials
        self._transport = transport
        self._token_url = token_url
        self._clock = clock
        self._on_refresh = on_refresh or (lambda _result: None)
        self._on_expiry = on_expiry or (lambda _moment: None)
        self._lock = asyncio.Lock()
        self._token = ""
        self._until = 0.0

    async def token(self) -> str:
        """A token that is valid for a while. Raises ``CredentialsRejected``, ``RateLimited`` or ``Unavailable``."""
        async with self._lock:
            if not self._token or self._clock.monotonic() >= self._until:
                await self._renew()
            return self._token

    def reject(self, token: str) -> None:
        """Forget a token that Dinero refused."""
        if token == self._token:
            self._token = ""
            self._on_expiry(None)

    async def _renew(self) -> None:
        result = "unavailable"
        try:
            await self._ask()
            result = "ok"
        except CredentialsRejected:
            result = "rejected"
            raise
        finally:
            self._on_refresh(result)

    async def _ask(self) -> None:
        credentials = self._credentials
        basic = base64.b64encode(f"{credentials.client_id}:{credentials.client_secret}".encode()).decode()
        asked_at, began = self._clock.monotonic(), self._clock.now()
        response = await self._transport.send(
            Request(
                system="dinero",
                operation="token",
                method="POST",
                url=self._token_url,
                headers={"Authorization": f"Basic {basic}"},
                form={
                    "grant_type": "password",
                    "scope": "read write",
                    "username": credentials.api_key,
                    "password": credentials.api_key,
                },
            )
        )
        if response.status in (BAD_REQUEST, UNAUTHORIZED):
            raise CredentialsRejected(
                "Dinero does not accept clientId, clientSecret and apiKey. Correct them in the Secret that "
                "spec.dinero.secretRef names."
            )
        if response.status >= BAD_REQUEST:
            raise Unavailable(f"Dinero's token endpoint answers HTTP {response.status}")
        answer = fold(response.json())
        token, life = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token:
            raise Unavailable("Dinero's token endpoint gave no token")
        seconds = float(life) if isinstance(life, int) and life > 0 else DEFAULT_LIFE
        self._token = token
        self._until = asked_at + max(seconds - RENEW_BEFORE, seconds / 2)
        self._on_expiry(began + timedelta(seconds=min(seconds, LONGEST_LIFE)))
