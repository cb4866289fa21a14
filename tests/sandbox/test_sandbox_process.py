"""The operator's process: started again when it dies, killed on demand, given up when it cannot live, never left behind."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dinero_operator.sandbox.process import OperatorBroken, OperatorProcess, environment, free_port

LIVES = "import time; print('alive', flush=True); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('alive', flush=True); time.sleep(600)"
DIES = "import sys; print('cannot listen'); sys.exit(3)"


def process(program: str, folder: Path) -> OperatorProcess:
    return OperatorProcess(os.environ, folder / "log", command=(sys.executable, "-c", program))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - it is another process that changes it
            await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_killed_operator_is_started_again_and_ends_with_its_supervisor(tmp_path: Path) -> None:
    operator = process(LIVES, tmp_path)
    assert not operator.crash()
    supervision = asyncio.create_task(operator.supervise())
    await until(lambda: operator.tail().count("alive") == 1)
    first = operator.pid
    assert first
    assert operator.crash()
    await until(lambda: operator.tail().count("alive") == 2)
    second = operator.pid
    assert second not in (None, first)
    assert operator.restarts == 1
    supervision.cancel()
    await asyncio.wait([supervision])
    assert supervision.cancelled()
    assert not is_alive(first)
    assert second
    assert not is_alive(second)
    assert operator.pid is None


async def test_many_kills_are_not_taken_for_a_broken_operator(tmp_path: Path) -> None:
    operator = process(LIVES, tmp_path)
    supervision = asyncio.create_task(operator.supervise())
    for turn in range(1, 7):
        await until(lambda turn=turn: operator.tail().count("alive") == turn)  # type: ignore[misc]
        assert operator.crash()
    await until(lambda: operator.tail().count("alive") == 7)
    assert not supervision.done()
    supervision.cancel()
    await asyncio.wait([supervision])


async def test_an_operator_that_cannot_live_is_given_up_with_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dinero_operator.sandbox.process._PAUSE", 0)
    with pytest.raises(OperatorBroken, match=r"(?s)exit code 3.*cannot listen"):
        await process(DIES, tmp_path).supervise()


async def test_one_that_will_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dinero_operator.sandbox.process._GRACE", 0.1)
    operator = process(STUBBORN, tmp_path)
    supervision = asyncio.create_task(operator.supervise())
    await until(lambda: "alive" in operator.tail())
    pid = operator.pid
    assert pid
    supervision.cancel()
    await asyncio.wait([supervision])
    assert not is_alive(pid)


def test_the_environment_has_our_settings_only_and_no_other_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINERO_OPERATOR_DINERO_API_URL", "https://api.dinero.dk")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBECONFIG", "/somewhere/else")
    environ = environment(Path("/here/kubeconfig"), {"HTTP_PORT": "1234"})
    assert {name: value for name, value in environ.items() if name.startswith("DINERO_OPERATOR_")} == {
        "DINERO_OPERATOR_HTTP_PORT": "1234"
    }
    assert environ["KUBECONFIG"] == "/here/kubeconfig"
    assert "KUBERNETES_SERVICE_HOST" not in environ


def test_a_free_port_is_one_that_can_be_listened_on() -> None:
    assert 1024 < free_port() < 65536
