"""Further objects of the release."""

from __future__ import annotations

from rendering import Chart
from variants import EXTRA_OBJECT


def test_maps_and_text_with_templates(chart: Chart) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Values.fullnameOverride }}-text'}\n"
    rendered = chart.render({"extraObjects": [EXTRA_OBJECT, text], "fullnameOverride": "books"})
    names = [found["metadata"]["name"] for found in rendered.all("ConfigMap")]
    assert names == ["dinero-operator-extra", "books-text"]
    assert rendered.one("ConfigMap", "dinero-operator-extra")["data"] == {"key": "value"}


def test_none_by_default(chart: Chart) -> None:
    assert not chart.render().all("ConfigMap")
