"""The command line: what it prints, and how it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dinero_operator import __version__

ROOT = Path(__file__).parents[1]


def dinero_operator(*args: str, home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the program in an environment of its own: no cluster, no kubeconfig."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(ROOT / "operator"),
        "HOME": str(home),
    }
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-W", "error::ResourceWarning", "-m", "dinero_operator", *args],
        env=environment | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=home,
    )


def test_version(tmp_path: Path) -> None:
    done = dinero_operator("--version", home=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"dinero-operator, version {__version__}\n", "")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_the_commands(tmp_path: Path, flag: str) -> None:
    done = dinero_operator(flag, home=tmp_path)
    assert done.returncode == 0
    assert "  run " in done.stdout
    assert "  sandbox " in done.stdout


def test_help_of_run(tmp_path: Path) -> None:
    done = dinero_operator("run", "--help", home=tmp_path)
    assert done.returncode == 0
    assert "KUBECONFIG" in done.stdout


@pytest.mark.parametrize("args", [["walk"], ["run", "--fast"], ["run", "now"]])
def test_what_it_does_not_know_is_a_usage_error(tmp_path: Path, args: list[str]) -> None:
    done = dinero_operator(*args, home=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("LOG_FORMAT", "xml", "DINERO_OPERATOR_LOG_FORMAT: must be one of json or text"),
        ("HTTP_PORT", "hush", "DINERO_OPERATOR_HTTP_PORT: must be a whole number from 1 to 65535"),
        (
            "SHARD_INDEX",
            "1",
            "DINERO_OPERATOR_SHARD_INDEX: must be less than DINERO_OPERATOR_SHARD_COUNT, counting from 0",
        ),
    ],
)
def test_a_wrong_setting_ends_with_one_line(tmp_path: Path, name: str, value: str, line: str) -> None:
    done = dinero_operator("run", home=tmp_path, **{f"DINERO_OPERATOR_{name}": value})
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{line}\n")


KUBECONFIGS = {
    "empty": "",
    "no YAML": "{hush: [",
    "text": "hush",
    "no context": "{contexts: [], clusters: [], users: []}",
    "unknown context": "{current-context: hush}",
    "no cluster": "{current-context: a, contexts: [{name: a, context: {cluster: hush, user: b}}]}",
    "no server": (
        "{current-context: a, contexts: [{name: a, context: {cluster: b, user: c}}], "
        "clusters: [{name: b, cluster: {}}], users: [{name: c, user: {token: hush}}]}"
    ),
    "no text": "\x00hush",
}


@pytest.mark.parametrize(
    "content", [None, "absent", *KUBECONFIGS.values()], ids=["none", "absent", *KUBECONFIGS]
)
def test_without_a_cluster_it_ends_with_one_line(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "kubeconfig"
    if content not in {None, "absent"}:
        path.write_text(str(content))
    settings = {} if content is None else {"KUBECONFIG": str(path)}
    done = dinero_operator("run", home=tmp_path, **settings)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("KUBECONFIG: ")
    assert done.stderr.count("\n") == 1
    assert "hush" not in done.stderr
