"""A browser without JavaScript in front of the simulated Visma Connect: it follows links, and sends the forms it is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import aiohttp


@dataclass(frozen=True)
class Page:
    status: int
    text: str
    headers: dict[str, str]
    action: str
    """Where the page's form goes, if it has one."""
    fields: dict[str, str]
    """Hidden fields of the form."""
    users: list[str]
    buttons: list[tuple[str, str]]
    """Name and value of each button of the form."""
    language: str


@dataclass(frozen=True)
class Arrival:
    """What reaches the redirect URI."""

    mode: str
    url: str
    fields: dict[str, str]


class _Reader(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.action = self.language = ""
        self.fields: dict[str, str] = {}
        self.users: list[str] = []
        self.buttons: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given.get("lang", "")
        elif tag == "form":
            assert given["method"] == "post"
            self.action = given["action"]
        elif tag == "button":
            self.buttons.append((given.get("name", ""), given.get("value", "")))
        elif tag == "input" and given["type"] == "hidden":
            self.fields[given["name"]] = given["value"]
        elif tag == "input":
            self.users.append(given["value"])


class Browser:
    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session = session
        self.base = base

    async def open(self, url: str, query: dict[str, str] | list[tuple[str, str]]) -> Page | Arrival:
        """Follow a link to the simulator."""
        async with self.session.get(url, params=query, allow_redirects=False) as response:
            return await _seen(response)

    async def decide(self, page: Page, user: str | None, decision: str = "approve") -> Page | Arrival:
        """Press a button of the consent page."""
        chosen = page.fields | {"decision": decision} | ({"user": user} if user is not None else {})
        url = self.base + page.action
        async with self.session.post(url, data=chosen, allow_redirects=False) as response:
            return await _seen(response)


async def _seen(response: aiohttp.ClientResponse) -> Page | Arrival:
    if 300 <= response.status < 400:
        location = response.headers["Location"]
        parts = urlsplit(location)
        return Arrival("query", location.partition("?")[0], dict(parse_qsl(parts.query, strict_parsing=True)))
    text = await response.text()
    found = _Reader(text)
    if found.action.startswith("http"):
        return Arrival("form_post", found.action, found.fields)
    return Page(
        response.status,
        text,
        dict(response.headers),
        found.action,
        found.fields,
        found.users,
        found.buttons,
        found.language,
    )


@asynccontextmanager
async def browser(base: str) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession() as session:
        yield Browser(session, base)
