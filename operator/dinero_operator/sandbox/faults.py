"""Faults that the simulators can play: which ones, how often, and repeatable by seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What can go wrong between the operator and an outside system.

    ``ANSWER_LOST`` applies the request and then cuts the connection; ``CONNECTION_RESET`` cuts it before anything is
    applied. The others answer wrongly and apply nothing, but for ``TRUNCATED``, which applies and cuts the body.
    ``STALE_TIMESTAMP`` makes a read answer with the version before the last one. ``CRASH`` is played by the sandbox,
    not by a simulator: the operator's process is killed.
    """

    ANSWER_LOST = "answer-lost"
    CONNECTION_RESET = "connection-reset"
    TRUNCATED = "truncated"
    TOO_MANY_REQUESTS = "429"
    BROWNOUT = "480"
    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    STALE_TIMESTAMP = "stale-timestamp"
    CRASH = "crash"


DEFAULT_RATE = 0.02
"""Share of the requests that one kind of fault hits, where no other rate is given."""


@dataclass(slots=True)
class FaultPlan:
    """Draws faults at given rates, repeatably: the same seed and the same sequence of requests give the same faults.

    ``rates`` maps a fault to the share of requests (0…1) that it hits. ``scripted`` faults come first: a list per
    operation (``"POST invoices"``), used up in order; ``None`` in it lets one request pass. ``retry_after`` are the
    seconds that a played 429 asks to wait; ``None``: it does not say, and a minute is what a client must assume.
    """

    rates: Mapping[Fault, float] = field(default_factory=dict)
    seed: int = 0
    retry_after: int | None = None
    scripted: dict[str, list[Fault | None]] = field(default_factory=dict)
    played: Counter[Fault] = field(default_factory=Counter)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    @classmethod
    def parse(cls, text: str, *, seed: int = 0) -> FaultPlan:
        """Read ``none``, ``all`` or a list such as ``429=0.05,answer-lost``; a played 429 then asks for one second.

        Raises ``ValueError`` naming the word that is no fault, or the rate that is outside 0…1.
        """
        rates: dict[Fault, float] = {}
        words = [word.strip() for word in text.split(",") if word.strip()]
        for word in words:
            if word == "none":
                continue
            name, _, rate = word.partition("=")
            try:
                share = float(rate) if rate else DEFAULT_RATE
            except ValueError:
                raise ValueError(f"{word}: the rate is no number") from None
            if not 0 <= share <= 1:
                raise ValueError(f"{word}: the rate lies between 0 and 1")
            if name == "all":
                rates.update(dict.fromkeys(Fault, share))
                continue
            try:
                rates[Fault(name)] = share
            except ValueError:
                known = ", ".join(fault.value for fault in Fault)
                raise ValueError(f"{name!r} is no fault; known: none, all, {known}") from None
        return cls(rates=rates, seed=seed, retry_after=1)

    def draw(self, operation: str) -> Fault | None:
        """Say what hits this request, if anything. ``operation`` is a method and a route, such as ``POST invoices``."""
        script = self.scripted.get(operation)
        if script:
            fault = script.pop(0)
            if fault is not None:
                self.played[fault] += 1
            return fault
        if not self.rates:
            return None
        roll = self._random.random()
        for fault, share in self.rates.items():
            if fault is Fault.CRASH:
                continue
            if roll < share:
                self.played[fault] += 1
                return fault
            roll -= share
        return None
