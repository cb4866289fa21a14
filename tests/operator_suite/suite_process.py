"""The operator as a process of its own, as it runs in a pod."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
from eventually import WITHIN, eventually
from prometheus_client.parser import text_string_to_metric_families

from dinero_operator.sandbox.process import environment, free_port

PROGRAM = ("-m", "dinero_operator", "run")
HURRIED = (str(Path(__file__).with_name("hurried.py")),)
"""The same with shorter times, for what would take minutes."""
StartOperator = Callable[..., Awaitable["Operator"]]
Samples = dict[str, list[tuple[dict[str, str], float]]]


class Operator:
    """``dinero-operator run``. Its log is kept in ``log``."""

    def __init__(
        self,
        kubeconfig: Path,
        log: Path,
        settings: Mapping[str, str],
        program: tuple[str, ...] = PROGRAM,
    ) -> None:
        self.log = log
        self._program = program
        self.port = free_port()
        given = {"HTTP_PORT": str(self.port), "LOG_FORMAT": "json", **settings}
        self._environment = environment(kubeconfig, given)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, *, wait: bool = True) -> Operator:
        """Start it, and wait until it says that it is ready."""
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._program,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._environment,
            )
        if wait:
            await eventually(self._is_ready, told=f"the operator's readiness ({self.log})")
        return self

    async def get(self, path: str) -> tuple[int, str, str]:
        """Status, content type and text of an answer of its HTTP server; status 0 where nobody answers."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            try:
                async with session.get(f"http://127.0.0.1:{self.port}{path}") as answer:
                    return answer.status, answer.headers.get("Content-Type", ""), await answer.text()
            except aiohttp.ClientConnectionError:
                return 0, "", ""

    async def samples(self) -> Samples:
        """All metrics: by name, each series' labels and value."""
        _, _, text = await self.get("/metrics")
        found: Samples = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found.setdefault(sample.name, []).append((sample.labels, sample.value))
        return found

    async def value(self, name: str, /, **labels: str) -> float:
        """The sum of the series of a metric (without its prefix) that have these labels."""
        series = (await self.samples()).get(f"dinero_operator_{name}", [])
        return sum(value for found, value in series if labels.items() <= found.items())

    async def series_of(self, namespace: str) -> set[str]:
        """The names of the metrics that have a series for a resource of a namespace."""
        return {
            name
            for name, series in (await self.samples()).items()
            if any(labels.get("namespace") == namespace for labels, _ in series)
        }

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def wait(self, within: float = WITHIN) -> int:
        """Wait for its end; gives the exit code."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), within)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Ask it to end; gives the exit code, and the seconds that it took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(number)
        code = await self.wait(60)
        return code, time.monotonic() - began

    async def aclose(self) -> None:
        """End it, if it runs, by whatever it takes."""
        if self.is_running:
            self.kill()
            await self.wait()

    def lines(self) -> list[dict[str, Any]]:
        """Its log; every line must be JSON."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    async def _is_ready(self) -> bool:
        assert self.is_running, f"the operator has ended: {self.log.read_text(encoding='utf-8')}"
        return (await self.get("/readyz"))[0] == 200
