"""A link: it opens once, for fifteen minutes, in the hands of whoever has it, and nothing else opens anything."""

import asyncio

import pytest
from connect_world import NAME, NAMESPACE, World

from dinero_operator.connect.ports import Place
from dinero_operator.sandbox.process import free_port

FIFTEEN_MINUTES = 15 * 60


async def test_looking_at_a_link_does_not_use_it_up(world: World) -> None:
    link = await world.offer()
    for _ in range(3):
        assert (await world.visitor().open(link)).status == 200
    assert world.link() == link
    visitor = world.visitor()
    seen = await visitor.submit(await visitor.open(link))
    assert (seen.status, seen.path) == (200, "/connect/connect")
    assert world.link() == ""


async def test_a_link_works_once(world: World) -> None:
    link = await world.offer()
    first, second = world.visitor(), world.visitor()
    page, late = await first.open(link), await second.open(link)
    assert (await first.submit(page)).path == "/connect/connect"
    refused = await second.submit(late)
    assert (refused.status, refused.path) == (410, page.path)
    assert f"kubectl -n {NAMESPACE} annotate dinero {NAME}" in refused.text
    assert (await second.open(link)).status == 410
    assert (await second.open(f"{world.public_url}/connect/organisation")).status == 403


async def test_of_two_that_press_at_once_one_gets_in(world: World) -> None:
    link = await world.offer()
    first, second = world.visitor(), world.visitor()
    pages = [await first.open(link), await second.open(link)]
    seen = await asyncio.gather(first.submit(pages[0]), second.submit(pages[1]))
    assert sorted(each.status for each in seen) == [200, 410]


async def test_a_link_expires(world: World) -> None:
    link = await world.offer()
    visitor = world.visitor()
    page = await visitor.open(link)
    world.clock.advance(FIFTEEN_MINUTES - 1)
    assert (await world.visitor().open(link)).status == 200
    world.clock.advance(1)
    refused = await visitor.submit(page)
    assert refused.status == 410
    assert "kubectl" in refused.text
    assert world.link() == link, "nobody has used it"


async def test_an_expiry_in_the_status_counts_too(world: World) -> None:
    link = await world.offer()
    past = world.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    world.change(status={"connect": {"url": link, "expiresAt": past}})
    assert (await world.visitor().open(link)).status == 410


async def test_a_newer_link_makes_an_older_one_void(world: World) -> None:
    old = await world.offer()
    new = await world.offer()
    assert old != new
    assert (await world.visitor().open(old)).status == 410
    assert (await world.visitor().open(new)).status == 200


async def test_a_link_is_of_one_resource_and_not_of_its_name(world: World) -> None:
    link = await world.offer()
    world.api.store.delete("DineroIntegration", NAMESPACE, NAME)
    assert (await world.visitor().open(link)).status == 404
    world.add_resource()
    world.change(status={"connect": {"url": link, "expiresAt": "2027-01-01T00:00:00Z"}})
    assert (await world.visitor().open(link)).status == 404


async def test_a_link_of_another_resource_in_the_status_opens_nothing(world: World) -> None:
    """Whoever may write a status cannot make a link out of it."""
    world.add_resource("kaffestuen")
    link = await world.offer()
    world.change("kaffestuen", status={"connect": {"url": link, "expiresAt": "2027-01-01T00:00:00Z"}})
    visitor = world.visitor()
    await visitor.submit(await visitor.open(link))
    assert world.link("kaffestuen") == link, "that one stays"
    assert (await visitor.open(link)).status == 410


async def test_what_is_no_link_of_ours_opens_nothing(world: World) -> None:
    link = await world.offer()
    for forged in (link[:-3] + "AAA", link[: len(link) // 2], f"{world.public_url}/connect/begin/x"):
        seen = await world.visitor().open(forged)
        assert (seen.status, "kubectl -n" in seen.text) == (404, False)


async def test_a_link_from_before_the_secret_was_changed_opens_nothing(world: World) -> None:
    link = await world.offer()
    visitor = world.visitor()
    page = await visitor.open(link)
    await world.restart_operator(CONNECT_CLIENT_SECRET="another-secret-altogether")
    assert (await visitor.submit(page)).status in (403, 404)


async def test_the_controller_may_write_the_status_meanwhile(world: World) -> None:
    link = await world.offer()
    visitor = world.visitor()
    page = await visitor.open(link)
    resource = await world.operator.cluster.read(Place(NAMESPACE, NAME))
    assert resource is not None
    world.change(status={"watermark": "2026-03-01T00:00:00+01:00"})
    assert await world.operator.cluster.consume(resource, link)
    assert world.resource()["status"]["watermark"]
    assert (await visitor.submit(page)).status == 410


async def test_a_link_is_taken_out_once_by_whoever_has_read_it(world: World) -> None:
    """Two processes have seen it in the status; one of them gets it."""
    link = await world.offer()
    other = await world.start_operator(port=free_port(), leads=False)
    clusters = [world.operator.cluster, other.cluster]
    for _ in range(5):
        seen = await clusters[0].read(Place(NAMESPACE, NAME))
        assert seen is not None
        taken = await asyncio.gather(*(cluster.consume(seen, link) for cluster in clusters))
        assert sorted(taken) == [False, True]
        world.change(status={"connect": {"url": link, "expiresAt": "2027-01-01T00:00:00Z"}})


async def test_who_comes_second_gets_no_session(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = world.visitor()
    page = await visitor.open(await world.offer())

    async def come_second(*_args: object) -> bool:
        return False

    monkeypatch.setattr(world.operator.cluster, "consume", come_second)
    assert (await visitor.submit(page)).status == 410
    assert "dinero-setup" not in visitor.cookies["127.0.0.1"]
