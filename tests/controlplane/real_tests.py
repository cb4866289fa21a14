"""Tests on the real server: their fixtures and mark, one skip for all where there is none, and a last line that counts them.

A plugin of pytest, for every test under ``tests/``. Whoever uses ``way`` or ``real_server`` has the mark; it can also
be given to one variant of a test.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable

import pytest

from controlplane.real_server import REQUIRED, NoServer, RealServer, Way, find, shared

MARK = "real_server"
RAN, LEFT_OUT = "ran on a real kube-apiserver", "left out for want of a real kube-apiserver"
"""Properties of a test's report: they come over from pytest-xdist's processes. What they say stands in the last line."""


@pytest.fixture(scope="session")
def way() -> Way:
    """The way to a server."""
    try:
        return find(os.environ)
    except NoServer as reason:
        pytest.fail(f"no real kube-apiserver: {reason}", pytrace=False)


@pytest.fixture(scope="session")
def real_server(way: Way) -> RealServer:
    """The shared server."""
    return shared(way)


def is_required() -> bool:
    """Whether a run without tests on the real server is a failure."""
    return os.environ.get(REQUIRED) == "required"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}: runs on the real kube-apiserver of tests/controlplane")


def pytest_itemcollected(item: pytest.Item) -> None:
    if "way" in getattr(item, "fixturenames", ()):
        item.add_marker(MARK)


# Last, so that what -k and -m take out is not counted.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if item.get_closest_marker(MARK)]
    if not ours or is_required():
        return
    try:
        find(os.environ)
    except NoServer as reason:
        first, *others = ours
        told = f"{len(ours)} tests are left out: {reason}"
        first.add_marker(pytest.mark.skip(reason="it stands for all tests on a real kube-apiserver"))
        first.user_properties.append((LEFT_OUT, told))
        config.hook.pytest_deselected(items=others)
        gone = set(others)
        items[:] = [item for item in items if item not in gone]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call" and not report.skipped and item.get_closest_marker(MARK):
        report.user_properties.append((RAN, " ".join(sorted(RealServer.versions))))
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where they must run, a run without any of them has failed, whatever took them out."""
    config = session.config
    if hasattr(config, "workerinput") or config.option.collectonly or not is_required():
        return
    if not found_in(config, RAN):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


# First, so that the line comes last, after what was skipped and what has failed.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None, None, None]:
    yield
    if line := summary(found_in(config, RAN), found_in(config, LEFT_OUT)):
        terminalreporter.write_line(line)


def summary(ran: list[str], left_out: Iterable[str]) -> str:
    """The last line; empty where the run was about something else. ``ran`` has the versions known to each test."""
    versions = sorted({version for known in ran for version in known.split()})
    title = " ".join(["real kube-apiserver", *versions])
    if ran:
        return f"{title}: {len(ran)} tests"
    if is_required():
        return f"{title}: {REQUIRED} is set, and no test ran on it"
    return "; ".join(f"{title}: none, {told}" for told in left_out)


def found_in(config: pytest.Config, name: str) -> list[str]:
    """The values of a property, of all tests that have it: one each, though a test has several reports."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    outcomes = [] if reporter is None else reporter.stats.values()
    reports = [report for each in outcomes for report in each if isinstance(report, pytest.TestReport)]
    return [
        str(value)
        for report in reports
        if report.when != "teardown"
        for key, value in report.user_properties
        if key == name
    ]
