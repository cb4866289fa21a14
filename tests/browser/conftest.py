"""A real headless browser in front of the real operator. Skipped, visibly, where there is no Chromium."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import yaml
from browser_world import ShopOwner, World, find_chromium, new_page
from playwright.async_api import Browser, Page, async_playwright
from suite_cluster import Namespace
from suite_outside import Outside

from dinero_operator.sandbox.cluster import Cluster
from dinero_operator.sandbox.kubernetes import KubernetesApi

CRD = Path(__file__).parents[2] / "crds" / "dinerointegrations.shoporama.dk.yaml"
REQUIRED = "DINERO_OPERATOR_TEST_CHROMIUM"
"""Set to ``required`` where the tests in the browser must run."""
SCREENSHOTS = "DINERO_OPERATOR_TEST_SCREENSHOTS"
"""A folder for pictures of the pages, for people to look at."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """One event loop for all, and one visible skip where there is no browser."""
    here = Path(__file__).parent
    ours = [item for item in items if item.path.is_relative_to(here)]
    for item in ours:
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
    if ours and find_chromium() is None and os.environ.get(REQUIRED) != "required":
        reason = f"{len(ours)} tests in a browser are left out: Chromium is not installed"
        ours[0].add_marker(pytest.mark.skip(reason=reason))
        config.hook.pytest_deselected(items=ours[1:])
        items[:] = [item for item in items if item not in ours[1:]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = find_chromium()
    assert program is not None, f"{REQUIRED} is set, and Chromium is not installed"
    async with async_playwright() as playwright:
        # As root, as in many a CI, Chromium starts only without its sandbox. It sees nothing but loopback here.
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    path = tmp_path_factory.mktemp("browser-cluster") / "kubeconfig"
    api = KubernetesApi()
    api.load_crd(yaml.safe_load(CRD.read_text(encoding="utf-8")))
    await api.start()
    path.write_text(api.kubeconfig(), encoding="utf-8")
    yield path
    await api.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    outside = Outside()
    await outside.start()
    world = World(outside, kubeconfig, tmp_path_factory.mktemp("browser-operator") / "log.json")
    await world.operator.start()
    yield world
    await world.operator.aclose()
    await outside.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def namespace(kubeconfig: Path) -> AsyncIterator[Namespace]:
    async with Cluster.from_kubeconfig(kubeconfig) as cluster:
        name = f"webshops-{secrets.token_hex(2)}"
        await cluster.create(
            "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        )
        namespace = Namespace(cluster, name)
        yield namespace
        await namespace.clear()


@pytest_asyncio.fixture(loop_scope="session")
async def owner(world: World, namespace: Namespace) -> ShopOwner:
    return await world.shop(namespace)


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    page = await new_page(browser)
    yield page
    await page.context.close()


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    folder = os.environ.get(SCREENSHOTS)
    return Path(folder) if folder else tmp_path
