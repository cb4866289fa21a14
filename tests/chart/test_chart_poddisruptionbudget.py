"""The PodDisruptionBudget."""

from __future__ import annotations

import pytest
from rendering import Chart, Json


def test_off_by_default(chart: Chart) -> None:
    assert not chart.render().all("PodDisruptionBudget")


def test_with_a_pod_that_stands_by_one_may_be_down(chart: Chart) -> None:
    values = {
        "replicas": 2,
        "leaderElection": {"enabled": True},
        "podDisruptionBudget": {"enabled": True},
    }
    assert chart.render(values).one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        ({}, {"maxUnavailable": 1}),
        ({"maxUnavailable": "25%"}, {"maxUnavailable": "25%"}),
        ({"maxUnavailable": 0}, {"maxUnavailable": 0}),
        ({"minAvailable": 2}, {"minAvailable": 2}),
        ({"minAvailable": 0}, {"minAvailable": 0}),
        ({"minAvailable": "50%"}, {"minAvailable": "50%"}),
    ],
)
def test_one_of_the_two_limits(chart: Chart, budget: Json, expected: Json) -> None:
    spec = chart.render({"podDisruptionBudget": {"enabled": True} | budget}).one("PodDisruptionBudget")[
        "spec"
    ]
    assert {key: spec[key] for key in ("minAvailable", "maxUnavailable") if key in spec} == expected
    assert spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
