"""The program waits for its resource definition, and for nothing else."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from dinero_operator.kube.api import KubernetesError
from dinero_operator.kube.definition import is_defined
from fake_clock import FakeClock


class Api:
    """An API server that gives these answers to the list of our resources, one after the other; ``None``: it works."""

    def __init__(self, *answers: int | None, stop: asyncio.Event | None = None) -> None:
        self.answers = list(answers)
        self.asked: list[str | None] = []
        self._stop = stop

    async def resources(self, namespace: str | None) -> AsyncIterator[Mapping[str, Any]]:
        self.asked.append(namespace)
        answer = self.answers.pop(0)
        if self._stop is not None and not self.answers:
            self._stop.set()
        if answer is not None:
            raise KubernetesError("the API server refuses", answer)
        yield {}


async def wait_for_it(
    api: Api, clock: FakeClock, *namespaces: str, stop: asyncio.Event | None = None
) -> bool:
    return await is_defined(api, namespaces, clock=clock, stop=stop or asyncio.Event())  # type: ignore[arg-type]


async def test_it_waits_until_the_kind_is_known_and_says_so_once(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    api = Api(404, 404, 404, None)
    with caplog.at_level(logging.WARNING):
        assert await wait_for_it(api, clock)
    assert clock.slept == [2.0, 2.0, 2.0]
    assert [record.message for record in caplog.records] == [
        "waiting for the definition of dinerointegrations.shoporama.dk: apply it from crds/"
    ]


@pytest.mark.parametrize("status", [0, 403, 500])
async def test_other_trouble_is_left_to_the_watch(clock: FakeClock, status: int) -> None:
    assert await wait_for_it(Api(status), clock)
    assert clock.slept == []


async def test_it_looks_where_it_may(clock: FakeClock) -> None:
    api = Api(None)
    assert await wait_for_it(api, clock, "webshops", "more")
    assert api.asked == ["webshops"]


async def test_a_signal_ends_the_waiting(clock: FakeClock) -> None:
    stop = asyncio.Event()
    assert not await wait_for_it(Api(404, 404, stop=stop), clock, stop=stop)
