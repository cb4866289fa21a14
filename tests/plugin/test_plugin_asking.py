"""What is asked of the operator: a run, rest, a link, choices."""

import asyncio
from typing import Any

import pytest
from plugin_world import ALL_WELL, CONNECT, NAME, NAMESPACE, RECONCILE, Desk, condition

URL = "https://operator.example.com/connect/begin/one-time"
LINK = {"url": URL, "expiresAt": "2026-03-01T08:15:00Z"}


async def handle(desk: Desk, **status: Any) -> None:
    """Be the operator: answer a wish for a run."""
    body = await desk.when(lambda body: RECONCILE in (body["metadata"].get("annotations") or {}))
    desk.report(lastHandledReconcileAt=body["metadata"]["annotations"][RECONCILE], **status)


async def test_sync_asks_and_goes(desk: Desk) -> None:
    desk.put(status=ALL_WELL)
    first, again = [(await desk("sync", NAME), desk.annotations()[RECONCILE]) for _ in range(2)]
    assert first[0].out == f"dinerointegration.shoporama.dk/{NAME} sync requested\n"
    assert first[1] != again[1], "each wish is a new one"
    writers = {each["manager"] for each in desk.resource()["metadata"]["managedFields"]}
    assert "kubectl-dinero" in writers


async def test_sync_waits_for_the_end_of_the_run(desk: Desk) -> None:
    desk.put(status=ALL_WELL | {"lastHandledReconcileAt": "an-old-one"})
    orders = {"booked": 1, "held": 2}
    answer = await desk.beside(handle(desk, orders=orders), "sync", NAME, "--wait")
    assert (answer.code, answer.out) == (0, f"dinerointegration.shoporama.dk/{NAME} synced, 2 orders held\n")


async def test_sync_takes_a_later_wish_for_its_own(desk: Desk) -> None:
    desk.put(status=ALL_WELL)

    async def overtake() -> None:
        await desk.when(lambda body: RECONCILE in (body["metadata"].get("annotations") or {}))
        body = desk.resource()
        body["metadata"]["annotations"][RECONCILE] = "hastened"
        desk.api.store.put(body)
        desk.report(lastHandledReconcileAt="hastened")

    assert (await desk.beside(overtake(), "sync", NAME, "--wait")).code == 0


async def test_sync_fails_with_the_run(desk: Desk) -> None:
    desk.put(status=ALL_WELL)
    failed = [condition("Ready", "False", "CredentialsRejected", "Correct them in the Secret.")]
    answer = await desk.beside(handle(desk, conditions=failed), "sync", NAME, "--wait")
    assert answer.failed() == (
        f"{NAME}: the run has failed (CredentialsRejected). Correct them in the Secret."
    )


async def test_sync_ends_when_nobody_answers(desk: Desk) -> None:
    desk.put(status=ALL_WELL)
    answer = await desk("sync", NAME, "--wait", "--timeout", "1")
    assert "no run has ended within 1 seconds" in answer.failed()


async def test_sync_does_not_wait_for_one_that_rests(desk: Desk) -> None:
    desk.put(status=ALL_WELL, suspend=True)
    answer = await desk("sync", NAME, "--wait")
    assert answer.failed() == (
        f"{NAME} is suspended, so nothing is done. First: kubectl dinero resume {NAME}"
    )
    assert not desk.annotations()
    assert not desk.writes()


async def test_suspend_and_resume(desk: Desk) -> None:
    desk.put(status=ALL_WELL, interval="7m")
    kind = f"dinerointegration.shoporama.dk/{NAME}"
    for word, end, value in (
        ("suspend", "suspended", True),
        ("suspend", "suspended (as before)", True),
        ("resume", "resumed", False),
        ("resume", "resumed (as before)", False),
    ):
        answer = await desk.process(word, NAME)
        assert (answer.out, answer.err) == (f"{kind} {end}\n", "")
        assert desk.resource()["spec"]["suspend"] is value
    assert desk.resource()["spec"]["interval"] == "7m"
    assert desk.writes() == ["patch", "patch"]


async def test_git_has_the_last_word(desk: Desk) -> None:
    body = desk.put(status=ALL_WELL)
    body["metadata"]["labels"] = {"kustomize.toolkit.fluxcd.io/name": "shops"}
    desk.api.store.put(body)
    answer = await desk("suspend", NAME)
    assert answer.code == 0
    assert answer.err == ("Warning: Flux keeps this resource as Git has it: set spec.suspend there too.\n")


async def offer(desk: Desk, **link: str) -> None:
    """Be the operator: answer a wish for a link."""
    body = await desk.when(lambda body: CONNECT in (body["metadata"].get("annotations") or {}))
    del body["metadata"]["annotations"][CONNECT]
    body["status"] = (body.get("status") or {}) | {"connect": LINK | link}
    desk.api.store.put(body)


async def test_connect_prints_the_link_alone(desk: Desk) -> None:
    desk.put()
    answer = await desk.beside(offer(desk), "connect", NAME)
    assert (answer.code, answer.out) == (0, f"{URL}\n")
    assert "works once" in answer.err


async def test_connect_waits_for_a_new_link(desk: Desk) -> None:
    desk.put(status={"connect": LINK | {"url": f"{URL}-of-before"}})
    answer = await desk.beside(offer(desk), "connect", NAME, "-o", "json")
    assert answer.data == LINK
    assert answer.err == ""


async def test_connect_opens_a_browser(desk: Desk) -> None:
    desk.put()
    browser = desk.home / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {desk.home}/opened\n', encoding="utf-8")
    browser.chmod(0o755)
    task = asyncio.create_task(offer(desk))
    answer = await desk.process("connect", NAME, "--open", BROWSER=f"{browser} %s")
    await task
    assert answer.code == 0
    assert (desk.home / "opened").read_text(encoding="utf-8") == URL


async def test_connect_opens_no_strange_address(desk: Desk) -> None:
    desk.put()
    answer = await desk.beside(offer(desk, url="file:///planted"), "connect", NAME, "--open")
    assert "neither https nor on this machine" in answer.failed()


def refusal(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "involvedObject": {"kind": "DineroIntegration", "namespace": NAMESPACE, "name": NAME},
        "reason": "ConnectNotEnabled",
        "message": f"{CONNECT}: connecting is not enabled. It needs the operator's settings.",
        "type": "Warning",
    }


async def test_connect_says_what_to_do_where_it_is_not_enabled(desk: Desk) -> None:
    desk.put()
    desk.api.store.put(refusal("of-an-earlier-wish"))

    async def refuse() -> None:
        await desk.when(lambda body: CONNECT in (body["metadata"].get("annotations") or {}))
        desk.api.store.put(refusal("of-this-wish"))

    told = (await desk.beside(refuse(), "connect", NAME, "--timeout", "30")).failed()
    assert told.startswith(f"{NAME}: connecting is not enabled. It needs the operator's settings. Until then")
    assert "clientId, clientSecret and apiKey" in told
    assert CONNECT not in desk.annotations(), "the wish is taken back"


@pytest.mark.parametrize("may_read_events", [True, False])
async def test_connect_ends_when_nobody_answers(desk: Desk, may_read_events: bool) -> None:
    desk.put()
    desk.api.store.put(refusal("of-an-earlier-wish"))
    if not may_read_events:
        desk.api.fail_next(1000, 403, verb="list", resource="events")
    told = (await desk("connect", NAME, "--timeout", "1")).failed()
    assert "no link has come within 1 seconds, so the wish for one is taken back" in told
    assert CONNECT not in desk.annotations()


CHOICES = {
    "organisations": [{"id": 501001, "name": "Teestuen ApS"}, {"id": 501002, "name": "Kaffestuen ApS"}],
    "accounts": [{"number": 55000, "name": "Bank"}, {"number": 55100, "name": "Webshop salg"}],
}
MISSING = [condition("Ready", "False", "SelectionMissing", "Choose spec.trigger, spec.account.")]


async def test_choices_tell_how_to_pick(desk: Desk) -> None:
    desk.put(status={"conditions": MISSING, "choices": CHOICES}, trigger=None, account=None)
    out = (await desk("choices", NAME, COLUMNS="110")).out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "● 501001 Teestuen ApS" in lines
    assert "501002 Kaffestuen ApS" in lines
    assert "55100 Webshop salg suggested" in lines
    assert any(line.startswith("55000 Bank the bank: the payment company keeps its fee") for line in lines)
    spec = '{"spec":{"trigger":"Sent","account":55100}}'
    assert lines[-1] == f"kubectl patch dinero {NAME} --type merge -p '{spec}'"


async def test_choices_begin_with_the_organisation(desk: Desk) -> None:
    status = {"conditions": MISSING, "choices": {"organisations": CHOICES["organisations"], "accounts": []}}
    desk.put(status=status, organisation=None, account=None, trigger=None)
    out = (await desk("choices", NAME)).out
    assert "Choose the organisation first" in out
    assert """-p '{"spec":{"organisation":501001,"trigger":"Sent"}}'""" in out


async def test_choices_for_programs(desk: Desk) -> None:
    desk.put(status={"conditions": MISSING, "choices": CHOICES}, account=None)
    assert (await desk("choices", NAME, "-o", "json")).data == {
        "namespace": NAMESPACE,
        "name": NAME,
        "chosen": {"organisation": 501001, "trigger": "Sent", "account": None},
        "choices": CHOICES | {"triggers": ["Paid", "Sent"]},
    }


async def test_no_choices(desk: Desk) -> None:
    desk.put(status=ALL_WELL)
    assert "Everything is chosen." in (await desk("choices", NAME)).out
    desk.put("ny", trigger=None)
    assert "No operator has looked at it yet." in (await desk("choices", "ny")).failed()
    desk.put("lukket", status={"conditions": [condition("Ready", "False", "SecretMissing", "Create it.")]})
    assert (await desk("choices", "lukket")).failed() == "lukket: Create it."
