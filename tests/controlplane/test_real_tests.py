"""What a run tells about its tests on the real server, and when it fails for want of them, in one process and in two."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from controlplane import real_server
from controlplane.real_server import CONSENT, OFFERED, REQUIRED
from controlplane.real_tests import summary

REPORT = 'pytest_plugins = ["controlplane.real_tests"]'
NEEDY = """
import pytest
from controlplane.real_server import RealServer

def test_one(real_server): pass
def test_two(way): pass
def test_none(): pass

@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.real_server)])
def server(request):
    return request.getfixturevalue("real_server") if request.param == "real" else None

def test_both(server): pass
"""
COUNTED = """
import pytest
from controlplane.real_server import RealServer

pytestmark = pytest.mark.real_server

def test_passes(): RealServer.versions.add("v1.37.2")
def test_fails(): assert False
def test_skips(): pytest.skip("no")

@pytest.mark.skip(reason="no")
def test_skipped(): pass

@pytest.fixture
def broken(): assert False

def test_errs(broken): pass

@pytest.fixture
def untidy():
    yield
    assert False

def test_passes_untidily(untidy): pass

@pytest.mark.parametrize("number", range(3))
def test_elsewhere(number): pass
"""


def run(
    folder: Path, tests: str, *arguments: str, processes: int = 0, required: str = ""
) -> tuple[int, list[str]]:
    """Run tests where there is no server; gives the exit code and the lines said."""
    (folder / "conftest.py").write_text(REPORT, encoding="utf-8")
    (folder / "test_a.py").write_text(tests, encoding="utf-8")
    done = subprocess.run(  # noqa: S603 - our own tests
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-ra", "-v"),
            *(f"--rootdir={folder}", f"--numprocesses={processes}", *arguments, str(folder)),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {OFFERED: "no", REQUIRED: required, "PYTHONPATH": str(real_server.HERE.parent)},
    )
    return done.returncode, done.stdout.splitlines()


def told(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("real kube-apiserver")]


@pytest.mark.parametrize("processes", [0, 2])
def test_one_line_stands_for_all_that_are_left_out(tmp_path: Path, processes: int) -> None:
    code, lines = run(tmp_path, NEEDY, processes=processes)
    assert code == 0
    (line,) = told(lines)
    assert line.startswith(f"real kube-apiserver: none, 3 tests are left out: {OFFERED} must be {CONSENT!r}")
    assert lines[-2] == line, "where it is seen"
    assert "2 passed, 1 skipped" in lines[-1]


def test_only_what_was_asked_for_is_counted(tmp_path: Path) -> None:
    _, lines = run(tmp_path, NEEDY, "-k", "both")
    assert "1 tests are left out" in told(lines)[0]
    code, lines = run(tmp_path, NEEDY, "-k", "none")
    assert (code, told(lines)) == (0, [])
    code, lines = run(tmp_path, NEEDY, "-m", "not real_server")
    assert (code, told(lines)) == (0, [])
    assert "2 passed, 3 deselected" in lines[-1]


@pytest.mark.parametrize("processes", [0, 2])
def test_where_they_are_required_they_fail(tmp_path: Path, processes: int) -> None:
    code, lines = run(tmp_path, NEEDY, processes=processes, required="required")
    assert code == 1
    assert "2 passed, 3 errors" in lines[-1]
    reason = f"no real kube-apiserver: {OFFERED} must be {CONSENT!r}"
    assert any(line.startswith(reason) for line in lines)
    assert told(lines) == [f"real kube-apiserver: {REQUIRED} is set, and no test ran on it"]


@pytest.mark.parametrize("processes", [0, 2])
@pytest.mark.parametrize("arguments", [("-k", "none"), ("-m", "not real_server")])
def test_where_they_are_required_a_run_without_them_fails(
    tmp_path: Path, processes: int, arguments: tuple[str, str]
) -> None:
    code, lines = run(tmp_path, NEEDY, *arguments, processes=processes, required="required")
    assert code == 1, lines
    assert told(lines) == [f"real kube-apiserver: {REQUIRED} is set, and no test ran on it"]
    assert "passed" in lines[-1]
    assert "failed" not in lines[-1]


@pytest.mark.parametrize("processes", [0, 2])
def test_what_ran_is_counted_once_whatever_its_outcome(tmp_path: Path, processes: int) -> None:
    code, lines = run(tmp_path, COUNTED, "--dist=load", processes=processes, required="required")
    assert code == 1
    assert "1 failed, 5 passed, 2 skipped, 2 errors" in lines[-1]
    assert told(lines) == ["real kube-apiserver v1.37.2: 6 tests"]


def test_where_they_are_required_and_ran_the_run_is_green(tmp_path: Path) -> None:
    code, lines = run(tmp_path, COUNTED, "-k", "elsewhere", required="required")
    assert (code, told(lines)) == (0, ["real kube-apiserver: 3 tests"])


def test_a_server_of_another_release_is_named_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REQUIRED, raising=False)
    assert summary(["v1.37.2", "v1.36.1 v1.37.2", ""], []) == "real kube-apiserver v1.36.1 v1.37.2: 3 tests"
    assert summary([], []) == ""
