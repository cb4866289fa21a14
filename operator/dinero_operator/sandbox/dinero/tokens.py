"""The token endpoint of personal integrations, and the tokens that are out."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

LIFETIME = timedelta(hours=1)
_SCOPES = frozenset({"read", "write"})


@dataclass(frozen=True, slots=True)
class Token:
    """An access token: whose it is, what it reaches, and until when (UTC)."""

    client_id: str
    organisations: tuple[int, ...]
    expires_at: datetime
    may_write: bool = True
    api_key: str | None = None


@dataclass(frozen=True, slots=True)
class _ApiKey:
    client_id: str
    organisations: tuple[int, ...]


class Tokens:
    """Clients, their API keys, and the access tokens that are out."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._secrets: dict[str, str] = {}
        self._keys: dict[str, _ApiKey] = {}
        self._tokens: dict[str, Token] = {}

    def add_key(self, client_id: str, client_secret: str, api_key: str, organisations: Sequence[int]) -> None:
        """Register a client with one of its API keys."""
        self._secrets[client_id] = client_secret
        self._keys[api_key] = _ApiKey(client_id, tuple(organisations))

    def revoke_key(self, api_key: str, *, end_tokens: bool) -> None:
        """Take an API key back; its tokens end now or live on until they expire."""
        self._keys.pop(api_key, None)
        if end_tokens:
            self._tokens = {text: token for text, token in self._tokens.items() if token.api_key != api_key}

    def expire_all(self) -> None:
        """Make every token that is out invalid."""
        self._tokens.clear()

    def accept(self, text: str, token: Token) -> None:
        """Take a token that was issued elsewhere, as by Visma Connect."""
        self._tokens[text] = token

    def find(self, authorization: str | None) -> Token | None:
        """Find the token of an ``Authorization`` header that is still good."""
        scheme, _, text = (authorization or "").partition(" ")
        token = self._tokens.get(text.strip())
        if scheme.lower() != "bearer" or token is None or self._now() >= token.expires_at:
            return None
        return token

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request for a token."""
        if request.content_type != "application/x-www-form-urlencoded":
            return _refusal("invalid_request")
        form = await request.post()
        client_id = self._client(request.headers.get("Authorization"))
        if client_id is None:
            return _refusal("invalid_client")
        if form.get("grant_type") != "password":
            return _refusal("unsupported_grant_type")
        scopes = set(str(form.get("scope", "")).split())
        if not scopes or not scopes <= _SCOPES:
            return _refusal("invalid_scope")
        username, password = form.get("username"), form.get("password")
        key = self._keys.get(str(username))
        if key is None or username != password or key.client_id != client_id:
            return _refusal("invalid_grant")
        text = f"simulated-{secrets.token_hex(24)}"
        self._tokens[text] = Token(
            client_id, key.organisations, self._now() + LIFETIME, "write" in scopes, str(username)
        )
        body = {"access_token": text, "token_type": "Bearer", "expires_in": int(LIFETIME.total_seconds())}
        return web.Response(body=json.dumps(body).encode(), content_type="application/json")

    def _client(self, authorization: str | None) -> str | None:
        scheme, _, encoded = (authorization or "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            pair = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        client_id, _, secret = pair.partition(":")
        return client_id if client_id in self._secrets and self._secrets[client_id] == secret else None


def _refusal(error: str) -> web.Response:
    return web.Response(
        status=400, body=json.dumps({"error": error}).encode(), content_type="application/json"
    )
