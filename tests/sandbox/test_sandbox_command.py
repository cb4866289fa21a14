"""The command as a person starts it: exit codes, plain output, signals, and nothing left running."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

PACKAGE = str(Path(__file__).parents[2] / "operator")


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environ = {**os.environ, "PYTHONPATH": PACKAGE, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "dinero_operator", "sandbox", "--directory", str(folder), *arguments],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=110)
    return process.returncode, output


def operators(folder: Path) -> list[int]:
    """Processes that have this folder's kubeconfig: the operators of this sandbox."""
    wanted = f"KUBECONFIG={folder / 'kubeconfig'}".encode()
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in environ.read_bytes().split(b"\0"):
                found.append(int(environ.parent.name))
        except OSError:
            continue
    return found


def read_until(output: IO[str], text: str) -> str:
    for line in output:
        if text in line:
            return line
    pytest.fail(f"the output ended without {text!r}")


def test_once_ends_with_verified_books(tmp_path: Path) -> None:
    code, output = finish(start(tmp_path, "--once", "--orders", "40", "--seed", "3"))
    assert code == 0, output
    assert "kubectl --kubeconfig" in output
    assert "Books verified: 80 orders" in output
    assert "GiftCard" in output
    assert "\x1b" not in output
    assert operators(tmp_path) == []


def test_time_is_up_and_what_is_owed_is_listed(tmp_path: Path) -> None:
    code, output = finish(
        start(tmp_path, "--once", "--orders", "90", "--shops", "1", "--timeout", "1", "--faults", "480=1")
    )
    assert code == 2, output
    assert "did not settle within 1 s. Still owed:" in output
    assert "is to be paid" in output
    assert re.search(r"  and \d+ more\n", output), output
    assert operators(tmp_path) == []


@pytest.mark.parametrize(("number", "once", "code"), [(signal.SIGINT, False, 0), (signal.SIGTERM, True, 143)])
def test_a_signal_ends_everything_in_order(tmp_path: Path, number: int, once: bool, code: int) -> None:
    arguments = ["--once", "--faults", "480=1"] if once else []
    process = start(tmp_path, "--orders", "5", *arguments)
    try:
        assert process.stdout
        read_until(process.stdout, "Dinero calls" if not once else "In another terminal")
        if not once:
            assert len(operators(tmp_path)) == 1
        process.send_signal(number)
        process.send_signal(number)
        returned, output = finish(process)
    finally:
        process.kill()
        process.wait()
    assert returned == code, output
    assert "Traceback" not in output
    assert operators(tmp_path) == []


def test_a_terminal_that_is_closed_ends_everything_too(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "dinero_operator", "sandbox", "--directory", str(tmp_path), "--orders", "3"],
        env={**os.environ, "PYTHONPATH": PACKAGE},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    try:
        os.close(theirs)
        seen = b""
        while b"Faults played" not in seen:
            seen += os.read(ours, 65536)
        os.close(ours)
        process.send_signal(signal.SIGHUP)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
    assert operators(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--faults", "thunder"), "'thunder' is no fault"),
        (("--shops", "0"), "0 is not in the range"),
        (("--kubeconfig", "/nowhere/kubeconfig"), "does not exist"),
    ],
)
def test_wrong_options_are_refused_in_a_line(
    tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    code, output = finish(start(tmp_path, *arguments))
    assert code == 2
    assert complaint in output


def test_a_kubeconfig_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("{}")
    code, output = finish(start(tmp_path, "--once", "--kubeconfig", str(tmp_path / "bad")))
    assert code == 2
    assert "cannot be used as a kubeconfig" in output
    assert "Traceback" not in output
