"""Watches: what they send, how they end, and that many objects and watchers stay cheap."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from kubernetes_samples import KIOSKS, Client, kiosk, ready, serving

from dinero_operator.sandbox.kubernetes import KubernetesApi
from dinero_operator.sandbox.kubernetes import objects as objects_module

ALL = "/apis/example.com/v1alpha1/kiosks"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.fixture
async def served() -> AsyncIterator[tuple[KubernetesApi, Client]]:
    async with serving() as pair:
        yield pair


@pytest.fixture
def api(served: tuple[KubernetesApi, Client]) -> KubernetesApi:
    return served[0]


@pytest.fixture
def client(served: tuple[KubernetesApi, Client]) -> Client:
    return served[1]


def brief(event: dict[str, Any]) -> tuple[str, str]:
    return event["type"], event["object"]["metadata"]["name"]


async def take(events: AsyncIterator[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    return [await anext(events) for _ in range(count)]


async def rest(events: AsyncIterator[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event async for event in events]


async def told(api: KubernetesApi, events: AsyncIterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a watch tells at once. A watch that is ended sends before what it has yet to send."""
    waiting = asyncio.create_task(rest(events))
    await opened(api, 1)
    api.cut_watches()
    return await waiting


async def opened(api: KubernetesApi, count: int) -> None:
    """Wait until so many watches are open."""
    async with asyncio.timeout(10):
        while api.watches != count:  # noqa: ASYNC110 (the server has no event for it)
            await asyncio.sleep(0.005)


async def test_a_watch_begins_with_what_there_is_and_goes_on(api: KubernetesApi, client: Client) -> None:
    api.store.put(kiosk("a"))
    events = client.watch(ALL)
    assert brief(await anext(events)) == ("ADDED", "a")
    api.store.put(kiosk("b", "extra"))
    api.store.put(kiosk("a", trigger="Sent"))
    api.store.put(kiosk("a", trigger="Sent") | {"status": ready()})
    api.store.delete("kiosk", "extra", "b")
    seen = await take(events, 4)
    assert [brief(event) for event in seen] == [
        ("ADDED", "b"),
        ("MODIFIED", "a"),
        ("MODIFIED", "a"),
        ("DELETED", "b"),
    ]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in seen]
    assert versions == sorted(versions)
    assert seen[-1]["object"]["kind"] == "Kiosk"


async def test_a_watch_goes_on_from_a_version_and_ends_at_its_time(
    api: KubernetesApi, client: Client
) -> None:
    version = api.store.put(kiosk("a"))["metadata"]["resourceVersion"]
    api.store.put(kiosk("b"))
    seen = await rest(client.watch(KIOSKS, resourceVersion=version, timeoutSeconds="1"))
    assert [brief(event) for event in seen] == [("ADDED", "b")]


async def test_other_namespaces_and_kinds_are_not_seen(api: KubernetesApi, client: Client) -> None:
    version = api.store.put(kiosk("a"))["metadata"]["resourceVersion"]
    api.store.put(kiosk("b", "extra"))
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop"}}
    api.store.put(secret)
    assert await told(api, client.watch(KIOSKS, resourceVersion=version)) == []


async def test_objects_enter_and_leave_a_selection(api: KubernetesApi, client: Client) -> None:
    def labelled(colour: str) -> dict[str, Any]:
        body = kiosk("a")
        body["metadata"]["labels"] = {"colour": colour}
        return body

    version = api.store.put(labelled("blue"))["metadata"]["resourceVersion"]
    for colour in ("red", "red", "blue", "green"):
        api.store.put(labelled(colour) | {"status": ready()})
    seen = await told(api, client.watch(KIOSKS, resourceVersion=version, labelSelector="colour=red"))
    kinds = [event["type"] for event in seen]
    assert kinds == ["ADDED", "MODIFIED", "DELETED"]
    assert seen[-1]["object"]["metadata"]["labels"] == {"colour": "red"}, "the last state that was selected"
    named = client.watch(KIOSKS, resourceVersion=version, fieldSelector="metadata.name=b")
    assert await told(api, named) == []


async def test_bookmarks_and_initial_events(api: KubernetesApi, client: Client) -> None:
    api.store.put(kiosk("a"))
    api.store.put({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "later"}})
    query = {"allowWatchBookmarks": "true", "timeoutSeconds": "1"}
    seen = await rest(
        client.watch(KIOSKS, sendInitialEvents="true", resourceVersionMatch="NotOlderThan", **query)
    )
    assert [event["type"] for event in seen] == ["ADDED", "BOOKMARK", "BOOKMARK"]
    assert seen[1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    later = api.store.get("secret", "default", "later")["metadata"]["resourceVersion"]
    assert seen[2]["object"]["metadata"]["resourceVersion"] == later


async def test_a_version_that_is_too_old_or_from_the_future_is_gone(
    client: Client, api: KubernetesApi
) -> None:
    version = api.store.put(kiosk("a"))["metadata"]["resourceVersion"]
    api.store.put(kiosk("b"))
    api.cut_watches(gone=True)
    for unknown in (version, "999999"):
        (event,) = await rest(client.watch(KIOSKS, resourceVersion=unknown))
        assert event["type"] == "ERROR"
        assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")
    assert (await client.call("GET", KIOSKS, watch="true", resourceVersion="x"))[0] == 500


async def test_a_long_history_is_forgotten_at_its_old_end() -> None:
    async with serving(history=10) as (api, client):
        version = api.store.put(kiosk("a"))["metadata"]["resourceVersion"]
        for number in range(30):
            api.store.put(kiosk("a", note=str(number)))
        (event,) = await rest(client.watch(KIOSKS, resourceVersion=version))
        assert event["object"]["code"] == 410
        recent = str(int(api.store.get("kiosk", "default", "a")["metadata"]["resourceVersion"]) - 5)
        assert len(await told(api, client.watch(KIOSKS, resourceVersion=recent))) == 5


@pytest.mark.parametrize(("how", "codes"), [({}, []), ({"gone": True}, [410])])
async def test_open_watches_are_ended(
    api: KubernetesApi, client: Client, how: dict[str, bool], codes: list[int]
) -> None:
    waiting = asyncio.create_task(rest(client.watch(KIOSKS)))
    await opened(api, 1)
    api.cut_watches(**how)
    assert [event["object"]["code"] for event in await waiting] == codes
    await opened(api, 0)


async def test_open_watches_are_cut_off(api: KubernetesApi, client: Client) -> None:
    waiting = asyncio.create_task(rest(client.watch(KIOSKS)))
    await opened(api, 1)
    api.cut_watches(abrupt=True)
    with pytest.raises(aiohttp.ClientError):
        await waiting


async def test_a_watch_can_be_refused(api: KubernetesApi, client: Client) -> None:
    api.fail_next(1, 503, verb="watch")
    assert (await client.call("GET", KIOSKS, watch="true"))[0] == 503
    assert [call.status for call in api.calls] == [503]


async def test_a_client_that_is_gone_leaves_no_watch_behind(api: KubernetesApi, client: Client) -> None:
    waiting = asyncio.create_task(rest(client.watch(KIOSKS)))
    await opened(api, 1)
    waiting.cancel()
    await opened(api, 0)


async def test_a_deleted_definition_ends_its_watches(api: KubernetesApi, client: Client) -> None:
    api.store.put(kiosk("a"))
    waiting = asyncio.create_task(rest(client.watch(KIOSKS)))
    await opened(api, 1)
    api.store.delete("crd", "", "kiosks.example.com")
    assert [event["type"] for event in await waiting] == ["ADDED", "DELETED"]


async def test_a_watch_of_tables_describes_its_columns_once(api: KubernetesApi, client: Client) -> None:
    api.store.put(kiosk("a"))
    api.store.put(kiosk("b"))
    query = {"watch": "true", "timeoutSeconds": "1"}
    async with client.session.get(KIOSKS, params=query, headers={"Accept": TABLE}) as answer:
        lines = (await answer.text()).splitlines()
    first, second = (objects_module.json.loads(line)["object"] for line in lines)
    assert first["columnDefinitions"][0]["name"] == "Name"
    assert second["columnDefinitions"] is None
    assert second["rows"][0]["cells"][0] == "b"


async def test_stopping_the_server_ends_everything_and_starting_it_keeps_address_and_objects() -> None:
    async with serving() as (api, client):
        waiting = asyncio.create_task(rest(client.watch(KIOSKS)))
        await opened(api, 1)
        url = api.url
        await api.stop()
        assert await waiting == []
        api.store.put(kiosk("a"))
        await api.start()
        assert api.url == url
        assert (await client.call("GET", f"{KIOSKS}/a"))[0] == 200


async def test_an_event_is_put_into_json_once_for_all_watchers(
    api: KubernetesApi, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    watchers = [asyncio.create_task(rest(client.watch(ALL))) for _ in range(5)]
    await opened(api, 5)
    encoded: list[object] = []
    encode = objects_module.encode
    monkeypatch.setattr(objects_module, "encode", lambda value: encoded.append(value) or encode(value))
    for number in range(20):
        api.store.put(kiosk(f"k{number}"))
    api.cut_watches()
    seen = await asyncio.gather(*watchers)
    assert [len(events) for events in seen] == [20] * 5
    assert len(encoded) == 20


async def test_ten_thousand_objects_and_several_watchers() -> None:
    async with serving() as (api, client):
        watchers = [asyncio.create_task(count(client)) for _ in range(3)]
        await opened(api, 3)
        begun = time.process_time()
        for number in range(10_000):
            api.store.put(kiosk(f"k{number:05}", namespace=f"n{number % 50}"))
            if number % 500 == 0:
                await asyncio.sleep(0)
        api.cut_watches()
        assert await asyncio.gather(*watchers) == [10_000] * 3
        page = await client.call("GET", ALL, limit="500")
        assert len(page[1]["items"]) == 500
        # Some 5 s on a slow core; a copy or an encoding per watcher and event would cost a multiple.
        assert time.process_time() - begun < 30


async def count(client: Client) -> int:
    seen = 0
    async with client.session.get(ALL, params={"watch": "true"}) as answer:
        async for _ in answer.content:
            seen += 1
    return seen
