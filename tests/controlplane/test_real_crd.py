"""Every constraint, default and rule of the CRD on the real server: what it takes, what it refuses, and in which words."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from controlplane.constraints import HANDLED, Case, cases, nodes, spelled
from controlplane.full import full_manifest
from controlplane.real_kubectl import RealKubectl
from dinero_operator.sandbox.cluster import Cluster, ClusterError

ROOT = Path(__file__).parents[2]
CRD = yaml.safe_load((ROOT / "crds" / "dinerointegrations.shoporama.dk.yaml").read_text(encoding="utf-8"))
SCHEMA = CRD["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
NODES = list(nodes(SCHEMA))
FULL = full_manifest()


class Kind:
    """Our kind in a namespace, by HTTP: what is tried is not kept."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._path = f"/apis/shoporama.dk/v1alpha1/namespaces/{namespace}/dinerointegrations"

    async def create(self, spec: Any, name: str = "made") -> dict[str, Any]:
        """Create it for good."""
        return await self._cluster.create(self._path, self._manifest(spec, name))

    async def try_spec(self, manifest: dict[str, Any]) -> dict[str, Any]:
        body = self._manifest(manifest.get("spec"), "tried")
        if "spec" not in manifest:
            del body["spec"]
        return await self._cluster.create(f"{self._path}?dryRun=All", body)

    async def try_edit(self, name: str, **spec: Any) -> dict[str, Any]:
        return await self._cluster.merge(f"{self._path}/{name}?dryRun=All", {"spec": spec})

    async def edit_status(self, name: str, status: Any, *, dry: bool = True) -> dict[str, Any]:
        place = f"{self._path}/{name}/status{'?dryRun=All' if dry else ''}"
        return await self._cluster.merge(place, {"status": status})

    async def delete(self, name: str) -> None:
        await self._cluster.delete(f"{self._path}/{name}")

    def _manifest(self, spec: Any, name: str) -> dict[str, Any]:
        kind = {"apiVersion": "shoporama.dk/v1alpha1", "kind": "DineroIntegration"}
        return {**kind, "metadata": {"name": name}, "spec": spec}


@pytest.fixture
async def kind(cluster: Cluster, ours: RealKubectl, namespace: str) -> Kind:
    return Kind(cluster, namespace)


@pytest.fixture
async def made(kind: Kind) -> Any:
    """A resource without a status, and free to be bound to any organisation."""
    await kind.create({name: value for name, value in FULL["spec"].items() if name != "organisation"})
    yield "made"
    await kind.delete("made")


def tried(path: tuple[str, ...], node: dict[str, Any]) -> list[Case]:
    return list(cases(path, node, FULL))


@pytest.mark.parametrize(
    ("path", "node"), NODES, ids=[spelled(path).replace("[0]", "[]") or "root" for path, _ in NODES]
)
async def test_constraint(kind: Kind, made: str, path: tuple[str, ...], node: dict[str, Any]) -> None:
    for case in tried(path, node):
        manifest = case.put_into(FULL)
        outcome = (
            kind.edit_status(made, manifest["status"]) if path[:1] == ("status",) else kind.try_spec(manifest)
        )
        if not case.message:
            await outcome
            continue
        with pytest.raises(ClusterError, match=re.escape(case.message)) as caught:
            await outcome
        assert caught.value.status == 422


def test_every_keyword_of_the_schema_is_tried_both_ways() -> None:
    for path, node in NODES:
        found = tried(path, node)
        # Integers are bounded; a format of its own bound matters only where they are not. Enums bound lengths, too.
        left = {"format"} if "maximum" in node else {"maxLength"} if "enum" in node else set()
        left |= {"type"} if not path else set()
        expected = set(node) & HANDLED - left
        assert {case.keyword for case in found if case.message} == expected, spelled(path)
        accepted = {case.keyword for case in found if not case.message}
        # The full manifest has what is required, has no type twice, and has times and dates in their form.
        assert expected - accepted <= {"required", "pattern", "format", "x-kubernetes-list-map-keys"}, (
            spelled(path)
        )


async def test_the_full_example_is_taken_as_it_is(kind: Kind) -> None:
    taken = await kind.try_spec(FULL)
    assert taken["spec"] == FULL["spec"]


async def test_defaults(kind: Kind) -> None:
    taken = await kind.try_spec(
        {"spec": {"shop": {"tokenSecretRef": {"name": "shop"}}, "dinero": {"secretRef": {"name": "dinero"}}}}
    )
    assert taken["spec"] == {
        "shop": {
            "url": "https://www.shoporama.dk/REST",
            "tokenSecretRef": {"name": "shop", "key": "token"},
            "dailyCalls": 1000,
            "timeZone": "Europe/Copenhagen",
            "currency": "DKK",
        },
        "dinero": {"secretRef": {"name": "dinero"}},
        "booking": "OnTransfer",
        "payment": "WhenPaid",
        "interval": "5m",
        "dryRun": False,
        "suspend": False,
        "lines": {"discount": "OwnLine"},
        "credits": "Hold",
        "customers": {"withoutEmail": "Hold"},
        "duplicates": "Hold",
        "lateOrders": "OwnDate",
        "firstRun": "Book",
    }
    assert taken["status"] == {"observedGeneration": -1}


async def test_a_status_that_is_sent_along_is_not_taken(kind: Kind, cluster: Cluster, namespace: str) -> None:
    path = f"/apis/shoporama.dk/v1alpha1/namespaces/{namespace}/dinerointegrations"
    manifest = {**FULL, "metadata": {"name": "sent-along"}}
    taken = await cluster.create(path, manifest)
    assert taken["status"] == {"observedGeneration": -1}
    taken = await cluster.merge(f"{path}/sent-along", {"status": {"observedGeneration": 7}})
    assert taken["status"] == {"observedGeneration": -1}
    await kind.delete("sent-along")


async def test_counts_that_are_left_out_are_zero(kind: Kind, made: str) -> None:
    taken = await kind.edit_status(made, {"orders": {"booked": 2}})
    assert taken["status"]["orders"] == {"booked": 2, "drafted": 0, "credited": 0, "held": 0, "pending": 0}


async def test_every_default_of_the_schema_is_in_these_tests() -> None:
    with_default = {spelled(path) for path, node in NODES if "default" in node}
    counts = {f"status.orders.{name}" for name in ("booked", "drafted", "credited", "held", "pending")}
    shop = {
        f"spec.shop.{name}" for name in ("url", "tokenSecretRef.key", "dailyCalls", "timeZone", "currency")
    }
    groups = {"spec.lines", "spec.lines.discount", "spec.customers", "spec.customers.withoutEmail", "status"}
    plain = {
        "booking",
        "payment",
        "interval",
        "dryRun",
        "suspend",
        "credits",
        "duplicates",
        "lateOrders",
        "firstRun",
    }
    assert with_default == counts | shop | groups | {f"spec.{name}" for name in plain}


# --- rules -----------------------------------------------------------------------------------------------------------


def message(*path: str) -> str:
    node = SCHEMA
    for part in path:
        node = node["properties"][part]
    (rule,) = node["x-kubernetes-validations"]
    return re.escape(rule["message"])


async def test_the_organisation_cannot_be_changed_or_removed(kind: Kind) -> None:
    spec = copy.deepcopy(FULL["spec"])
    del spec["organisation"]
    await kind.create(spec, "unset")
    taken = await kind.try_edit("unset", organisation=123456)
    assert taken["spec"]["organisation"] == 123456
    await kind.create(spec | {"organisation": 123456}, "set")
    await kind.try_edit("set", organisation=123456, trigger="Paid")
    said = f"spec.organisation: Forbidden: {message('spec')}"
    for other in (123457, None):
        with pytest.raises(ClusterError, match=said):
            await kind.try_edit("set", organisation=other)
    await kind.delete("unset")
    await kind.delete("set")


async def test_the_organisation_that_the_credentials_named_binds(kind: Kind) -> None:
    spec = copy.deepcopy(FULL["spec"])
    del spec["organisation"]
    await kind.create(spec, "bound")
    await kind.edit_status("bound", {"organisation": {"id": 7}}, dry=False)
    await kind.try_edit("bound", organisation=7)
    await kind.try_edit("bound", trigger="Paid")
    with pytest.raises(ClusterError, match=f"spec.organisation: Forbidden: {message()}"):
        await kind.try_edit("bound", organisation=8)
    await kind.delete("bound")


@pytest.mark.parametrize("interval", ["1m", "60s", "1h30m", "60000ms", "0.5m30s", "1.0m"])
async def test_intervals_of_a_minute_or_more(kind: Kind, interval: str) -> None:
    taken = await kind.try_spec({"spec": FULL["spec"] | {"interval": interval}})
    assert taken["spec"]["interval"] == interval


@pytest.mark.parametrize("interval", ["59s", "0m", "0.9m", "59999ms"])
async def test_intervals_below_a_minute(kind: Kind, interval: str) -> None:
    said = f'spec.interval: Invalid value: "{interval}": {message("spec", "interval")}'
    with pytest.raises(ClusterError, match=said):
        await kind.try_spec({"spec": FULL["spec"] | {"interval": interval}})


async def test_a_bad_interval_is_refused_once(kind: Kind) -> None:
    with pytest.raises(ClusterError) as caught:
        await kind.try_spec({"spec": FULL["spec"] | {"interval": "soon"}})
    assert "should match" in str(caught.value)
    assert "at least one minute" not in str(caught.value)
    assert "no such" not in str(caught.value), "the rule has failed instead of being false"


async def test_a_collective_contact_is_named(kind: Kind) -> None:
    contact = "5f0e8a52-6a0c-4b2e-9d53-0d1f6c1b7a10"
    for customers in (
        {"withoutEmail": "Collective", "collectiveContact": contact},
        {"withoutEmail": "Hold", "collectiveContact": contact},
        {"withoutEmail": "Hold"},
        {},
    ):
        await kind.try_spec({"spec": FULL["spec"] | {"customers": customers}})
    said = f"spec.customers.collectiveContact: Required value: {message('spec', 'customers')}"
    with pytest.raises(ClusterError, match=said):
        await kind.try_spec({"spec": FULL["spec"] | {"customers": {"withoutEmail": "Collective"}}})


def test_every_rule_of_the_schema_is_in_these_tests() -> None:
    with_rules = {
        spelled(path): len(node["x-kubernetes-validations"])
        for path, node in NODES
        if "x-kubernetes-validations" in node
    }
    assert with_rules == {"": 1, "spec": 1, "spec.interval": 1, "spec.customers": 1}
