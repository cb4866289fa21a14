"""What every test may use: a clock that the test owns."""

import pytest

from fake_clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
