"""The codes and tokens that are out, and what each is still good for."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dinero_operator.sandbox.connect.models import (
    CODE_LIFETIME,
    OFFLINE,
    App,
    Authorisation,
    Code,
    RefreshToken,
    Rotation,
    TokenSettings,
    User,
)
from dinero_operator.sandbox.connect.unknowns import Unknowns

_AUDIENCE = "https://api.dinero.dk"

AccessTokenHook = Callable[[str, Authorisation, datetime], None]
"""Told of each access token with its authorisation and its end (UTC); an end that is past withdraws it."""


class GrantError(Exception):
    """A grant that is refused. ``str()`` is one of the standard's words, ``description`` says what was wrong."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.description = description


@dataclass(frozen=True, slots=True)
class Issued:
    """What a token request gives. ``refresh_token`` None: the answer has none."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    lifetime: timedelta
    scopes: frozenset[str]


class Grants:
    """Issues codes and tokens. ``now`` gives the time (UTC); ``announce`` is told of each access token."""

    def __init__(
        self, *, now: Callable[[], datetime], unknowns: Unknowns, announce: AccessTokenHook | None
    ) -> None:
        self.authorisations: list[Authorisation] = []
        self._now = now
        self._unknowns = unknowns
        self._announce = announce
        self._codes: dict[str, Code] = {}
        self._refresh_tokens: dict[str, RefreshToken] = {}

    def authorise(self, app: App, user: User, scopes: frozenset[str]) -> Authorisation:
        """Note a user's consent, under the application's settings of now."""
        if self._unknowns.new_consent_ends_old:
            self.revoke(user, app.client_id)
        authorisation = Authorisation(app.client_id, user, scopes, app.tokens, self._now())
        self.authorisations.append(authorisation)
        return authorisation

    def revoke(self, user: User, client_id: str) -> None:
        """Take back all that a user has granted to an application."""
        for each in self.authorisations:
            if each.user is user and each.client_id == client_id:
                self._kill(each)

    def code(self, authorisation: Authorisation, *, redirect_uri: str, challenge: str | None) -> str:
        """Issue a code, good for one exchange within a minute."""
        text = secrets.token_hex(32).upper()
        self._codes[text] = Code(authorisation, redirect_uri, challenge, self._now() + CODE_LIFETIME)
        return text

    def first_refresh_token(self, authorisation: Authorisation) -> str:
        """Issue the refresh token that an exchange of a code would give."""
        return self._refresh_token(authorisation, self._now() + authorisation.tokens.refresh_lifetime)

    def exchange(
        self, text: str, *, client_id: str, redirect_uri: str | None, verifier: str | None
    ) -> Issued:
        """Exchange a code. A failed attempt burns it; a second one ends what the first gave. Raises ``GrantError``."""
        code = self._codes.get(text)
        if code is None or code.authorisation.client_id != client_id:
            raise GrantError("invalid_grant", "There is no such code for this client.")
        if code.used:
            self._kill(code.authorisation)
            raise GrantError("invalid_grant", "The code was used before; what it gave is revoked.")
        code.used = True
        if self._now() >= code.expires_at:
            raise GrantError("invalid_grant", "The code has expired.")
        if redirect_uri != code.redirect_uri:
            raise GrantError("invalid_grant", "redirect_uri is not the one that the code was issued for.")
        _check_verifier(code.challenge, verifier)
        authorisation = code.authorisation
        if not authorisation.alive:
            raise GrantError("invalid_grant", "The user has taken the consent back.")
        refresh = self.first_refresh_token(authorisation) if OFFLINE in authorisation.scopes else None
        return self._issued(authorisation, refresh, authorisation.scopes)

    def refresh(self, text: str, *, client_id: str, scopes: frozenset[str] | None) -> Issued:
        """Exchange a refresh token; ``scopes`` may ask for less than was granted. Raises ``GrantError``."""
        token = self._refresh_tokens.get(text)
        if token is None or token.authorisation.client_id != client_id:
            raise GrantError("invalid_grant", "There is no such refresh token for this client.")
        authorisation, settings, now = token.authorisation, token.authorisation.tokens, self._now()
        if not authorisation.alive:
            raise GrantError("invalid_grant", "The authorisation has ended.")
        if now >= token.expires_at:
            raise GrantError("invalid_grant", "The refresh token has expired.")
        if token.spent_at is not None and now - token.spent_at >= timedelta(seconds=settings.grace_seconds):
            if self._unknowns.double_exchange_kills:
                self._kill(authorisation)
            raise GrantError("invalid_grant", "The refresh token was used before.")
        if scopes is not None and not scopes <= authorisation.scopes:
            raise GrantError("invalid_scope", "scope goes beyond what was granted.")
        authorisation.refreshes += 1
        returned: str | None = text
        if settings.rotation is Rotation.ONE_TIME:
            # The grace counts from the first exchange: a token that comes again and again is not kept alive by that.
            token.spent_at = token.spent_at or now
            slides = self._unknowns.one_time_life_slides
            returned = self._refresh_token(
                authorisation, now + settings.refresh_lifetime if slides else token.expires_at
            )
        elif self._unknowns.reuse_answers_without_token:
            returned = None
        return self._issued(authorisation, returned, scopes or authorisation.scopes)

    def _issued(self, authorisation: Authorisation, refresh: str | None, scopes: frozenset[str]) -> Issued:
        lifetime = authorisation.tokens.access_lifetime
        end = self._now() + lifetime
        text = _access_token(authorisation, scopes, end)
        authorisation.access_tokens[text] = end
        self._tell(text, authorisation, end)
        return Issued(text, refresh, lifetime, scopes)

    def _refresh_token(self, authorisation: Authorisation, expires_at: datetime) -> str:
        text = secrets.token_hex(32)
        self._refresh_tokens[text] = RefreshToken(authorisation, expires_at)
        return text

    def _kill(self, authorisation: Authorisation) -> None:
        authorisation.alive = False
        if not self._unknowns.dead_consent_ends_tokens:
            return
        for text in authorisation.access_tokens:
            authorisation.access_tokens[text] = self._now()
            self._tell(text, authorisation, self._now())

    def _tell(self, text: str, authorisation: Authorisation, end: datetime) -> None:
        if self._announce is not None:
            self._announce(text, authorisation, end)


def challenge_of(verifier: str) -> str:
    """Compute the S256 code challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _check_verifier(challenge: str | None, verifier: str | None) -> None:
    if challenge is None and verifier is not None:
        # Otherwise somebody could take the challenge out of the link that the user follows.
        raise GrantError("invalid_grant", "code_verifier was sent, but the code was asked for without one.")
    if challenge is not None and (
        verifier is None or not verifier.isascii() or challenge_of(verifier) != challenge
    ):
        raise GrantError("invalid_grant", "code_verifier does not fit the code_challenge.")


def _access_token(authorisation: Authorisation, scopes: frozenset[str], end: datetime) -> str:
    """Something of the length and form of the real ones: a JWT, but with a signature that is none."""
    header = {"alg": "RS256", "kid": "SIMULATED", "typ": "at+jwt"}
    claims = {
        "iss": "https://connect.visma.com",
        "aud": _AUDIENCE,
        "client_id": authorisation.client_id,
        "sub": authorisation.user.key,
        "scope": sorted(scopes),
        "exp": int(end.timestamp()),
        "jti": secrets.token_hex(16),
    }
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), secrets.token_bytes(256)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


__all__ = ["AccessTokenHook", "GrantError", "Grants", "Issued", "TokenSettings", "challenge_of"]
