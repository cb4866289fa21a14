"""The program waits until its resources can be watched, and says what it waits for."""

import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from dinero_operator.kube.api import KubernetesError
from dinero_operator.kube.definition import until_watchable
from fake_clock import FakeClock

UNKNOWN = "waiting: no definition of dinerointegrations.shoporama.dk; apply it from crds/"


class Api:
    """An API server that gives these answers to lists of our resources, one after the other; ``None``: it works."""

    def __init__(self, *answers: int | None, tells_of_it: tuple[bool, ...] = (True,)) -> None:
        self.answers = list(answers)
        self.asked: list[str | None] = []
        self.tells_of_it = list(tells_of_it)

    async def resources(self, namespace: str | None) -> AsyncIterator[Mapping[str, Any]]:
        self.asked.append(namespace)
        answer = self.answers.pop(0)
        if answer is not None:
            raise KubernetesError("The API server refuses", answer)
        yield {}

    async def knows_kind(self) -> bool:
        return self.tells_of_it.pop(0)


async def wait_for_it(api: Api, clock: FakeClock, *namespaces: str) -> None:
    await until_watchable(api, namespaces, clock=clock)  # type: ignore[arg-type]
    assert api.answers == []


async def test_it_waits_until_the_kind_is_known_and_says_so_once(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await wait_for_it(Api(404, 404, 404, None), clock)
    assert clock.slept == [2.0, 2.0, 2.0]
    assert [record.message for record in caplog.records] == [UNKNOWN]


async def test_a_kind_that_can_be_listed_but_is_not_told_of_yet(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    await wait_for_it(Api(None, None, None, tells_of_it=(False, False, True)), clock)
    assert clock.slept == [2.0, 2.0]
    assert [record.message for record in caplog.records] == [UNKNOWN]


async def test_each_reason_is_told_when_it_takes_the_place_of_another(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    await wait_for_it(Api(0, 0, 401, 401, 403, 404, 0, None), clock)
    assert [record.message for record in caplog.records] == [
        "waiting: The API server refuses",
        "waiting: the API server does not accept the credentials; they are read anew at every try",
        "waiting: The API server refuses",
        UNKNOWN,
        "waiting: The API server refuses",
    ]


async def test_it_looks_in_every_namespace_that_it_is_to_watch(clock: FakeClock) -> None:
    api = Api(None, 403, None, None)
    await wait_for_it(api, clock, "webshops", "more")
    assert api.asked == ["webshops", "more"] * 2
