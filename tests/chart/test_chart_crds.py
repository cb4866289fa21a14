"""The CustomResourceDefinition."""

from __future__ import annotations

import copy

import yaml
from rendering import ROOT, Chart, Json

SOURCE = yaml.safe_load((ROOT / "crds" / "dinerointegrations.shoporama.dk.yaml").read_text(encoding="utf-8"))
KEEP = {"helm.sh/resource-policy": "keep"}


def crd(chart: Chart, values: Json | None = None) -> Json:
    (found,) = chart.render(values).all("CustomResourceDefinition")
    return found


def test_it_is_the_source_with_labels(chart: Chart) -> None:
    found = copy.deepcopy(crd(chart))
    labels = found["metadata"].pop("labels")
    assert found["metadata"].pop("annotations") == KEEP
    assert found == SOURCE
    assert labels["app.kubernetes.io/managed-by"] == "Helm"


def test_numbers_stay_whole(chart: Chart) -> None:
    """Helm reads numbers as floats, and 1000000 must not come out as 1e+06, which the API server refuses."""
    assert "e+" not in yaml.safe_dump(crd(chart))


def test_it_is_kept_unless_told_otherwise(chart: Chart) -> None:
    assert crd(chart)["metadata"]["annotations"] == KEEP
    assert "annotations" not in crd(chart, {"crds": {"keep": False}})["metadata"]


def test_it_can_be_left_out(chart: Chart) -> None:
    assert not chart.render({"crds": {"enabled": False}}).all("CustomResourceDefinition")
