"""``kubectl dinero`` by the real kubectl, with the whole operator at the other end."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

import pytest
from suite_cluster import Kubectl
from suite_outside import Place
from suite_process import Operator, StartOperator

SETTINGS = {
    "CONNECT_CLIENT_ID": "isv_example",
    "CONNECT_CLIENT_SECRET": "planted-app-secret",
    "PUBLIC_URL": "https://operator.example.com",
}


@pytest.fixture
def plugin(kubectl: Kubectl, place: Place, tmp_path: Path) -> Kubectl:
    """kubectl where the plugin is installed: its name on the PATH is all that kubectl asks for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "kubectl-dinero"
    operator = Path(__file__).parents[2] / "operator"
    program.write_text(
        f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(operator))} exec {shlex.quote(sys.executable)} "
        f'-m dinero_operator.plugin "$@" -n {place.namespace.name}\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    outside = place.outside.settings()
    # kubectl takes no option before a plugin's name, so the namespace is given behind.
    kubectl._command = tuple(word for word in kubectl._command if not word.startswith("--namespace"))
    kubectl._environment |= {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "DINERO_OPERATOR_DINERO_API_URL": outside["DINERO_API_URL"],
        "DINERO_OPERATOR_DINERO_TOKEN_URL": outside["DINERO_TOKEN_URL"],
    }
    return kubectl


async def test_from_choices_to_booked_orders(
    start_operator: StartOperator, place: Place, plugin: Kubectl
) -> None:
    await start_operator()
    resource = await place.integrate(trigger=None, account=None, interval="1h")
    await resource.settled("SelectionMissing")
    assert "55100" in await plugin("dinero choices demo")
    assert "SelectionMissing" in await plugin("dinero status")
    order = place.order()
    place.order(2, email=None)
    seen = json.loads(await plugin("dinero plan demo --trigger Paid --account 55100 -o json"))
    assert {each["state"] for each in seen["orders"]} == {"transfer", "held"}
    assert not place.invoices(), "a plan writes nothing"
    await plugin("dinero suspend demo")
    await resource.edit(trigger="Paid", account=55100)
    code, output = await plugin.run("dinero sync demo --wait")
    assert (code, "demo is suspended" in output) == (1, True), output
    await plugin("dinero resume demo")
    assert "synced, 1 order held" in await plugin("dinero sync demo --wait")
    place.assert_once([order])
    assert "EmailMissing" in await plugin("dinero status demo")


async def test_a_run_that_fails_is_told(start_operator: StartOperator, place: Place, plugin: Kubectl) -> None:
    await start_operator()
    resource = await place.integrate(account=55_999)
    await resource.settled("UnknownAccount")
    code, output = await plugin.run("dinero sync demo --wait")
    assert code == 1
    assert output.startswith("error: demo: the run has failed (UnknownAccount). spec.account: ")


async def test_a_link_to_the_set_up(place: Place, plugin: Kubectl, start_operator: StartOperator) -> None:
    operator: Operator = await start_operator(**SETTINGS)
    resource = await place.integrate(suspend=True)
    first, second = [json.loads(await plugin("dinero connect demo -o json")) for _ in range(2)]
    assert first["url"] != second["url"]
    status, _, text = await operator.get(second["url"].removeprefix(SETTINGS["PUBLIC_URL"]))
    assert (status, resource.name in text) == (200, True)


async def test_no_link_where_connecting_is_not_enabled(
    start_operator: StartOperator, place: Place, plugin: Kubectl
) -> None:
    await start_operator()
    resource = await place.integrate()
    code, output = await plugin.run("dinero connect demo")
    assert code == 1
    assert "connecting in the browser is not enabled" in output
    assert "DINERO_OPERATOR_PUBLIC_URL" in output
    assert "annotations" not in (await resource.read())["metadata"]
