from collections.abc import AsyncIterator

import pytest
from connect_world import World, connect_world

from fake_clock import FakeClock


@pytest.fixture
async def world(clock: FakeClock) -> AsyncIterator[World]:
    async with connect_world(clock) as world:
        yield world
