"""docs/install.md as somebody who follows it: its blocks in their order, and a folder in which they are run."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from rendering import ROOT, Json

PAGE = ROOT / "docs" / "install.md"
FENCE = re.compile(r"^```([a-z]+)\n(.*?)^```$|`((?:helm|kubectl)(?: [^` ]+){2,})`", re.DOTALL | re.MULTILINE)
"""A block, or a whole command within a line."""
WITHIN = 100.0


@dataclass(frozen=True)
class Block:
    """``number`` counts the blocks of the section from 0 on."""

    section: str
    number: int
    language: str
    text: str


def blocks() -> list[Block]:
    found = []
    for section in PAGE.read_text(encoding="utf-8").split("\n## "):
        title = section.partition("\n")[0]
        for number, match in enumerate(FENCE.finditer(section)):
            language, text, inline = match.groups()
            found.append(Block(title, number, language or "sh", text or f"{inline}\n"))
    return found


class Follower:
    """Somebody in a checkout, at a shell with helm and kubectl."""

    def __init__(self, folder: Path, kubeconfig: Path, tools: Mapping[str, tuple[str, ...]]) -> None:
        self._folder = folder / "checkout"
        self._folder.mkdir()
        for name in ("charts", "crds", "examples"):
            (self._folder / name).symlink_to(ROOT / name)
        bin_folder = folder / "bin"
        bin_folder.mkdir()
        for name, command in tools.items():
            tool = bin_folder / name
            quoted = " ".join(f"'{word}'" for word in command)
            tool.write_text(f'#!/bin/sh\nexec {quoted} "$@"\n', encoding="utf-8")
            tool.chmod(0o755)
        path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
        self._environment = {"PATH": path, "HOME": str(folder), "KUBECONFIG": str(kubeconfig)}

    def write_values(self, *values: Json) -> None:
        """What is theirs, as the page says: later ones are added to earlier ones."""
        merged: Json = {}
        for each in values:
            merged |= each
        (self._folder / "my-values.yaml").write_text(yaml.safe_dump(merged), encoding="utf-8")

    def run(self, command: str, kubeconfig: Path | None = None) -> tuple[int, str]:
        """Run it word for word; gives exit code and output."""
        chosen = {} if kubeconfig is None else {"KUBECONFIG": str(kubeconfig)}
        done = subprocess.run(  # noqa: S603 - the page's commands, which we wrote
            ["/bin/bash", "-c", command],
            cwd=self._folder,
            env=self._environment | chosen,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=WITHIN,
        )
        return done.returncode, done.stdout

    def __call__(self, command: str, kubeconfig: Path | None = None) -> str:
        code, said = self.run(command, kubeconfig)
        assert code == 0, f"{command}\n{said}"
        return said
