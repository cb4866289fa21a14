"""What is in the chart's folder: generated parts are fresh, values are commented and described, annotations are true."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from rendering import CHART, ROOT, Chart, Json

import dinero_operator
from dinero_operator.kube.resource import GROUP, KIND, PLURAL, VERSION

GENERATOR = ROOT / "charts" / "generate.py"
VALUES = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
METADATA = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
ANNOTATIONS = {name.removeprefix("artifacthub.io/"): text for name, text in METADATA["annotations"].items()}
OPEN = {"podSecurityContext", "securityContext", "resources.requests", "resources.limits"}
"""Maps that Kubernetes describes, and the schema of values does not."""


def generate(*arguments: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    script = root / GENERATOR.relative_to(ROOT)
    command = [sys.executable, script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program


def test_generated_parts_are_fresh() -> None:
    done = generate("--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), "run: make chart"


def test_the_copy_of_the_crd_is_the_source() -> None:
    copies = {path.name: path.read_bytes() for path in (CHART / "files" / "crds").iterdir()}
    assert copies == {path.name: path.read_bytes() for path in (ROOT / "crds").glob("*.yaml")}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("charts", "crds"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


@pytest.mark.parametrize(
    "path",
    [
        "crds/dinerointegrations.shoporama.dk.yaml",
        "charts/dinero-operator/files/crds/dinerointegrations.shoporama.dk.yaml",
        "charts/dinero-operator/values.yaml",
    ],
)
def test_a_difference_is_found_and_mended(checkout: Path, path: str) -> None:
    with (checkout / path).open("a", encoding="utf-8") as file:
        file.write("# -- Another value\nanother: 1\n")
    assert generate("--check", root=checkout).returncode == 1
    assert generate(root=checkout).returncode == 0
    assert generate("--check", root=checkout).returncode == 0


def test_a_copy_without_a_source_is_found_and_removed(checkout: Path) -> None:
    stray = checkout / "charts" / "dinero-operator" / "files" / "crds" / "stray.yaml"
    stray.write_text("kind: Stray\n", encoding="utf-8")
    assert generate("--check", root=checkout).returncode == 1
    assert generate(root=checkout).returncode == 0
    assert not stray.exists()


def keys(tree: Any, path: str = "") -> Iterator[str]:
    if isinstance(tree, dict):
        for key, child in tree.items():
            yield f"{path}{key}"
            yield from keys(child, f"{path}{key}.")


def test_every_value_has_a_comment_and_a_row() -> None:
    readme = (CHART / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in readme.splitlines() if line.startswith("| `")]
    documented = {row[1].strip().strip("`"): row[-2].strip() for row in rows}
    assert list(documented) == list(keys(VALUES))
    assert not [path for path, comment in documented.items() if not comment]


def described(schema: Json, path: str = "") -> Iterator[str]:
    for key, child in schema.get("properties", {}).items():
        yield f"{path}{key}"
        shared = child.get("$ref", "").rpartition("/")[2]
        yield from described(SCHEMA["definitions"][shared] if shared else child, f"{path}{key}.")


def test_the_schema_describes_every_value() -> None:
    missing = set(keys(VALUES)) - set(described(SCHEMA))
    assert {path for path in missing if not path.startswith(tuple(f"{name}." for name in OPEN))} == set()


def test_the_schema_describes_no_other_value() -> None:
    # Of Kubernetes' own types there is more than the defaults show; Helm hands `global` to every chart.
    types = ("resources.", "livenessProbe.", "readinessProbe.", "affinity.")
    surplus = set(described(SCHEMA)) - set(keys(VALUES)) - {"global"}
    assert {path for path in surplus if not path.startswith(types)} == set()


def strict(schema: Json) -> Iterator[Json]:
    if "properties" in schema:
        yield schema
    for child in schema.get("properties", {}).values():
        yield from strict(child)


def test_the_schema_is_closed() -> None:
    assert all(part["additionalProperties"] is False for part in strict(SCHEMA))


def test_versions_are_the_programs() -> None:
    assert METADATA["appVersion"] == dinero_operator.__version__
    assert METADATA["apiVersion"] == "v2"
    assert METADATA["kubeVersion"] == ">=1.29.0-0"


def test_annotations_name_the_kind() -> None:
    (crd,) = yaml.safe_load(ANNOTATIONS["crds"])
    assert (crd["kind"], crd["version"], crd["name"]) == (KIND, VERSION, f"{PLURAL}.{GROUP}")
    assert crd["displayName"]
    assert crd["description"]


def test_the_annotated_example_is_the_minimal_one() -> None:
    minimal = yaml.safe_load((ROOT / "examples" / "minimal.yaml").read_text(encoding="utf-8"))
    assert yaml.safe_load(ANNOTATIONS["crdsExamples"]) == [minimal]


def test_annotations_are_those_of_an_operator() -> None:
    assert ANNOTATIONS["operator"] == "true"
    levels = {"basic install", "seamless upgrades", "full lifecycle", "deep insights", "auto pilot"}
    assert ANNOTATIONS["operatorCapabilities"] in levels
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith(ANNOTATIONS["license"])
    for link in yaml.safe_load(ANNOTATIONS["links"]):
        assert link["name"]
        assert link["url"].startswith("https://")


def test_lint(chart: Chart) -> None:
    assert "0 chart(s) failed" in chart.run("lint", "--strict", str(chart.folder))


def test_the_package_has_what_it_needs_and_no_more(chart: Chart, tmp_path: Path) -> None:
    chart.run("package", str(chart.folder), "--destination", str(tmp_path))
    (package,) = tmp_path.glob("*.tgz")
    with tarfile.open(package) as archive:
        names = {name.removeprefix("dinero-operator/") for name in archive.getnames()}
    assert {name for name in names if not name.startswith("templates/")} == {
        *("Chart.yaml", "values.yaml", "values.schema.json", "README.md", ".helmignore"),
        "files/crds/dinerointegrations.shoporama.dk.yaml",
    }
