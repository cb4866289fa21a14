"""Waiting for the operator ends by itself: when it is content with wrong books, when it cannot live, when time is up."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pytest

from dinero_operator.sandbox.play import Play, Settled
from dinero_operator.sandbox.process import OperatorBroken, OperatorProcess
from dinero_operator.sandbox.stage import Options, Stage
from dinero_operator.sandbox.verify import differences, owed


async def test_wrong_books_that_the_operator_will_not_change_end_the_wait(tmp_path: Path) -> None:
    stage = Stage(Options(directory=tmp_path, shops=1, orders=3))
    stage.places[0].books.add_contact_by_hand("Ukendt", email="ukendt@example.com")
    async with stage:
        assert await Play(stage).settle(60) is Settled.DONE
        assert differences(stage.case(stage.places[0])) == ["Contacts without any order that is invoiced: 1."]


async def test_an_operator_that_cannot_start_ends_the_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = partial(OperatorProcess, command=(sys.executable, "-c", "raise SystemExit('no such setting')"))
    monkeypatch.setattr("dinero_operator.sandbox.stage.OperatorProcess", program)
    monkeypatch.setattr("dinero_operator.sandbox.process._PAUSE", 0)
    async with Stage(Options(directory=tmp_path, shops=1, orders=3)) as stage:
        with pytest.raises(OperatorBroken, match="no such setting"):
            await Play(stage).settle(60)


async def test_an_operator_that_does_nothing_is_not_waited_for_longer_than_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = partial(OperatorProcess, command=(sys.executable, "-c", "import time; time.sleep(600)"))
    monkeypatch.setattr("dinero_operator.sandbox.stage.OperatorProcess", program)
    async with Stage(Options(directory=tmp_path, shops=1, orders=5)) as stage:
        assert await Play(stage).settle(0.5) is Settled.TIMED_OUT
        assert len(owed(stage.case(stage.places[0]))) == 5
