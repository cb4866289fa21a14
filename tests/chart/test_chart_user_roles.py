"""Rights for people, aggregated to the roles that every cluster has."""

from __future__ import annotations

from rendering import Chart, Json

PREFIX = "rbac.authorization.k8s.io/aggregate-to-"


def aggregated(role: Json) -> set[str]:
    labels = role["metadata"]["labels"]
    return {
        name.removeprefix(PREFIX)
        for name, value in labels.items()
        if name.startswith(PREFIX) and value == "true"
    }


def test_viewers_read_and_editors_write(chart: Chart) -> None:
    rendered = chart.render()
    view, edit = (rendered.one("ClusterRole", f"dinero-operator-{kind}") for kind in ("view", "edit"))
    assert aggregated(view) == {"view", "edit", "admin"}
    assert aggregated(edit) == {"edit", "admin"}
    (reading,), (writing,) = view["rules"], edit["rules"]
    # Nobody but the operator writes the status.
    assert reading["resources"] == writing["resources"] == ["dinerointegrations"]
    assert reading["apiGroups"] == writing["apiGroups"] == ["shoporama.dk"]
    assert set(reading["verbs"]) == {"get", "list", "watch"}
    assert set(writing["verbs"]) == {"create", "update", "patch", "delete", "deletecollection"}


def test_the_operators_own_role_is_nobody_elses(chart: Chart) -> None:
    assert aggregated(chart.render().one("ClusterRole")) == set()


def test_each_can_be_left_out(chart: Chart) -> None:
    for left_out, other in (("View", "edit"), ("Edit", "view")):
        roles = chart.render({"rbac": {f"aggregateTo{left_out}": False}}).all("ClusterRole")
        assert {role["metadata"]["name"] for role in roles} == {"dinero-operator", f"dinero-operator-{other}"}
