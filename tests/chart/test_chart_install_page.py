"""The install page's helm commands and values are tried, as far as that goes without a cluster."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from rendering import CHART, ROOT, Chart, Json, documents

PAGES = [ROOT / "docs" / "install.md", CHART / "README.md"]
FENCE = re.compile(r"^```([a-z]+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
FENCES = [fence for page in PAGES for fence in FENCE.findall(page.read_text(encoding="utf-8"))]
COMMANDS = [
    line
    for language, text in FENCES
    if language == "sh"
    for line in text.splitlines()
    # A part of the chart for kubectl needs a cluster: the page is followed as a whole on the real server.
    if "charts/" in line and "|" not in line
]
VALUES = [yaml.safe_load(text) for language, text in FENCES if language == "yaml"]
OF_A_CLUSTER = {"--install", "--create-namespace", "--take-ownership"}


def test_there_is_something_to_try() -> None:
    assert len(COMMANDS) > 4
    assert len(VALUES) > 5


@pytest.mark.parametrize("command", dict.fromkeys(COMMANDS))
def test_commands(chart: Chart, command: str, tmp_path: Path) -> None:
    (tmp_path / "charts").symlink_to(ROOT / "charts")
    (tmp_path / "my-values.yaml").write_text(yaml.safe_dump(VALUES[0]), encoding="utf-8")
    helm, verb, *rest = shlex.split(command)
    assert helm == "helm"
    # Helm knows its own flags without a cluster too.
    known = chart.run(verb, "--help")
    assert not [word for word in rest if word.startswith("--") and word not in known]
    assert verb != "upgrade" or "--install" in rest
    kept = [word for word in rest if word not in OF_A_CLUSTER]
    text = chart.run("template", *kept, "--kube-version", "1.33.0", cwd=tmp_path)
    (deployment,) = [found for found in documents(text) if found["kind"] == "Deployment"]
    assert deployment["metadata"]["name"] == "dinero-operator"
    assert deployment["metadata"]["namespace"] == "dinero-system"
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.example.com/dinero-operator:0.1.0"


@pytest.mark.parametrize("values", VALUES, ids=[",".join(values) for values in VALUES])
def test_values(chart: Chart, values: Json) -> None:
    assert chart.render(values).objects != chart.render().objects


def test_without_rights_in_the_cluster_nothing_is_of_the_cluster(chart: Chart) -> None:
    (values,) = [values for values in VALUES if values.get("rbac")]
    for found in chart.render(values).objects:
        assert found["metadata"].get("namespace"), found["kind"]
