"""The chart, for all tests of it."""

from __future__ import annotations

import pytest
from real_helm import chart, leave_out_without_helm

__all__ = ["chart"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    leave_out_without_helm(config, items)
