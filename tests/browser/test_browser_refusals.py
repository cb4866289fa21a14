"""What does not go through in the browser is told in a sentence, with what to do, and nothing is connected by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from browser_world import APP_SECRET, ShopOwner, World, new_page, press, step
from playwright.async_api import Browser, Page, expect
from suite_cluster import Namespace

from dinero_operator.connect.links import Links
from dinero_operator.connect.ports import Place
from dinero_operator.connect.seal import Seal
from dinero_operator.connect.texts.errors_da import TEXTS
from fake_clock import FakeClock


async def told(page: Page, kind: str) -> None:
    """The page says so, to those who cannot see it too, and says what to do."""
    alert = page.get_by_role("alert")
    await expect(alert.get_by_role("heading", level=1)).to_have_text(TEXTS[f"error.{kind}.title"])
    await expect(alert).to_contain_text(TEXTS[f"error.{kind}.remedy"])


async def test_who_says_no_can_say_yes_afterwards(owner: ShopOwner, page: Page) -> None:
    await owner.begin(page)
    await press(page)
    await owner.decide(page, "deny")
    await told(page, "consent_denied")
    assert not await owner.connection()
    await page.get_by_role("link", name=TEXTS["error.again"]).click()
    await owner.approve(page)
    assert step(page) == "organisation"
    assert await owner.connection()


async def test_a_link_that_has_expired(world: World, owner: ShopOwner, page: Page) -> None:
    resource = await owner.resource.read()
    clock = FakeClock(datetime.now(UTC) - timedelta(minutes=16))
    links = Links(Seal(APP_SECRET, clock), public_url=world.public_url, clock=clock)
    metadata = resource["metadata"]
    old = links.make(Place(metadata["namespace"], metadata["name"]), metadata["uid"])
    await page.goto(old.url)
    await told(page, "link_expired")
    # The same as of now opens: it was the age that closed it.
    await page.goto(await owner.link())
    await expect(page.locator("main form")).to_be_visible()


async def test_a_link_opens_once(owner: ShopOwner, page: Page, browser: Browser) -> None:
    link = await owner.link()
    # To look at it, as the preview of a chat does, is not to use it.
    for _ in range(2):
        await page.goto(link)
    await press(page)
    assert step(page) == "connect"
    thief = await new_page(browser)
    await thief.goto(link)
    await told(thief, "link_used")
    await thief.goto(f"{link.split('/begin/')[0]}/organisation")
    await told(thief, "session_missing")
    await thief.context.close()
    await owner.approve(page)
    assert step(page) == "organisation"


async def test_a_newer_link_makes_the_older_one_void(owner: ShopOwner, page: Page) -> None:
    older = await owner.link()
    newer = await owner.link()
    await page.goto(older)
    await told(page, "link_used")
    await page.goto(newer)
    await press(page)
    assert step(page) == "connect"


async def test_an_answer_is_used_once(owner: ShopOwner, page: Page) -> None:
    answers: list[str] = []
    page.on("request", lambda request: answers.append(request.url) if "/callback?" in request.url else None)
    await owner.begin(page)
    await owner.approve(page)
    (answer,) = answers
    first = await owner.connection()
    await page.goto(answer)
    await told(page, "answer_used")
    assert await owner.connection() == first
    # And what it gave is not taken back by that.
    await page.goto(answer.split("/callback?")[0] + "/organisation")
    assert step(page) == "organisation"


async def test_two_tabs(owner: ShopOwner, page: Page) -> None:
    await owner.begin(page)
    other = await page.context.new_page()
    await other.goto(page.url)
    await press(page)
    await press(other)
    await owner.decide(page, "approve")
    await told(page, "answer_foreign")
    assert not await owner.connection()
    await owner.decide(other, "approve")
    assert step(other) == "organisation"
    # The first tab goes on with the connection of the second.
    await page.get_by_role("link", name=TEXTS["error.again"]).click()
    await owner.choose_from_connection(page)
    assert step(page) == "review"


async def test_a_user_of_another_company(world: World, owner: ShopOwner, page: Page) -> None:
    await owner.resource.edit(organisation=owner.place.number)
    stranger = world.outside.connect.add_user("ole-fremmed", [], name="Ole Eksempel")
    other = world.outside.dinero.add_organisation(799_001, "Andet ApS")
    stranger.organisations.append(other.organisation_id)
    await owner.begin(page)
    await owner.approve(page, stranger)
    await told(page, "wrong_user")
    assert not await owner.connection()
    await page.get_by_role("link", name=TEXTS["error.again"]).click()
    await owner.approve(page)
    assert step(page) == "organisation"


async def test_without_dinero_pro(world: World, namespace: Namespace, page: Page) -> None:
    owner = await world.shop(namespace)
    poor = world.outside.dinero.add_organisation(799_002, "Uden Pro ApS", pro=False)
    owner.user.organisations[:] = [poor.organisation_id]
    await owner.begin(page)
    await owner.approve(page)
    await told(page, "no_pro")
