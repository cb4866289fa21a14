"""The operator as a process, everything that it talks to on loopback, and a real browser in front of it."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eventually import eventually
from playwright.async_api import Browser, Page, Response
from suite_cluster import Namespace, Resource
from suite_outside import Outside, Place
from suite_process import Operator

from dinero_operator.sandbox.connect import User
from dinero_operator.sandbox.process import free_port

APP, APP_SECRET = "isv_browser", "planted-secret-of-the-app-5772"
CONNECTION = "connection"
"""The Secret that the set-up writes."""
WIDE, NARROW = {"width": 1100, "height": 900}, {"width": 360, "height": 740}

_numbers = itertools.count(1)


def find_chromium() -> str | None:
    """Debian's browser, or another build of it."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class World:
    """One operator with its simulators, for all tests of the browser."""

    def __init__(self, outside: Outside, kubeconfig: Path, log: Path) -> None:
        self.outside = outside
        port = free_port()
        self.public_url = f"http://127.0.0.1:{port}"
        outside.connect.add_app(
            APP, APP_SECRET, [f"{self.public_url}/connect/callback"], name="Dinero-operatør"
        )
        settings = outside.settings() | {
            "CONNECT_CLIENT_ID": APP,
            "CONNECT_CLIENT_SECRET": APP_SECRET,
            "PUBLIC_URL": self.public_url,
            "HTTP_PORT": str(port),
        }
        self.operator = Operator(kubeconfig, log, settings)
        self.operator.port = port

    async def shop(self, namespace: Namespace, *, metadata: Mapping[str, Any] | None = None) -> ShopOwner:
        """A shop that is not connected yet, with nothing chosen, and its owner."""
        place = await self.outside.open(namespace)
        key = f"maja-{next(_numbers)}"
        owner = self.outside.connect.add_user(key, [place.number], name="Maja Eksempel")
        resource = await place.integrate(
            "teestuen",
            dinero={"secretRef": {"name": CONNECTION}},
            organisation=None,
            trigger=None,
            account=None,
        )
        if metadata:
            await namespace.cluster.merge(resource.path, {"metadata": metadata})
        return ShopOwner(self, place, resource, owner)

    async def restart(self) -> None:
        """The operator is killed, and another process takes its place."""
        self.operator.kill()
        await self.operator.wait()
        await self.operator.start()


class ShopOwner:
    """Somebody at a browser."""

    def __init__(self, world: World, place: Place, resource: Resource, user: User) -> None:
        self.world, self.place, self.resource, self.user = world, place, resource, user

    async def link(self) -> str:
        """Ask for a link as the documentation says, and read it from the status."""
        before = ((await self.resource.status()).get("connect") or {}).get("url")
        await self.resource.annotate(connect_requested_at="now")

        def is_new(status: dict[str, Any]) -> bool:
            return (status.get("connect") or {}).get("url", before) != before

        status = await eventually(self.resource.status, is_new, told="status.connect")
        return str(status["connect"]["url"])

    async def begin(self, page: Page) -> None:
        """Open a new link and press its button."""
        await page.goto(await self.link())
        await press(page)

    async def approve(self, page: Page, user: User | None = None) -> None:
        """From the step of the connection to Dinero, and back."""
        await press(page)
        await self.decide(page, "approve", user)

    async def decide(self, page: Page, decision: str, user: User | None = None) -> None:
        """Answer the question that Dinero asks."""
        await page.locator(f"input[name=user][value='{(user or self.user).key}']").check()
        async with page.expect_navigation(url=f"{self.world.public_url}/**"):
            await page.locator(f"button[name=decision][value={decision}]").click()

    async def choose(self, page: Page, trigger: str = "Paid") -> None:
        """From the step of the organisation to the review, by what the page suggests."""
        await press(page)
        await page.locator(f"label[for=trigger-{trigger}]").click()
        await press(page)
        await press(page)

    async def choose_from_connection(self, page: Page) -> None:
        """From the step of a connection that is there to the review."""
        await page.locator("main a.button").click()
        await self.choose(page)

    async def connection(self) -> dict[str, str]:
        """What the Secret of the connection holds; empty where there is none."""
        path = f"/api/v1/namespaces/{self.resource.namespace}/secrets/{CONNECTION}"
        found = await self.place.namespace.cluster.get(path)
        data = (found or {}).get("data") or {}
        return {name: base64.b64decode(value).decode() for name, value in data.items()}


async def press(page: Page) -> None:
    """Press the button of the page's form, and wait for the next page."""
    async with page.expect_navigation():
        await page.locator("main form button[type=submit]").click()


def step(page: Page) -> str:
    """The last part of the address: which step of the set-up is shown."""
    return page.url.split("?")[0].rsplit("/", 1)[-1]


class Heard:
    """All that a browser gets from the operator: the headers of every answer, and each page that it is told to keep."""

    def __init__(self, page: Page, origin: str) -> None:
        self._page = page
        self._origin = origin
        self._answers: list[Response] = []
        self._pages: list[str] = []
        page.on("response", self._hear)

    def _hear(self, answer: Response) -> None:
        self._answers.append(answer)

    async def keep(self) -> None:
        """Keep the page that is shown now. A browser forgets it when it goes on."""
        self._pages.append(await self._page.content())

    async def text(self) -> str:
        ours = [answer for answer in self._answers if answer.url.startswith(self._origin)]
        assert len(ours) > len(self._pages) > 0
        headers = [f"{answer.url} {json.dumps(await answer.all_headers())}" for answer in ours]
        return "\n".join(headers + self._pages)


async def new_page(browser: Browser, *, locale: str = "da-DK", viewport: Any = None, **more: Any) -> Page:
    """A browser of its own: without cookies of others."""
    context = await browser.new_context(locale=locale, viewport=viewport or WIDE, **more)
    context.set_default_timeout(20_000)
    return await context.new_page()
