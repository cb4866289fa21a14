"""The end of the set-up: the dry run writes nothing, and saving writes three fields of the resource that was seen."""

import html
import re
from typing import Any

import pytest
import yaml
from connect_world import ACCOUNT, NAME, NAMESPACE, TEA, TRIAL, World
from visitor import Seen, Visitor

from dinero_operator.connect.ports import ChangedMeanwhile, Place, Selection
from dinero_operator.domain.choices import Trigger
from dinero_operator.kube.api import KubernetesError


async def reviewed(world: World, *, trigger: str = "Sent") -> tuple[Visitor, Seen]:
    visitor = world.visitor(accept_language="en")
    seen = await world.approve(visitor, await world.begin(visitor))
    seen = await visitor.submit(seen, organisation=str(TEA))
    seen = await visitor.submit(seen, trigger=trigger)
    seen = await visitor.submit(seen, account=str(ACCOUNT))
    assert (seen.status, seen.path) == (200, "/connect/review")
    return visitor, seen


async def test_nothing_is_written_before_the_button(world: World) -> None:
    world.order(status="sent")
    before = world.resource()["spec"]
    _, seen = await reviewed(world)
    assert world.resource()["spec"] == before
    books = world.dinero.organisations[TEA]
    assert (books.invoices, books.contacts) == ({}, {})
    assert "139.00" in seen.text, "goods and shipping"


async def test_three_fields_are_saved_and_nothing_else(world: World) -> None:
    world.change(interval="10m")
    visitor, seen = await reviewed(world)
    before = world.resource()
    seen = await visitor.submit(seen)
    assert (seen.status, seen.path) == (200, "/connect/done")
    after = world.resource()
    assert after["spec"] == before["spec"] | {"organisation": TEA, "trigger": "Sent", "account": ACCOUNT}
    assert after["metadata"].get("annotations") == before["metadata"].get("annotations")
    (writer,) = [
        entry["manager"]
        for entry in after["metadata"]["managedFields"]
        if "f:trigger" in entry["fieldsV1"].get("f:spec", {})
    ]
    assert writer == "dinero-operator-connect"


async def test_an_edit_by_somebody_else_is_shown_first(world: World) -> None:
    visitor, seen = await reviewed(world)
    world.change(dryRun=True)
    seen = await visitor.submit(seen)
    assert (seen.status, seen.path) == (409, "/connect/review")
    assert 'role="alert"' in seen.text
    assert "organisation" not in world.resource()["spec"]
    seen = await visitor.submit(seen)
    assert seen.path == "/connect/done"
    assert world.resource()["spec"]["dryRun"] is True


async def test_the_controller_may_write_the_status_meanwhile(world: World) -> None:
    visitor, seen = await reviewed(world)
    world.change(status={"watermark": "2026-03-01T00:00:00+01:00"})
    assert (await visitor.submit(seen)).path == "/connect/done"


async def test_the_resource_is_replaced_meanwhile(world: World) -> None:
    visitor, seen = await reviewed(world)
    world.api.store.delete("DineroIntegration", "webshops", NAME)
    world.add_resource()
    assert (await visitor.submit(seen)).status == 404
    assert "organisation" not in world.resource()["spec"]


async def test_a_refusal_of_the_api_server_is_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, seen = await reviewed(world)
    said = 'admission webhook "<b>policy</b>" denied the request: only through Git'

    async def refuse(*_args: object) -> None:
        raise KubernetesError("The service account may not patch resource", 403, said)

    monkeypatch.setattr(world.operator.api, "patch_resource", refuse)
    seen = await visitor.submit(seen)
    assert (seen.status, seen.path) == (409, "/connect/review")
    assert "only through Git" in seen.text
    assert "<b>policy" not in seen.text
    assert "organisation" not in world.resource()["spec"]


@pytest.mark.parametrize(
    ("metadata", "tool"),
    [
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "shops"}}, "Flux"),
        ({"labels": {"helm.toolkit.fluxcd.io/name": "shops"}}, "Flux"),
        ({"annotations": {"argocd.argoproj.io/tracking-id": "shops:x"}}, "Argo CD"),
        ({"labels": {"argocd.argoproj.io/instance": "shops"}}, "Argo CD"),
        ({"labels": {"app.kubernetes.io/name": "teestuen"}}, None),
    ],
)
async def test_who_keeps_the_resource_in_git_is_told(
    world: World, metadata: dict[str, Any], tool: str | None
) -> None:
    world.change(metadata=metadata)
    _, seen = await reviewed(world)
    for name in ("Flux", "Argo CD"):
        assert (name in seen.text) == (name == tool)
    assert f"organisation: {TEA}" in seen.text


async def test_the_yaml_is_what_saving_would_do(world: World) -> None:
    visitor, seen = await reviewed(world)
    texts = [
        html.unescape(text) for text in re.findall(r"<pre[^>]*><code>(.*?)</code>", seen.text, re.DOTALL)
    ]
    (spec,) = [parsed["spec"] for text in texts if isinstance(parsed := yaml.safe_load(text), dict)]
    await visitor.submit(seen)
    assert spec == {name: world.resource()["spec"][name] for name in ("organisation", "trigger", "account")}


async def test_the_shop_is_away_and_the_choices_can_be_saved(world: World) -> None:
    visitor, seen = await reviewed(world)
    await world.shoporama.stop()
    seen = await visitor.open(f"{world.public_url}/connect/review")
    assert seen.status == 200
    assert (await visitor.submit(seen)).path == "/connect/done"


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("organisation", {"organisation": ""}),
        ("organisation", {"organisation": "999"}),
        ("organisation", {"organisation": "501001 or 1=1"}),
        ("organisation", {"organisation": "9" * 400}),
        ("trigger", {"trigger": "paid"}),
        ("trigger", {}),
        ("account", {"account": "1"}),
        ("account", {"account": "-55100"}),
    ],
)
async def test_what_was_not_on_offer_is_not_taken(world: World, step: str, fields: dict[str, str]) -> None:
    visitor, seen = await reviewed(world)
    form = (await visitor.open(f"{world.public_url}/connect/{step}")).form
    token = form.fields["csrf"]
    seen = await visitor.post(form.action, {"csrf": token} | fields, initiator=seen.url)
    assert (seen.status, seen.path) == (422, f"/connect/{step}")
    assert 'role="alert"' in seen.text
    seen = await visitor.open(f"{world.public_url}/connect/review")
    assert (seen.status, str(ACCOUNT) in seen.text) == (200, True)


async def test_steps_cannot_be_passed_over(world: World) -> None:
    visitor = world.visitor()
    seen = await world.approve(visitor, await world.begin(visitor))
    for step in ("review", "account", "done"):
        assert (await visitor.open(f"{world.public_url}/connect/{step}")).path == "/connect/organisation"
    await visitor.submit(seen, organisation=str(TEA))
    assert (await visitor.open(f"{world.public_url}/connect/review")).path == "/connect/trigger"


async def test_without_a_connection_the_way_leads_to_it(world: World) -> None:
    visitor = world.visitor()
    await world.begin(visitor)
    seen = await visitor.open(f"{world.public_url}/connect/organisation")
    assert seen.status == 409
    assert "/connect/connect" in seen.links


async def test_another_organisation_has_other_accounts(world: World) -> None:
    visitor, _ = await reviewed(world)
    seen = await visitor.open(f"{world.public_url}/connect/organisation")
    await visitor.submit(seen, organisation="501002")
    assert (await visitor.open(f"{world.public_url}/connect/review")).path == "/connect/account"


async def test_an_api_key_is_recognised_and_needs_no_visit_to_dinero(world: World) -> None:
    world.dinero.add_api_key(
        client_id="c", client_secret="planted-s", api_key="planted-k", organisations=[TEA]
    )
    world.secret(f"dinero-{NAME}", clientId="c", clientSecret="planted-s", apiKey="planted-k")
    visitor = world.visitor()
    seen = await world.begin(visitor)
    assert seen.forms == []
    assert "/connect/organisation" in seen.links
    seen = await visitor.open(f"{world.public_url}/connect/organisation")
    assert (seen.status, seen.form.options["organisation"]) == (200, [str(TEA)])


async def test_a_dead_api_key_is_told(world: World) -> None:
    world.secret(f"dinero-{NAME}", clientId="c", clientSecret="wrong", apiKey="wrong")
    link = await world.offer()
    visitor = world.visitor()
    seen = await visitor.submit(await visitor.open(link))
    assert (seen.status, "clientSecret" in seen.text) == (409, True)


async def test_a_missing_shop_token_is_told_at_once(world: World) -> None:
    world.secret("shop", other="x")
    link = await world.offer()
    visitor = world.visitor()
    seen = await visitor.submit(await visitor.open(link))
    assert (seen.status, "spec.shop.tokenSecretRef" in seen.text) == (409, True)


async def test_consent_is_taken_back_in_the_middle(world: World) -> None:
    visitor, _ = await reviewed(world)
    world.connect.revoke("maja", "isv_teestuen")
    world.clock.advance(59 * 60)
    await world.begin(visitor)
    world.clock.advance(2 * 60)
    seen = await visitor.open(f"{world.public_url}/connect/organisation")
    assert seen.status == 409
    page = await visitor.follow(seen, "/connect/connect")
    assert (await world.approve(visitor, page)).path == "/connect/organisation"


async def test_an_organisation_without_pro_cannot_be_chosen(world: World) -> None:
    world.connect.users["trier"].organisations.append(TEA)
    visitor = world.visitor()
    seen = await world.approve(visitor, await world.begin(visitor), "trier")
    assert str(TRIAL) not in seen.form.options["organisation"]
    seen = await visitor.submit(seen, organisation=str(TRIAL))
    assert (seen.status, seen.path) == (422, "/connect/organisation")


async def test_an_edit_at_the_very_moment_of_saving_is_not_overwritten(world: World) -> None:
    cluster = world.operator.cluster
    place = Place(NAMESPACE, NAME)
    seen = await cluster.read(place)
    assert seen is not None
    world.change(trigger="Paid")
    with pytest.raises(ChangedMeanwhile):
        await cluster.save(seen, Selection(TEA, Trigger.SENT, ACCOUNT))
    assert world.resource()["spec"]["trigger"] == "Paid"
    seen = await cluster.read(place)
    assert seen is not None
    world.api.store.delete("DineroIntegration", NAMESPACE, NAME)
    with pytest.raises(ChangedMeanwhile):
        await cluster.save(seen, Selection(TEA, Trigger.SENT, ACCOUNT))
