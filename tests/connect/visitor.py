"""A browser without JavaScript: cookies by site, SameSite=Lax, the headers that tell who sent a form, and redirects."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    """What is sent when nothing is touched: hidden fields, and what is picked in advance."""
    options: dict[str, list[str]] = field(default_factory=dict)
    """Values of the radio buttons and menus by name."""


@dataclass
class Seen:
    """What the browser shows, at the end of its redirects. ``trail`` has every answer's status and address."""

    status: int
    url: str
    text: str
    headers: dict[str, str]
    trail: list[tuple[int, str]]
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    language: str = ""
    heading: str = ""

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def form(self) -> Form:
        (form,) = self.forms
        return form


class _Reader(HTMLParser):
    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self._seen = seen
        self._in_heading = False
        self._menu = ""
        self.feed(seen.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        seen = self._seen
        match tag:
            case "html":
                seen.language = given.get("lang", "")
            case "h1":
                self._in_heading = True
            case "a" | "link":
                seen.links.append(given.get("href", ""))
            case "form":
                address = urljoin(seen.url, given.get("action", ""))
                seen.forms.append(Form(address, given.get("method", "get").upper()))
            case "input" | "select" | "option" if seen.forms:
                self._take_field(seen.forms[-1], tag, given)

    def _take_field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, value = given.get("name", self._menu), given.get("value", "")
        if tag == "select":
            self._menu = name
        elif given.get("type") == "hidden":
            form.fields[name] = value
        elif "disabled" not in given and (tag == "option" or given.get("type") == "radio"):
            # Of a menu without one that is picked, a browser picks the first.
            is_first = tag == "option" and name not in form.options
            if is_first or "selected" in given or "checked" in given:
                form.fields[name] = value
            form.options.setdefault(name, []).append(value)

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self._seen.heading += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "h1":
            self._in_heading = False


class Visitor:
    """One browser. ``sent`` and ``received`` are all that went over the wire, for tests that look for secrets."""

    def __init__(
        self, session: aiohttp.ClientSession, *, accept_language: str = "da-DK,da;q=0.9,en;q=0.5"
    ) -> None:
        self._session = session
        self._accept_language = accept_language
        self.cookies: dict[str, dict[str, str]] = {}
        self.received: list[str] = []

    async def open(self, url: str) -> Seen:
        """Type an address, or follow a link in a mail."""
        return await self._go("GET", url, initiator=None)

    async def follow(self, seen: Seen, link: str) -> Seen:
        return await self._go("GET", urljoin(seen.url, link), initiator=seen.url)

    async def submit(
        self, seen: Seen, form: Form | None = None, /, *, without: str = "", **fields: str
    ) -> Seen:
        """Press the button of a form."""
        form = form or seen.form
        chosen = {name: value for name, value in (form.fields | fields).items() if name != without}
        return await self._go(form.method, form.action, chosen, initiator=seen.url)

    async def post(self, url: str, fields: dict[str, str], *, initiator: str) -> Seen:
        """A form that some page has made."""
        return await self._go("POST", url, fields, initiator=initiator)

    def forget(self) -> None:
        self.cookies.clear()

    def copy(self) -> Visitor:
        """Another browser that was given this one's cookies."""
        other = Visitor(self._session, accept_language=self._accept_language)
        other.cookies = {site: dict(jar) for site, jar in self.cookies.items()}
        return other

    async def _go(
        self, method: str, url: str, fields: dict[str, str] | None = None, *, initiator: str | None
    ) -> Seen:
        trail: list[tuple[int, str]] = []
        chain = [] if initiator is None else [initiator]
        for _ in range(10):
            headers = self._headers(method, url, chain)
            body = urlencode(fields).encode() if method == "POST" and fields is not None else None
            if body is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            async with self._session.request(
                method, url, data=body, headers=headers, allow_redirects=False
            ) as response:
                text = await response.text()
                self._keep(url, response)
                self.received.append(f"{dict(response.headers)}\n{text}")
                trail.append((response.status, url))
                if response.status in (302, 303):
                    chain.append(url)
                    method, fields, url = "GET", None, urljoin(url, response.headers["Location"])
                    continue
                seen = Seen(response.status, url, text, dict(response.headers), trail)
            _Reader(seen)
            return seen
        raise AssertionError(f"redirected in circles: {trail}")

    def _headers(self, method: str, url: str, chain: list[str]) -> dict[str, str]:
        headers = {"Accept-Language": self._accept_language, "Sec-Fetch-Site": _relation(url, chain)}
        crosses = headers["Sec-Fetch-Site"] == "cross-site"
        jar = self.cookies.get(_site(url), {})
        if jar and (method == "GET" or not crosses):
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        if method == "POST":
            # Pages with the policy no-referrer send no origin.
            headers["Origin"] = "null"
        return headers

    def _keep(self, url: str, response: aiohttp.ClientResponse) -> None:
        jar = self.cookies.setdefault(_site(url), {})
        for line in response.headers.getall("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or "1970" in morsel["expires"]:
                    jar.pop(name, None)
                else:
                    jar[name] = morsel.value


def _site(url: str) -> str:
    return urlsplit(url).hostname or ""


def _relation(url: str, chain: list[str]) -> str:
    if not chain:
        return "none"
    if any(_site(each) != _site(url) for each in chain):
        return "cross-site"
    return (
        "same-origin" if all(urlsplit(each).netloc == urlsplit(url).netloc for each in chain) else "same-site"
    )
