"""kubectl on the real server, with a home of its own, so that nothing of the user's is read or written."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]
WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has said. ``text`` has both outputs."""

    code: int
    out: str
    text: str


class RealKubectl:
    """``kubectl("get", "ns")`` gives the output of a command that succeeds."""

    def __init__(self, command: tuple[str, ...], kubeconfig: Path, home: Path, namespace: str = "") -> None:
        self.kubeconfig, self.home = kubeconfig, home
        self._command = [*command, f"--kubeconfig={kubeconfig}"]
        self._plain = command
        self._namespace = namespace

    @property
    def command(self) -> tuple[str, ...]:
        """kubectl itself, without a kubeconfig."""
        return self._plain

    def within(self, namespace: str) -> RealKubectl:
        """The same in a namespace."""
        return RealKubectl(self._plain, self.kubeconfig, self.home, namespace)

    def run(self, *arguments: str, stdin: Json | str | None = None) -> Answer:
        """Run a command, whatever its end."""
        given = json.dumps(stdin) if isinstance(stdin, dict) else stdin or ""
        place = [f"--namespace={self._namespace}"] if self._namespace else []
        done = subprocess.run(  # noqa: S603 - the arguments are the tests'
            [*self._command, *place, *arguments],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=WITHIN,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home)},
        )
        return Answer(done.returncode, done.stdout, done.stdout + done.stderr)

    def __call__(self, *arguments: str, stdin: Json | str | None = None) -> str:
        answer = self.run(*arguments, stdin=stdin)
        assert answer.code == 0, answer.text
        return answer.out

    def refused(self, *arguments: str, stdin: Json | str | None = None) -> str:
        """Run a command that is to fail; gives what it says."""
        answer = self.run(*arguments, stdin=stdin)
        assert answer.code != 0, f"it was accepted: {answer.text}"
        return answer.text

    def read(self, *arguments: str) -> Json:
        """Get an object or a list."""
        found = json.loads(self("get", *arguments, "--output=json"))
        assert isinstance(found, dict)
        return found

    def as_bearer(self, token: str) -> RealKubectl:
        """The same server as another user: one with this token, and no certificate."""
        config = json.loads(self("config", "view", "--raw", "--output=json"))
        config["users"] = [{"name": user["name"], "user": {"token": token}} for user in config["users"]]
        path = self.home / f"kubeconfig-{len(list(self.home.glob('kubeconfig-*')))}"
        path.write_text(json.dumps(config), encoding="utf-8")
        return RealKubectl(self._plain, path, self.home, self._namespace)


def until(condition: Callable[[], object], within: float = 30.0) -> None:
    """Ask again and again until it is so. Raises ``AssertionError``."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not so within {within:g} s"
        time.sleep(0.02)


def establish(kubectl: RealKubectl, crd: Json) -> None:
    """Install a CRD, or bring it to this state, and wait until it is served."""
    names, group = crd["spec"]["names"], crd["spec"]["group"]
    kubectl("apply", "--filename=-", stdin=crd)
    kubectl("wait", "--for=condition=Established", f"crd/{crd['metadata']['name']}", "--timeout=30s")
    # The lists of what is served, which kubectl goes by, come a moment later.
    until(lambda: kubectl.run("explain", f"{names['plural']}.{group}").code == 0)
