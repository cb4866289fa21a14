"""Simulators that tests share, one pair each."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sync_world import Process, Simulators, World, simulators


@pytest.fixture
async def site(clock: Any) -> AsyncIterator[Simulators]:
    async with simulators(clock) as site:
        yield site


@pytest.fixture
async def world(site: Simulators) -> AsyncIterator[World]:
    world = site.world()
    yield world
    await world.close()


@pytest.fixture
def process(world: World) -> Process:
    return world.process()
