"""A schema that grows stricter does not hold against an update what the update leaves as it is."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes_samples import KIOSKS, Client, crd, kiosk, serving

from dinero_operator.sandbox.kubernetes import KubernetesApi

NORTH = f"{KIOSKS}/north"
MERGE = "application/merge-patch+json"


def tighten(api: KubernetesApi) -> None:
    definition = crd()
    fields = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"][
        "properties"
    ]
    fields["trigger"]["enum"] = ["Sent"]
    fields["tags"]["maxItems"] = 1
    fields["note"]["x-kubernetes-validations"] = [{"rule": "self != 'bad'", "message": "not bad"}]
    api.load_crd(definition)


@pytest.mark.parametrize(
    ("spec", "status"),
    [
        ({"owner": 7}, 200),
        ({"secretRef": {"key": "other"}}, 200),
        ({"trigger": "Paid"}, 200),
        ({"trigger": "Sent"}, 200),
        ({"tags": ["a", "b"]}, 200),
        ({"tags": ["a", "c"]}, 422),
        ({"owner": 0}, 422),
    ],
)
async def test_what_stays_is_not_looked_at(spec: dict[str, Any], status: int) -> None:
    async with serving() as (api, client):
        api.store.put(kiosk(tags=["a", "b"]))
        tighten(api)
        assert (await client.call("POST", KIOSKS, kiosk("new")))[0] == 422
        assert (await client.call("PATCH", NORTH, {"spec": spec}, kind=MERGE))[0] == status


async def test_a_rule_that_is_broken_as_before_is_a_warning() -> None:
    async with serving() as (api, client):
        api.store.put(kiosk(note="bad", trigger="Sent"))
        tighten(api)
        assert await warned(client, {"spec": {"interval": "10m"}}) == (
            200,
            ['299 - "spec.note: Invalid value: \\"bad\\": not bad"'],
        )
        assert await warned(client, {"spec": {"note": "good"}}) == (200, [])
        assert (await warned(client, {"spec": {"note": "bad"}}))[0] == 422


async def warned(client: Client, patch: dict[str, Any]) -> tuple[int, list[str]]:
    async with client.session.patch(NORTH, json=patch, headers={"Content-Type": MERGE}) as answer:
        return answer.status, answer.headers.getall("Warning", [])
