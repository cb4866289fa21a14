"""The tokens of a connection made in the browser: used while they are good, renewed once, and stored before they are used."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dinero_operator.dinero.auth import RENEW_BEFORE
from dinero_operator.dinero.connection import Connection, StoredGrant
from dinero_operator.dinero.grants import APP_AGAIN
from dinero_operator.dinero.oauth import AppRejected, Grant
from dinero_operator.domain.errors import CredentialsRejected, RateLimited, Unavailable
from dinero_operator.sandbox.connect import Rotation
from oauth_site import HOUR, REMEDY, Process, Site


@pytest.fixture
def site(clock: Any) -> Site:
    return Site(clock)


@pytest.fixture
def process(site: Site) -> Process:
    return site.process()


async def test_a_refresh_token_alone_is_enough(site: Site, process: Process) -> None:
    token = await process.token()
    assert site.vault.grant is not None
    assert site.vault.grant.access_token == token
    assert site.vault.grant.expires_at == site.clock.now() + timedelta(hours=1)
    assert site.vault.claim is None, "the claim ends with what it was for"
    assert process.line.calls == ["read", "claim", "write"]
    assert site.results == ["ok"]
    assert site.expiries[-1] == site.clock.now() + timedelta(hours=1)


async def test_many_callers_share_one_renewal(site: Site, process: Process) -> None:
    tokens = await asyncio.gather(*(process.token() for _ in range(20)))
    assert len(set(tokens)) == 1
    assert len(site.requests) == 1


async def test_a_token_of_the_store_is_used_while_it_is_good(site: Site, process: Process) -> None:
    token = await process.token()
    site.clock.advance(HOUR - RENEW_BEFORE - 1)
    restarted = site.process()
    assert await restarted.token() == token
    assert restarted.line.calls == [], "the run has read it already"
    site.clock.advance(1)
    assert await restarted.token() != token
    assert len(site.requests) == 2


async def test_each_hour_one_request(site: Site, process: Process) -> None:
    seen = set()
    for _ in range(24 * 6):
        seen.add(await process.token())
        site.clock.advance(600)
    assert len(site.requests) == len(seen) <= 29
    assert len(set(site.vault.history)) == len(site.requests), "each refresh token was used once"
    assert site.authorisation.alive


async def test_a_token_that_lives_shortly_is_used_to_its_half(clock: Any) -> None:
    site = Site(clock, access_lifetime=timedelta(seconds=100))
    process = site.process()
    token = await process.token()
    clock.advance(49)
    assert await process.token() == token
    clock.advance(1)
    assert await process.token() != token
    assert len(site.requests) == 2


@pytest.mark.parametrize("says_nothing", [False, True])
async def test_a_refresh_token_for_reuse_is_kept(clock: Any, says_nothing: bool) -> None:
    site = Site(clock, rotation=Rotation.REUSE)
    site.unknowns.reuse_answers_without_token = says_nothing
    first = site.vault.grant
    process = site.process()
    for _ in range(3):
        await process.token()
        clock.advance(HOUR)
    assert site.vault.grant is not None
    assert first is not None
    assert site.vault.grant.refresh_token == first.refresh_token
    assert len(site.requests) == 3


async def test_a_token_that_dinero_refuses_is_replaced_and_never_used_again(
    site: Site, process: Process
) -> None:
    old = await process.token()
    process.tokens.reject(old)
    assert site.expiries[-1] is None
    new = await process.token()
    assert new != old
    process.tokens.reject(old)
    assert await process.token() == new, "refused only once"
    assert len(site.requests) == 2


async def test_another_process_has_renewed_already(site: Site, process: Process) -> None:
    other = site.process()
    token = await process.token()
    assert await other.token() == token
    site.clock.advance(HOUR)
    assert await other.token() == await process.token() != token
    assert len(site.requests) == 2


async def test_withdrawn_access_is_told_with_the_remedy_and_asked_for_once(
    site: Site, process: Process
) -> None:
    site.revoke()
    for _ in range(5):
        with pytest.raises(CredentialsRejected, match="withdrawn, or has run out") as caught:
            await process.token()
        assert REMEDY in str(caught.value)
        site.clock.advance(6 * HOUR)
    assert len(site.requests) == 1
    assert site.results == ["rejected"]


async def test_it_goes_on_when_the_owner_has_connected_again(site: Site, process: Process) -> None:
    old = await process.token()
    site.clock.advance(HOUR)
    site.revoke()
    with pytest.raises(CredentialsRejected):
        await process.token()
    site.vault.put(Grant(site.approve()), identity="second")
    assert await process.token() != old
    assert site.results == ["ok", "rejected", "ok"]


async def test_a_new_approval_ends_the_use_of_the_old_token(site: Site, process: Process) -> None:
    """Somebody else may have approved this time, who reaches other organisations."""
    old = await process.token()
    site.vault.put(Grant(site.approve()), identity="second")
    assert await process.token() == old, "nobody has told of it yet"
    process.tokens.take(site.connection(process.line))
    new = await process.token()
    assert new in site.authorisation.access_tokens


async def test_old_news_does_no_harm(site: Site, process: Process) -> None:
    """A run may have read the store before another run renewed the token."""
    before = site.connection(process.line)
    token = await process.token()
    process.tokens.take(before)
    assert await process.token() == token
    site.vault.put(Grant(site.approve()), identity="second")
    process.tokens.take(site.connection(process.line))
    new = await process.token()
    process.tokens.take(before)
    assert await process.token() == new
    assert site.authorisation.alive
    assert len(site.requests) == 2


async def test_a_race_for_the_store_is_no_refusal(site: Site, process: Process) -> None:
    """Another process exchanges the token between our read and our request, and its write comes last."""
    other = site.process()
    done = False

    async def at(step: str) -> None:
        nonlocal done
        if step == "before request" and not done:
            done = True
            site.vault.claim = None  # as if our claim had run out
            site.vault.touch()
            await other.token()

    process.direct.at = at
    assert await process.token() == await other.token()
    assert site.results == ["ok", "rejected"]


async def test_the_app_itself_is_refused(site: Site, process: Process) -> None:
    process.direct.answers = [(401, {"error": "invalid_client"})]
    for _ in range(3):
        with pytest.raises(
            AppRejected, match="DINERO_OPERATOR_CONNECT_CLIENT_ID and DINERO_OPERATOR_CONNECT_CLIENT_SECRET"
        ):
            await process.token()
    assert len(site.requests) == 1
    site.clock.advance(APP_AGAIN)
    assert await process.token(), "the refresh token was not spent"


async def test_too_many_requests_are_waited_for_by_all(site: Site, process: Process) -> None:
    process.direct.answers = [(429, None)]
    for left in (90.0, 60.0):
        with pytest.raises(RateLimited) as caught:
            await process.token()
        assert caught.value.retry_after == left
        site.clock.advance(30)
    site.clock.advance(30)
    assert await process.token()
    assert len(site.requests) == 2
    assert site.results == ["unavailable", "ok"]


async def test_a_server_that_is_down_costs_nothing(site: Site, process: Process) -> None:
    process.direct.unreachable = 3
    with pytest.raises(Unavailable):
        await process.token()
    began = site.clock.elapsed
    assert await process.token()
    assert site.clock.elapsed == began, "our own claim does not stop us"
    assert len(site.requests) == 4


@pytest.mark.parametrize("settings", [{"rotation": Rotation.REUSE}, {"grace_seconds": 60}])
async def test_a_lost_answer_is_asked_for_again(clock: Any, settings: Any) -> None:
    site = Site(clock, **settings)
    process = site.process()
    process.direct.lost = 2
    assert await process.token()
    assert len(site.requests) == 3
    assert site.authorisation.alive


async def test_a_lost_answer_without_grace_is_the_end_and_says_so(site: Site, process: Process) -> None:
    process.direct.lost = 1
    with pytest.raises(CredentialsRejected, match=REMEDY):
        await process.token()
    assert len(site.requests) == 2


async def test_nothing_is_used_before_it_is_stored(site: Site, process: Process) -> None:
    async def fail(step: str) -> None:
        process.line.down = step == "before write"

    process.line.at = fail
    for _ in range(3):
        with pytest.raises(Unavailable):
            await process.token()
    assert len(site.requests) == 1, "what the server gave is not asked for twice"
    assert site.unsaved == [True]
    assert site.vault.history == []
    process.line.at, process.line.down = (lambda _step: asyncio.sleep(0)), False
    assert await process.token() == site.vault.grant.access_token  # type: ignore[union-attr]
    assert len(site.requests) == 1
    assert site.unsaved == [True, False]


async def test_what_is_not_stored_is_stored_at_the_end_of_the_program(site: Site, process: Process) -> None:
    async def fail(step: str) -> None:
        process.line.down = step == "before write"

    process.line.at = fail
    with pytest.raises(Unavailable):
        await process.token()
    await process.tokens.finish()
    assert site.unsaved == [True], "it cannot be stored, and that is no fault of the end"
    process.line.at, process.line.down = (lambda _step: asyncio.sleep(0)), False
    await process.tokens.finish()
    assert site.unsaved == [True, False]
    assert await site.process().token() == site.vault.grant.access_token  # type: ignore[union-attr]
    assert len(site.requests) == 1


@pytest.mark.parametrize("moment", ["before request", "after request", "before write"])
async def test_a_cancelled_run_loses_nothing(site: Site, process: Process, moment: str) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def at(step: str) -> None:
        if step == moment:
            reached.set()
            await go_on.wait()

    process.direct.at = process.line.at = at
    run = asyncio.ensure_future(process.token())
    await reached.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    go_on.set()
    await process.tokens.finish()
    assert site.authorisation.alive
    assert len(site.requests) == 1
    assert site.vault.grant is not None
    assert site.vault.grant.refresh_token == site.vault.history[0]


def _label(site: Site) -> None:
    site.vault.touch()


def _connect(site: Site) -> None:
    site.vault.put(Grant(site.approve()), identity="second")


def _delete(site: Site) -> None:
    site.vault.put(None)


@pytest.mark.parametrize(
    "moment", ["before claim", "after claim", "before request", "after request", "before write"]
)
@pytest.mark.parametrize("change", [_label, _connect])
async def test_somebody_changes_the_secret_meanwhile(
    site: Site, process: Process, moment: str, change: Callable[[Site], None]
) -> None:
    changes = [change]

    async def at(step: str) -> None:
        if step == moment and changes:
            changes.pop()(site)

    process.line.at = process.direct.at = at
    token = await process.token()
    assert not changes
    assert token in site.authorisation.access_tokens, "of the newest approval"
    assert site.authorisation.alive
    assert site.vault.grant is not None
    assert site.vault.grant.access_token == token


@pytest.mark.parametrize("moment", ["before read", "before claim", "before request", "before write"])
async def test_somebody_deletes_the_secret_meanwhile(site: Site, process: Process, moment: str) -> None:
    async def at(step: str) -> None:
        if step == moment:
            _delete(site)

    process.line.at = process.direct.at = at
    with pytest.raises(CredentialsRejected, match=REMEDY):
        await process.token()


async def test_a_secret_that_comes_back_as_it_was_gets_the_successor(site: Site, process: Process) -> None:
    """As from Git: the token in it is spent, and this process has what came after."""
    was = site.vault.grant

    async def at(step: str) -> None:
        if step == "before write":
            _delete(site)

    process.line.at = at
    with pytest.raises(CredentialsRejected):
        await process.token()
    process.line.at = lambda _step: asyncio.sleep(0)
    site.vault.put(was)
    assert await process.token()
    assert len(site.requests) == 1


@pytest.mark.parametrize("life", [3600, 60])
async def test_a_write_whose_answer_is_lost_is_recognised(clock: Any, life: int) -> None:
    site = Site(clock, access_lifetime=timedelta(seconds=life))
    process = site.process()

    async def at(step: str) -> None:
        if step == "after write":
            raise Unavailable("The Kubernetes API does not answer")

    process.line.at = at
    with pytest.raises(Unavailable):
        await process.token()
    process.line.at = lambda _step: asyncio.sleep(0)
    assert await process.token() == site.vault.grant.access_token  # type: ignore[union-attr]
    assert len(site.requests) == 1
    assert process.line.calls.count("write") == 1


async def test_the_printed_forms_hold_no_secret(site: Site, process: Process) -> None:
    await process.token()
    grant = site.vault.grant
    assert grant is not None
    stored = StoredGrant(grant, "id", version={"data": grant.refresh_token})
    text = repr(grant) + repr(stored) + repr(Connection("team/dinero", stored, process.line))
    assert grant.refresh_token not in text
    assert grant.access_token not in text
    assert replace(stored, grant=Grant("other")) != stored
