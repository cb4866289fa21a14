"""A shop owner sets up the transfer, in a real browser, from the link to the first booked orders."""

from __future__ import annotations

from pathlib import Path

from browser_world import APP_SECRET, CONNECTION, Heard, ShopOwner, World, new_page, press, step
from playwright.async_api import Browser, Page, expect
from suite_cluster import Namespace
from suite_outside import ACCOUNT

from dinero_operator.connect.texts.da import TEXTS as DANISH
from dinero_operator.connect.texts.en import TEXTS as ENGLISH


async def shown(page: Page, folder: Path, name: str) -> None:
    await page.screenshot(path=folder / f"{name}.png", full_page=True)


async def test_from_the_link_to_the_first_booked_orders(
    world: World, owner: ShopOwner, page: Page, screenshots: Path
) -> None:
    orders = owner.place.orders(2)
    heard = Heard(page, world.public_url)

    async def look(name: str) -> None:
        await shown(page, screenshots, name)
        await heard.keep()

    await page.goto(await owner.link())
    await expect(page.get_by_role("heading", level=1)).to_have_text(DANISH["begin.title"])
    await look("1-begin")
    await page.get_by_role("button", name=DANISH["begin.button"]).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(DANISH["connect.title"])
    await look("2-connect")
    await page.get_by_role("button", name=DANISH["connect.button"]).click()
    await look("3-consent")
    await owner.decide(page, "approve")
    assert step(page) == "organisation"
    assert "code=" not in page.url
    await look("4-organisation")
    await page.get_by_role("button", name=DANISH["next"]).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(DANISH["trigger.title"])
    await look("5-trigger")
    await page.get_by_text(DANISH["trigger.Paid"], exact=True).click()
    await page.get_by_role("button", name=DANISH["next"]).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(DANISH["account.title"])
    await expect(page.locator("select")).to_have_value(str(ACCOUNT))
    await look("6-account")
    await page.get_by_role("button", name=DANISH["next"]).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(DANISH["review.title"])
    for order in orders:
        await expect(page.get_by_role("heading", name=f"Ordre {order.webshop_order_id}")).to_be_visible()
    await look("7-review")
    # Nothing is switched on, and nothing is written, before the button is pressed.
    assert "account" not in (await owner.resource.read())["spec"]
    assert not owner.place.books.invoices
    assert not owner.place.books.contacts
    await page.get_by_role("button", name=DANISH["save.button"]).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(DANISH["done.title"])
    await look("8-done")

    spec = (await owner.resource.read())["spec"]
    assert (spec["organisation"], spec["trigger"], spec["account"]) == (owner.place.number, "Paid", ACCOUNT)
    await owner.resource.booked(2)
    owner.place.assert_once(orders)
    connection = await owner.connection()
    assert connection["refreshToken"]
    everything = await heard.text()
    for secret in (connection["refreshToken"], connection["accessToken"], APP_SECRET, owner.place.shop.token):
        assert secret not in everything
    log = world.operator.log.read_text(encoding="utf-8")
    status = str(await owner.resource.status()) + str(await owner.resource.events())
    for secret in (connection["refreshToken"], connection["accessToken"], APP_SECRET, owner.place.shop.token):
        assert secret not in log
        assert secret not in status
    assert "kunde1@example.com" not in everything + log + status
    assert "Maja" not in log + status


async def test_in_english_and_with_the_switch(owner: ShopOwner, browser: Browser, screenshots: Path) -> None:
    page = await new_page(browser, locale="en-GB")
    await page.goto(await owner.link())
    await expect(page.get_by_role("heading", level=1)).to_have_text(ENGLISH["begin.title"])
    await page.get_by_role("link", name=ENGLISH["switch"]).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(DANISH["begin.title"])
    await page.get_by_role("link", name=DANISH["switch"]).click()
    await press(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text(ENGLISH["connect.title"])
    await owner.approve(page)
    assert await page.locator("html").get_attribute("lang") == "en"
    owner.place.orders(1)
    await owner.choose(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text(ENGLISH["review.title"])
    await shown(page, screenshots, "7-review-en")
    await page.context.close()


async def test_the_operator_restarts_in_the_middle(world: World, owner: ShopOwner, page: Page) -> None:
    await owner.begin(page)
    await world.restart()
    await owner.approve(page)
    await world.restart()
    await owner.choose(page)
    assert step(page) == "review"
    await press(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text(DANISH["done.title"])
    assert (await owner.resource.read())["spec"]["account"] == ACCOUNT


async def test_with_the_keyboard_alone(owner: ShopOwner, page: Page) -> None:
    keyboard = page.keyboard

    async def tab_to(selector: str) -> None:
        wanted = page.locator(selector).first
        for _ in range(60):
            await keyboard.press("Tab")
            if await wanted.evaluate("each => each === document.activeElement"):
                outline = await wanted.evaluate("each => getComputedStyle(each).outlineStyle")
                assert outline != "none", f"nobody sees that {selector} has the focus"
                return
        raise AssertionError(f"{selector} cannot be reached by the Tab key")

    async def enter(selector: str) -> None:
        await tab_to(selector)
        async with page.expect_navigation():
            await keyboard.press("Enter")

    await page.goto(await owner.link())
    await keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await enter("main form button[type=submit]")
    await enter("main form button[type=submit]")
    await tab_to("input[name=user]:checked")
    while not await page.locator(f"input[name=user][value='{owner.user.key}']").is_checked():
        await keyboard.press("ArrowDown")
    await tab_to("button[value=approve]")
    async with page.expect_navigation(url="**/connect/organisation"):
        await keyboard.press("Enter")
    await enter("main form button[type=submit]")
    await tab_to("input[name=trigger]")
    await keyboard.press("Space")
    await enter("main form button[type=submit]")
    await enter("main form button[type=submit]")
    assert step(page) == "review"
    await enter("main form button[type=submit]")
    await expect(page.get_by_role("heading", level=1)).to_have_text(DANISH["done.title"])


async def test_what_git_keeps_is_given_to_git(
    world: World, namespace: Namespace, page: Page, screenshots: Path
) -> None:
    owner = await world.shop(namespace, metadata={"labels": {"kustomize.toolkit.fluxcd.io/name": "shops"}})
    await owner.begin(page)
    await owner.approve(page)
    await owner.choose(page, trigger="Sent")
    await expect(page.get_by_role("heading", name=DANISH["save.managed"].format(tool="Flux"))).to_be_visible()
    await expect(page.locator("pre").filter(has_text="spec:")).to_contain_text(
        f"organisation: {owner.place.number}"
    )
    await shown(page, screenshots, "7-review-flux")


async def test_without_javascript(owner: ShopOwner, browser: Browser) -> None:
    page = await new_page(browser, java_script_enabled=False)
    await owner.begin(page)
    await press(page)
    await page.locator(f"input[name=user][value='{owner.user.key}']").check()
    await page.locator("button[name=decision][value=approve]").click()
    # Dinero's form sends itself where scripts may run; here its button does it.
    await page.locator("form button.main").click()
    assert step(page) == "organisation"
    assert set(await owner.connection()) == {"refreshToken", "accessToken", "expiresAt"}, CONNECTION
    await page.context.close()
