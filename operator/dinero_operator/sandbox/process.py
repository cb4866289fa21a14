"""The real operator as a process of its own: started, started again when it dies, and killed when a fault asks for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import dinero_operator

_SHORT_LIFE = 5.0
"""Seconds: who dies sooner has not worked."""
_MOST_SHORT_LIVES = 4
_PAUSE = 1.0
"""Seconds before a process that died by itself is started again."""
_GRACE = 8.0
"""Seconds that a process has to end when asked."""
_TAIL = 15


class OperatorBroken(Exception):
    """The operator dies as soon as it is started. ``str()`` has the end of its log."""


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        assert isinstance(port, int)
        return port


def environment(kubeconfig: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The operator's environment: ours, with only these ``DINERO_OPERATOR_…`` settings, and no other cluster."""
    prefix = "DINERO_OPERATOR_"
    ours = {name: value for name, value in os.environ.items() if not name.startswith(prefix)}
    # Inside a pod these would name the cluster that the sandbox must not touch.
    for name in ("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
        ours.pop(name, None)
    # The same code as ours, also where it runs from a checkout.
    package = str(Path(dinero_operator.__file__).parents[1])
    path = os.pathsep.join(filter(None, (package, ours.get("PYTHONPATH"))))
    chosen = {prefix + name: value for name, value in settings.items()}
    return ours | chosen | {"KUBECONFIG": str(kubeconfig), "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


class OperatorProcess:
    """``dinero-operator run``. Its output goes to ``log``; ``restarts`` counts starts after the first."""

    def __init__(
        self,
        environ: Mapping[str, str],
        log: Path,
        *,
        command: tuple[str, ...] = (sys.executable, "-m", "dinero_operator", "run"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.restarts = 0
        self.log = log
        self._environ = dict(environ)
        self._command = command
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self._killed = False
        self._short_lives = 0

    @property
    def pid(self) -> int | None:
        """The process that runs now, if one does."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def supervise(self) -> None:
        """Keep it running until cancelled; then end it. Raises ``OperatorBroken`` where that is no use."""
        try:
            while True:
                began = self._clock()
                self._killed = False
                await self._start()
                assert self._process is not None
                code = await self._process.wait()
                self._note(f"the operator ended with {code}, and is started again")
                self.restarts += 1
                if self._killed:
                    continue
                self._short_lives = self._short_lives + 1 if self._clock() - began < _SHORT_LIFE else 0
                if self._short_lives >= _MOST_SHORT_LIVES:
                    raise OperatorBroken(
                        f"The operator ends as soon as it is started (exit code {code}). The end of {self.log}:\n"
                        f"{self.tail()}"
                    )
                await asyncio.sleep(_PAUSE)
        finally:
            await self._stop()

    def crash(self) -> bool:
        """Kill it in the middle of whatever it does (SIGKILL). False: none runs now."""
        if self.pid is None or self._process is None:
            return False
        self._killed = True
        self._process.kill()
        return True

    def tail(self) -> str:
        """The last lines of its log."""
        with contextlib.suppress(OSError):
            return "\n".join(
                self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:]
            ).rstrip()
        return ""

    async def _start(self) -> None:
        with self.log.open("ab") as output:
            # A session of its own: Ctrl-C reaches us alone, and we end it in order.
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._environ,
                start_new_session=True,
            )

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _GRACE)
        except TimeoutError:
            process.kill()
            await process.wait()

    def _note(self, text: str) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"--- sandbox: {text} ---\n")
