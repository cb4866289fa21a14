"""The shop that its owner connects in the browser: the link to begin with, and what to tell whoever watches."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from dinero_operator.sandbox.cluster import ClusterError
from dinero_operator.sandbox.simulators import Place
from dinero_operator.sandbox.stage import LINK_REQUESTED, Stage

_LOOK = 0.5
_ABSENT = 60.0
"""Seconds without a link, after which the sandbox asks for another: its owner may have begun and be at the pages."""
_CHOICES = ("organisation", "trigger", "account")


def is_set_up(stage: Stage, place: Place) -> bool:
    """Whether all choices are made, so that orders can be transferred."""
    return all(choice in stage.spec(place) for choice in _CHOICES)


def link(stage: Stage, place: Place) -> str:
    """The link to the set-up page; empty while there is none."""
    return str(stage.status(place).get("connect", {}).get("url", ""))


def how_to_ask(place: Place) -> list[str]:
    """The words of ``kubectl`` that ask for a link."""
    return ["annotate", "dinero", place.cast.name, f"{LINK_REQUESTED}=now"]


async def offer(stage: Stage, place: Place, *, clock: Callable[[], float] = time.monotonic) -> None:
    """See to it that there is a link until the shop is set up, so that nobody needs ``kubectl`` to begin."""
    ask_at = clock()
    while not is_set_up(stage, place):
        if link(stage, place):
            ask_at = clock() + _ABSENT
        elif clock() >= ask_at:
            with contextlib.suppress(ClusterError):
                await stage.ask_for_link(place)
                ask_at = clock() + _ABSENT
        await asyncio.sleep(_LOOK)
