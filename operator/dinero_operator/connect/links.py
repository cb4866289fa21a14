"""One-time links to the set-up: made by the controller, opened by the pages.

The seal alone opens nothing: the link must be the one that stands in ``status.connect``, and opening it takes it out of
there. So it works once, and a newer link makes an older one void.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from dinero_operator.connect.ports import OpenLink, Place
from dinero_operator.connect.seal import Invalid, Purpose, Seal, expiry
from dinero_operator.transport.clock import Clock

LIFE = timedelta(minutes=15)
PATH = "/connect/begin/"


@dataclass(frozen=True, slots=True)
class Claim:
    """Which resource a link is for."""

    place: Place
    uid: str


class Links:
    """Makes and reads links. ``public_url`` has no slash at its end."""

    def __init__(self, seal: Seal, *, public_url: str, clock: Clock) -> None:
        self._seal = seal
        self._public_url = public_url
        self._clock = clock

    def make(self, place: Place, uid: str) -> OpenLink:
        """A new link, unlike all others."""
        content = {"ns": place.namespace, "name": place.name, "uid": uid, "once": secrets.token_urlsafe(16)}
        token = self._seal.seal(Purpose.LINK, content)
        return OpenLink(self.url(token), expiry(self._clock.now(), LIFE))

    def url(self, token: str) -> str:
        """The address in which a token stands."""
        return f"{self._public_url}{PATH}{token}"

    def read(self, token: str) -> Claim:
        """Which resource a token is for. Raises ``Expired`` or ``Invalid``; whether it was used the status knows."""
        content = self._seal.open(Purpose.LINK, token, within=LIFE)
        claim = Claim(Place(str(content.get("ns")), str(content.get("name"))), str(content.get("uid")))
        if not claim.place.is_valid:
            raise Invalid
        return claim
