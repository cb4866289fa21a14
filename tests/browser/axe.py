"""axe-core, the accessibility checker, from the npm registry by npm itself, kept in ``.cache``."""

from __future__ import annotations

import functools
import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

VERSION = "4.14.1"
CACHE = Path(__file__).parents[2] / ".cache" / "axe-core"
SERIOUS = ("serious", "critical")


@functools.cache
def source() -> str:
    """The script. Skips where it is neither kept nor to be had."""
    kept = CACHE / f"axe-{VERSION}.min.js"
    if not kept.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("axe-core is not there, and npm is not installed")
        CACHE.mkdir(parents=True, exist_ok=True)
        command = [npm, "pack", f"axe-core@{VERSION}", "--json", "--pack-destination", str(CACHE)]
        packed = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
        archive = CACHE / json.loads(packed.stdout)[0]["filename"]
        with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as files:
            script = files.extractfile("package/axe.min.js")
            assert script is not None
            kept.write_bytes(script.read())
        archive.unlink()
    return kept.read_text(encoding="utf-8")


async def findings(page: Page) -> list[str]:
    """What axe finds to be serious or worse, as one line each."""
    await page.evaluate(source())
    result: dict[str, Any] = await page.evaluate("axe.run()")
    assert result["passes"], "axe has looked at nothing"
    return [
        f"{page.url}: {found['id']}: {found['help']}: {node['html']}"
        for found in result["violations"]
        if found["impact"] in SERIOUS
        for node in found["nodes"]
    ]
