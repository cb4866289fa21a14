from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from plugin_world import Desk


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    await desk.start()
    yield desk
    await desk.api.stop()
