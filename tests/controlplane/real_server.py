"""The real kube-apiserver for tests: found, started, restarted, or the reason why there is none.

In this order: a cluster that was offered on purpose (``OFFERED``), the binaries in ``KUBEBUILDER_ASSETS``, and what
``build.sh`` has built with Go.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar

import yaml

HERE = Path(__file__).parent
CONTEXT = "dinero-test"
OFFERED, CONSENT = "DINERO_OPERATOR_TEST_CLUSTER", "yes-i-mean-it"
"""The cluster of ``KUBECONFIG`` is used only with this, and only where its context is named as a test's."""
REQUIRED = "DINERO_OPERATOR_TEST_REAL_SERVER"
"""Set to ``required`` where tests on the real server must run."""
STARTS_WITHIN = 90.0
STOPS_WITHIN = 20.0


@dataclass(frozen=True, slots=True)
class Way:
    """How to come by a server. Either ``command`` starts one, or it runs already."""

    kubectl: tuple[str, ...] | None
    command: tuple[str, ...] = ()
    kubeconfig: Path | None = None


class NoServer(Exception):
    """There is no real server here. ``str()`` is the reason, in one line."""


class RealServer:
    """One server. With a folder it keeps its data, keys and port there, and can be started again.

    It dies with the thread that starts it, not only with the process (Linux: PR_SET_PDEATHSIG).
    """

    versions: ClassVar[set[str]] = set()
    """Of all that this process has started."""

    def __init__(self, way: Way, folder: Path | None = None) -> None:
        self._way = way
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._log: IO[str] | None = None
        self._logged = ""
        self.version = ""
        self.kubeconfig = Path()

    @property
    def kubectl(self) -> tuple[str, ...] | None:
        """The command of a kubectl, of the server's own release where it could be chosen."""
        return self._way.kubectl

    @property
    def is_ours(self) -> bool:
        """Whether it can be stopped, killed and started with other flags."""
        return bool(self._way.command)

    def start(self, *flags: str) -> RealServer:
        """Start it with these flags of kube-apiserver on top, and wait until it is ready.

        Raises ``AssertionError`` with the end of its log.
        """
        if self._way.kubeconfig is not None:
            self.kubeconfig = self._way.kubeconfig
            self.version = json.loads(self._get("/version"))["gitVersion"]
            self.versions.add(self.version)
            return self
        assert self._process is None, "it runs already"
        data = () if self._folder is None else ("--data", str(self._folder))
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(  # noqa: S603 - the command is ours
            [*self._way.command, *data, "--", *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self._process.stdout is not None
        # One line or the end of the output: either can be read at once.
        heard, _, _ = select.select([self._process.stdout], [], [], STARTS_WITHIN)
        line = self._process.stdout.readline() if heard else ""
        if not line:
            self.kill()
            raise AssertionError(
                f"the server was not ready within {STARTS_WITHIN:g} s:\n{self.log()[-4000:]}"
            )
        ready = json.loads(line)
        self.kubeconfig, self.version = Path(ready["kubeconfig"]), ready["version"]
        self.versions.add(self.version)
        return self

    def stop(self) -> None:
        """Ask it to end, as the end of its parent does."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOPS_WITHIN)
        finally:
            self.kill()

    def kill(self) -> None:
        """End it, API server and etcd, in the middle of whatever they do."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._logged = self.log()
        if self._log is not None:
            self._log.close()
        self._process = self._log = None

    def restart(self, *flags: str) -> None:
        """Kill it, and start it on the same data and port."""
        assert self._folder is not None, "without a folder nothing is left to start it with again"
        self.kill()
        self.start(*flags)

    def _get(self, path: str) -> str:
        assert self.kubectl is not None, "kubectl is not installed"
        command = [*self.kubectl, f"--kubeconfig={self.kubeconfig}", "get", "--raw", path]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - as above
        return answer.stdout

    def log(self) -> str:
        """What it has logged since its last start."""
        if self._log is None:
            return self._logged
        self._log.seek(0)
        return self._log.read()


def find(environ: Mapping[str, str]) -> Way:
    """The way to a server in this environment. Raises ``NoServer``."""
    kubectl = shutil.which("kubectl", path=environ.get("PATH"))
    found = None if kubectl is None else (kubectl,)
    if environ.get(OFFERED):
        return Way(found, kubeconfig=_offered(environ))
    if assets := environ.get("KUBEBUILDER_ASSETS"):
        folder = Path(assets)
        for name in ("etcd", "kube-apiserver"):
            if not os.access(folder / name, os.X_OK):
                raise NoServer(f"KUBEBUILDER_ASSETS has no {name}: {assets}")
        mine = folder / "kubectl"
        command = (sys.executable, str(HERE / "kubebuilder_assets.py"), assets)
        return Way((str(mine),) if mine.exists() else found, command)
    script = [str(HERE / "build.sh"), "--built"]
    built = subprocess.run(  # noqa: S603 - as above
        script, capture_output=True, text=True, check=False, env=dict(environ)
    )
    if built.returncode:
        raise NoServer(built.stderr.strip().splitlines()[-1] if built.stderr.strip() else "build.sh failed")
    binary = built.stdout.strip()
    return Way((binary, "kubectl"), (binary,))


def _offered(environ: Mapping[str, str]) -> Path:
    if environ[OFFERED] != CONSENT:
        raise NoServer(f"{OFFERED} must be {CONSENT!r}: the tests write to the cluster of KUBECONFIG")
    try:
        path = Path(environ["KUBECONFIG"])
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        context = str(config["current-context"])
    except (KeyError, TypeError, OSError, yaml.YAMLError) as error:
        raise NoServer(f"{OFFERED} is set, and KUBECONFIG names no cluster: {error!r}") from None
    if not context.startswith(CONTEXT):
        raise NoServer(f"the context of KUBECONFIG is {context!r}; the tests touch only {CONTEXT}…")
    return path


@functools.cache
def shared(way: Way) -> RealServer:
    """One server for all tests of this process, whichever files they are in."""
    server = RealServer(way).start()
    atexit.register(server.stop)
    return server
