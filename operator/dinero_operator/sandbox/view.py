"""What the terminal shows while a demo runs: redrawn in place, or line by line where the output is no terminal."""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from dinero_operator.domain import money
from dinero_operator.sandbox.happenings import Chronicle, Figures, Happening
from dinero_operator.sandbox.newcomer import how_to_ask, is_set_up, link
from dinero_operator.sandbox.simulators import Place
from dinero_operator.sandbox.stage import NAMESPACE, Stage

_WIDE = 100
"""Columns from which headings are written out."""
_TICK = 0.25
_SHOWN = 8
"""Happenings on the screen; fewer where it is low."""
_COLOURS = {
    "contact": "cyan",
    "draft": "blue",
    "booked": "green",
    "paid": "bold green",
    "held": "yellow",
    "restart": "red",
}


def amount(ore: int) -> str:
    """Øre as kroner for a column of figures."""
    return f"{money.kroner(ore):,.2f}"


def kubectl_line(stage: Stage) -> str:
    """The command with which to watch the resources."""
    return kubectl(stage, "get", "dinero", "-w")


def kubectl(stage: Stage, *arguments: str) -> str:
    """A command for the demo's cluster and namespace."""
    words = ["kubectl", "--kubeconfig", str(stage.kubeconfig)]
    if stage.options.kubeconfig is not None:
        words += ["-n", NAMESPACE]
    return shlex.join([*words, *arguments])


def grid(*headings: tuple[str, bool]) -> Table:
    """A table without lines: columns by heading, and whether they hold figures."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", show_edge=False)
    for heading, is_figure in headings:
        table.add_column(heading, justify="right" if is_figure else "left", no_wrap=is_figure)
    return table


class View:
    """Shows a stage. ``run`` keeps it up to date until cancelled, and shows the last state then."""

    def __init__(self, stage: Stage, console: Console, *, line_seconds: float = 2.0) -> None:
        self._stage = stage
        self._console = console
        self._chronicle = Chronicle(stage)
        self._line_seconds = line_seconds
        self._began = time.monotonic()
        self._told: dict[str, Figures] = {}
        self._next_lines = 0.0
        self._told_link = ""

    @property
    def figures(self) -> dict[str, Figures]:
        """Figures of each shop by name, as of the last look."""
        return self._chronicle.figures

    def introduce(self) -> None:
        """Say what runs, and what a person can do meanwhile."""
        outside, options = self._stage.outside, self._stage.options
        by_oauth = ", ".join(place.cast.name for place in self._stage.places if place.cast.login)
        faults = ", ".join(fault for fault, rate in options.faults.rates.items() if rate) or "none"
        for line in (
            f"Shops: {options.shops}, orders in each: {options.orders}, seed: {options.seed}",
            f"Connected to Dinero by OAuth: {by_oauth or 'none'}; the others by API key",
            f"Faults: {faults}",
            f"Shoporama {outside.shoporama.rest_url}  Dinero {outside.dinero.url}  Visma Connect {outside.connect.url}",
            f"Operator's log: {self._stage.operator.log}",
            f"In another terminal: {kubectl_line(self._stage)}",
        ):
            self._print(line)
        if (newcomer := self._stage.newcomer) is not None:
            self._print(
                f"{newcomer.cast.name} waits for you to connect it in the browser, by a link that works once. "
                f"To ask for another: {kubectl(self._stage, *how_to_ask(newcomer))}"
            )

    async def run(self) -> None:
        """Show until cancelled."""
        if not self._console.is_terminal:
            await self._lines()
            return
        live = Live(console=self._console, auto_refresh=False, vertical_overflow="ellipsis")
        with live:
            try:
                while True:
                    self._chronicle.look()
                    self._tell_link()
                    live.update(self._screen(), refresh=True)
                    await asyncio.sleep(_TICK)
            finally:
                self._chronicle.look()
                live.update(self._screen(), refresh=True)

    async def _lines(self) -> None:
        try:
            while True:
                self._tell(self._chronicle.look())
                await asyncio.sleep(_TICK)
        finally:
            self._next_lines = 0.0
            self._tell(self._chronicle.look())

    def _tell_link(self) -> None:
        """Print a new link as one line above the screen, from where it can be copied whole."""
        newcomer = self._stage.newcomer
        if newcomer is None or is_set_up(self._stage, newcomer):
            return
        if (url := link(self._stage, newcomer)) not in ("", self._told_link):
            self._told_link = url
            self._print(f"Connect {newcomer.cast.name} in the browser: {url}")

    def _tell(self, new: list[Happening]) -> None:
        self._tell_link()
        for each in new:
            if each.kind in ("held", "restart"):
                shop = f"{each.shop}: " if each.shop else ""
                self._print(f"{each.at:%H:%M:%S} {shop}{each.text}")
        if time.monotonic() < self._next_lines:
            return
        self._next_lines = time.monotonic() + self._line_seconds
        for name, figures in self._chronicle.figures.items():
            if self._told.get(name, Figures()) == figures:
                continue
            self._told[name] = figures
            self._print(
                f"{name}: {figures.orders} orders: {figures.booked} booked, {figures.drafted} drafts, "
                f"{amount(figures.paid)} kr. paid, {figures.pending} pending, {figures.held} held; "
                f"{figures.contacts} contacts, {figures.calls} Dinero calls ({_share(figures)} an order)"
            )

    def _print(self, line: str) -> None:
        self._console.print(line, soft_wrap=True, markup=False, highlight=False)

    def _screen(self) -> RenderableType:
        return Group(*self._parts())

    def _parts(self) -> Iterator[RenderableType]:
        yield Text(f"dinero-operator sandbox, {time.monotonic() - self._began:.0f} s", style="bold")
        yield Text()
        yield self._table()
        yield Text()
        # Title, blanks, headings, faults and the line for kubectl take some ten rows.
        room = max(3, min(_SHOWN, self._console.height - len(self._stage.places) - 11))
        for each in list(self._chronicle.latest)[-room:]:
            line = Text(
                f"{each.at:%H:%M:%S} {each.shop:<12} ", style="dim", no_wrap=True, overflow="ellipsis"
            )
            yield line.append(each.text, style=f"not dim {_COLOURS[each.kind]}")
        yield Text()
        yield Text(self._faults())
        if (newcomer := self._stage.newcomer) is not None and not is_set_up(self._stage, newcomer):
            yield self._invitation(newcomer)
        yield Text(kubectl_line(self._stage), style="bold", overflow="fold")

    def _invitation(self, newcomer: Place) -> Text:
        """The way into the browser, to be clicked where the terminal can; the address itself stands above the screen."""
        url = link(self._stage, newcomer)
        if not url:
            how = kubectl(self._stage, *how_to_ask(newcomer))
            return Text(
                f"Connect {newcomer.cast.name}: a link comes within a minute, or ask: {how}", overflow="fold"
            )
        line = Text(f"Connect {newcomer.cast.name} in the browser: ", overflow="fold")
        return line.append("open the set-up page", style=f"bold cyan link {url}").append(" (address above)")

    def _table(self) -> Table:
        wide = self._console.width >= _WIDE
        table = grid(
            ("Shop", False),
            ("Trigger", False),
            ("Orders", True),
            ("Booked", True),
            ("Drafts", True),
            ("Paid kr.", True),
            ("Pending" if wide else "Pend", True),
            ("Held", True),
            ("Contacts" if wide else "Cont", True),
            ("Dinero calls" if wide else "Calls", True),
            ("Calls/order" if wide else "/order", True),
        )
        for place in self._stage.places:
            figures = self._chronicle.figures[place.cast.name]
            late = place.cast.booking == "OnSent"
            trigger = str(self._stage.spec(place).get("trigger", "not chosen"))
            table.add_row(
                place.cast.name,
                f"{trigger}, OnSent" if late and wide else trigger + "*" * late,
                str(figures.orders),
                Text(str(figures.booked), style="green"),
                str(figures.drafted),
                amount(figures.paid),
                str(figures.pending),
                Text(str(figures.held), style="yellow" if figures.held else ""),
                str(figures.contacts),
                str(figures.calls),
                _share(figures),
            )
        if not wide and any(place.cast.booking == "OnSent" for place in self._stage.places):
            table.caption = "* drafted when paid, booked when sent"
            table.caption_justify = "left"
        return table

    def _faults(self) -> str:
        played = self._stage.faults.played
        faults = ", ".join(f"{fault} {count}" for fault, count in sorted(played.items())) or "none"
        return f"Faults played: {faults}. Operator restarts: {self._stage.operator.restarts}."


def _share(figures: Figures) -> str:
    calls = figures.calls_per_order
    return "-" if calls is None else f"{calls:.1f}"
