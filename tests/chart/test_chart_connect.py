"""Connecting in the browser: settings, the secret as a file, rights, and the way in from outside."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
import yaml
from rendering import ROOT, Chart, Json, Refused
from test_chart_rbac import Right, granted
from variants import CONNECT

KIND = "dinerointegrations"
PLAIN = {
    Right("shoporama.dk", KIND, "get"),
    Right("shoporama.dk", KIND, "list"),
    Right("shoporama.dk", KIND, "watch"),
    Right("shoporama.dk", f"{KIND}/status", "patch"),
    Right("", "events", "create"),
    Right("", "secrets", "get"),
}
WRITING = {Right("", "secrets", "create"), Right("", "secrets", "update")}
EDITING = {Right("shoporama.dk", KIND, "patch")}
MANY: Json = {"replicas": 2, "leaderElection": {"enabled": True}}


@pytest.mark.parametrize(
    ("values", "more"),
    [
        ({}, set()),
        (CONNECT, WRITING | EDITING),
        ({"webhooks": {"enabled": True}}, set()),
        ({"webhooks": {"enabled": True}} | MANY, EDITING),
        ({"webhooks": {"enabled": True}, "shards": 2}, EDITING),
        (MANY, set()),
    ],
    ids=["none", "connect", "webhooks", "webhooks-standby", "webhooks-shards", "standby"],
)
def test_rights_are_only_as_wide_as_what_is_enabled(chart: Chart, values: Json, more: set[Right]) -> None:
    assert granted(chart.render(values).one("ClusterRole")) == PLAIN | more
    in_one = chart.render(values | {"namespaces": ["webshops"]})
    roles = [role for role in in_one.all("Role") if role["metadata"].get("namespace") == "webshops"]
    assert [granted(role) for role in roles] == [PLAIN | more]


def test_the_secret_is_a_file_and_never_a_variable(chart: Chart) -> None:
    rendered = chart.render(CONNECT)
    environment = rendered.environment()
    path = PurePosixPath(environment["DINERO_OPERATOR_CONNECT_CLIENT_SECRET_FILE"])
    (mount,) = [each for each in rendered.container["volumeMounts"] if each["name"] == "connect"]
    assert (PurePosixPath(mount["mountPath"]), mount["readOnly"]) == (path.parent, True)
    (volume,) = [each for each in rendered.pod["volumes"] if each["name"] == "connect"]
    assert volume["secret"] == {
        "secretName": "visma-app",
        "items": [{"key": "clientSecret", "path": path.name}],
    }
    assert "DINERO_OPERATOR_CONNECT_CLIENT_SECRET" not in environment


def test_without_it_there_is_nothing_of_it(chart: Chart) -> None:
    rendered = chart.render()
    assert not [name for name in rendered.environment() if "CONNECT" in name or "PUBLIC" in name]
    assert not rendered.kinds() & {"Ingress", "HTTPRoute"}
    assert "volumes" not in rendered.pod


@pytest.mark.parametrize(
    ("values", "paths"),
    [
        (CONNECT, ["/connect", "/webhooks"]),
        (CONNECT | {"webhooks": {"enabled": False}}, ["/connect"]),
        (CONNECT | {"connect": {"enabled": False}}, ["/webhooks"]),
    ],
    ids=["both", "connect", "webhooks"],
)
@pytest.mark.parametrize("kind", ["Ingress", "HTTPRoute"])
def test_the_outside_reaches_what_is_enabled_and_nothing_else(
    chart: Chart, kind: str, values: Json, paths: list[str]
) -> None:
    route: Json = {"httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}]}, "ingress": {}}
    rendered = chart.render(values | (route if kind == "HTTPRoute" else {}))
    service = rendered.one("Service")["metadata"]["name"]
    found = rendered.one(kind)["spec"]
    if kind == "Ingress":
        (rule,) = found["rules"]
        assert rule["host"] == "dinero.example.com"
        assert [each["path"] for each in rule["http"]["paths"]] == paths
        backends = [each["backend"]["service"] for each in rule["http"]["paths"]]
        assert backends == [{"name": service, "port": {"name": "http"}}] * len(paths)
    else:
        assert found["hostnames"] == ["dinero.example.com"]
        (rule,) = found["rules"]
        assert [each["path"]["value"] for each in rule["matches"]] == paths
        assert rule["backendRefs"] == [{"name": service, "port": 8080}]


def test_a_port_in_the_address_is_no_part_of_the_host(chart: Chart) -> None:
    values = CONNECT | {"settings": {"publicUrl": "https://dinero.example.com:8443/shops"}}
    (rule,) = chart.render(values).one("Ingress")["spec"]["rules"]
    assert rule["host"] == "dinero.example.com"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (CONNECT | {"settings": {}, "ingress": {}}, "connect.enabled: needs settings.publicUrl"),
        ({"webhooks": {"enabled": True}, "ingress": {"enabled": True}}, "need settings.publicUrl"),
        (CONNECT | {"service": {"enabled": False}}, "need service.enabled=true"),
        (
            {"ingress": {"enabled": True}, "settings": {"publicUrl": "https://dinero.example.com"}},
            "lead to nothing without connect.enabled or webhooks.enabled",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(chart: Chart, values: Json, said: str) -> None:
    with pytest.raises(Refused, match=said):
        chart.render(values)


def test_the_example_has_these_rights_as_comments(chart: Chart) -> None:
    text = (ROOT / "examples" / "rbac.yaml").read_text(encoding="utf-8")
    (role,) = [part for part in text.split("\n---\n") if "\nkind: ClusterRole\n" in part]
    commented = [line for line in role.splitlines() if line.startswith("#   ")]
    whole = role + "\n" + "\n".join(line.removeprefix("# ") for line in commented)
    assert granted(yaml.safe_load(whole)) == granted(chart.render(CONNECT).one("ClusterRole"))
