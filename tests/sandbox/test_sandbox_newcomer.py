"""The shop that its owner connects: how the sandbox offers it, and that it follows the owner's choices."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from dinero_operator.sandbox import newcomer as offering
from dinero_operator.sandbox.cluster import ClusterError
from dinero_operator.sandbox.happenings import Chronicle
from dinero_operator.sandbox.newcomer import is_set_up, offer
from dinero_operator.sandbox.process import OperatorProcess
from dinero_operator.sandbox.stage import Options, Stage
from dinero_operator.sandbox.view import View

URL = f"http://127.0.0.1:18080/connect/begin/{'x' * 120}"
CHOICES = {"organisation": 700_001, "trigger": "Paid", "account": 55100}


def stage(tmp_path: Path, *, once: bool = False) -> Stage:
    """A stage that nobody has entered."""
    made = Stage(Options(directory=tmp_path, shops=2, orders=5, with_newcomer=not once))
    made.operator = OperatorProcess({}, tmp_path / "operator.log")
    return made


def tell(made: Stage, *, spec: dict[str, Any] | None = None, url: str = "") -> None:
    """Let the newcomer's resource read like this."""
    status = {"connect": {"url": url, "expiresAt": "2026-11-23T12:00:00Z"}} if url else {}
    made.objects["nyboden"] = {"spec": spec or {"shop": {}}, "status": status}


async def shown(made: Stage, *, width: int = 110, terminal: bool = True) -> str:
    console = Console(file=io.StringIO(), width=width, height=40, force_terminal=terminal, no_color=True)
    view = View(made, console)
    if not terminal:
        view.introduce()
    showing = asyncio.create_task(view.run())
    await asyncio.sleep(0)
    showing.cancel()
    await asyncio.wait([showing])
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_its_resource_leaves_the_choices_to_its_owner(tmp_path: Path) -> None:
    made = stage(tmp_path)
    place = made.newcomer
    assert place is not None
    assert made.places[-1] is place
    assert CHOICES.keys() & made.spec(place).keys() == set()
    assert made.outside.credentials(place) == {}
    assert list(made.outside.connect.users) == ["maja", "ole", "karl"]
    assert not is_set_up(made, place)
    tell(made, spec=CHOICES)
    assert is_set_up(made, place)


def test_there_is_none_where_the_books_are_to_be_verified(tmp_path: Path) -> None:
    made = stage(tmp_path, once=True)
    assert made.newcomer is None
    assert len(made.places) == 2


def test_one_shop_is_connected_by_oauth_and_the_others_by_api_keys(tmp_path: Path) -> None:
    outside = stage(tmp_path, once=True).outside
    outside.register_operator("http://127.0.0.1:18080")
    assert [outside.credentials(place).keys() for place in outside.places] == [
        {"clientId", "clientSecret", "apiKey"},
        {"refreshToken"},
    ]
    assert outside.connect.authorisations[0].user.organisations == [outside.places[1].cast.organisation]


async def test_the_screen_shows_a_link_that_can_be_clicked_or_how_to_ask_for_one(tmp_path: Path) -> None:
    made = stage(tmp_path)
    tell(made)
    output = await shown(made)
    assert "not chosen" in output
    assert "Connect nyboden: a link comes within a minute" in output
    assert "annotate dinero nyboden shoporama.dk/connect-requested-at=now" in output.replace("\n", "")
    tell(made, url=URL)
    output = await shown(made)
    assert "Connect nyboden in the browser" in output
    assert "a link comes within a minute" not in output
    assert f";{URL}\x1b\\" in output, "a hyperlink, where the terminal knows them"
    assert f"Connect nyboden in the browser: {URL}\n" in output, "and one line to copy where it does not"
    tell(made, spec=CHOICES, url=URL)
    assert "Connect nyboden" not in await shown(made)


async def test_lines_tell_a_link_once(tmp_path: Path) -> None:
    made = stage(tmp_path)
    tell(made, url=URL)
    output = await shown(made, terminal=False)
    assert "nyboden waits for you to connect it" in output
    assert output.count(f"Connect nyboden in the browser: {URL}\n") == 1
    assert "\x1b" not in output


def test_the_figures_are_those_of_the_books_that_the_owner_has_chosen(tmp_path: Path) -> None:
    made = stage(tmp_path)
    place, other = made.places[-1], made.places[0].books
    contact = other.add_contact_by_hand("Kunde", email="kunde@example.com")
    other.add_invoice_by_hand(contact.guid, Decimal("100.00"))
    chronicle = Chronicle(made)
    tell(made, spec=CHOICES | {"organisation": other.organisation_id})
    assert made.books(place) is other
    assert chronicle.look() == [], "what was in those books before has not happened"
    assert chronicle.figures["nyboden"].contacts == len(other.contacts)
    other.add_contact_by_hand("Ny kunde", email="ny@example.com")
    assert {each.shop for each in chronicle.look()} == {"tehuset", "nyboden"}


class _Owner:
    """A stage whose link comes and goes as the test says. ``asked``: seconds at which one was asked for."""

    def __init__(self, made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[int] = []
        self.now = -1
        self.acts: dict[int, Callable[[], None]] = {}
        self.unreachable = False
        monkeypatch.setattr(offering, "_LOOK", 0)
        monkeypatch.setattr(made, "ask_for_link", self._ask)

    def clock(self) -> float:
        """A second passes with each look."""
        self.now += 1
        self.acts.get(self.now, lambda: None)()
        return self.now

    async def _ask(self, _place: object) -> None:
        if self.unreachable:
            raise ClusterError("no answer")
        self.asked.append(self.now)


async def test_a_link_is_asked_for_until_the_shop_is_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stage(tmp_path)
    tell(made)
    owner = _Owner(made, monkeypatch)
    owner.unreachable = True
    owner.acts = {
        3: lambda: setattr(owner, "unreachable", False),
        10: lambda: tell(made, url=URL),
        1000: lambda: tell(made),  # used, or at its end
        3000: lambda: tell(made, spec=CHOICES),
    }
    assert made.newcomer
    await offer(made, made.newcomer, clock=owner.clock)
    assert owner.now == 3000
    first, second, *others = owner.asked
    assert first <= 4
    assert 1050 <= second <= 1070, "its owner has a minute at the pages before there is another"
    assert len(others) >= 4, "and so on"
