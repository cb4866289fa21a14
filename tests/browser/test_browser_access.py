"""Everybody can use the pages: with a screen reader, on a telephone, and in both languages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from axe import findings
from browser_world import NARROW, ShopOwner, new_page, press
from playwright.async_api import Browser, Page

LOCALES = {"da": "da-DK", "en": "en-GB"}


async def pages_of_a_visit(owner: ShopOwner, page: Page) -> AsyncIterator[str]:
    """Go through the set-up; says at which page the browser is."""
    link = await owner.link()
    await page.goto(link)
    yield "begin"
    await press(page)
    yield "connect"
    await press(page)
    await owner.decide(page, "deny")
    yield "denied"
    await page.locator("main a.button").click()
    await owner.approve(page)
    yield "organisation"
    await press(page)
    yield "trigger"
    # Nothing picked: the page comes again and says so.
    await page.locator("main form").evaluate("form => form.noValidate = true")
    await press(page)
    yield "trigger, to be corrected"
    await page.locator("label[for=trigger-Sent]").click()
    await press(page)
    yield "account"
    await press(page)
    yield "review"
    await press(page)
    yield "done"
    await page.goto(link)
    yield "used"


@pytest.mark.parametrize("language", list(LOCALES))
async def test_axe_finds_nothing_serious(owner: ShopOwner, browser: Browser, language: str) -> None:
    owner.place.orders(2)
    page = await new_page(browser, locale=LOCALES[language])
    seen = []
    async for name in pages_of_a_visit(owner, page):
        assert await findings(page) == [], name
        assert await page.locator("html").get_attribute("lang") == language
        seen.append(name)
    assert len(seen) == 10
    await page.context.close()


async def test_axe_would_find_something(page: Page) -> None:
    await page.set_content("<html lang='da'><title>x</title><main><input><img src='x'></main>")
    found = await findings(page)
    assert any("label" in line for line in found)


@pytest.mark.parametrize("language", list(LOCALES))
async def test_a_telephone_shows_all_of_it(owner: ShopOwner, browser: Browser, language: str) -> None:
    owner.place.orders(2)
    page = await new_page(browser, locale=LOCALES[language], viewport=NARROW)
    async for name in pages_of_a_visit(owner, page):
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= NARROW["width"], f"{name} is {width} pixels wide"
    await page.context.close()
