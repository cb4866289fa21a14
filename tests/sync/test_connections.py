"""An integration whose owner has connected in the browser: what it shares, remembers, and lets go of."""

import gc
import math
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sync_world import Process, World, condition, customers

from dinero_operator.dinero.auth import ApiKey
from dinero_operator.dinero.connection import StoreUnusable
from dinero_operator.dinero.grants import OAuthTokens
from dinero_operator.dinero.oauth import Grant, OAuthClient
from dinero_operator.domain.errors import InvalidConfiguration, Unavailable
from dinero_operator.sync.integration import REFUSED_AGAIN, Request
from dinero_operator.sync.report import ConditionType
from oauth_site import HOUR, REMEDY, SERVER, Direct, Line, Site, nothing

CONNECTED = ConditionType.CONNECTED
EXPIRY = "dinero_operator_token_expiry_timestamp_seconds"


class Connected:
    """A world whose credentials are a connection, and a process that can use it."""

    def __init__(self, world: World) -> None:
        def announce(token: str, _authorisation: object, end: datetime) -> None:
            world.site.dinero.accept_token(
                token, client_id=SERVER.client_id, organisations=[world.organisation], expires_at=end
            )

        self.world = world
        self.site = Site(world.clock, announce=announce)
        self.line, self.direct = Line(self.site.vault), Direct(self.site)
        self.process = self.new_process()
        self.read()

    def new_process(self) -> Process:
        return self.world.process(oauth=OAuthClient(SERVER, self.direct, self.world.clock))  # type: ignore[arg-type]

    def read(self) -> None:
        """What the next run reads of the Secret."""
        self.world.credentials = replace(self.world.credentials, dinero=self.site.connection(self.line))

    async def run(self, request: Request | None = None) -> Any:
        self.read()
        return await self.process.run(request)

    def expiry(self) -> float | None:
        """Unix seconds; ``None`` where there is no token."""
        found = self.process.services.metrics.registry.get_sample_value(EXPIRY)
        assert found is not None
        return None if math.isnan(found) else found

    def tokens(self) -> OAuthTokens:
        found = self.process.services.tokens(self.site.connection(self.line))
        assert isinstance(found, OAuthTokens)
        return found


@pytest.fixture
def connected(world: World) -> Connected:
    return Connected(world)


async def test_orders_are_booked_for_days(connected: Connected) -> None:
    world = connected.world
    for day in range(3):
        customers(world, 2)
        for _ in range(4):
            report = await connected.run()
            assert condition(report, CONNECTED).status is True
            world.clock.advance(2 * HOUR)
        assert connected.site.authorisation.refreshes == 4 * (day + 1)
    world.namesakes.clear()
    assert len(world.books.invoices) == 6
    assert connected.site.authorisation.alive


async def test_a_renewal_changes_nothing_about_the_set_up(connected: Connected) -> None:
    await connected.run()
    connected.world.calls()
    connected.world.clock.advance(2 * HOUR)
    await connected.run()
    assert connected.world.calls()["GET organizations"] == 0
    assert connected.site.authorisation.refreshes == 2


async def test_a_refusal_is_remembered_and_ends_with_a_new_approval(connected: Connected) -> None:
    site = connected.site
    site.revoke()
    for _ in range(4):
        report = await connected.run(Request(requested=True))
        found = condition(report, CONNECTED)
        assert (found.status, found.reason) == (False, "CredentialsRejected")
        assert REMEDY in found.message
        connected.world.clock.advance(REFUSED_AGAIN)
        gc.collect()
    assert len(site.requests) == 1, "also for the wish of a person, and after hours"
    site.vault.put(Grant(site.approve()), identity="second")
    report = await connected.run()
    assert condition(report, CONNECTED).status is True


async def test_a_connection_that_ends_within_the_life_of_its_token(connected: Connected) -> None:
    await connected.run()
    connected.site.revoke()
    connected.world.site.dinero.expire_tokens()
    assert condition(await connected.run(Request(requested=True)), CONNECTED).status is False
    connected.site.vault.put(Grant(connected.site.approve()), identity="second")
    assert condition(await connected.run(), CONNECTED).status is True
    assert len(connected.site.requests) == 3


async def test_integrations_share_what_belongs_to_the_secret(connected: Connected) -> None:
    held = connected.tokens()
    assert connected.tokens() is held
    other = replace(connected.site.connection(connected.line), key="team/other")
    assert connected.process.services.tokens(other) is not held


async def test_the_end_of_the_access_tokens_is_measured(connected: Connected) -> None:
    world = connected.world
    assert connected.expiry() is None
    await connected.run()
    assert connected.expiry() == (world.clock.now().timestamp() + HOUR)
    key = ApiKey("client", "secret", world.api_key)
    world.clock.advance(600)
    by_key = connected.process.services.tokens(key)
    await by_key.token()
    assert connected.expiry() == world.clock.now().timestamp() + HOUR - 600, "the first to end"
    connected.tokens().reject(await connected.tokens().token())
    assert connected.expiry() == world.clock.now().timestamp() + HOUR
    by_key.reject(await by_key.token())
    assert connected.expiry() is None


async def test_tokens_that_nobody_uses_are_forgotten(connected: Connected) -> None:
    tokens = connected.tokens()
    await tokens.token()
    assert connected.expiry() == connected.world.clock.now().timestamp() + HOUR
    del tokens
    gc.collect()
    assert connected.expiry() is None


async def test_tokens_that_are_nowhere_else_are_not_forgotten(connected: Connected) -> None:
    async def fail(step: str) -> None:
        connected.line.down = step == "before write"

    connected.line.at = fail
    tokens = connected.tokens()
    with pytest.raises(Unavailable):
        await tokens.token()
    del tokens
    gc.collect()
    connected.line.at, connected.line.down = nothing, False
    await connected.process.services.finish()
    assert len(connected.site.vault.history) == 1
    assert await connected.tokens().token() == connected.site.vault.grant.access_token  # type: ignore[union-attr]
    assert len(connected.site.requests) == 1


async def test_an_operator_that_is_not_registered(connected: Connected) -> None:
    process = connected.world.process()
    with pytest.raises(InvalidConfiguration, match="DINERO_OPERATOR_CONNECT_CLIENT_ID"):
        process.services.tokens(connected.site.connection(connected.line))


async def test_a_store_that_cannot_be_written_is_a_matter_of_the_connection(connected: Connected) -> None:
    async def at(step: str) -> None:
        if step == "before claim":
            raise StoreUnusable("spec.dinero.secretRef: no.", reason="SecretForbidden")

    connected.line.at = at
    found = condition(await connected.run(), CONNECTED)
    assert (found.status, found.reason) == (False, "SecretForbidden")
    assert connected.site.requests == []
