"""``dinero-operator sandbox``: a demo on one machine, with the real operator in it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any

import click
from rich.console import Console

from dinero_operator.sandbox.cast import MOST_SHOPS
from dinero_operator.sandbox.closing import print_books, print_owed, print_verdict
from dinero_operator.sandbox.cluster import ClusterError
from dinero_operator.sandbox.faults import FaultPlan
from dinero_operator.sandbox.play import Play, Settled
from dinero_operator.sandbox.process import OperatorBroken
from dinero_operator.sandbox.stage import Options, Stage
from dinero_operator.sandbox.view import View

EXIT_DIFFERENT = 1
EXIT_UNSETTLED = 2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _check_faults(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    try:
        FaultPlan.parse(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return value


@click.command()
@click.option(
    "--once", is_flag=True, help="End when every order is handled, and verify the books: exit 0 if right."
)
@click.option("--shops", type=click.IntRange(1, MOST_SHOPS), default=2, show_default=True, help="Webshops.")
@click.option(
    "--orders", type=click.IntRange(0, 100_000), default=40, show_default=True, help="Orders in each shop."
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same seed gives the same orders and faults."
)
@click.option(
    "--faults",
    default="none",
    show_default=True,
    callback=_check_faults,
    help="none, all, or a list such as 429=0.05,answer-lost,crash; crash kills the operator while it works.",
)
@click.option(
    "--kubeconfig",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Use this cluster in place of the embedded API. Without it, no cluster is touched.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port of the embedded Kubernetes API; 0 takes a free one.",
)
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where kubeconfig and log go. Default: a new temporary one.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=300,
    show_default=True,
    help="Seconds that the operator has to settle everything.",
)
@click.option("--no-color", is_flag=True, envvar="NO_COLOR", help="No colours.")
def sandbox(
    *,
    once: bool,
    shops: int,
    orders: int,
    seed: int,
    faults: str,
    kubeconfig: Path | None,
    port: int,
    directory: Path | None,
    timeout: float,
    no_color: bool,
) -> None:
    """Watch the real operator at work on simulated shops and books. Nothing leaves this machine."""
    console = Console(no_color=no_color or None, highlight=False)
    options = Options(
        directory=directory or Path(tempfile.mkdtemp(prefix="dinero-sandbox-")),
        shops=shops,
        orders=orders,
        seed=seed,
        faults=FaultPlan.parse(faults, seed=seed),
        kubeconfig=kubeconfig,
        port=port,
        with_newcomer=not once,
    )
    sys.exit(asyncio.run(_guarded(options, once=once, timeout=timeout, console=console)))


async def _guarded(options: Options, *, once: bool, timeout: float, console: Console) -> int:  # noqa: ASYNC109
    """Perform, and end everything in order when a signal says so."""
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(perform(options, once=once, timeout=timeout, console=console))
    received: list[int] = []

    def end(number: int) -> None:
        # Only the first one: another must not cut short what the first has begun to end.
        is_first = not received
        received.append(number)
        if is_first:
            task.cancel()
            # The terminal may be what is gone; that must not keep anything running.
            with contextlib.suppress(OSError):
                console.print("Stopping …")

    for each in _SIGNALS:
        loop.add_signal_handler(each, end, each)
    try:
        return await task
    except asyncio.CancelledError:
        if not received:
            raise
        return 128 + received[0] if once else 0
    except (ClusterError, OperatorBroken, OSError) as error:
        console.print(str(error), style="bold red", markup=False, soft_wrap=True)
        return EXIT_UNSETTLED
    finally:
        # A second one may be on its way: blocked for a moment, it finds no handler that would raise while the loop closes.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        for each in _SIGNALS:
            loop.remove_signal_handler(each)
            if received:
                signal.signal(each, _pay_no_heed)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def _pay_no_heed(_number: int, _frame: FrameType | None) -> None:
    """Let a signal pass: the program is ending already."""


async def perform(options: Options, *, once: bool, timeout: float, console: Console) -> int:  # noqa: ASYNC109
    """Run a demo and return its exit code. Raises ``ClusterError``, ``OperatorBroken`` or ``OSError``."""
    async with Stage(options) as stage:
        view, play = View(stage, console, line_seconds=2 if once else 10), Play(stage)
        view.introduce()
        if not once:
            await _shown(view, play.live())
        settled: Settled = await _shown(view, play.settle(timeout))
        if settled is Settled.TIMED_OUT:
            print_owed(stage, console, timeout)
            return EXIT_UNSETTLED
        return conclude(stage, view, console)


def conclude(stage: Stage, view: View, console: Console) -> int:
    """Print and verify the books as they are now, and return the exit code."""
    print_books(stage, view.figures, console)
    return 0 if print_verdict(stage, console) else EXIT_DIFFERENT


async def _shown(view: View, doing: Any) -> Any:
    """Do something while the view is up."""
    showing = asyncio.create_task(view.run())
    try:
        return await doing
    finally:
        showing.cancel()
        await asyncio.wait([showing])
