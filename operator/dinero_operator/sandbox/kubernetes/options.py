"""What a write asks for beside its object, and what it has led to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dinero_operator.sandbox.kubernetes.resources import Json
from dinero_operator.sandbox.kubernetes.status import ApiError


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


@contextmanager
def telling() -> Iterator[list[str]]:
    """Collect warnings; a refusal tells of them, too."""
    warnings: list[str] = []
    try:
        yield warnings
    except ApiError as error:
        error.warnings = warnings
        raise
