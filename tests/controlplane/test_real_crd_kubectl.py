"""Our kind as users meet it with kubectl on the real server."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from controlplane.full import FULL_STATUS, full_manifest
from controlplane.real_kubectl import Json, RealKubectl

READY = FULL_STATUS["conditions"][0]


@pytest.fixture
def name(ours: RealKubectl, request: pytest.FixtureRequest) -> str:
    """A resource with every field of the spec, of the test's own."""
    name = re.sub(r"[^a-z]+", "-", request.node.name.removeprefix("test_"))[:60].strip("-")
    ours("apply", "--filename=-", stdin=full_manifest() | {"metadata": {"name": name}})
    return name


def report(kubectl: RealKubectl, name: str, status: Json) -> str:
    patch = json.dumps({"status": status})
    return kubectl("patch", "dinero", name, "--subresource=status", "--type=merge", f"--patch={patch}")


def rows(output: str) -> list[list[str]]:
    return [re.split(r"\s{2,}", line.strip()) for line in output.splitlines()]


def server_side(name: str, manager: str, body: Json, *more: str) -> tuple[Any, ...]:
    """Arguments and input of a server-side apply."""
    kind = {"apiVersion": "shoporama.dk/v1alpha1", "kind": "DineroIntegration", "metadata": {"name": name}}
    return ("apply", "--server-side", f"--field-manager={manager}", "--filename=-", *more), kind | body


def test_explain(ours: RealKubectl) -> None:
    told = ours("explain", "dinero.spec.organisation")
    assert "GROUP:      shoporama.dk" in told
    assert "FIELD: organisation <integer>" in told
    assert "Dinero organisation id (Firma ID)." in " ".join(told.split())
    told = ours("explain", "dinero.spec.shop.tokenSecretRef")
    assert "name\t<string> -required-" in told
    told = ours("explain", "dinero.spec.booking")
    assert told.split("ENUM:")[1].split()[:3] == ["OnTransfer", "OnSent", "Manual"]
    told = ours("explain", "dinero", "--recursive")
    for field in ("collectiveContact\t<string>", "lastTransitionTime\t<string>", "export\t<Object>"):
        assert field in told


def test_short_name_and_category(ours: RealKubectl, name: str) -> None:
    for called in ("dinero", "dinerointegration", "dinerointegrations.shoporama.dk", "shoporama"):
        assert f"dinerointegration.shoporama.dk/{name}" in ours("get", called, "--output=name").split()
    line = next(row for row in rows(ours("api-resources", "--output=wide")) if "DineroIntegration" in row)
    assert line[:5] == ["dinerointegrations", "dinero", "shoporama.dk/v1alpha1", "true", "DineroIntegration"]
    assert line[-1] == "shoporama"


def test_columns(ours: RealKubectl, name: str) -> None:
    header, row = rows(ours("get", "dinero", name))
    usual = ["ORGANISATION", "TRIGGER", "ACCOUNT", "READY", "STATUS", "BOOKED", "HELD", "LAST SYNC", "AGE"]
    assert header == ["NAME", *usual]
    # Before the first visit the columns of the status are empty.
    assert row[:3] == [name, "Sent", "55100"]
    report(ours, name, FULL_STATUS)
    _, row = rows(ours("get", "dinero", name))
    assert row[:8] == [name, "123456", "Sent", "55100", "True", "Succeeded", "12", "3"]
    assert re.fullmatch(r"\S+", row[8])
    header, row = rows(ours("get", "dinero", name, "--output=wide"))
    assert header == ["NAME", *usual, "MESSAGE", "INTERVAL", "SUSPENDED"]
    assert row[-3:] == [READY["message"], "5m", "false"]


def test_wait_for_ready(ours: RealKubectl, name: str) -> None:
    assert "timed out" in ours.refused("wait", "--for=condition=Ready", f"dinero/{name}", "--timeout=1s")
    report(ours, name, {"observedGeneration": 1, "conditions": [READY]})
    told = ours("wait", "--for=condition=Ready", f"dinero/{name}", "--timeout=10s")
    assert told == f"dinerointegration.shoporama.dk/{name} condition met\n"
    # A status says what it says of its generation only: after an edit kubectl waits for the next.
    ours("patch", "dinero", name, "--type=merge", '--patch={"spec": {"trigger": "Paid"}}')
    assert "timed out" in ours.refused("wait", "--for=condition=Ready", f"dinero/{name}", "--timeout=1s")
    report(ours, name, {"observedGeneration": 2, "conditions": [READY | {"observedGeneration": 2}]})
    ours("wait", "--for=condition=Ready", f"dinero/{name}", "--timeout=10s")
    ours("wait", "--for=jsonpath={.status.observedGeneration}=2", f"dinero/{name}", "--timeout=10s")


def test_only_the_spec_makes_a_generation(ours: RealKubectl, name: str) -> None:
    report(ours, name, FULL_STATUS)
    ours("annotate", "dinero", name, "shoporama.dk/reconcile-requested-at=now")
    ours("label", "dinero", name, "a=b")
    assert ours.read("dinero", name)["metadata"]["generation"] == 1
    told = ours("apply", "--filename=-", stdin=full_manifest() | {"metadata": {"name": name}})
    assert told == f"dinerointegration.shoporama.dk/{name} unchanged\n"
    ours("patch", "dinero", name, "--type=merge", '--patch={"spec": {"suspend": true}}')
    assert ours.read("dinero", name)["metadata"]["generation"] == 2


def test_a_patch_of_the_status_edits_nothing_else(ours: RealKubectl, name: str) -> None:
    patch = json.dumps({"spec": {"trigger": "Paid"}, "status": {"startFrom": "2026-11-01"}})
    ours("patch", "dinero", name, "--subresource=status", "--type=merge", f"--patch={patch}")
    found = ours.read("dinero", name)
    assert found["spec"] == full_manifest()["spec"]
    assert found["status"] == {"observedGeneration": -1, "startFrom": "2026-11-01"}


def test_describe(ours: RealKubectl, name: str) -> None:
    report(ours, name, FULL_STATUS)
    told = ours("describe", "dinero", name)
    assert re.search(r"Reason:\s+GiftCard", told)
    assert re.search(r"Message:\s+The last run succeeded\.", told)


def test_server_side_apply(ours: RealKubectl) -> None:
    spec = {"shop": {"tokenSecretRef": {"name": "shop"}}, "dinero": {"secretRef": {"name": "dinero"}}}
    base, manifest = server_side("shared", "base", {"spec": spec | {"trigger": "Paid"}})
    assert "serverside-applied" in ours(*base, stdin=manifest)
    # Another sets what the first has left out; what it has set is its own.
    team, theirs = server_side("shared", "team", {"spec": {"account": 55100}})
    ours(*team, stdin=theirs)
    _, clash = server_side("shared", "team", {"spec": {"account": 55100, "trigger": "Sent"}})
    said = ours.refused(*team, stdin=clash)
    assert 'conflict with "base": .spec.trigger' in said
    ours(*team, "--force-conflicts", stdin=clash)
    found = ours.read("dinero", "shared")
    assert (found["spec"]["trigger"], found["spec"]["account"]) == ("Sent", 55100)
    # What a manager leaves out of its next manifest goes; what has a default gets it.
    base, manifest = server_side("shared", "base", {"spec": spec | {"booking": "Manual"}})
    ours(*base, stdin=manifest)
    base, manifest = server_side("shared", "base", {"spec": spec})
    ours(*base, stdin=manifest)
    found = ours.read("dinero", "shared")
    assert (found["spec"]["trigger"], found["spec"]["booking"]) == ("Sent", "OnTransfer")
    _, bad = server_side("shared", "base", {"spec": spec | {"organisation": 0}})
    assert "should be greater than or equal to 1" in ours.refused(*base, stdin=bad)


def test_conditions_of_several_writers_stand_side_by_side(ours: RealKubectl, name: str) -> None:
    for manager, kind in (("one", "Ready"), ("two", "Synced")):
        status = {"status": {"conditions": [READY | {"type": kind}]}}
        command, body = server_side(name, manager, status, "--subresource=status")
        ours(*command, stdin=body)
    found = ours.read("dinero", name)
    assert [each["type"] for each in found["status"]["conditions"]] == ["Ready", "Synced"]


def test_deleted_at_once(ours: RealKubectl, name: str) -> None:
    ours("delete", "dinero", name, "--timeout=5s")
    assert "NotFound" in ours.refused("get", "dinero", name)
