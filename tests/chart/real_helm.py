"""The chart, rendered by a real helm. Without helm and go its tests are left out, with one line that says so."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from rendering import CHART, ROOT, Chart

GET_HELM = Path(__file__).with_name("get_helm.sh")
BUILD_WITHIN = 1200.0
"""Seconds for the first run on a machine: go builds helm once."""


def is_helm_to_be_had() -> bool:
    return bool(
        os.environ.get("HELM")
        or shutil.which("helm")
        or shutil.which("go")
        or list((ROOT / ".cache" / "bin").glob("helm-*"))
    )


def leave_out_without_helm(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where there is no helm, one skip stands for all tests that need it. For ``pytest_collection_modifyitems``."""
    ours = [item for item in items if "chart" in getattr(item, "fixturenames", ())]
    for item in ours:
        item.add_marker(pytest.mark.timeout(BUILD_WITHIN))
    if ours and not is_helm_to_be_had():
        reason = f"{len(ours)} tests of the chart are left out: neither helm nor go is installed"
        ours[0].add_marker(pytest.mark.skip(reason=reason))
        config.hook.pytest_deselected(items=ours[1:])
        items[:] = [item for item in items if item not in ours[1:]]


@pytest.fixture(scope="session")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Chart:
    found = subprocess.run([GET_HELM], capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    assert found.returncode == 0, found.stderr
    home = tmp_path_factory.mktemp("helm")
    # Nobody's repositories, plug-ins or cluster.
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("HELM_", "KUBE"))}
    places = {f"HELM_{kind}_HOME": str(home / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
    return Chart(found.stdout.strip(), CHART, ours | places | {"KUBECONFIG": str(home / "none")})
