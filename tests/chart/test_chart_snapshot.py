"""The default rendering, word for word, so that a change of it is seen. ``CHART_SNAPSHOT=write`` takes the new one over."""

from __future__ import annotations

import os
from pathlib import Path

import yaml
from rendering import Chart

SNAPSHOT = Path(__file__).with_name("snapshots") / "default.yaml"


def test_the_default_rendering(chart: Chart) -> None:
    # The CustomResourceDefinition has a test of its own, and would hide the rest.
    objects = [found for found in chart.render().objects if found["kind"] != "CustomResourceDefinition"]
    rendered = yaml.safe_dump_all(objects, sort_keys=False, allow_unicode=True, width=1000)
    if os.environ.get("CHART_SNAPSHOT") == "write":
        SNAPSHOT.write_text(rendered, encoding="utf-8")
    assert rendered == SNAPSHOT.read_text(encoding="utf-8")
