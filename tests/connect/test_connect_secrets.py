"""Planted secrets: they are in none of the answers, logs, statuses and events of a whole set-up, and of one that fails."""

import json
import re

import pytest
from connect_world import ACCOUNT, APP_SECRET, TEA, World

from dinero_operator.connect.ports import Place
from dinero_operator.connect.webhooks import webhook_secret
from dinero_operator.transport.redaction import RedactingFilter


async def test_nothing_secret_is_anywhere(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(RedactingFilter())
    caplog.set_level("DEBUG")
    world.order(email="planted-customer@example.com")
    link = await world.offer()
    denied = world.visitor()
    seen = await denied.submit(await denied.open(link))
    await world.decide(denied, await world.to_dinero(denied, seen), decision="deny")
    visitor = world.visitor()
    seen = await world.approve(visitor, await world.begin(visitor))
    hop = next(url for _, url in seen.trail if "answer=" in url)
    await visitor.open(hop)
    seen = await visitor.submit(seen, organisation=str(TEA))
    seen = await visitor.submit(seen, trigger="Paid")
    seen = await visitor.submit(seen, account=str(ACCOUNT))
    seen = await visitor.submit(seen)
    assert seen.path == "/connect/done"
    await world.operator.see()
    await world.operator.visit()
    await visitor.open(f"{world.public_url}/connect/begin/{link.rpartition('/')[2][:-2]}")

    tokens = world.secret_data()
    assert tokens["refreshToken"]
    assert tokens["accessToken"]
    secrets = {APP_SECRET, world.shop.token, tokens["refreshToken"], tokens["accessToken"]}
    secrets.add("planted-customer@example.com")
    ours = [text for each in (visitor, denied) for text in each.received if "'X-Robots-Tag'" in text]
    assert len(ours) > 15
    codes = _codes(world, [text for each in (visitor, denied) for text in each.received])
    assert codes
    written = {
        "pages": "\n".join(ours),
        "log": caplog.text,
        "status": json.dumps(world.resource()),
        "events": json.dumps(world.events()),
        "metrics": world.operator.metrics.expose("")[0].decode(),
    }
    for place, text in written.items():
        for secret in secrets | codes:
            assert secret not in text, place
    # The cookies and the links are keys themselves.
    keys = {value for each in (visitor, denied) for value in each.cookies["127.0.0.1"].values()}
    keys |= {link.rpartition("/")[2], webhook_secret(world.shop.token, Place("webshops", "teestuen"))}
    for place in ("log", "events", "metrics", "status"):
        for key in keys:
            assert len(key) < 10 or key not in written[place], place


def _codes(world: World, texts: list[str]) -> set[str]:
    """The codes that the simulated Visma Connect has handed out, by its own pages."""
    found: set[str] = set()
    for text in texts:
        if f'action="{world.public_url}/connect/callback"' in text:
            found |= set(re.findall(r'name="code" value="([^"]+)"', text))
    return found


async def test_an_access_token_is_not_enough_to_read_one(world: World) -> None:
    """Neither link nor session opens a page that shows a token."""
    visitor = world.visitor()
    seen = await world.approve(visitor, await world.begin(visitor))
    for path in ("connect", "organisation", "trigger", "account", "review", "done"):
        seen = await visitor.open(f"{world.public_url}/connect/{path}")
        for value in world.secret_data().values():
            assert value not in seen.text
