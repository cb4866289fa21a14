"""Access to Dinero without renewing it: whoever looks on must not use up a token that the operator needs."""

from __future__ import annotations

from dinero_operator.dinero.auth import ApiKey, TokenSource
from dinero_operator.dinero.connection import Connection
from dinero_operator.domain.errors import CredentialsRejected, InvalidConfiguration
from dinero_operator.sync.services import Services
from dinero_operator.transport.clock import Clock

ENOUGH = 20.0
"""Seconds that a token must last still."""


class TokenEnded(InvalidConfiguration):
    """The stored token is of no use any more, and renewing it is the operator's."""


class LookingOn(Services):
    """The services of somebody who reads and stores nothing."""

    def tokens(self, credentials: ApiKey | Connection) -> TokenSource:
        """An API key's tokens, which are nobody's; of a connection only the token that is stored."""
        if isinstance(credentials, Connection):
            return StoredToken(credentials, self.clock)
        return super().tokens(credentials)


class StoredToken:
    """The access token that the Secret holds, as long as it lasts."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._is_rejected = False

    async def token(self) -> str:
        """The token. Raises ``TokenEnded`` where it has ended, ``CredentialsRejected`` where Dinero refuses it."""
        grant = self._connection.stored.grant
        if self._is_rejected:
            raise CredentialsRejected(f"Dinero refuses the stored access token. {self._connection.remedy}")
        left = (grant.expires_at - self._clock.now()).total_seconds() if grant.expires_at else 0.0
        if not grant.access_token or left < ENOUGH:
            raise TokenEnded(
                "The stored access token has ended. A plan does not renew it, since that writes to the Secret; the operator "
                "does, at its next run."
            )
        return grant.access_token

    def reject(self, token: str) -> None:
        """Note that Dinero refuses it."""
        self._is_rejected = self._is_rejected or token == self._connection.stored.grant.access_token
