"""The whole way of a shop owner, page by page, over real sockets."""

import pytest
from connect_world import ACCOUNT, COFFEE, MAJA, TEA, World


async def test_from_the_link_to_saved_choices(world: World) -> None:
    order = world.order()
    visitor = world.visitor()
    seen = await world.begin(visitor)
    seen = await world.approve(visitor, seen)
    assert (seen.status, seen.path) == (200, "/connect/organisation"), (seen.trail, seen.text)
    assert set(world.secret_data()) == {"refreshToken", "accessToken", "expiresAt"}
    assert seen.form.options["organisation"] == ["", str(TEA), str(COFFEE)]
    seen = await visitor.submit(seen, organisation=str(TEA))
    assert (seen.status, seen.path) == (200, "/connect/trigger")
    seen = await visitor.submit(seen, trigger="Paid")
    assert (seen.status, seen.path) == (200, "/connect/account")
    assert str(ACCOUNT) in seen.form.options["account"]
    seen = await visitor.submit(seen, account=str(ACCOUNT))
    assert (seen.status, seen.path) == (200, "/connect/review"), seen.text
    assert str(order.webshop_order_id) in seen.text
    assert "kunde@example.com" not in seen.text
    assert world.resource()["spec"].get("organisation") is None
    seen = await visitor.submit(seen)
    assert (seen.status, seen.path) == (200, "/connect/done"), seen.text
    spec = world.resource()["spec"]
    assert (spec["organisation"], spec["trigger"], spec["account"]) == (TEA, "Paid", ACCOUNT)
    assert "/webhooks/shoporama/webshops/teestuen/" in seen.text
    assert world.dinero.organisations[TEA].invoices == {}
    # And then the orders are booked by the connection that was made.
    await world.operator.see()
    await world.operator.visit()
    assert [invoice.booked for invoice in world.dinero.organisations[TEA].invoices.values()] == [True]


@pytest.mark.parametrize(("accept", "language"), [("da", "da"), ("en-GB,en", "en"), ("de", "en")])
async def test_the_language_is_the_browsers_until_it_is_switched(
    world: World, accept: str, language: str
) -> None:
    visitor = world.visitor(accept_language=accept)
    seen = await world.begin(visitor)
    assert seen.language == language
    other = "en" if language == "da" else "da"
    (switch,) = [link for link in seen.links if "lang=" in link]
    seen = await visitor.follow(seen, switch)
    assert (seen.language, seen.path) == (other, "/connect/connect")
    seen = await world.to_dinero(visitor, seen)
    assert seen.language == other
    seen = await world.decide(visitor, seen, MAJA)
    assert seen.language == other
