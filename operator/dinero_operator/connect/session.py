"""One visit of a shop owner, from the link to the end: all of it travels in a sealed cookie, and nothing is stored."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dinero_operator.connect.ports import Place, Resource, Selection
from dinero_operator.connect.seal import Invalid, Purpose, Seal
from dinero_operator.domain.choices import Trigger

LIFE = timedelta(minutes=60)
"""From the link on, however busy the visitor is."""
LONGEST_NAME = 90
"""Characters of a name: a browser takes cookies of 4,096 bytes, and a character may take 16 of them."""


@dataclass(frozen=True, slots=True)
class Named:
    """Something chosen: an organisation's id or an account's number, and its name for the eye."""

    key: int
    name: str

    @property
    def text(self) -> str:
        """As an account is written: number and name."""
        return f"{self.key} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Session:
    """What a browser is doing, for one resource. ``until`` is UTC.

    ``pending`` belongs to the visit to Dinero that is under way: its answer is taken once. ``generation`` is that of the
    resource which the visitor has seen last before saving.
    """

    id: str
    place: Place
    uid: str
    until: datetime
    pending: str = ""
    generation: int = 0
    organisation: Named | None = None
    trigger: Trigger | None = None
    account: Named | None = None

    @classmethod
    def begin(cls, resource: Resource, now: datetime) -> Session:
        """A new session, with what the resource has chosen already. Its id is never one that a browser brought along."""
        chosen = resource.chosen
        organisation, account = resource.fixed_organisation, chosen.account
        return cls(
            id=secrets.token_urlsafe(24),
            place=resource.place,
            uid=resource.uid,
            until=(now + LIFE).replace(microsecond=0),
            organisation=Named(organisation, "") if organisation is not None else None,
            trigger=chosen.trigger,
            account=Named(account, "") if account is not None else None,
        )

    @property
    def selection(self) -> Selection:
        """The choices so far."""
        return Selection(
            self.organisation.key if self.organisation else None,
            self.trigger,
            self.account.key if self.account else None,
        )

    def choose_organisation(self, number: int, name: str) -> Session:
        """Choose an organisation. Another one than before has other accounts."""
        is_other = self.organisation is None or self.organisation.key != number
        account = None if is_other else self.account
        return replace(self, organisation=Named(number, name[:LONGEST_NAME]), account=account)

    def choose_account(self, number: int, name: str) -> Session:
        """Choose an account."""
        return replace(self, account=Named(number, name[:LONGEST_NAME]))


class Sessions:
    """Sessions as cookies carry them."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def close(self, session: Session) -> str:
        """The cookie's value."""
        return self._seal.seal(Purpose.SESSION, _content(session))

    def open(self, text: str, now: datetime) -> Session:
        """Read a cookie. Raises ``Invalid``."""
        session = _session(self._seal.open(Purpose.SESSION, text, within=LIFE))
        if now >= session.until:
            raise Invalid
        return session

    def csrf(self, session: Session) -> str:
        """The token that every form of this session carries."""
        return self._seal.proof("csrf", session.id)


def _content(session: Session) -> Mapping[str, Any]:
    content: dict[str, Any] = {
        "id": session.id,
        "ns": session.place.namespace,
        "name": session.place.name,
        "uid": session.uid,
        "until": int(session.until.timestamp()),
    }
    if session.pending:
        content["pending"] = session.pending
    if session.generation:
        content["seen"] = session.generation
    if session.trigger is not None:
        content["trigger"] = session.trigger.value
    for field, named in (("org", session.organisation), ("account", session.account)):
        if named is not None:
            content[field] = [named.key, named.name]
    return content


def _session(content: Mapping[str, Any]) -> Session:
    """Sealed by us, so it has its form; but perhaps by another version of us."""
    try:
        return Session(
            id=content["id"],
            place=Place(content["ns"], content["name"]),
            uid=content["uid"],
            until=datetime.fromtimestamp(content["until"], UTC),
            pending=content.get("pending", ""),
            generation=content.get("seen", 0),
            organisation=_named(content.get("org")),
            trigger=Trigger(content["trigger"]) if "trigger" in content else None,
            account=_named(content.get("account")),
        )
    except (KeyError, TypeError, ValueError):
        raise Invalid from None


def _named(content: Any) -> Named | None:
    return Named(int(content[0]), str(content[1])) if content is not None else None
