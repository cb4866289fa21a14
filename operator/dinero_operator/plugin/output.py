"""How things look: tables for people, JSON and YAML for programs, and nothing that could take over a terminal."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
import yaml
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dinero_operator.plugin.options import Form

PIPED = 160
"""Columns where the output is no terminal."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def show_data(data: Mapping[str, Any] | Sequence[Any], form: Form) -> None:
    """Print for programs."""
    if form == "json":
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        click.echo(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=PIPED), nl=False)


def width() -> int:
    """Columns that there are to write in."""
    return Console().width if sys.stdout.isatty() else shutil.get_terminal_size((PIPED, 0)).columns


def show(parts: Iterable[RenderableType]) -> None:
    """Print for people: on a terminal with colours, else plain and without white space at line ends."""
    terminal = Console(highlight=False, width=width())
    if terminal.is_terminal:
        _print(terminal, parts)
        return
    piped = Console(file=io.StringIO(), width=width(), highlight=False, color_system=None)
    _print(piped, parts)
    assert isinstance(piped.file, io.StringIO)
    for line in piped.file.getvalue().splitlines():
        click.echo(line.rstrip())


def _print(console: Console, parts: Iterable[RenderableType]) -> None:
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, _Command))


def grid(*headings: str, figures: Collection[str] = (), gives_way: Collection[str] = ()) -> Table:
    """A table without lines, as kubectl's. ``figures`` stand to the right; where room is short, ``gives_way`` is narrowed."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for heading in headings:
        table.add_column(
            Text(heading, no_wrap=True, overflow="ellipsis"),
            justify="right" if heading in figures else "left",
            # What may wrap is narrowed first. A text can refuse to wrap all the same, and is cut then.
            no_wrap=heading not in gives_way,
        )
    return table


def cut(text: Text) -> Text:
    """The same, on one line whatever room there is."""
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def indented(part: RenderableType, by: int = 2) -> Padding:
    """The same, further in."""
    return Padding(part, (0, 0, 0, by))


def plain(text: object, style: str = "") -> Text:
    """Text of others, without what a terminal would obey."""
    words = " ".join(str(text).split())
    return Text("".join(char if char.isprintable() else "\ufffd" for char in words), style=style)


class _Command(Text):
    """A line that must stay whole, however narrow the screen."""


def command(line: str, by: int = 0) -> Text:
    """A command to copy."""
    return _Command(" " * by + line, style="bold")


def remedy(text: str) -> Table:
    """What to do, with an arrow before all of its lines."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_row("→", plain(text))
    return table


def age(moment: datetime | None, now: datetime) -> str:
    """Time since then, as kubectl writes it: ``45s``, ``4m``, ``3h``, ``2d``."""
    if moment is None:
        return "–"
    seconds = max(0, int((now - moment).total_seconds()))
    for unit, letter in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if seconds >= 2 * unit or (unit != _MINUTE and seconds >= unit):
            return f"{seconds // unit}{letter}"
    return f"{seconds}s"


def number(count: int, one: str, several: str = "") -> str:
    """``1 order``, ``2 orders``."""
    return f"{count} {one if count == 1 else several or one + 's'}"
