"""What every test may use: a clock that the test owns, and the real API server."""

import pytest

from fake_clock import FakeClock

pytest_plugins = ["controlplane.real_tests"]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
