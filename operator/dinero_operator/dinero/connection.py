"""A connection made in the browser: what is stored of it, and what is asked of the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from dinero_operator.dinero.oauth import Grant
from dinero_operator.domain.errors import InvalidConfiguration


class GrantConflict(Exception):
    """Somebody else has written since it was read."""


class StoreUnusable(InvalidConfiguration):
    """The store may not be read or written. ``reason`` is the condition's word, ``str()`` the remedy."""


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """What the store holds. ``identity`` names the approval that the tokens descend from, and stays with each refresh.

    ``claim`` is the present claim: by whom, and until when (UTC) by the clock of that process. ``version`` is the
    store's own: what it needs to know that nobody has written since.
    """

    grant: Grant
    identity: str
    claim: tuple[str, datetime] | None = None
    version: object = field(default=None, repr=False, compare=False)


class GrantStore(Protocol):
    """Where one connection is kept.

    Every method raises ``StoreUnusable``, or ``Unavailable`` where a later try may succeed.
    """

    async def read(self) -> StoredGrant | None:
        """What is there now; ``None`` where there is no connection (any more)."""
        ...

    async def claim(self, stored: StoredGrant, *, by: str, until: datetime) -> StoredGrant:
        """Say that ``by`` will use the refresh token. Raises ``GrantConflict`` where it is no longer as it was read."""
        ...

    async def write(self, grant: Grant, *, over: StoredGrant) -> StoredGrant:
        """Put a successor in place of what was read, and end the claim. Raises ``GrantConflict``."""
        ...


@dataclass(frozen=True, slots=True)
class Connection:
    """The credentials of a connection made in the browser. ``repr`` shows no token.

    ``key`` says which (namespace and Secret), ``remedy`` what to do when the server takes the connection back.
    """

    key: str
    stored: StoredGrant = field(repr=False, compare=False)
    store: GrantStore = field(repr=False, compare=False)
    remedy: str = field(default="Connect again.", compare=False)

    @property
    def identity(self) -> str:
        """The approval that it stems from: another one after the owner has connected again, the same after a refresh."""
        return self.stored.identity
