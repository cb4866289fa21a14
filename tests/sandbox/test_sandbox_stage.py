"""The sandbox with the real operator in it, as a process, over sockets."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from dinero_operator.sandbox.cluster import Cluster, ClusterError
from dinero_operator.sandbox.command import EXIT_DIFFERENT, conclude
from dinero_operator.sandbox.faults import Fault, FaultPlan
from dinero_operator.sandbox.kubernetes import KubernetesApi
from dinero_operator.sandbox.play import Play, Settled
from dinero_operator.sandbox.stage import NAMESPACE, OWNER, Options, Stage, definition
from dinero_operator.sandbox.verify import differences
from dinero_operator.sandbox.view import View

RESOURCES = f"/apis/shoporama.dk/v1alpha1/namespaces/{NAMESPACE}/dinerointegrations"


def page() -> Console:
    return Console(file=io.StringIO(), width=100, no_color=True)


def text_of(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def test_every_order_reaches_its_end_and_altered_books_are_found_out(tmp_path: Path) -> None:
    options = Options(directory=tmp_path, shops=3, orders=40, seed=7)
    async with Stage(options) as stage:
        assert await Play(stage).settle(100) is Settled.DONE
        console = page()
        assert conclude(stage, View(stage, console), console) == 0
        assert "Books verified: 120 orders:" in text_of(console)
        assert "What to do" in text_of(console)

        books = stage.places[0].books
        paid = next(invoice for invoice in books.invoices.values() if invoice.payments)
        payment = paid.payments[0]
        books.delete_payment_by_hand(paid.guid, payment.guid)
        console = page()
        assert conclude(stage, View(stage, console), console) == EXIT_DIFFERENT
        assert "must have 1 payment, and has none" in text_of(console)
        assert "Books verified" not in text_of(console)

        assert payment.deposit_account is not None
        books.pay_by_hand(paid.guid, payment.amount, payment.deposit_account)
        assert conclude(stage, View(stage, page()), page()) == EXIT_DIFFERENT, "its reference is missing"
        assert paid.contact_guid
        stage.places[1].books.add_contact_by_hand("Ukendt", email="ukendt@example.com")
        assert any("Contacts without" in line for line in differences(stage.case(stage.places[1])))
        pid = stage.operator.pid
        assert pid
    assert stage.operator.pid is None


async def test_all_faults_and_crashes_change_nothing_in_the_books(tmp_path: Path) -> None:
    faults = FaultPlan.parse("all", seed=7)
    async with Stage(Options(directory=tmp_path, shops=2, orders=40, seed=7, faults=faults)) as stage:
        assert await Play(stage).settle(110) is Settled.DONE
        assert [line for place in stage.places for line in differences(stage.case(place))] == []
        assert stage.operator.restarts >= faults.played[Fault.CRASH] >= 1


async def test_another_cluster_gets_the_definition_and_is_left_clean(tmp_path: Path) -> None:
    api = KubernetesApi()
    await api.start()
    kubeconfig = tmp_path / "their-kubeconfig"
    kubeconfig.write_text(api.kubeconfig())
    try:
        options = Options(directory=tmp_path / "ours", shops=1, orders=10, kubeconfig=kubeconfig)
        async with Stage(options) as stage:
            assert await Play(stage).settle(100) is Settled.DONE
            assert differences(stage.case(stage.places[0])) == []
        assert kubeconfig.read_text() == api.kubeconfig()
        async with Cluster.from_kubeconfig(kubeconfig) as cluster:
            left = await cluster.get(RESOURCES)
            assert left
            assert left["items"] == []
            secrets = await cluster.get(f"/api/v1/namespaces/{NAMESPACE}/secrets")
            assert secrets is None or secrets["items"] == []
    finally:
        await api.stop()


async def test_what_is_somebody_elses_is_not_touched(tmp_path: Path) -> None:
    api = KubernetesApi()
    api.load_crd(definition())
    theirs = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "tehuset-dinero", "namespace": NAMESPACE},
        "data": {},
    }
    api.store.put(theirs)
    await api.start()
    kubeconfig = tmp_path / "their-kubeconfig"
    kubeconfig.write_text(api.kubeconfig())
    try:
        with pytest.raises(ClusterError, match=r"tehuset-dinero is there already and is not the sandbox's"):
            async with Stage(Options(directory=tmp_path, shops=1, orders=1, kubeconfig=kubeconfig)):
                pytest.fail("it must not start")
        assert api.store.get("Secret", NAMESPACE, "tehuset-dinero")["metadata"].get("labels") != OWNER
        names = [secret["metadata"]["name"] for secret in api.store.list("Secret", NAMESPACE)]
        assert names == ["tehuset-dinero"], "what was begun is undone"
    finally:
        await api.stop()
