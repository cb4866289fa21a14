"""Sealed words: what a browser or a mail carries for us, and can neither read nor make.

Nothing is stored, so every replica, and the operator after a restart, can take the next step. The key comes from the
OAuth app's client secret: whoever has that can pose as the operator to Dinero anyway. One purpose per seal: what was
made for one thing opens no other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dinero_operator.transport.clock import Clock

_CONTEXT = "dinero-operator/connect/1/"
_LARGEST = 8192
"""Characters: whatever is longer was not made here."""
_EARLY = timedelta(minutes=1)
"""How far a replica's clock may be behind the one that made a seal."""


class Purpose(StrEnum):
    """What a seal is for."""

    LINK = "link"
    BEGIN = "begin"
    SESSION = "session"
    STATE = "state"
    ANSWER = "answer"


class Invalid(Exception):
    """It was not made here, or for something else, or with a former secret."""


class Expired(Invalid):
    """It was made here, too long ago. ``content`` is what it holds."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        super().__init__("expired")
        self.content = content


class Seal:
    """Seals and opens. ``secret`` is the OAuth app's client secret."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._clock = clock
        self._boxes = {
            purpose: Fernet(base64.urlsafe_b64encode(_key(secret, purpose))) for purpose in Purpose
        }
        self._proofs = _key(secret, "proof")

    def seal(self, purpose: Purpose, content: Mapping[str, Any]) -> str:
        """Seal some JSON; the text fits into a URL."""
        data = json.dumps(content, separators=(",", ":")).encode()
        return self._boxes[purpose].encrypt_at_time(data, self._seconds()).decode()

    def open(self, purpose: Purpose, text: str, *, within: timedelta) -> Mapping[str, Any]:
        """What was sealed for this purpose and not longer ago. Raises ``Expired`` or ``Invalid``."""
        if len(text) > _LARGEST or not text.isascii():
            raise Invalid
        box = self._boxes[purpose]
        try:
            made = box.extract_timestamp(text)
            content = json.loads(box.decrypt(text))
        except (InvalidToken, ValueError):
            raise Invalid from None
        if not isinstance(content, dict) or made > self._seconds() + _EARLY.total_seconds():
            raise Invalid
        if self._seconds() >= made + within.total_seconds():
            raise Expired(content)
        return content

    def proof(self, purpose: str, *parts: str) -> str:
        """A text that only we can make out of these parts: 43 characters of base64url."""
        message = json.dumps([purpose, *parts]).encode()
        return (
            base64.urlsafe_b64encode(hmac.digest(self._proofs, message, hashlib.sha256)).decode().rstrip("=")
        )

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())


def same(one: str, other: str) -> bool:
    """Compare without telling by the time it takes where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def expiry(made: datetime, within: timedelta) -> datetime:
    """When a seal that was made then ends, to the second."""
    return (made + within).replace(microsecond=0)


def _key(secret: str, purpose: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=(_CONTEXT + purpose).encode())
    return derivation.derive(secret.encode())
