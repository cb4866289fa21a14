#!/usr/bin/env python3
"""Make the chart's generated parts: its copy of the CRD, and the README's table of values. ``--check`` only compares."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "charts" / "dinero-operator"
SOURCES = ROOT / "crds"
COPIES = CHART / "files" / "crds"
README = CHART / "README.md"
BEGIN, END = "<!-- values: begin -->\n", "<!-- values: end -->\n"
_KEY = re.compile(r"(?P<indent> *)(?P<key>[A-Za-z][A-Za-z0-9]*):")


class Value(NamedTuple):
    """One key of the values: its dotted path, its default, and its comment (empty where it has none)."""

    path: str
    default: Any
    comment: str


def documented(text: str) -> Iterator[Value]:
    """All keys of a values file, in its order. A comment begins with ``# --`` and stands right above its key."""
    tree = yaml.safe_load(text)
    comment: list[str] = []
    path: list[str] = []
    for line in text.splitlines():
        words = line.strip()
        if words.startswith("# --"):
            comment = [words.removeprefix("# --").strip()]
        elif words.startswith("#") and comment:
            comment.append(words.removeprefix("#").strip())
        elif (found := _KEY.match(line)) is not None:
            path = [*path[: len(found["indent"]) // 2], found["key"]]
            yield Value(".".join(path), _at(tree, path), " ".join(comment))
            comment = []
        else:
            comment = []


def _at(tree: Any, path: list[str]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def table(text: str) -> str:
    """The values as a Markdown table."""
    rows = [
        f"| `{value.path}` | {_default(value.default)} | {_cell(value.comment)} |\n"
        for value in documented(text)
    ]
    return "".join(("| value | default | meaning |\n", "| --- | --- | --- |\n", *rows))


def _default(value: Any) -> str:
    """A map's default is in the rows of its keys."""
    if isinstance(value, Mapping) and value:
        return ""
    if value == "":
        return "empty"
    shown = yaml.safe_dump(value, default_flow_style=True, width=1000)
    return f"`{shown.removesuffix(chr(10)).removesuffix('...').strip()}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def generated() -> dict[Path, str]:
    """What the generated files must hold."""
    files = {COPIES / path.name: path.read_text(encoding="utf-8") for path in sorted(SOURCES.glob("*.yaml"))}
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    values = (CHART / "values.yaml").read_text(encoding="utf-8")
    files[README] = f"{before}{BEGIN}\n{table(values)}\n{END}{after}"
    return files


def stale() -> list[Path]:
    """The generated files that are missing, differ, or should not be there."""
    files = generated()
    differ = [
        path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    return differ + [path for path in COPIES.glob("*") if path not in files]


def main(arguments: list[str]) -> int:
    """Write what is stale, or with ``--check`` name it; gives the exit code."""
    found, files = stale(), generated()
    for path in found:
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
        if arguments == ["--check"]:
            continue
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
        else:
            path.unlink()
    return 1 if found and arguments == ["--check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
