"""What a write asks for beside its object, and what it has led to."""

from __future__ import annotations

from dataclasses import dataclass, field

from dinero_operator.sandbox.kubernetes.resources import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a request says beside its object."""

    manager: str = "unknown"
    dry_run: bool = False
    field_validation: str = "Warn"
    force: bool = False
    status: bool = False
    """Whether the request goes to the status subresource."""


@dataclass(slots=True)
class Outcome:
    """What a write has led to."""

    value: Json
    created: bool = False
    warnings: list[str] = field(default_factory=list)
