"""A Secret as the API server gives it: read, and changed without touching what is not ours."""

from __future__ import annotations

import base64
import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MANAGED_BY, OPERATOR = "app.kubernetes.io/managed-by", "dinero-operator"


class SecretUnusable(Exception):
    """A Secret, or a key in it, is missing. ``reason`` is the condition's word, ``str()`` the remedy."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Secret:
    """One Secret. ``data`` is decoded; what is no UTF-8 text is left out of it, and stays in ``body``."""

    body: Mapping[str, Any]
    data: Mapping[str, str]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Secret:
        """Read the API server's answer."""
        data: dict[str, str] = {}
        for key, value in (body.get("data") or {}).items():
            try:
                data[key] = base64.b64decode(value, validate=True).decode()
            except (ValueError, TypeError):
                continue
        return cls(body, data)

    def __repr__(self) -> str:
        return "Secret(…)"

    def get(self, key: str) -> str:
        """A value without white space around it, which a text editor may have left there; empty where there is none."""
        return self.data.get(key, "").strip()

    @property
    def keys(self) -> frozenset[str]:
        """All keys, those of binary values too."""
        return frozenset(self.body.get("data") or {})

    @property
    def is_immutable(self) -> bool:
        """Whether nobody can write into it."""
        return self.body.get("immutable") is True

    @property
    def is_labelled(self) -> bool:
        """Whether the operator has made it, or somebody has given it over."""
        labels = (self.body.get("metadata") or {}).get("labels") or {}
        return bool(labels.get(MANAGED_BY) == OPERATOR)

    def annotation(self, name: str) -> str:
        """An annotation; empty where there is none."""
        return str(((self.body.get("metadata") or {}).get("annotations") or {}).get(name, ""))

    def changed(self, data: Mapping[str, str], annotations: Mapping[str, str | None]) -> dict[str, Any]:
        """The body with these values and annotations (``None`` takes one out), of the same version, and our label.

        A label of somebody else (Helm's, say) stays: it is theirs to look after the Secret.
        """
        body = copy.deepcopy(dict(self.body))
        metadata = body.setdefault("metadata", {})
        metadata["labels"] = {MANAGED_BY: OPERATOR, **(metadata.get("labels") or {})}
        kept = {**(metadata.get("annotations") or {}), **annotations}
        metadata["annotations"] = {name: value for name, value in kept.items() if value is not None}
        body["data"] = {**(body.get("data") or {}), **encoded(data)}
        return body


def encoded(data: Mapping[str, str]) -> dict[str, str]:
    """Values as a Secret's ``data`` has them."""
    return {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
