"""The annotation that asks for a link: answered at once, whatever else goes on, and taken off again."""

import asyncio

from connect_world import ANNOTATION, NAME, World

from dinero_operator.connect.links import Links
from dinero_operator.connect.ports import Place
from dinero_operator.connect.seal import Seal
from dinero_operator.kube.api import FORBIDDEN, KubernetesError


async def test_a_link_is_put_into_the_status(world: World) -> None:
    link = await world.offer()
    connect = world.resource()["status"]["connect"]
    assert connect == {"url": link, "expiresAt": "2026-03-02T09:15:00Z"}
    assert ANNOTATION not in world.annotations()
    (event,) = [message for reason, message in world.events() if reason == "ConnectLinkReady"]
    assert "/begin/" not in event


async def test_the_same_command_works_again(world: World) -> None:
    links = [await world.offer() for _ in range(3)]
    assert len(set(links)) == 3


async def test_a_link_fits_into_its_field(world: World) -> None:
    seal = Seal("secret", world.clock)
    links = Links(seal, public_url="https://" + "a" * 200 + ".example.com", clock=world.clock)
    link = links.make(Place("n" * 63, "x" * 253), "u" * 36)
    assert len(link.url) <= 2048


async def test_neither_a_wrong_spec_nor_a_suspended_one_is_in_the_way(world: World) -> None:
    world.change(suspend=True)
    assert await world.offer()
    world.change(suspend=None, shop={"url": "http://shop.example.com", "tokenSecretRef": {"name": "none"}})
    assert await world.offer()


async def test_the_link_asks_for_no_run(world: World) -> None:
    await world.operator.see()
    world.operator.calm_down()
    await world.offer()
    assert not world.operator.is_hastened()


async def test_a_wish_that_came_meanwhile_is_kept(world: World) -> None:
    """Asked again between the link and the taking off: the second wish gets a link of its own."""
    world.annotate(connect_requested_at="1")
    shown = world.resource()
    world.annotate(connect_requested_at="2")
    world.operator.controller.on_changed(shown, is_initial=False)
    await world.operator.controller.aclose()
    first = world.link()
    assert world.annotations()[ANNOTATION] == "2"
    await world.operator.see()
    assert world.link() not in ("", first)
    assert ANNOTATION not in world.annotations()


async def test_a_late_picture_of_the_watch_makes_no_second_link(world: World) -> None:
    world.annotate(connect_requested_at="now")
    shown = world.resource()
    await world.operator.see()
    link = world.link()
    world.operator.controller.on_changed(shown, is_initial=False)
    await world.operator.controller.aclose()
    assert world.link() == link


async def test_a_crash_in_between_makes_one_more_link(world: World) -> None:
    world.annotate(connect_requested_at="now")
    patch = world.operator.api.patch_resource

    async def crash(*_args: object) -> None:
        raise asyncio.CancelledError

    world.operator.api.patch_resource = crash  # type: ignore[method-assign, assignment]
    await world.operator.see()
    first = world.link()
    assert (first != "", ANNOTATION in world.annotations()) == (True, True)
    world.operator.api.patch_resource = patch  # type: ignore[method-assign]
    await world.restart_operator()
    await world.operator.see()
    assert world.link() not in ("", first)
    assert ANNOTATION not in world.annotations()


async def test_an_expired_link_is_cleared(world: World) -> None:
    await world.offer()
    world.change(suspend=True)
    await world.operator.see()
    world.clock.advance(14 * 60)
    await world.operator.visit()
    assert world.link()
    world.clock.advance(60)
    await world.operator.visit()
    assert "connect" not in world.resource()["status"]


async def test_a_late_picture_of_an_expired_link_clears_no_newer_one(world: World) -> None:
    await world.offer()
    shown = world.resource()
    world.clock.advance(16 * 60)
    newer = {"url": "https://dinero.example.com/newer", "expiresAt": "2027-01-01T00:00:00Z"}
    world.change(status={"connect": newer})
    world.operator.controller.on_changed(shown, is_initial=False)
    await world.operator.controller.aclose()
    assert world.resource()["status"]["connect"] == newer


async def test_a_run_keeps_the_link(world: World) -> None:
    link = await world.offer()
    await world.operator.visit()
    status = world.resource()["status"]
    assert status["connect"]["url"] == link
    assert status["conditions"]


async def test_a_run_does_not_bring_back_a_link_that_was_used(world: World) -> None:
    link = await world.offer()
    visitor = world.visitor()
    await visitor.submit(await visitor.open(link))
    await world.operator.visit()
    assert world.link() == ""


async def test_where_it_is_not_enabled_that_is_told_once(world: World) -> None:
    await world.restart_operator(PUBLIC_URL="")
    world.annotate(connect_requested_at="now")
    for _ in range(3):
        await world.operator.see()
        await world.operator.visit()
    told = [message for reason, message in world.events() if reason == "ConnectNotEnabled"]
    assert len(told) == 1
    for setting in ("CONNECT_CLIENT_ID", "CONNECT_CLIENT_SECRET", "PUBLIC_URL"):
        assert f"DINERO_OPERATOR_{setting}" in told[0]
    assert world.link() == ""
    world.annotate(connect_requested_at="again")
    await world.operator.see()
    assert len([reason for reason, _ in world.events() if reason == "ConnectNotEnabled"]) == 2


async def test_the_kubernetes_api_is_away_for_a_while(world: World) -> None:
    world.annotate(connect_requested_at="now")
    body = world.resource()
    # More than one call's own repetitions.
    world.api.fail_next(10, 503, verb="patch")
    world.operator.controller.on_changed(body, is_initial=False)
    await world.operator.controller.aclose()
    assert world.link()


async def test_an_annotation_that_may_not_be_taken_off_makes_one_link(world: World) -> None:
    """A chart of before: the operator may write the status, and no more."""

    async def refuse(*_args: object) -> None:
        raise KubernetesError("no", FORBIDDEN)

    world.operator.api.patch_resource = refuse  # type: ignore[method-assign, assignment]
    world.annotate(connect_requested_at="now")
    await world.operator.see()
    link = world.link()
    for _ in range(2):
        await world.operator.see()
        await world.operator.visit()
    assert world.link() == link != ""
    assert [reason for reason, _ in world.events()].count("ConnectNotPermitted") == 1
    world.annotate(connect_requested_at="then")
    await world.operator.see()
    assert world.link() not in ("", link)


async def test_the_message_of_a_missing_secret_names_the_command(world: World) -> None:
    await world.operator.see()
    await world.operator.visit()
    (connected,) = [each for each in world.resource()["status"]["conditions"] if each["type"] == "Connected"]
    assert connected["reason"] == "SecretMissing"
    assert f"annotate dinero {NAME} {ANNOTATION}=now" in connected["message"]
