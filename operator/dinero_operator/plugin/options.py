"""Options as kubectl has them, and the words to use in a command that is shown to the person."""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import click

Form = Literal["table", "json", "yaml"]


@dataclass(frozen=True, slots=True)
class Where:
    """Which cluster and namespace; empty: as the kubeconfig has it."""

    kubeconfig: str = ""
    context: str = ""
    namespace: str = ""
    all_namespaces: bool = False

    def over(self, other: Where) -> Where:
        """These, and the other's where nothing is said here: options after a command win over those before it."""
        return Where(
            self.kubeconfig or other.kubeconfig,
            self.context or other.context,
            self.namespace or other.namespace,
            self.all_namespaces or other.all_namespaces,
        )

    def words(self, namespace: str) -> list[str]:
        """Options with which kubectl reaches the same place, without those that say nothing new."""
        words = ["-n", namespace] if self.namespace or self.all_namespaces else []
        if self.context:
            words += ["--context", self.context]
        return [*words, "--kubeconfig", self.kubeconfig] if self.kubeconfig else words

    def kubectl(self, namespace: str, *words: str) -> str:
        """A command to copy."""
        return shlex.join(["kubectl", *words, *self.words(namespace)])


def cluster_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``-n``, ``--context`` and ``--kubeconfig``, as one argument ``where``; also when given before the command's name."""

    @click.option("-n", "--namespace", default="", help="Namespace. Default: the context's.")
    @click.option("--context", "cluster_context", default="", help="Context of the kubeconfig to use.")
    @click.option(
        "--kubeconfig",
        default="",
        metavar="FILE",
        help="Default: the files of KUBECONFIG, or ~/.kube/config.",
    )
    @functools.wraps(command)
    def wrapped(
        *,
        namespace: str,
        cluster_context: str,
        kubeconfig: str,
        all_namespaces: bool = False,
        **others: Any,
    ) -> Any:
        where = Where(kubeconfig, cluster_context, namespace, all_namespaces)
        before = click.get_current_context().obj
        return command(where=where.over(before) if isinstance(before, Where) else where, **others)

    return wrapped


def everywhere(command: Callable[..., Any]) -> Callable[..., Any]:
    """``-A``, for a command with ``cluster_options``."""
    return click.option("-A", "--all-namespaces", is_flag=True, help="All namespaces.")(command)


def output(command: Callable[..., Any]) -> Callable[..., Any]:
    """``-o``."""
    return click.option(
        "-o",
        "--output",
        "form",
        type=click.Choice(["table", "json", "yaml"]),
        default="table",
        show_default=True,
        help="How to show it.",
    )(command)


def named(command: Callable[..., Any]) -> Callable[..., Any]:
    """The resource's name, with or without its kind before it, as kubectl prints it."""
    return click.argument("name", callback=_name)(command)


def maybe_named(command: Callable[..., Any]) -> Callable[..., Any]:
    """The resource's name, or none."""
    return click.argument("name", callback=_name, required=False, default="")(command)


_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,252}")
_KINDS = frozenset(
    {
        "dinero",
        "shoporama",
        "dinerointegration",
        "dinerointegrations",
        "dinerointegration.shoporama.dk",
        "dinerointegrations.shoporama.dk",
    }
)


def _name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    kind, slash, name = (value or "").rpartition("/")
    if slash and kind.lower() not in _KINDS:
        raise click.BadParameter(f"{kind} is another kind than DineroIntegration.")
    if name and not _NAME.fullmatch(name):
        raise click.BadParameter("A name has small letters, digits, hyphens and dots.")
    return name
