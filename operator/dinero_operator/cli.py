"""The command line: ``run`` in a cluster, ``sandbox`` on one machine."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import NoReturn

import click

from dinero_operator import __version__
from dinero_operator.settings import Settings, SettingsError, load_settings

EXIT_FAILURE = 1
EXIT_USAGE = 2


class _Lazy(click.Group):
    """Imports the sandbox only when it is asked for: the operator in a cluster must stay small."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), "sandbox"})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "sandbox":
            from dinero_operator.sandbox.command import sandbox  # noqa: PLC0415

            return sandbox
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dinero-operator")
def main() -> None:
    """Carry Shoporama webshop orders into Dinero's books, once and only once."""


@main.command()
def run() -> None:
    """Run the operator, in a cluster or with KUBECONFIG. Settings: DINERO_OPERATOR_* in the environment."""
    settings = _settings()
    from dinero_operator.kube.app import run as run_operator  # noqa: PLC0415 - kopf is heavy
    from dinero_operator.kube.connection import StartError  # noqa: PLC0415
    from dinero_operator.log_setup import configure_logging  # noqa: PLC0415

    configure_logging(form=settings.log_format, level=settings.log_level)
    try:
        was_asked = asyncio.run(run_operator(settings))
    except StartError as error:
        _stop(str(error))
    sys.exit(0 if was_asked else EXIT_FAILURE)


def _settings() -> Settings:
    try:
        return load_settings(os.environ)
    except SettingsError as error:
        _stop(str(error))


def _stop(line: str) -> NoReturn:
    click.echo(line, err=True)
    sys.exit(EXIT_USAGE)
