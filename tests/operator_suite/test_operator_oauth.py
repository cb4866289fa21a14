"""A shop whose owner has connected in the browser: tokens are renewed, kept, and given up when the owner says so."""

from __future__ import annotations

import time

import pytest
from suite_cluster import condition, said
from suite_outside import Place
from suite_process import Operator
from suite_tokens import BRIEF, expired, logins, secret, tokens

from dinero_operator.sandbox.connect import Rotation


async def test_a_refresh_token_in_the_secret_is_all_that_it_takes(operator: Operator, place: Place) -> None:
    authorisation = await place.connect()
    orders = place.orders(3)
    resource = await place.integrate()
    status = await resource.booked(3)
    place.assert_once(orders)
    assert said(status, "Connected") == ("True", "Authenticated")
    kept = await tokens(place)
    assert kept.keys() == {"refreshToken", "accessToken", "expiresAt"}
    assert kept["accessToken"] in authorisation.access_tokens
    metadata = (await secret(place))["metadata"]
    assert metadata["labels"] == {"app.kubernetes.io/managed-by": "dinero-operator"}
    assert list(metadata["annotations"]) == ["shoporama.dk/connection"]
    assert await operator.value("token_refresh_total", result="ok") >= 1
    assert time.time() < await operator.value("token_expiry_timestamp_seconds") <= time.time() + 3600
    seen = logins(place)
    await resource.run()
    assert logins(place) == seen, "the token is good for an hour"
    assert authorisation.refreshes == 1
    told = (
        operator.log.read_text(encoding="utf-8") + str(await resource.read()) + str(await resource.events())
    )
    for token in (kept["refreshToken"], kept["accessToken"]):
        assert token not in told


@pytest.mark.parametrize("rotation", list(Rotation))
async def test_tokens_are_renewed_again_and_again(
    operator: Operator, place: Place, rotation: Rotation
) -> None:
    authorisation = await place.connect(rotation=rotation, **BRIEF)
    first = (await tokens(place))["refreshToken"]
    resource = await place.integrate()
    orders = []
    for number in range(1, 4):
        orders.append(place.order(number))
        await resource.run()
        await expired(authorisation)
    assert authorisation.refreshes >= 3
    assert authorisation.alive
    place.assert_once(orders)
    assert ((await tokens(place))["refreshToken"] == first) == (rotation is Rotation.REUSE)


async def test_the_owner_takes_the_approval_back(operator: Operator, place: Place) -> None:
    authorisation = await place.connect(**BRIEF)
    first = place.order(1)
    resource = await place.integrate()
    await resource.booked(1)
    place.withdraw()
    await expired(authorisation)
    second, seen = place.order(2), logins(place)
    status = await resource.run()
    assert said(status, "Connected") == ("False", "CredentialsRejected")
    assert said(status, "Stalled") == ("True", "CredentialsRejected")
    found = condition(status, "Connected")
    assert found is not None
    assert "access to Dinero was withdrawn, or has run out" in found["message"]
    assert place.dinero_secret in found["message"]
    for _ in range(3):
        await resource.run()
    assert logins(place) == seen + 1, "not even for the wish of a person: the answer is known"
    await place.connect()
    await resource.annotate(nudge="a new connection takes effect at the next run")
    await resource.booked(2)
    place.assert_once([first, second])


async def test_an_immutable_secret(operator: Operator, place: Place) -> None:
    await place.connect()
    path = f"/api/v1/namespaces/{place.namespace.name}/secrets/{place.dinero_secret}"
    await place.namespace.cluster.merge(path, {"immutable": True})
    seen = logins(place)
    resource = await place.integrate()
    status = await resource.settled("SecretImmutable")
    assert said(status, "Connected") == ("False", "SecretImmutable")
    assert logins(place) == seen
