"""The way to the cluster: kubectl's own rules, and sentences where they lead nowhere."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from plugin_world import NAMESPACE, Desk

from dinero_operator.kube.connection import StartError
from dinero_operator.kube.kubeconfig import load

Json = dict[str, Any]


def config(name: str = "one", *, user: Json | None = None, cluster: Json | None = None, **more: Any) -> Json:
    return {
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": f"of-{name}"}}],
        "clusters": [{"name": name, "cluster": {"server": f"http://{name}.example.com", **(cluster or {})}}],
        "users": [{"name": name, "user": user or {"token": f"token-{name}"}}],
    } | more


def write(path: Path, content: Json) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)


def said(*words: str) -> str:
    with pytest.raises(StartError) as error:
        load(*words).connection()
    return str(error.value)


def test_the_option_wins_over_the_environment_and_that_over_the_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(tmp_path / ".kube" / "config", config("home"))
    assert load().context == "home"
    monkeypatch.setenv("KUBECONFIG", str(write(tmp_path / "a", config("environment"))))
    assert load().context == "environment"
    assert load(str(write(tmp_path / "b", config("option")))).context == "option"


def test_of_several_files_the_first_counts_and_absent_ones_are_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = write(tmp_path / "1", config("one"))
    second = config("two")
    second["users"] += config("one", user={"token": "another"})["users"]
    paths = [tmp_path / "absent", first, write(tmp_path / "2", second)]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, paths)))
    assert (load().context, load().connection().token, load().namespace) == ("one", "token-one", "of-one")
    assert load(context="two").server == "http://two.example.com"


def test_paths_are_meant_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "token").write_text("token-of-a-file\n", encoding="utf-8")
    path = write(tmp_path / "deep" / "config", config(user={"tokenFile": "token"}))
    info = load(str(path)).connection()
    assert info.token == "token-of-a-file"
    path = write(path, config(cluster={"certificate-authority": "ca.crt"}))
    assert load(str(path)).connection().ca_path == str(tmp_path / "deep" / "ca.crt")


def program(tmp_path: Path, status: Json | None, *, code: int = 0, **more: Any) -> Path:
    """A kubeconfig whose user logs in by a program, which notes what it was told."""
    script = tmp_path / "login.py"
    script.write_text(
        f"import json, os, sys\n"
        f"open({str(tmp_path / 'told')!r}, 'w').write(os.environ['KUBERNETES_EXEC_INFO'] + os.environ['PLANTED'])\n"
        f"print(json.dumps({ {'status': status}!r}))\n"
        f"sys.exit({code})\n",
        encoding="utf-8",
    )
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": sys.executable,
            "args": [str(script)],
            "env": [{"name": "PLANTED", "value": "!"}],
            "interactiveMode": "Never",
        }
        | more
    }
    return write(tmp_path / "config", config(user=user))


def test_a_program_logs_in(tmp_path: Path) -> None:
    path = program(tmp_path, {"token": "token-of-a-program"}, provideClusterInfo=True)
    assert load(str(path)).connection().token == "token-of-a-program"
    told = (tmp_path / "told").read_text(encoding="utf-8")
    assert told.endswith("!")
    assert json.loads(told[:-1]) == {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "spec": {"interactive": False, "cluster": {"server": "http://one.example.com"}},
    }


def test_a_program_that_does_not_log_in(tmp_path: Path) -> None:
    assert "exit code 3" in said(str(program(tmp_path, {"token": "t"}, code=3)))
    assert "gave no credential" in said(str(program(tmp_path, None)))
    missing = program(tmp_path, {}, command="no-such-program", installHint="Install it.\nReally.")
    assert (
        said(str(missing)) == "The login program no-such-program of the kubeconfig cannot be run. Install it."
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({}, "no current context"),
        ({"current-context": "gone"}, "no context 'gone'"),
        (config(clusters=[]), "no cluster 'one'"),
        (config(users=[]), "no user 'one'"),
        (config(clusters=[{"name": "one", "cluster": {}}]), "no server"),
        (config(user={"token": "t", "as": "planted-somebody"}), "does not support as in"),
        (config(cluster={"tls-server-name": "planted-name"}), "does not support tls-server-name"),
        (
            config(user={"client-certificate-data": "planted"}, cluster={"server": "https://a"}),
            "cannot be used",
        ),
        (config(user={"tokenFile": "absent"}), "absent cannot be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_missing_is_named_and_nothing_repeated(tmp_path: Path, content: Json, sentence: str) -> None:
    told = said(str(write(tmp_path / "config", content)))
    assert sentence in told
    assert "planted" not in told


def test_no_file_and_no_yaml(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert said() == "There is no kubeconfig: set KUBECONFIG, or give --kubeconfig FILE."
    assert "cannot be read" in said(str(tmp_path / "absent"))
    (tmp_path / "broken").write_text("{planted: [", encoding="utf-8")
    assert said(str(tmp_path / "broken")) == f"The kubeconfig {tmp_path / 'broken'} cannot be read as YAML."
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    assert said() == "KUBECONFIG names no file that exists."


async def test_options_lead_to_the_cluster(desk: Desk) -> None:
    desk.put()
    desk.put("anden", namespace="andre")
    other = config("other")
    sandbox = yaml.safe_load(desk.kubeconfig.read_text(encoding="utf-8"))
    both = {key: [*sandbox[key], *other[key]] for key in ("contexts", "clusters", "users")}
    path = str(desk.write(both | {"current-context": "other"}, "both"))
    for words in (
        ["--kubeconfig", path, "--context", "sandbox", "status"],
        ["status", "--kubeconfig", path, "--context", "sandbox"],
    ):
        assert [each["namespace"] for each in (await desk(*words, "-o", "json")).data] == [NAMESPACE]
    for words in (["-n", "andre", "status"], ["-n", NAMESPACE, "status", "-n", "andre"]):
        assert [each["name"] for each in (await desk(*words, "-o", "json")).data] == ["anden"]
    assert len((await desk("status", "-A", "-o", "json")).data) == 2


async def test_a_cluster_that_refuses_or_is_silent(desk: Desk) -> None:
    desk.api.fail_next(10, 403, resource="dinerointegrations")
    assert (await desk("status")).failed().startswith("You may not do that: ")
    wrong = yaml.safe_load(desk.kubeconfig.read_text(encoding="utf-8"))
    wrong["users"][0]["user"]["token"] = "planted-token"
    path = str(desk.write(wrong, "wrong"))
    told = (await desk("status", "--kubeconfig", path)).failed()
    assert told == f"The Kubernetes API at {desk.api.url} does not accept your login. Log in again."
    await desk.api.stop()
    assert (await desk("status")).failed() == f"The Kubernetes API at {desk.api.url} does not answer."


async def test_a_cluster_without_the_operator(desk: Desk) -> None:
    desk.api.store.delete("CustomResourceDefinition", "", "dinerointegrations.shoporama.dk")
    for words in (["status"], ["status", "teestuen"], ["sync", "teestuen"]):
        assert "knows no DineroIntegration" in (await desk(*words)).failed()
