"""A plan is computed with the person's own rights, shows nobody's data, and writes nothing anywhere."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml
from plugin_world import NAME, NAMESPACE, Answer, Desk

from dinero_operator.connect.ports import Place
from dinero_operator.connect.webhooks import webhook_path
from dinero_operator.sandbox.dinero import DineroSimulator
from dinero_operator.sandbox.shoporama import OrderLine, ShoporamaSimulator, SimOrder

TEA, ACCOUNT = 501_001, 55_100
SHOP_TOKEN, ACCESS_TOKEN, REFRESH_TOKEN = (
    "planted-shop-token-1",
    "planted-access-token-2",
    "planted-refresh-3",
)
KEYS = {"clientId": "planted-client-4", "clientSecret": "planted-secret-5", "apiKey": "planted-key-6"}


class Site:
    """A shop and its books beside the cluster."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.dinero = DineroSimulator(requests_per_minute=None)
        self.shoporama = ShoporamaSimulator()

    async def start(self) -> None:
        await self.dinero.start()
        await self.shoporama.start()
        self.dinero.add_organisation(TEA, "Teestuen ApS")
        self.dinero.add_api_key(
            client_id=KEYS["clientId"],
            client_secret=KEYS["clientSecret"],
            api_key=KEYS["apiKey"],
            organisations=[TEA],
        )
        self.shop = self.shoporama.add_shop("teestuen", token=SHOP_TOKEN)
        self.desk.secret("shop", token=SHOP_TOKEN)
        self.desk.secret("dinero", **KEYS)
        self.put()

    async def stop(self) -> None:
        await self.shoporama.stop()
        await self.dinero.stop()

    def put(self, **spec: Any) -> None:
        shop = {"url": self.shoporama.rest_url, "tokenSecretRef": {"name": "shop"}}
        start = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
        self.desk.put(**{"shop": shop, "trigger": "Paid", "startFrom": start} | spec)

    def connected(self, life: timedelta) -> None:
        """The Secret holds a connection made in the browser, whose access token ends after ``life``."""
        until = datetime.now(UTC) + life
        self.dinero.accept_token(ACCESS_TOKEN, client_id="app", organisations=[TEA], expires_at=until)
        self.desk.api.store.delete("Secret", NAMESPACE, "dinero")
        self.desk.secret(
            "dinero",
            refreshToken=REFRESH_TOKEN,
            accessToken=ACCESS_TOKEN,
            expiresAt=until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )

    def order(self, **changes: Any) -> SimOrder:
        fields: dict[str, Any] = {
            "lines": (OrderLine(name="Te", unit_price=21_000),),
            "shipping_price": 3_900,
            "email": "planted-kunde@example.com",
            "paid": True,
        }
        return self.shop.place(SimOrder(**fields | changes))

    async def plan(self, *words: str) -> Answer:
        before = self.desk.api.store.list("Secret", NAMESPACE)
        answer = await self.desk(
            "plan",
            NAME,
            *words,
            DINERO_OPERATOR_DINERO_API_URL=self.dinero.url,
            DINERO_OPERATOR_DINERO_TOKEN_URL=self.dinero.token_url,
        )
        assert not self.desk.writes(), "nothing is written to the cluster"
        assert self.desk.api.store.list("Secret", NAMESPACE) == before
        assert {call.route for call in self.dinero.calls if call.method != "GET"} <= {"token"}
        assert {call.method for call in self.shoporama.calls} <= {"GET"}
        for planted in ("planted", "Kunde"):
            assert planted not in answer.out + answer.err
        return answer


@pytest_asyncio.fixture
async def site(desk: Desk) -> AsyncIterator[Site]:
    site = Site(desk)
    await site.start()
    yield site
    await site.stop()


async def test_what_the_next_poll_would_do(site: Site) -> None:
    order = site.order()
    site.order(paid=False)
    site.order(email=None)
    out = (await site.plan()).out
    assert out.splitlines()[0] == f"{NAMESPACE}/{NAME}"
    assert f"Teestuen ApS ({TEA}), account {ACCOUNT} Webshop salg" in out
    (row,) = [line for line in out.splitlines() if line.startswith(str(order.webshop_order_id))]
    assert row.split()[2:5] == ["private", "249.00", "DKK"]
    assert "create the contact, create the invoice, book it, register the payment" in row
    assert "not yet: it has not reached the trigger" in out
    assert "held: EmailMissing" in out
    assert "→ Put an e-mail address on the order in the shop" in out
    assert [line.split() for line in out.splitlines() if " Te " in line] == [
        ["1", "×", "210.00", "Te", "210.00", "→", "1000"]
    ]
    assert "Nothing was written." in out
    assert "Te " not in (await site.plan("--no-lines")).out


async def test_for_programs(site: Site) -> None:
    order = site.order()
    found = (await site.plan("-o", "json")).data
    assert found["organisation"] == {"id": TEA, "name": "Teestuen ApS"}
    (planned,) = found["orders"]
    assert (planned["orderId"], planned["orderNumber"]) == (str(order.order_id), str(order.webshop_order_id))
    assert planned["steps"] == ["createContact", "createInvoice", "book", "pay"]
    assert (planned["total"], planned["currency"], planned["customer"]) == ("249.00", "DKK", "private")
    assert [line["total"] for line in planned["lines"]] == ["210.00", "39.00"]
    assert yaml.safe_load((await site.plan("-o", "yaml")).out) == found


async def test_how_many_orders(site: Site) -> None:
    for _ in range(7):
        site.order()
    assert len((await site.plan("-o", "json")).data["orders"]) == 5
    assert len((await site.plan("-o", "json", "--orders", "2")).data["orders"]) == 2


async def test_as_if_something_else_were_chosen(site: Site) -> None:
    site.put(trigger=None, account=None)
    site.order()
    told = (await site.plan()).failed()
    assert "Choose spec.trigger, spec.account before the orders are looked at." in told
    assert told.endswith(f"See: kubectl dinero choices {NAME}")
    found = (await site.plan("-o", "json", "--trigger", "Sent", "--account", str(ACCOUNT))).data
    assert [each["state"] for each in found["orders"]] == ["pending"]
    assert "no deposit account" in (await site.plan("--trigger", "Sent", "--account", "55999")).failed()


async def test_what_keeps_the_operator_from_it_is_said(site: Site) -> None:
    site.put(dryRun=True, suspend=True)
    out = (await site.plan()).out
    assert "spec.dryRun is set" in out
    assert "spec.suspend is set" in out
    assert "The shop has no orders yet." in out


async def test_a_stored_access_token_is_used_and_never_renewed(site: Site) -> None:
    site.connected(timedelta(minutes=30))
    site.order()
    assert [each["state"] for each in (await site.plan("-o", "json")).data["orders"]] == ["transfer"]


@pytest.mark.parametrize("life", [timedelta(seconds=-5), timedelta(seconds=5)])
async def test_an_access_token_that_has_ended(site: Site, life: timedelta) -> None:
    site.connected(life)
    told = (await site.plan()).failed()
    assert "The stored access token has ended." in told
    assert told.endswith(f"First: kubectl dinero sync {NAME} --wait")


async def test_an_access_token_that_dinero_refuses(site: Site) -> None:
    site.connected(timedelta(minutes=30))
    body = site.desk.api.store.get("Secret", NAMESPACE, "dinero")
    body["data"]["accessToken"] = "cGxhbnRlZC1vdGhlcg=="
    site.desk.api.store.put(body)
    assert "Dinero refuses the stored access token." in (await site.plan()).failed()


async def test_whoever_may_not_read_secrets_is_told_what_is_needed(site: Site) -> None:
    site.desk.api.fail_next(5, 403, resource="secrets")
    told = (await site.plan()).failed()
    assert f"you may not read the Secrets shop and dinero in namespace {NAMESPACE}" in told
    assert told.endswith(f"kubectl dinero status {NAME}")


async def test_what_is_wrong_is_named(site: Site) -> None:
    site.desk.secret("dinero", **KEYS | {"apiKey": "planted-wrong"})
    assert "Dinero does not accept clientId" in (await site.plan()).failed()
    site.desk.api.store.delete("Secret", NAMESPACE, "shop")
    assert "there is no Secret shop" in (await site.plan()).failed()


async def test_no_way_to_dinero_from_here(site: Site, tmp_path: Path) -> None:
    answer = await site.desk("plan", NAME, DINERO_OPERATOR_DINERO_API_URL="ftp://a")
    assert answer.failed().startswith("DINERO_OPERATOR_DINERO_API_URL: ")


async def test_the_address_for_the_shop(site: Site) -> None:
    path = webhook_path(SHOP_TOKEN, Place(NAMESPACE, NAME))
    url = "https://operator.example.com"
    desk = site.desk
    assert (await desk("webhook", NAME, "--url", f"{url}/")).out == f"{url}{path}\n"
    assert (await desk("webhook", NAME, DINERO_OPERATOR_PUBLIC_URL=url)).out == f"{url}{path}\n"
    assert (await desk("webhook", NAME)).failed().startswith("Give --url: ")
    assert (
        await desk("webhook", NAME, "--url", "http://a.example.com")
    ).failed() == "--url must be an https address."
    desk.report(connect={"url": f"{url}/connect/begin/x", "expiresAt": "2026-03-01T08:00:00Z"})
    assert (await desk("webhook", NAME)).out == f"{url}{path}\n"
    desk.api.fail_next(1, 403, resource="secrets")
    assert "you may not read Secret shop" in (await desk("webhook", NAME)).failed()
    desk.api.store.delete("Secret", NAMESPACE, "shop")
    assert "no Secret shop with a key token" in (await desk("webhook", NAME)).failed()
