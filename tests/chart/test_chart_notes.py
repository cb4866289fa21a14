"""What helm tells after an installation: the next step, with commands that fit the values."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml
from rendering import Chart, Json

from dinero_operator.kube.resource import parse_spec

Notes = Callable[[Json], str]

SHOWN = 'kind: Notes\ntext: {{ tpl (.Files.Get "notes.txt") . | toJson }}\n'


@pytest.fixture(scope="session")
def notes(chart: Chart, tmp_path_factory: pytest.TempPathFactory) -> Notes:
    """Helm shows notes only where it reaches a cluster; here they are made an object of a copy of the chart."""
    copy = chart.copy(tmp_path_factory.mktemp("chart") / "dinero-operator")
    (copy.folder / "templates" / "NOTES.txt").rename(copy.folder / "notes.txt")
    (copy.folder / "templates" / "notes.yaml").write_text(SHOWN, encoding="utf-8")

    def text(values: Json) -> str:
        (found,) = copy.render(values).all("Notes")
        return str(found["text"])

    return text


def test_the_next_step(notes: Notes) -> None:
    text = notes({})
    assert text.startswith("dinero-operator 0.1.0 watches all namespaces.\n")
    assert "kubectl -n dinero-system rollout status deployment/dinero-operator" in text
    assert "switch off\nShoporama's own link to Dinero" in text
    _, _, manifest = text.partition("<<EOF\n")
    (resource,) = yaml.safe_load_all(manifest.partition("  EOF")[0])
    assert resource["metadata"] == {"name": "my-shop", "namespace": "webshops"}
    spec = parse_spec(resource["spec"])
    assert spec.dry_run
    for secret in (spec.shop.token_secret_ref.name, spec.dinero.secret_ref.name):
        assert f"kubectl -n webshops create secret generic {secret} " in text


def test_namespaces_and_shards(notes: Notes) -> None:
    text = notes({"namespaces": ["north", "south"], "shards": 2})
    assert text.startswith("dinero-operator 0.1.0 watches north, south in 2 shards.\n")
    assert "rollout status statefulset/dinero-operator" in text
    assert "namespace: north" in text
    assert "webshops" not in text


def test_standby(notes: Notes) -> None:
    text = notes({"replicas": 2, "leaderElection": {"enabled": True}})
    assert text.startswith(
        "dinero-operator 0.1.0 watches all namespaces with one of 2 pods, the others stand by.\n"
    )
    assert "stand by" not in notes({"leaderElection": {"enabled": True}})


def test_shards_with_standby(notes: Notes) -> None:
    text = notes({"shards": 3, "replicas": 2, "leaderElection": {"enabled": True}})
    first, *lines = text.splitlines()
    assert first.endswith("watches all namespaces in 3 shards with one of 2 pods each, the others stand by.")
    (status,) = [line for line in lines if "rollout" in line]
    assert status.endswith("rollout status deployment --selector app.kubernetes.io/instance=dinero-operator")


def test_what_is_missing_is_told(notes: Notes) -> None:
    assert "crds.enabled=false" in notes({"crds": {"enabled": False}})
    assert "rbac.create=false" in notes({"rbac": {"create": False}})
    assert "=false" not in notes({})


def test_lines_fit_a_terminal(notes: Notes) -> None:
    assert max(len(line) for line in notes({}).splitlines()) <= 120
