"""Electing a leader: one at a time, a successor in time, and nobody who believes in a lease that others may have taken."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest
from lease_site import NAMESPACE, Site

from dinero_operator.kube.lease import (
    JITTER,
    LEASE_DURATION,
    LOOK_EVERY,
    RENEW_DEADLINE,
    RENEW_EVERY,
    STALLED,
    own_identity,
)
from fake_clock import FakeClock

LOOK, RENEWAL = LOOK_EVERY * (1 + JITTER), RENEW_EVERY * (1 + JITTER)
"""Seconds at most between two looks, and between two renewals."""


@pytest.fixture
async def site(clock: FakeClock) -> AsyncIterator[Site]:
    site = Site(clock)
    yield site
    await site.aclose()


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_the_first_makes_the_lease(site: Site) -> None:
    elector = site.elector("first")
    assert await elector.attempt()
    assert site.server.only["apiVersion"] == "coordination.k8s.io/v1"
    assert site.server.only["kind"] == "Lease"
    assert site.server.spec == {
        "holderIdentity": "first",
        "leaseDurationSeconds": 15,
        "acquireTime": "2026-03-02T09:00:00.000000Z",
        "renewTime": "2026-03-02T09:00:00.000000Z",
        "leaseTransitions": 0,
    }


async def test_the_leader_renews_and_the_follower_waits(site: Site) -> None:
    leader, _ = await site.lead()
    follower = site.elector("second")
    site.start(follower)
    await site.clock.sleep(300)
    assert leader.is_leading
    assert not follower.is_leading
    assert set(site.server.writes) == {"first"}
    assert 300 / RENEWAL <= len(site.server.writes) <= 305 / (RENEW_EVERY * (1 - JITTER)) + 1
    assert site.server.spec["acquireTime"] == "2026-03-02T09:00:00.000000Z"
    assert site.server.spec["renewTime"] > "2026-03-02T09:05:00"
    assert site.server.spec["leaseTransitions"] == 0


async def test_after_a_crash_another_takes_over_within_the_duration(site: Site) -> None:
    _, task = await site.lead()
    follower = site.elector("second")
    site.start(follower)
    await site.clock.sleep(30)
    await end(task)
    seconds = await site.until_leading(follower)
    assert LEASE_DURATION - RENEWAL <= seconds <= LEASE_DURATION + LOOK
    assert site.server.spec["holderIdentity"] == "second"
    assert site.server.spec["leaseTransitions"] == 1
    assert site.server.spec["acquireTime"] > "2026-03-02T09:00:40"


async def test_after_a_release_another_takes_over_at_once(site: Site) -> None:
    leader, task = await site.lead()
    follower = site.elector("second")
    site.start(follower)
    await site.clock.sleep(30)
    await end(task)
    await leader.release()
    assert not leader.is_leading
    assert site.server.spec["holderIdentity"] == ""
    assert site.server.spec["leaseDurationSeconds"] == 1
    assert await site.until_leading(follower) <= LOOK
    assert site.server.spec["leaseTransitions"] == 1
    assert site.server.spec["leaseDurationSeconds"] == LEASE_DURATION


@pytest.mark.parametrize("goes", ["nowhere", "hanging"])
async def test_a_leader_that_cannot_renew_gives_up_before_another_takes_over(site: Site, goes: str) -> None:
    leader, task = await site.lead()
    follower = site.elector("second")
    site.start(follower)
    await site.clock.sleep(30)
    site.lines["first"].goes = goes  # type: ignore[assignment]
    assert await site.ended(task) <= RENEW_DEADLINE + 0.1
    assert not leader.is_leading
    assert not follower.is_leading
    assert await site.until_leading(follower) >= LEASE_DURATION - RENEW_DEADLINE - 0.1


async def test_the_lead_counts_from_the_sending_not_from_the_answer(site: Site) -> None:
    elector = site.elector("first")
    site.lines["first"].delay = lambda: 4.0
    await elector.attempt()  # a look and the creation, 4 seconds each
    site.lines["first"].goes = "nowhere"
    task = asyncio.ensure_future(elector.hold())
    assert await site.ended(task) <= RENEW_DEADLINE - 4 + 0.1


async def test_a_lease_that_another_has_is_lost_with_the_next_renewal(site: Site) -> None:
    leader, task = await site.lead()
    lease = site.server.only
    site.server.store(NAMESPACE, {**lease, "spec": {**lease["spec"], "holderIdentity": "by hand"}})
    assert await site.ended(task) <= RENEWAL + 0.1
    assert not leader.is_leading
    assert site.server.writes[-1] == "by hand"
    await leader.release()
    assert site.server.writes[-1] == "by hand"


async def test_a_process_that_stood_still_believes_in_no_lease(site: Site) -> None:
    leader, task = await site.lead()
    writes = len(site.server.writes)
    site.clock.advance(60)
    await site.ended(task)
    assert not leader.is_leading
    assert len(site.server.writes) == writes


async def test_an_answer_that_is_lost_costs_no_lead(site: Site) -> None:
    leader, _ = await site.lead()
    site.lines["first"].goes = "one way"
    await site.clock.sleep(RENEWAL + LOOK)
    assert site.server.spec["holderIdentity"] == "first"
    site.lines["first"].goes = "well"
    await site.clock.sleep(60)
    assert leader.is_leading
    assert site.server.spec["leaseTransitions"] == 0


async def test_answers_that_are_all_lost_cost_the_lead(site: Site) -> None:
    _, task = await site.lead()
    site.lines["first"].goes = "one way"
    assert await site.ended(task) <= RENEW_DEADLINE + 0.1


async def test_a_taking_whose_answer_is_lost_is_found_again(site: Site) -> None:
    elector = site.elector("first")
    site.lines["first"].goes = "one way"
    site.start(elector)
    await site.clock.sleep(5)
    assert site.server.spec["holderIdentity"] == "first"
    assert not elector.is_leading
    site.lines["first"].goes = "well"
    assert await site.until_leading(elector) <= LOOK
    assert site.server.spec["leaseTransitions"] == 0


async def test_of_two_that_create_one_wins(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    electors = [site.elector(name) for name in ("first", "second")]
    for elector in electors:
        site.lines[elector.identity].delay = lambda: 0.5
        site.start(elector)
    await site.clock.sleep(60)
    assert [elector.is_leading for elector in electors].count(True) == 1
    assert not caplog.records, "that another was quicker is no trouble"


async def test_of_two_that_take_over_one_wins(site: Site) -> None:
    _, task = await site.lead()
    followers = [site.elector(name) for name in ("second", "third")]
    for follower in followers:
        site.lines[follower.identity].delay = lambda: 0.5
        site.start(follower)
    await site.clock.sleep(30)
    await end(task)
    await site.clock.sleep(60)
    assert [follower.is_leading for follower in followers].count(True) == 1
    assert site.server.spec["leaseTransitions"] == 1


async def test_a_lease_that_is_deleted_is_made_again(site: Site) -> None:
    leader, _ = await site.lead()
    site.server.leases.clear()
    await site.clock.sleep(RENEWAL)
    assert leader.is_leading
    assert site.server.spec["holderIdentity"] == "first"


@pytest.mark.parametrize("wrong_by", [-86_400.0, 86_400.0])
async def test_clocks_are_not_compared(site: Site, wrong_by: float) -> None:
    _, task = await site.lead()
    follower = site.elector("second", clock_is_wrong_by=wrong_by)
    site.start(follower)
    await site.clock.sleep(120)
    assert not follower.is_leading
    await end(task)
    assert LEASE_DURATION - RENEWAL <= await site.until_leading(follower) <= LEASE_DURATION + LOOK


async def test_the_holder_says_how_long_it_may_be_silent(site: Site) -> None:
    _, task = await site.lead()
    await end(task)
    lease = site.server.only
    site.server.store(NAMESPACE, {**lease, "spec": {**lease["spec"], "leaseDurationSeconds": 60}})
    follower = site.elector("second")
    site.start(follower)
    assert 60 <= await site.until_leading(follower) <= 60 + LOOK


async def test_a_label_is_no_sign_of_the_holder(site: Site) -> None:
    _, task = await site.lead()
    await end(task)
    follower = site.elector("second")
    site.start(follower)
    began = site.clock.elapsed
    for number in range(14):
        await site.clock.sleep(1)
        lease = site.server.only
        metadata = {**lease["metadata"], "labels": {"number": str(number)}}
        site.server.store(NAMESPACE, {**lease, "metadata": metadata})
    await site.until_leading(follower)
    assert site.clock.elapsed - began <= LEASE_DURATION + LOOK
    assert site.server.only["metadata"]["labels"] == {"number": "13"}, "what others have put there stays"


async def test_a_follower_outlives_the_server(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    follower = site.elector("second")
    site.lines["second"].goes = "hanging"
    site.start(follower)
    await site.clock.sleep(600)
    assert not follower.is_leading
    assert follower.is_alive
    assert len(caplog.records) == 1, "told once"
    site.lines["second"].goes = "well"
    await site.until_leading(follower)


async def test_a_follower_that_tries_no_more_is_dead(site: Site) -> None:
    follower = site.elector("second")
    assert follower.is_alive
    site.clock.advance(STALLED)
    assert not follower.is_alive


async def test_a_release_without_a_server_only_warns(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    leader, task = await site.lead()
    await end(task)
    site.lines["first"].goes = "hanging"
    began = site.clock.elapsed
    await leader.release()
    assert site.clock.elapsed - began <= 2
    assert "could not be given back" in caplog.text


def test_no_two_processes_have_one_name() -> None:
    assert own_identity() != own_identity()
