"""What Visma Connect knows: applications, users, and what users have granted to applications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

READ, WRITE, OFFLINE = "dineropublicapi:read", "dineropublicapi:write", "offline_access"
SCOPES = frozenset({READ, WRITE, OFFLINE})
CODE_LIFETIME = timedelta(seconds=60)
"""Standard servers give between this and ten minutes; the shortest is what a client has to work with."""
_MAX_REUSE_LIFETIME = timedelta(days=365)
_GRACE = range(5, 61)


class Rotation(StrEnum):
    """What a refresh does with the refresh token; a setting of the application."""

    REUSE = "re-use"
    """The same token comes back, and goes on to work."""
    ONE_TIME = "one-time"
    """A new one comes back, and the old one is spent."""


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """How an application's refresh tokens behave. An authorisation keeps those of the moment it was given.

    ``grace_seconds``: how long a spent one-time token may be exchanged again; 0 or 5…60.
    ``refresh_lifetime`` is at most a year for tokens for re-use. Raises ``ValueError``.
    """

    rotation: Rotation = Rotation.ONE_TIME
    grace_seconds: int = 0
    refresh_lifetime: timedelta = timedelta(days=30)
    access_lifetime: timedelta = timedelta(minutes=60)

    def __post_init__(self) -> None:
        if self.grace_seconds and self.grace_seconds not in _GRACE:
            raise ValueError("the grace period is 5 to 60 seconds, or 0 for none")
        if self.rotation is Rotation.REUSE and self.refresh_lifetime > _MAX_REUSE_LIFETIME:
            raise ValueError("refresh tokens for re-use live at most a year")


@dataclass(slots=True, kw_only=True)
class App:
    """An application of the developer portal, of the only type there is: a web application with a secret.

    ``tokens`` may be replaced while the simulator runs, as in the portal: it counts for authorisations given from
    then on. ``require_pkce`` refuses authorisation requests without a code challenge. Raises ``ValueError``.
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uris: Sequence[str]
    name: str = ""
    scopes: frozenset[str] = SCOPES
    tokens: TokenSettings = TokenSettings()
    require_pkce: bool = False

    def __post_init__(self) -> None:
        if not self.client_id.startswith("isv_"):
            raise ValueError("a client id begins with isv_")
        if not self.scopes <= SCOPES:
            raise ValueError(f"unknown scopes: {' '.join(sorted(self.scopes - SCOPES))}")
        for uri in self.redirect_uris:
            parts = urlsplit(uri)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
                raise ValueError(f"{uri}: a redirect URI is absolute and has no fragment")


@dataclass(slots=True)
class User:
    """Somebody with a login at Visma, and the organisations in Dinero that it opens."""

    key: str
    name: str
    organisations: list[int]


@dataclass(slots=True)
class Authorisation:
    """What one user let one application do, once. ``alive`` ends with a revocation or with a misused token."""

    client_id: str
    user: User
    scopes: frozenset[str]
    tokens: TokenSettings
    given_at: datetime
    alive: bool = True
    refreshes: int = 0
    """Successful refreshes so far."""
    access_tokens: dict[str, datetime] = field(default_factory=dict, repr=False)
    """Text → end (UTC)."""


@dataclass(slots=True)
class Code:
    """An authorisation code, bound to what was asked when it was issued."""

    authorisation: Authorisation
    redirect_uri: str
    challenge: str | None
    expires_at: datetime
    used: bool = False


@dataclass(slots=True)
class RefreshToken:
    """A refresh token. ``spent_at``: when a one-time token was exchanged first."""

    authorisation: Authorisation
    expires_at: datetime
    spent_at: datetime | None = None
