"""The shop calls: whoever knows the address makes the next poll come now, and nobody learns anything."""

import asyncio
import hashlib
import hmac
import itertools
import json

import pytest
from aiohttp.test_utils import make_mocked_request
from connect_world import NAME, NAMESPACE, World

from dinero_operator.connect.ports import ClusterUnavailable, Place, Resource
from dinero_operator.connect.webhooks import Webhooks, webhook_path, webhook_secret
from dinero_operator.sandbox.process import free_port
from fake_clock import FakeClock

RECONCILE = "shoporama.dk/reconcile-requested-at"


def address(world: World, name: str = NAME) -> str:
    return webhook_path(world.shop.token, Place(NAMESPACE, name))


async def call(world: World, path: str, method: str = "POST", data: bytes | None = b"{}") -> int:
    async with world.session.request(method, world.public_url + path, data=data) as answer:
        text = await answer.text()
        assert world.shop.token not in text
        return answer.status


def test_the_secret_is_what_the_documentation_says() -> None:
    """So that an owner can compute it: openssl dgst -sha256 -hmac."""
    message = b"dinero-operator/webhook/webshops/teestuen"
    expected = hmac.new(b"token", message, hashlib.sha256).hexdigest()[:32]
    assert webhook_secret("token", Place("webshops", "teestuen")) == expected
    assert webhook_secret("token", Place("webshops", "kaffestuen")) != expected
    assert webhook_secret("other", Place("webshops", "teestuen")) != expected


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_call_makes_the_next_poll_come_now(world: World, method: str) -> None:
    await world.operator.see()
    world.operator.calm_down()
    assert await call(world, address(world), method) == 200
    assert world.operator.is_hastened()


async def test_a_wrong_secret_and_an_unknown_resource_are_alike(world: World) -> None:
    await world.operator.see()
    world.operator.calm_down()
    right = address(world)
    took = {}
    for what, path in {
        "wrong": right[:-1] + ("0" if right[-1] != "0" else "1"),
        "unknown": address(world, "nobody"),
        "elsewhere": right.replace("webshops", "elsewhere"),
        "short": right[:-1],
        "capitals": right.upper().replace(
            "/WEBHOOKS/SHOPORAMA/WEBSHOPS/TEESTUEN/", "/webhooks/shoporama/webshops/teestuen/"
        ),
        "path": f"/webhooks/shoporama/..%2f..%2fapi/{NAME}/{right[-32:]}",
        "long": f"/webhooks/shoporama/{NAMESPACE}/{'x' * 300}/{right[-32:]}",
    }.items():
        before = world.clock.elapsed
        assert await call(world, path) == 404, what
        took[what] = round(world.clock.elapsed - before, 3)
    assert set(took.values()) == {0.5}
    assert not world.operator.is_hastened()


async def test_a_new_token_makes_a_new_address(world: World) -> None:
    await world.operator.see()
    old = address(world)
    world.secret("shop", token="another-token-of-the-shop")
    assert await call(world, old) == 404
    assert await call(world, webhook_path("another-token-of-the-shop", Place(NAMESPACE, NAME))) == 200


async def test_a_former_address_is_good_for_a_minute_at_most(world: World) -> None:
    await world.operator.see()
    old = address(world)
    assert await call(world, old) == 200
    world.secret("shop", token="another-token-of-the-shop")
    world.clock.advance(61)
    assert await call(world, old) == 404


async def test_a_large_body_is_not_read(world: World) -> None:
    await world.operator.see()
    assert await call(world, address(world), data=b"x" * 200_000) == 200


async def test_while_the_shops_calls_run_low_nothing_is_hastened(world: World) -> None:
    now = "2026-03-02T09:00:00Z"
    world.change(
        status={
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "reason": "QuotaLow",
                    "message": "x",
                    "lastTransitionTime": now,
                }
            ]
        }
    )
    await world.operator.see()
    world.operator.calm_down()
    assert await call(world, address(world)) == 200
    assert not world.operator.is_hastened()
    follower = await world.start_operator(port=free_port(), leads=False)
    await follower.cluster.hasten(Place(NAMESPACE, NAME))
    assert RECONCILE not in world.annotations()


async def test_another_process_asks_the_owner(world: World) -> None:
    follower = await world.start_operator(port=free_port(), leads=False)
    async with world.session.post(f"http://127.0.0.1:{follower.port}{address(world)}") as answer:
        assert answer.status == 200
    assert world.annotations()[RECONCILE].startswith("hastened-")
    await world.operator.see()
    entry = next(iter(world.operator.controller.registry))
    assert entry.wish is not None


async def test_a_persons_wish_is_not_written_over(world: World) -> None:
    """Who asked for a run waits for the echo of that very token."""
    follower = await world.start_operator(port=free_port(), leads=False)
    world.annotate(reconcile_requested_at="a-persons")
    await follower.cluster.hasten(Place(NAMESPACE, NAME))
    assert world.annotations()[RECONCILE] == "a-persons"
    world.change(status={"lastHandledReconcileAt": "a-persons"})
    await follower.cluster.hasten(Place(NAMESPACE, NAME))
    assert world.annotations()[RECONCILE].startswith("hastened-")


async def test_it_works_without_an_app_at_visma(world: World) -> None:
    await world.restart_operator(CONNECT_CLIENT_ID="", CONNECT_CLIENT_SECRET="", PUBLIC_URL="")
    await world.operator.see()
    world.operator.calm_down()
    assert await call(world, address(world)) == 200
    assert world.operator.is_hastened()


async def test_a_namespace_that_is_not_watched_has_no_webhooks(world: World) -> None:
    await world.restart_operator(NAMESPACES="elsewhere")
    assert await call(world, address(world)) == 404


async def test_the_kubernetes_api_is_away(world: World) -> None:
    await world.operator.see()
    await world.api.stop()
    assert await call(world, address(world)) == 503


async def test_too_many_calls_wait(world: World) -> None:
    await world.operator.see()
    other = address(world, "nobody")
    statuses = [await call(world, other) for _ in range(70)]
    assert (statuses[0], statuses[-1]) == (404, 429)
    assert await call(world, address(world)) == 200, "each address has its own measure"


class Counting:
    """A cluster with one shop, which counts."""

    def __init__(self) -> None:
        self.reads = self.hastened = 0
        self.is_away = False

    async def read(self, _place: Place) -> Resource | None:
        self.reads += 1
        return object()  # type: ignore[return-value]

    async def shop_token(self, _resource: Resource) -> str:
        return "token"

    async def hasten(self, _place: Place) -> None:
        if self.is_away:
            raise ClusterUnavailable("away")
        self.hastened += 1


class Ticking(FakeClock):
    """Sleepers wait until the test moves the time."""

    async def sleep(self, seconds: float) -> None:
        end = self.elapsed + seconds
        while self.elapsed < end:  # noqa: ASYNC110 - the test moves it
            await asyncio.sleep(0)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_burst_is_two_polls() -> None:
    cluster, clock = Counting(), Ticking()
    webhooks = Webhooks(cluster, clock)  # type: ignore[arg-type]
    place = Place(NAMESPACE, NAME)
    for _ in range(25):
        await webhooks._hasten(place)
    await settle()
    assert cluster.hastened == 1
    clock.advance(9.9)
    await settle()
    assert cluster.hastened == 1
    clock.advance(0.1)
    await settle()
    assert cluster.hastened == 2
    clock.advance(3600)
    await settle()
    assert cluster.hastened == 2, "and no more come by themselves"
    await webhooks._hasten(place)
    assert cluster.hastened == 3


async def test_never_more_than_one_poll_in_ten_seconds() -> None:
    cluster, clock = Counting(), Ticking()
    webhooks = Webhooks(cluster, clock)  # type: ignore[arg-type]
    moments: list[float] = []
    for _ in range(600):
        before = cluster.hastened
        await webhooks._hasten(Place(NAMESPACE, NAME))
        await settle()
        if cluster.hastened > before:
            moments.append(clock.elapsed)
        clock.advance(0.1)
    assert min(later - earlier for earlier, later in itertools.pairwise(moments)) >= 9.9
    assert 6 <= cluster.hastened <= 7
    await webhooks._end(None)  # type: ignore[arg-type]


async def test_a_known_address_costs_no_further_reads() -> None:
    cluster, clock = Counting(), FakeClock()
    webhooks = Webhooks(cluster, clock)  # type: ignore[arg-type]
    place = Place(NAMESPACE, NAME)
    secret = webhook_secret("token", place)
    for _ in range(5):
        assert await webhooks._is_authentic(place, secret)
    assert cluster.reads == 1
    assert not await webhooks._is_authentic(place, "0" * 32)


async def test_a_poll_that_cannot_be_asked_for_is_no_fault_of_the_shop(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cluster = Counting()
    cluster.is_away = True
    webhooks = Webhooks(cluster, FakeClock())  # type: ignore[arg-type]
    await webhooks._hasten(Place(NAMESPACE, NAME))
    assert "away" in caplog.text


async def test_what_the_shop_sends_is_nowhere(world: World, caplog: pytest.LogCaptureFixture) -> None:
    await world.operator.see()
    body = json.dumps({"email": "planted@example.com", "order_id": 1}).encode()
    with caplog.at_level("DEBUG"):
        assert await call(world, address(world), data=body) == 200
        assert await call(world, address(world)[:-1], data=body) == 404
    assert "planted" not in caplog.text
    assert address(world)[-32:] not in caplog.text
    assert "planted" not in json.dumps(world.resource())


async def test_addresses_of_nothing_take_no_memory() -> None:
    """What is remembered of callers is what could be an address, and not kilobytes of their choice."""
    webhooks = Webhooks(Counting(), FakeClock())  # type: ignore[arg-type]
    for number in range(10):
        parts = {"namespace": "x" * 3000, "name": str(number), "secret": "0" * 32}
        answer = await webhooks.take(make_mocked_request("POST", "/", match_info=parts))
        assert answer.status == 404
    assert len(webhooks._each) == 0
