"""Secrets that are missing, wrong or changed, and doors that stay shut."""

from __future__ import annotations

import pytest
from eventually import eventually
from suite_cluster import Json, condition, said
from suite_outside import Place
from suite_process import Operator


def message(status: Json, kind: str = "Connected") -> str:
    found = condition(status, kind)
    assert found is not None
    return str(found["message"])


@pytest.mark.parametrize("which", ["shop", "dinero"])
async def test_a_secret_that_comes_later(operator: Operator, place: Place, which: str) -> None:
    name, data = {
        "shop": (place.shop_secret, {"token": place.shop.token}),
        "dinero": (place.dinero_secret, place.keys()),
    }[which]
    order = place.order()
    await place.namespace.delete_secret(name)
    resource = await place.integrate()
    status = await resource.settled("SecretMissing")
    assert said(status, "Connected") == ("False", "SecretMissing")
    assert said(status, "Stalled") == ("", ""), "it may come at any time"
    assert name in message(status)
    await place.namespace.secret(name, **data)
    await resource.run()
    place.assert_once([order])


@pytest.mark.parametrize("key", ["token", "clientId", "clientSecret", "apiKey"])
async def test_a_key_that_is_missing_or_empty(operator: Operator, place: Place, key: str) -> None:
    name = place.shop_secret if key == "token" else place.dinero_secret
    data = {"token": place.shop.token} if key == "token" else place.keys()
    await place.namespace.secret(name, **{k: v for k, v in data.items() if k != key}, other="x")
    resource = await place.integrate()
    status = await resource.settled("SecretKeyMissing")
    assert said(status, "Connected") == ("False", "SecretKeyMissing")
    assert name in message(status)
    assert f" {key}" in message(status)
    await place.namespace.secret(name, **{**data, key: " \n"})
    assert said(await resource.run(), "Connected") == ("False", "SecretKeyMissing")
    await place.namespace.secret(name, **{**data, key: f"{data[key]}\n"})
    assert said(await resource.run(), "Ready") == ("True", "Succeeded"), (
        "a newline at the end is no part of it"
    )


async def test_the_shop_refuses_its_token(operator: Operator, place: Place) -> None:
    await place.namespace.secret(place.shop_secret, token="wrong-token-of-nobody")
    order = place.order()
    resource = await place.integrate()
    status = await resource.settled("CredentialsRejected")
    assert said(status, "Connected") == ("False", "CredentialsRejected")
    assert said(status, "Stalled") == ("True", "CredentialsRejected")
    assert "spec.shop.tokenSecretRef" in message(status)
    await place.namespace.secret(place.shop_secret, token=place.shop.token)
    status = await resource.run()
    assert said(status, "Connected") == ("True", "Authenticated")
    assert said(status, "Stalled") == ("", "")
    place.assert_once([order])


async def test_a_wrong_api_key_is_not_tried_again_and_again(operator: Operator, place: Place) -> None:
    def logins() -> int:
        return place.outside.dinero.count()["POST token"]

    async def visits() -> float:
        """Each visit begins with reading two Secrets."""
        read = await operator.value("http_requests_total", system="kubernetes", operation="get_secret")
        return read / 2

    await place.namespace.secret(place.dinero_secret, **place.keys(apiKey="wrong-key-of-nobody"))
    before = logins()
    resource = await place.integrate()
    status = await resource.settled("CredentialsRejected")
    assert said(status, "Connected") == ("False", "CredentialsRejected")
    assert said(status, "Stalled") == ("True", "CredentialsRejected")
    assert "spec.dinero.secretRef" in message(status)
    assert logins() == before + 1
    version = (await resource.read())["metadata"]["resourceVersion"]
    for number in range(5):
        seen = await visits()
        found = await resource.annotate(nudge=str(number))
        await eventually(visits, lambda now, seen=seen: now > seen, told="a visit")  # type: ignore[misc]
        version = found["metadata"]["resourceVersion"]
    assert (await resource.read())["metadata"]["resourceVersion"] == version, "nothing new to say"
    await resource.run()
    assert logins() == before + 2, "once for each wish of a person, and never for a visit"
    await place.namespace.secret(place.dinero_secret, **place.keys())
    order = place.order()
    await resource.annotate(nudge="a changed Secret takes effect at the next run")
    await resource.booked(1)
    assert logins() == before + 3
    place.assert_once([order])


async def test_a_revoked_key(operator: Operator, place: Place) -> None:
    first = place.order(1)
    resource = await place.integrate()
    await resource.booked(1)
    place.outside.dinero.revoke_api_key(place.api_key)
    second = place.order(2)
    status = await resource.run()
    assert said(status, "Connected") == ("False", "CredentialsRejected")
    assert status["orders"]["booked"] == 1
    new = f"new-key-of-{place.number}"
    place.outside.dinero.add_api_key(
        client_id=place.client_id,
        client_secret=place.client_secret,
        api_key=new,
        organisations=[place.number],
    )
    await place.namespace.secret(place.dinero_secret, **place.keys(apiKey=new))
    await resource.run()
    place.assert_once([first, second])


async def test_without_pro(operator: Operator, place: Place) -> None:
    place.books.pro = False
    order = place.order()
    resource = await place.integrate()
    status = await resource.settled("SubscriptionMissing")
    assert said(status, "Connected") == ("False", "SubscriptionMissing")
    assert said(status, "Stalled") == ("True", "SubscriptionMissing")
    place.books.pro = True
    assert said(await resource.run(), "Connected") == ("True", "Authenticated")
    place.assert_once([order])


async def test_pro_ends_while_it_runs(operator: Operator, place: Place) -> None:
    resource = await place.integrate()
    await resource.settled()
    place.books.pro = False
    place.order()
    status = await resource.run()
    assert said(status, "Connected") == ("False", "SubscriptionMissing")
    assert not place.books.invoices


async def test_an_organisation_out_of_reach(operator: Operator, place: Place) -> None:
    resource = await place.integrate(organisation=4711)
    status = await resource.settled("UnknownOrganisation")
    assert said(status, "Configured") == ("False", "UnknownOrganisation")
    assert "spec.organisation" in message(status, "Configured")
    assert [row["id"] for row in status["choices"]["organisations"]] == [place.number]


async def test_an_unknown_account(operator: Operator, place: Place) -> None:
    resource = await place.integrate(account=55_999)
    status = await resource.settled("UnknownAccount")
    assert said(status, "Configured") == ("False", "UnknownAccount")
    assert said(status, "Stalled") == ("True", "UnknownAccount")
    assert {"number": 55_100, "name": "Webshop salg"} in status["choices"]["accounts"]
