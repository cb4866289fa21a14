"""``kubectl dinero``: the commands and their options. What they do is imported when it is asked for: help must be quick."""

# ruff: noqa: PLC0415

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import click

from dinero_operator import __version__
from dinero_operator.plugin.options import (
    Form,
    Where,
    cluster_options,
    everywhere,
    maybe_named,
    named,
    output,
)

PROGRAM = "kubectl dinero"
TRACE = "KUBECTL_DINERO_TRACE"
EXIT_FAILURE, EXIT_INTERRUPTED = 1, 130

T = TypeVar("T")
seconds = click.FloatRange(min=1)


def run() -> None:
    """Run it. Whatever goes wrong ends in one sentence, never in a traceback."""
    # What the operator would log is no news to whoever sits here.
    logging.lastResort = None
    try:
        main(prog_name=PROGRAM)
    except Exception as error:
        if os.environ.get(TRACE):
            raise
        # Its text may hold anything; its kind does not.
        click.echo(
            f"error: {PROGRAM} has failed in an unforeseen way ({type(error).__name__}). With {TRACE}=1 it says where.",
            err=True,
        )
        sys.exit(EXIT_FAILURE)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name=PROGRAM)
@cluster_options
@click.pass_context
def main(context: click.Context, *, where: Where) -> None:
    """Connect Shoporama webshops to Dinero, and see what becomes of their orders.

    NAME is the name of a DineroIntegration (kubectl get dinero).
    """
    context.obj = where


@main.command()
@named
@cluster_options
@click.option(
    "--open/--no-open",
    "opens",
    default=None,
    help="Open the link in a browser. Default: on a desktop, when the output is a terminal.",
)
@click.option("--timeout", type=seconds, default=60, show_default=True, help="Seconds to wait for the link.")
@output
def connect(*, name: str, where: Where, opens: bool | None, timeout: float, form: Form) -> None:
    """Ask for a link to set up the shop in the browser.

    The link works once, within 15 minutes, and is for whoever may log in to Dinero for the shop.
    """
    from dinero_operator.plugin import link
    from dinero_operator.plugin.output import show_data

    found = _with(where, lambda session: link.request_link(session, name, timeout))
    if form == "table":
        click.echo("Begin the set-up here. The link works once, within 15 minutes:", err=True)
        click.echo(found.url)
    else:
        show_data(found.wire(), form)
    if opens is None:
        opens = form == "table" and link.can_browse()
    if opens and not link.browse(found.url):
        click.echo("No browser could be opened: copy the link.", err=True)


@main.command()
@named
@cluster_options
@output
def choices(*, name: str, where: Where, form: Form) -> None:
    """Show what can be picked: organisations, triggers and accounts."""
    from dinero_operator.plugin import choices as chooser
    from dinero_operator.plugin.integration import Integration
    from dinero_operator.plugin.output import show, show_data

    async def work(session: Any) -> None:
        integration = Integration(await session.find(name))
        chooser.check(integration)
        if form == "table":
            show(chooser.view(session, integration))
        else:
            show_data(chooser.data(integration), form)

    _with(where, work)


@main.command()
@maybe_named
@cluster_options
@everywhere
@output
def status(*, name: str, where: Where, form: Form) -> None:
    """Show how it goes: all shops, or one with its held orders and what to do about them."""
    from dinero_operator.plugin import status as state
    from dinero_operator.plugin.integration import Integration
    from dinero_operator.plugin.output import show, show_data

    if name and where.all_namespaces:
        raise click.UsageError("Give a NAME or --all-namespaces, not both.")

    async def work(session: Any) -> None:
        if name:
            integration = Integration(await session.find(name))
            if form == "table":
                show(state.detail(session, integration))
            else:
                show_data(state.data(integration), form)
            return
        found = [Integration(body) for body in await session.all()]
        if form != "table":
            show_data([state.data(each) for each in found], form)
        elif found:
            show(state.overview(session, found))
        else:
            place = f"in namespace {session.namespace}" if session.scope else "in any namespace"
            click.echo(f"There is no DineroIntegration {place}.", err=True)

    _with(where, work)


@main.command()
@named
@cluster_options
@click.option("--organisation", type=int, help="Plan as if this one were chosen.")
@click.option("--trigger", type=click.Choice(["Paid", "Sent"]), help="Plan as if this one were chosen.")
@click.option("--account", type=int, help="Plan as if this one were chosen.")
@click.option(
    "--orders", type=click.IntRange(1, 50), default=5, show_default=True, help="How many, the newest first."
)
@click.option("--lines/--no-lines", default=True, show_default=True, help="Show the invoices' lines.")
@output
def plan(*, name: str, where: Where, orders: int, lines: bool, form: Form, **chosen: Any) -> None:
    """Show what the next poll would do with the newest orders. Writes nothing, anywhere.

    Computed on this machine with your own rights: it reads the Secrets that the resource names, the shop and Dinero.
    """
    from dinero_operator.plugin import plan as planner
    from dinero_operator.plugin import plan_view
    from dinero_operator.plugin.output import show, show_data

    given = {field: value for field, value in chosen.items() if value is not None}
    integration, seen = _with(
        where, lambda session: planner.compute(session, name, chosen=given, limit=orders)
    )
    if form == "table":
        show(plan_view.view(integration, seen, with_lines=lines))
    else:
        show_data(plan_view.data(integration, seen), form)


@main.command()
@named
@cluster_options
@click.option("--wait/--no-wait", default=False, show_default=True, help="Wait for the end of the run.")
@click.option("--timeout", type=seconds, default=300, show_default=True, help="Seconds to wait.")
def sync(*, name: str, where: Where, wait: bool, timeout: float) -> None:
    """Ask for a run now. With --wait, fails when the run does."""
    from dinero_operator.plugin import asking
    from dinero_operator.plugin.output import number

    async def work(session: Any) -> str:
        token = await asking.request_run(session, name)
        if not wait:
            return "sync requested"
        orders = (await asking.wait_for_run(session, name, token, timeout)).status.orders
        held = orders.held if orders is not None else 0
        return f"synced, {number(held, 'order')} held" if held else "synced"

    _say(name, _with(where, work))


@main.command()
@named
@cluster_options
def suspend(*, name: str, where: Where) -> None:
    """Let the operator leave a shop alone until it is resumed."""
    _set_suspend(name, where, is_wanted=True)


@main.command()
@named
@cluster_options
def resume(*, name: str, where: Where) -> None:
    """Let the operator go on with a suspended shop."""
    _set_suspend(name, where, is_wanted=False)


@main.command()
@named
@cluster_options
@click.option(
    "--url",
    default="",
    envvar="DINERO_OPERATOR_PUBLIC_URL",
    help="Where the internet reaches the operator. Default: as in a set-up link that is open now.",
)
def webhook(*, name: str, where: Where, url: str) -> None:
    """Print the address that the shop may call to be polled at once.

    It is made from the shop's token, which is read with your own rights. Show it to nobody but the shop.
    """
    from dinero_operator.plugin import link

    click.echo(_with(where, lambda session: link.webhook_url(session, name, url)))


def _set_suspend(name: str, where: Where, *, is_wanted: bool) -> None:
    from dinero_operator.plugin import asking

    is_changed, warning = _with(where, lambda session: asking.suspend(session, name, is_wanted=is_wanted))
    word = "suspended" if is_wanted else "resumed"
    _say(name, word if is_changed else f"{word} (as before)")
    if warning:
        click.echo(f"Warning: {warning}", err=True)


def _say(name: str, what: str) -> None:
    """As kubectl does."""
    click.echo(f"dinerointegration.shoporama.dk/{name} {what}")


def _with(where: Where, work: Callable[[Any], Awaitable[T]]) -> T:
    """Do something with the cluster; a failure becomes a sentence and an exit code."""
    from dinero_operator.plugin.session import Problem, opened

    async def worked() -> T:
        async with opened(where) as session:
            return await work(session)

    try:
        return asyncio.run(worked())
    except Problem as problem:
        from dinero_operator.transport.redaction import redact

        click.echo(f"error: {redact(str(problem))}", err=True)
        sys.exit(EXIT_FAILURE)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
