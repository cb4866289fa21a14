"""What the plugin says of itself, and how it takes words that it does not know."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from plugin_world import ROOT, Desk

from dinero_operator import __version__
from dinero_operator.plugin import command
from dinero_operator.plugin.command import main

COMMANDS = {"choices", "connect", "plan", "resume", "status", "suspend", "sync", "webhook"}


def help_of(*words: str) -> str:
    done = CliRunner().invoke(main, [*words, "--help"], prog_name=command.PROGRAM)
    assert done.exit_code == 0
    return done.output


def test_the_program_is_found_by_kubectl() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    module, _, function = scripts["kubectl-dinero"].partition(":")
    assert (module, function) == (command.__name__, command.run.__name__)


def test_help_names_the_commands() -> None:
    text = help_of()
    assert set(main.commands) == COMMANDS
    assert text.startswith("Usage: kubectl dinero [OPTIONS] COMMAND [ARGS]...")
    for each in COMMANDS:
        assert f"\n  {each} " in text


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_has_kubectls_options(name: str) -> None:
    text = help_of(name)
    for option in ("-n, --namespace", "--context", "--kubeconfig", "-h, --help"):
        assert option in text
    assert ("--all-namespaces" in text) is (name == "status")
    assert ("[table|json|yaml]" in text) is (name in {"choices", "connect", "plan", "status"})
    assert all(len(line) <= 100 for line in text.splitlines())


def test_the_page_names_every_command_and_option() -> None:
    page = (ROOT / "docs" / "plugin.md").read_text(encoding="utf-8")
    for name, each in main.commands.items():
        assert f"kubectl dinero {name}" in page
        for parameter in each.params:
            if (longest := max(parameter.opts, key=len)).startswith("--"):
                assert f"`{longest}" in page, f"{name} {longest}"


def test_version() -> None:
    done = CliRunner().invoke(main, ["--version"], prog_name=command.PROGRAM)
    assert done.output == f"kubectl dinero, version {__version__}\n"


@pytest.mark.parametrize(
    "words",
    [
        ["walk"],
        ["sync"],
        ["status", "--loud"],
        ["status", "-A", "teestuen"],
        ["status", "pod/teestuen"],
        ["status", "../secrets"],
        ["plan", "teestuen", "--trigger", "Later"],
        ["plan", "teestuen", "--orders", "0"],
        ["status", "-o", "xml"],
    ],
    ids=" ".join,
)
async def test_wrong_words_are_a_usage_error(desk: Desk, words: list[str]) -> None:
    answer = await desk(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("Usage: kubectl dinero")


def test_what_is_unforeseen_is_no_traceback_and_repeats_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(**_words: object) -> None:
        raise ValueError(f"planted-secret in {tmp_path}")

    monkeypatch.setattr(command, "main", fail)
    with pytest.raises(SystemExit) as end:
        command.run()
    shown = capsys.readouterr()
    assert (end.value.code, shown.out) == (1, "")
    assert "ValueError" in shown.err
    assert "planted" not in shown.err
    monkeypatch.setenv(command.TRACE, "1")
    with pytest.raises(ValueError, match="planted"):
        command.run()
