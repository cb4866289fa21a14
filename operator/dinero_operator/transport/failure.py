"""What can go wrong with one sending, and what it is called when it is given up."""

from __future__ import annotations

from dataclasses import dataclass

from dinero_operator.domain.errors import OutcomeUnknown, RateLimited, Unavailable

_TITLES = {
    "shoporama": "Shoporama",
    "dinero": "Dinero",
    "connect": "Visma Connect",
    "kubernetes": "Kubernetes",
}
_SETTINGS = {
    "shoporama": "spec.shop.url",
    "dinero": "DINERO_OPERATOR_DINERO_API_URL and DINERO_OPERATOR_DINERO_TOKEN_URL",
    "connect": "DINERO_OPERATOR_CONNECT_TOKEN_URL",
}


def title(system: str) -> str:
    """The system's name as people write it."""
    return _TITLES.get(system, system)


def setting(system: str) -> str:
    """Where the system's address is set."""
    return _SETTINGS.get(system, "its address")


@dataclass(frozen=True, slots=True)
class Failure:
    """One sending that gave nothing usable.

    ``cause`` is one of the causes of ``retries_total``. ``sentence`` is for people and never changes from one try to
    the next. ``sent``: the request may have reached the system. ``again``: another try may end otherwise.
    ``retry_after``: seconds that the system asks for.
    """

    cause: str
    sentence: str
    sent: bool = True
    again: bool = True
    retry_after: float | None = None

    def error(self, *, repeatable: bool, default_wait: float) -> Exception:
        """The error for the caller, when there is no further try.

        ``RateLimited``, ``OutcomeUnknown`` (a write that may have happened) or ``Unavailable``.
        """
        if self.cause == "429":
            wait = default_wait if self.retry_after is None else self.retry_after
            return RateLimited(self.sentence, retry_after=wait)
        if self.sent and not repeatable:
            return OutcomeUnknown(f"{self.sentence}; whether it was carried out is not known")
        return Unavailable(self.sentence)
