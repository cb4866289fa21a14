"""What the pages need of the cluster, free of Kubernetes' words. ``kube`` implements it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from dinero_operator.dinero.oauth import Grant
from dinero_operator.domain.choices import Trigger
from dinero_operator.sync.spec import Credentials, IntegrationSpec

Manager = Literal["Flux", "Argo CD"]
"""Programs that keep resources as Git has them."""

_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.ASCII)


class ClusterUnavailable(Exception):
    """The Kubernetes API does not answer, or not to us. ``str()`` is a sentence for the log, and for whoever runs us."""


class Refused(Exception):
    """What was asked for is not done. ``str()`` is a sentence with the remedy, free of secrets."""


class ChangedMeanwhile(Refused):
    """Somebody has edited the resource since the page was made."""


class NotConnected(Exception):
    """The Secrets do not hold what is needed. ``reason`` is the condition's word, ``str()`` the remedy."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource is."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def is_valid(self) -> bool:
        """Whether an API server could have a resource here: what comes out of a URL is checked before it goes into one."""
        return bool(_NAMESPACE.fullmatch(self.namespace) and _NAME.fullmatch(self.name))


@dataclass(frozen=True, slots=True)
class OpenLink:
    """The link that ``status.connect`` offers. ``expires_at`` is UTC."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Selection:
    """What a shop chooses; ``None``: not yet."""

    organisation: int | None = None
    trigger: Trigger | None = None
    account: int | None = None

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return None not in (self.organisation, self.trigger, self.account)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as it is now.

    ``body`` is the whole of it; ``bound`` is the organisation that its orders have gone to so far; ``chosen`` what its spec says. ``managed_by`` is
    the tool that keeps it in Git, where one is recognised.
    """

    place: Place
    uid: str
    generation: int
    version: str
    body: Mapping[str, Any]
    spec: Mapping[str, Any]
    chosen: Selection
    bound: int | None
    link: OpenLink | None
    is_dry_run: bool = False
    is_suspended: bool = False
    managed_by: Manager | None = None

    @property
    def fixed_organisation(self) -> int | None:
        """The organisation that cannot be changed any more."""
        return self.chosen.organisation if self.chosen.organisation is not None else self.bound


class Cluster(Protocol):
    """The resources and their Secrets. Every method may raise ``ClusterUnavailable``."""

    async def read(self, place: Place) -> Resource | None:
        """The resource as the API server has it now; ``None`` where there is none."""
        ...

    async def consume(self, resource: Resource, url: str) -> bool:
        """Take the link out of the status; ``False`` where it is not there any more: somebody was first."""
        ...

    async def save(self, resource: Resource, selection: Selection) -> None:
        """Put the choices into the spec of exactly this generation. Raises ``Refused`` or ``ChangedMeanwhile``."""
        ...

    async def save_connection(self, resource: Resource, grant: Grant) -> None:
        """Put a connection into the Secret that the resource names. Raises ``Refused``."""
        ...

    async def credentials(self, resource: Resource) -> Credentials:
        """What the resource's Secrets hold. Raises ``NotConnected``."""
        ...

    async def shop_token(self, resource: Resource) -> str | None:
        """The shop's API token; ``None`` where the Secret does not hold one."""
        ...

    def integration_spec(self, resource: Resource, selection: Selection) -> IntegrationSpec:
        """What the engine would be asked to do with these choices. Raises ``InvalidConfiguration``."""
        ...

    async def hasten(self, place: Place) -> None:
        """Make the next poll come now, unless the shop's calls run low."""
        ...
