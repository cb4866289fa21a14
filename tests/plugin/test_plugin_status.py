"""How it goes, and what somebody must do: for people at any width, and for programs."""

from typing import Any

import pytest
import yaml
from plugin_world import ALL_WELL, LONG_AGO, NAME, NAMESPACE, Desk, condition

from dinero_operator.domain.holds import HoldReason

REMEDY = HoldReason.TOTALS_DIFFER.remedy
WHAT = "The order's lines come to 437.00 DKK, its total is 437.01 DKK."


def held(number: int, reason: str = "TotalsDiffer", message: str = f"{WHAT} {REMEDY}") -> dict[str, Any]:
    return {
        "orderId": str(2_000_000 + number),
        "orderNumber": str(number),
        "reason": reason,
        "message": message,
        "since": LONG_AGO,
    }


def conditions(**changed: dict[str, Any]) -> list[dict[str, Any]]:
    found = {each["type"]: each for each in ALL_WELL["conditions"]} | changed  # type: ignore[union-attr, attr-defined]
    return list(found.values())


HOLDING = ALL_WELL | {
    "conditions": conditions(Synced=condition("Synced", "False", "OrdersHeld", "Some orders are held.")),
    "orders": {"booked": 42, "drafted": 0, "credited": 0, "held": 3, "pending": 0},
    "held": [held(1011), held(1027), held(1040, "FromTheFuture", "Ask the future.")],
}


async def test_all_is_well(desk: Desk) -> None:
    desk.put(status=ALL_WELL)
    answer = await desk("status", COLUMNS="110")
    header, row = answer.out.splitlines()
    assert header.split() == [
        *("NAME", "ORGANISATION", "TRIGGER", "ACCOUNT", "STATE"),
        *("BOOKED", "DRAFTS", "HELD", "PENDING", "SYNCED"),
    ]
    assert row.split()[:-1] == [NAME, "Teestuen", "ApS", "Sent", "55100", "UpToDate", "42", "1", "0", "3"]
    assert answer.err == ""


@pytest.mark.parametrize("columns", [60, 80, 110, 200])
@pytest.mark.parametrize("words", [["status"], ["status", "-A"], ["status", NAME]], ids=" ".join)
async def test_it_fits_the_screen(desk: Desk, columns: int, words: list[str]) -> None:
    desk.put(status=HOLDING)
    desk.put("kaffestuen", trigger=None)
    lines = (await desk(*words, COLUMNS=str(columns))).out.splitlines()
    # But for commands, which are there to be copied.
    assert all(len(line) <= columns or line.startswith("  kubectl ") for line in lines)
    assert all(line == line.rstrip() for line in lines)
    if columns > 60:
        assert any(NAME in line and "OrdersHeld" in line for line in lines)


async def test_holds_with_reasons_and_remedies(desk: Desk) -> None:
    desk.put(status=HOLDING, annotations={"shoporama.dk/skip-orders": "17,18"})
    out = (await desk("status", f"dinero/{NAME}", COLUMNS="200")).out
    assert "Held orders (3)" in out
    assert out.count(REMEDY) == 1, "once for all orders of a reason"
    assert out.count(WHAT) == 2
    assert "Ask the future." in out
    command = f'  kubectl annotate --overwrite dinero {NAME} shoporama.dk/skip-orders="17,18,2001011"'
    assert out.splitlines()[-1] == command


async def test_more_is_held_than_is_listed(desk: Desk) -> None:
    desk.put(status=HOLDING | {"orders": {"held": 70}})
    assert "Held orders (70, of which the oldest 3 are listed)" in (await desk("status", NAME)).out


async def test_for_programs(desk: Desk) -> None:
    link = {"url": "https://operator.example.com/connect/begin/planted", "expiresAt": LONG_AGO}
    desk.put(status=HOLDING | {"connect": link}, dryRun=True)
    answer = await desk("status", NAME, "-o", "json")
    found = answer.data
    assert (found["namespace"], found["name"], found["state"]) == (NAMESPACE, NAME, "OrdersHeld")
    assert (found["dryRun"], found["suspended"], found["trigger"]) == (True, False, "Sent")
    assert found["organisation"] == {"id": 501001, "name": "Teestuen ApS"}
    assert found["orders"]["held"] == 3
    assert [each["type"] for each in found["conditions"]] == ["Ready", "Connected", "Configured", "Synced"]
    assert found["held"][0] == {
        "orderId": "2001011",
        "orderNumber": "1011",
        "reason": "TotalsDiffer",
        "message": WHAT,
        "remedy": REMEDY,
        "since": LONG_AGO,
    }
    assert found["held"][2]["remedy"] is None
    assert "planted" not in answer.out, "the link is for whoever has asked for it"
    assert yaml.safe_load((await desk("status", "-o", "yaml")).out) == [found]


STATES = {
    "NotVisited": ({}, {}),
    "Suspended": (ALL_WELL, {"suspend": True}),
    "UpToDate": (ALL_WELL, {}),
    "OrdersHeld": (HOLDING, {}),
    "SelectionMissing": (
        {"conditions": [condition("Ready", "False", "SelectionMissing", "Choose spec.trigger.")]},
        {},
    ),
    "Progressing": ({"conditions": [condition("Ready", "Unknown", "Progressing", "Not known yet.")]}, {}),
    "QuotaLow": (ALL_WELL | {"conditions": conditions(Ready=condition("Ready", reason="QuotaLow"))}, {}),
    "AccountIsBank": (
        ALL_WELL | {"conditions": conditions(Configured=condition("Configured", reason="AccountIsBank"))},
        {},
    ),
}


@pytest.mark.parametrize("word", STATES)
async def test_the_state_is_one_word(desk: Desk, word: str) -> None:
    status, spec = STATES[word]
    desk.put(status=status, **spec)
    (found,) = (await desk("status", "-o", "json")).data
    assert found["state"] == word
    assert f"● {word}" in (await desk("status", NAME)).out.splitlines()[0]


async def test_a_verdict_on_an_older_spec_is_none(desk: Desk) -> None:
    desk.put(status=ALL_WELL)
    body = desk.resource()
    body["spec"]["trigger"] = "Paid"
    desk.api.store.put(body)
    assert (await desk("status", "-o", "json")).data[0]["state"] == "Progressing"


@pytest.mark.parametrize(
    ("reason", "message", "command"),
    [
        ("SelectionMissing", "Choose spec.trigger.", "choices"),
        ("SecretMissing", "kubectl annotate dinero a shoporama.dk/connect-requested-at=now …", "connect"),
        ("Unavailable", "Dinero does not answer.", "status"),
    ],
)
async def test_the_way_on_is_shown(desk: Desk, reason: str, message: str, command: str) -> None:
    desk.put(status={"conditions": [condition("Ready", "False", reason, message)]})
    for words, tail in (
        ([], ""),
        (["-A"], f" -n {NAMESPACE}"),
        (["--context", "sandbox"], " --context sandbox"),
    ):
        lines = (await desk("status", *words)).out.splitlines()
        assert lines[-1] == f"  kubectl dinero {command} {NAME}{tail}"
        assert lines[-2] == f"  {message}"


async def test_nothing_takes_over_the_terminal(desk: Desk) -> None:
    name = "[bold]Te\u001b[31m\u009b31mstuen"
    desk.put(status=ALL_WELL | {"organisation": {"id": 501001, "name": name}})
    out = (await desk("status", NAME)).out
    assert "[bold]Te\ufffd[31m\ufffd31mstuen" in out
    assert all(char.isprintable() for line in out.splitlines() for char in line)


async def test_none_is_no_failure(desk: Desk) -> None:
    answer = await desk("status")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == f"There is no DineroIntegration in namespace {NAMESPACE}.\n"
    assert (await desk("status", "-o", "json")).data == []
    missing = (await desk("status", NAME)).failed()
    assert missing == f"There is no DineroIntegration {NAME} in namespace {NAMESPACE}."
