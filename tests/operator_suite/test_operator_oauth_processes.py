"""Connections in the browser when operators die, share a Secret, or are not registered. Each test has its own operators."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from eventually import eventually
from suite_cluster import condition, said
from suite_outside import Outside, Place
from suite_process import Operator, StartOperator
from suite_tokens import BRIEF, expired, secret, tokens

from dinero_operator.sandbox.web import Call

STOPS_IN_SECONDS = 10.0
SHORT_CLAIMS = (str(Path(__file__).with_name("short_claims.py")),)


@pytest_asyncio.fixture(loop_scope="session")
async def restartable(
    kubeconfig: Path, outside: Outside, place: Place, tmp_path: Path
) -> AsyncIterator[Operator]:
    """An operator that need not wait long for its own former claim."""
    settings = outside.settings() | {"NAMESPACES": place.namespace.name}
    operator = Operator(kubeconfig, tmp_path / "restarted.json", settings, SHORT_CLAIMS)
    yield operator
    await operator.aclose()


async def test_several_processes_share_a_token_for_one_use(
    start_operator: StartOperator, place: Place
) -> None:
    """No grace: a second exchange of one token would end the approval."""
    authorisation = await place.connect(**BRIEF)
    pair = [await start_operator(NAMESPACES=place.namespace.name) for _ in range(3)]
    resource = await place.integrate()
    orders = []
    for number in range(1, 6):
        orders.append(place.order(number))
        await resource.run()
        await expired(authorisation)
    await resource.booked(5)
    assert all(operator.is_running for operator in pair)
    assert authorisation.alive
    assert authorisation.refreshes >= 5
    place.assert_once(orders)


async def test_killed_while_a_token_is_exchanged(restartable: Operator, place: Place) -> None:
    """The server has given a new token, and nobody has heard it. Within the grace the old one gives another."""
    authorisation = await place.connect(grace_seconds=60)
    killed: list[Call] = []

    def kill(call: Call) -> None:
        if call.route == "token" and not killed:
            killed.append(call)
            restartable.kill()

    await restartable.start()
    place.outside.logins.on_call = kill
    try:
        order = place.order()
        resource = await place.integrate()
        await eventually(lambda: killed, told="the kill")
        await restartable.wait()
        assert "accessToken" not in await tokens(place)
        assert "shoporama.dk/refresh-claimed-until" in (await secret(place))["metadata"]["annotations"]
        await restartable.start()
        await resource.booked(1)
    finally:
        place.outside.logins.on_call = None
    assert authorisation.alive
    assert authorisation.refreshes == 2
    assert list((await secret(place))["metadata"]["annotations"]) == ["shoporama.dk/connection"]
    place.assert_once([order])


async def test_stopped_while_a_token_is_exchanged(start_operator: StartOperator, place: Place) -> None:
    """The run is cut off; what the server gives is stored all the same."""
    authorisation = await place.connect(grace_seconds=0)
    operator = await start_operator(NAMESPACES=place.namespace.name)
    seen: list[Call] = []
    place.outside.logins.on_call = seen.append
    place.outside.login_takes = 1.0
    try:
        order = place.order()
        resource = await place.integrate()
        await eventually(lambda: seen, told="the request for a token")
        code, seconds = await operator.stop()
    finally:
        place.outside.logins.on_call, place.outside.login_takes = None, 0.0
    assert code == 0
    assert seconds < STOPS_IN_SECONDS
    assert (await tokens(place))["accessToken"] in authorisation.access_tokens
    await start_operator(NAMESPACES=place.namespace.name)
    await resource.booked(1)
    assert authorisation.refreshes == 1
    place.assert_once([order])


async def test_an_operator_that_is_not_registered(start_operator: StartOperator, place: Place) -> None:
    await place.connect()
    await start_operator(NAMESPACES=place.namespace.name, CONNECT_CLIENT_ID="", CONNECT_CLIENT_SECRET="")
    resource = await place.integrate()
    status = await resource.settled("ConnectNotConfigured")
    assert said(status, "Connected") == ("False", "ConnectNotConfigured")
    found = condition(status, "Connected")
    assert found is not None
    assert "DINERO_OPERATOR_CONNECT_CLIENT_ID" in found["message"]


async def test_a_registration_that_visma_refuses(
    start_operator: StartOperator, restartable: Operator, place: Place
) -> None:
    authorisation = await place.connect()
    wrong = await start_operator(NAMESPACES=place.namespace.name, CONNECT_CLIENT_SECRET="not-the-secret")
    resource = await place.integrate()
    status = await resource.settled("CredentialsRejected")
    found = condition(status, "Connected")
    assert found is not None
    assert "DINERO_OPERATOR_CONNECT_CLIENT_SECRET" in found["message"]
    await wrong.stop()
    order = place.order()
    await restartable.start()
    await resource.booked(1)
    assert authorisation.alive, "the refresh token was not spent"
    place.assert_once([order])
