"""The same over sockets, on the embedded API server: what it takes, and what it refuses."""

from collections.abc import AsyncIterator

import kopf
import pytest

from dinero_operator.kube.api import CONFLICT, KubernetesApi, KubernetesError
from dinero_operator.kube.lease import LEASE_DURATION, Elector
from dinero_operator.metrics import Metrics
from dinero_operator.sandbox.kubernetes import KubernetesApi as Server
from fake_clock import FakeClock

NAMESPACE, NAME = "default", "dinero-operator"


def candidate(api: KubernetesApi, identity: str, clock: FakeClock) -> Elector:
    return Elector(api, namespace=NAMESPACE, name=NAME, identity=identity, clock=clock)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def apis(server: Server, clock: FakeClock) -> AsyncIterator[list[KubernetesApi]]:
    # Without a check of the certificate, which another test is about.
    info = kopf.ConnectionInfo(server=server.url, token=server.token, insecure=True)
    apis = [KubernetesApi(lambda: info, clock=clock, metrics=Metrics()) for _ in range(2)]
    yield apis
    for api in apis:
        await api.aclose()


async def test_two_take_turns(server: Server, apis: list[KubernetesApi], clock: FakeClock) -> None:
    first, second = (candidate(api, name, clock) for api, name in zip(apis, ("first", "second"), strict=True))
    assert await first.attempt()
    assert not await second.attempt()
    for _ in range(20):
        clock.advance(2)
        assert await first.attempt()
        assert not await second.attempt()
    clock.advance(LEASE_DURATION - 0.1)
    assert not await second.attempt(), "not a moment too early"
    clock.advance(0.1)
    assert await second.attempt()
    await first.hold()
    assert not first.is_leading
    await second.release()
    third = candidate(apis[0], "third", clock)
    assert await third.attempt(), "at once"
    (lease,) = server.store.list("Lease")
    assert lease["spec"]["holderIdentity"] == "third"
    assert lease["spec"]["leaseTransitions"] == 2


async def test_a_version_that_is_not_the_servers_is_refused(
    apis: list[KubernetesApi], clock: FakeClock
) -> None:
    first, second = (candidate(api, f"{id(api)}", clock) for api in apis)
    assert await first.attempt()
    stale = await apis[1].lease(NAMESPACE, NAME, within=5)
    assert stale is not None
    clock.advance(2)
    assert await first.attempt()
    with pytest.raises(KubernetesError) as refusal:
        await apis[1].update_lease(NAMESPACE, stale, within=5)
    assert refusal.value.status == CONFLICT
    with pytest.raises(KubernetesError) as refusal:
        await apis[1].create_lease(NAMESPACE, {**stale, "metadata": {"name": NAME}}, within=5)
    assert refusal.value.status == CONFLICT
    assert not await second.attempt()


async def test_there_is_one_try(server: Server, apis: list[KubernetesApi], clock: FakeClock) -> None:
    server.fail_next(1, 500, resource="leases")
    elector = candidate(apis[0], "first", clock)
    with pytest.raises(KubernetesError):
        await elector.attempt()
    assert not clock.slept
    assert await elector.attempt()


async def test_a_login_that_is_refused_is_done_anew_with_the_next_try(
    server: Server, clock: FakeClock
) -> None:
    tokens = iter(["expired", server.token])
    api = KubernetesApi(
        lambda: kopf.ConnectionInfo(server=server.url, token=next(tokens), insecure=True),
        clock=clock,
        metrics=Metrics(),
    )
    elector = candidate(api, "first", clock)
    with pytest.raises(KubernetesError):
        await elector.attempt()
    assert await elector.attempt()
    await api.aclose()


async def test_an_api_that_nobody_listens_at(clock: FakeClock, server: Server) -> None:
    info = kopf.ConnectionInfo(server=server.url, token=server.token, insecure=True)
    await server.stop()
    api = KubernetesApi(lambda: info, clock=clock, metrics=Metrics())
    elector = candidate(api, "first", clock)
    with pytest.raises(KubernetesError, match="does not answer"):
        await elector.attempt()
    assert not elector.is_leading
    await api.aclose()
