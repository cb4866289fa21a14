"""A watch that died in silence is noticed; one that is merely late, and a server in trouble, are not mistaken for it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from kube_bodies import a_body

from dinero_operator.kube.api import KubernetesError
from dinero_operator.kube.health import AGAIN_AFTER, CHECK_EVERY, GRACE, Health
from dinero_operator.kube.registry import Key, Registry
from dinero_operator.metrics import Metrics
from fake_clock import FakeClock

Body = dict[str, Any]
STALE = ["the watch does not show what the API server has"]


class Site:
    """A registry as the watch feeds it, a list as the server gives it, and what happens ``during`` each list."""

    def __init__(self, clock: FakeClock, namespaces: tuple[str, ...] = ()) -> None:
        self.clock = clock
        self.registry = Registry()
        self.listed: list[Body] = []
        self.asked: list[str | None] = []
        self.during: list[Callable[[], None]] = []
        self.scheduler = SimpleNamespace(is_alive=True)
        self.metrics = Metrics()
        api: Any = self
        controller: Any = self
        self.health = Health(controller, api, namespaces=namespaces, clock=self, metrics=self.metrics)
        self._slept: asyncio.Queue[tuple[float, asyncio.Event]] = asyncio.Queue()
        self.oversleeps = 0.0

    # The API

    async def resources(self, namespace: str | None) -> AsyncIterator[Body]:
        self.asked.append(namespace)
        listed = [body for body in self.listed if namespace in {None, body["metadata"]["namespace"]}]
        if self.during:
            self.during.pop(0)()
        for body in listed:
            yield body

    # The clock

    def now(self) -> Any:
        return self.clock.now()

    def monotonic(self) -> float:
        return self.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._slept.put_nowait((seconds, woken))
        await woken.wait()

    async def sleep_ends(self) -> float:
        """Let the sleep that is under way, or comes next, end; gives its length."""
        seconds, woken = await self._slept.get()
        self.clock.advance(seconds + self.oversleeps)
        woken.set()
        return seconds

    async def until_next_check(self) -> list[float]:
        """Let one whole check happen; gives the sleeps in it."""
        slept = [await self.sleep_ends()]
        while True:
            seconds, woken = await self._slept.get()
            if seconds == CHECK_EVERY or len(slept) > 1:
                self._slept.put_nowait((seconds, woken))
                return slept
            self.clock.advance(seconds)
            woken.set()
            slept.append(seconds)


@asynccontextmanager
async def watching(site: Site) -> AsyncIterator[None]:
    task = asyncio.ensure_future(site.health.watch_the_watch())
    try:
        yield
    finally:
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_a_scheduler_that_stands_still_is_a_problem(clock: FakeClock) -> None:
    site = Site(clock)
    assert site.health.problems() == []
    site.scheduler.is_alive = False
    assert site.health.problems() == ["the scheduler stands still"]


async def test_a_watch_that_shows_all_is_well(clock: FakeClock) -> None:
    site = Site(clock)
    site.listed = [a_body(), a_body(name="other")]
    for body in site.listed:
        site.registry.take(body)
    async with watching(site):
        for _ in range(3):
            assert await site.until_next_check() == [CHECK_EVERY]
    assert site.health.problems() == []
    assert len(site.asked) == 3


MISSED = {
    "new": ([], [a_body()]),
    "changed": ([a_body()], [a_body(resourceVersion="101")]),
    "deleted": ([a_body()], []),
    "made anew": ([a_body()], [a_body(uid="uid-2", resourceVersion="200")]),
}


@pytest.mark.parametrize("missed", MISSED)
async def test_a_watch_that_missed_something_is_noticed_and_believed_again(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, missed: str
) -> None:
    site = Site(clock)
    shown, site.listed = MISSED[missed]
    for body in shown:
        site.registry.take(body)
    async with watching(site):
        assert await site.until_next_check() == [CHECK_EVERY, GRACE]
        assert site.health.problems() == STALE
        assert [record.message for record in caplog.records] == [
            "the watch has missed changes of 1 resources"
        ]
        assert await site.until_next_check() == [AGAIN_AFTER, AGAIN_AFTER]
        assert site.health.problems() == ["the watch does not show what the API server has"]
        assert len(caplog.records) == 1, "and it is told once"
        for body in shown:
            site.registry.remove(Key(body["metadata"]["namespace"], body["metadata"]["name"]))
        for body in site.listed:
            site.registry.take(body)
        await site.until_next_check()
        assert site.health.problems() == []


@pytest.mark.parametrize("missed", MISSED)
async def test_a_watch_that_is_late_is_not_a_dead_one(clock: FakeClock, missed: str) -> None:
    site = Site(clock)
    shown, site.listed = MISSED[missed]
    for body in shown:
        site.registry.take(body)

    def catch_up() -> None:
        for body in shown:
            site.registry.remove(Key(body["metadata"]["namespace"], body["metadata"]["name"]))
        for body in site.listed:
            site.registry.take(body)

    async with watching(site):
        await site.sleep_ends()
        # The first list is compared; then, within the grace, the watch shows it.
        seconds, woken = await site._slept.get()
        assert seconds == GRACE
        catch_up()
        woken.set()
        await site._slept.get()
    assert site.health.problems() == []


async def test_a_resource_that_came_and_went_between_is_not_missed(clock: FakeClock) -> None:
    site = Site(clock)
    site.listed = [a_body()]
    async with watching(site):
        await site.sleep_ends()
        _, woken = await site._slept.get()
        site.listed = []  # the watch has shown both its coming and its going
        woken.set()
        await site._slept.get()
    assert site.health.problems() == []


async def test_a_resource_that_comes_while_the_list_is_read_is_not_missed(clock: FakeClock) -> None:
    site = Site(clock)
    site.during = [lambda: site.registry.take(a_body()) and None]
    async with watching(site):
        assert await site.until_next_check() == [CHECK_EVERY]
    assert site.health.problems() == []


async def test_a_server_that_does_not_answer_is_no_fault_of_the_watch(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise KubernetesError("The Kubernetes API does not answer (list resources)")

    site = Site(clock)
    site.listed = [a_body()]
    site.during = [fail]
    async with watching(site):
        assert await site.until_next_check() == [CHECK_EVERY]
        assert site.health.problems() == []
        assert "could not be checked" in caplog.text
        assert await site.until_next_check() == [CHECK_EVERY, GRACE]
        assert site.health.problems() == STALE, "and the check goes on"


async def test_what_a_run_has_read_does_not_hide_a_dead_watch(clock: FakeClock) -> None:
    site = Site(clock)
    site.registry.take(a_body())
    site.listed = [a_body(resourceVersion="101"), a_body(name="other")]
    for body in site.listed:
        site.registry.take(body, is_shown=False)
    async with watching(site):
        assert await site.until_next_check() == [CHECK_EVERY, GRACE]
    assert site.health.problems() == STALE


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_refusal_that_lasts_is_a_problem_until_it_ends(clock: FakeClock, status: int) -> None:
    def refuse() -> None:
        raise KubernetesError("The API server refuses", status)

    site = Site(clock)
    site.during = [refuse, refuse]
    async with watching(site):
        assert await site.until_next_check() == [CHECK_EVERY, GRACE]
        assert site.health.problems() == ["The API server refuses"]
        site.during = [refuse]
        await site.sleep_ends()
        await site.sleep_ends()
        seconds, _ = await site._slept.get()
        assert (seconds, len(site.asked)) == (CHECK_EVERY, 4), (
            "the refusal of the third list ended with the fourth"
        )
        assert site.health.problems() == []


@pytest.mark.parametrize("second", [None, 0, 503])
async def test_a_refusal_that_passes_is_none(clock: FakeClock, second: int | None) -> None:
    def answer(status: int | None) -> None:
        if status is not None:
            raise KubernetesError("The API server refuses", status)

    site = Site(clock)
    site.during = [lambda: answer(403), lambda: answer(second)]
    async with watching(site):
        assert await site.until_next_check() == [CHECK_EVERY, GRACE]
    assert site.health.problems() == []


async def test_only_the_namespaces_that_are_watched_are_listed(clock: FakeClock) -> None:
    site = Site(clock, ("team-a", "team-b"))
    site.listed = [a_body(namespace="team-c")]
    async with watching(site):
        await site.until_next_check()
    assert site.asked == ["team-a", "team-b"]
    assert site.health.problems() == []


async def test_the_lag_of_the_loop_is_measured(clock: FakeClock) -> None:
    site = Site(clock)
    site.oversleeps = 0.25
    task = asyncio.ensure_future(site.health.measure_lag())
    for _ in range(4):
        await site.sleep_ends()
    await site._slept.get()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    value = site.metrics.registry.get_sample_value
    assert value("dinero_operator_event_loop_lag_seconds_sum") == 1.0
    assert value("dinero_operator_event_loop_lag_seconds_count") == 4
