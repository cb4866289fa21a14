"""Values that the schema refuses, and a few at its edges that it takes."""

from __future__ import annotations

import json
import typing

import annotated_types
import pytest
from rendering import CHART, Chart, Json, Refused

from dinero_operator.settings import Settings

SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))

REFUSED: dict[str, Json] = {
    "unknown-key": {"replicaCount": 2},
    "no-replica": {"replicas": 0},
    "replicas-as-text": {"replicas": "2"},
    "election-as-text": {"leaderElection": {"enabled": "true"}},
    "unknown-key-of-the-election": {"leaderElection": {"leaseDuration": "15s"}},
    "unknown-setting": {"settings": {"requestsPerMinut": 60}},
    "unknown-key-of-a-group": {"image": {"name": "x"}},
    "unknown-key-of-a-probe": {"livenessProbe": {"httpGet": {"path": "/"}}},
    "not-built-yet": {"autoscaling": {"enabled": True}},
    "connect-without-an-app": {"connect": {"enabled": True}},
    "connect-without-a-secret": {"connect": {"enabled": True, "clientId": "isv_example"}},
    "client-secret-in-the-values": {"connect": {"clientSecret": "hush"}},
    "unknown-key-of-connect": {"connect": {"scopes": []}},
    "webhooks-as-text": {"webhooks": {"enabled": "true"}},
    "ingress-host": {"ingress": {"host": "dinero.example.com"}},
    "route-without-a-gateway": {"httpRoute": {"enabled": True}},
    "no-shard": {"shards": 0},
    "half-a-shard": {"shards": 1.5},
    "shards-as-text": {"shards": "2"},
    "too-many-shards": {"shards": 1001},
    "too-few-calls": {"settings": {"requestsPerMinute": 0}},
    "too-many-calls": {"settings": {"requestsPerMinute": 10001}},
    "log-format": {"settings": {"logFormat": "xml"}},
    "log-level": {"settings": {"logLevel": "TRACE"}},
    "port": {"settings": {"httpPort": 65536}},
    "address-without-scheme": {"settings": {"dineroApiUrl": "api.example.com"}},
    "address-with-query": {"settings": {"dineroTokenUrl": "https://example.com/token?a=b"}},
    "boolean-as-text": {"settings": {"allowInsecureUrls": "true"}},
    "namespaces-as-text": {"namespaces": "webshops"},
    "namespace-in-capitals": {"namespaces": ["Webshops"]},
    "namespaces-in-one": {"namespaces": ["north,south"]},
    "namespace-twice": {"namespaces": ["north", "north"]},
    "namespace-as-number": {"namespaces": [123]},
    "empty-repository": {"image": {"repository": ""}},
    "digest-in-the-repository": {"image": {"repository": "operator@sha256:abc"}},
    "tag": {"image": {"tag": "1.0:2"}},
    "tag-as-number": {"image": {"tag": 1.0}},
    "digest": {"image": {"digest": "sha256:abc"}},
    "pull-policy": {"image": {"pullPolicy": "Sometimes"}},
    "pull-secret-as-text": {"imagePullSecrets": ["registry"]},
    "monitor-kind": {"monitor": {"kind": "Probe"}},
    "monitor-interval": {"monitor": {"interval": "30 seconds"}},
    "egress-port-as-name": {"networkPolicy": {"egressPorts": ["https"]}},
    "budget": {"podDisruptionBudget": {"maxUnavailable": "half"}},
    "budget-below-zero": {"podDisruptionBudget": {"minAvailable": -1}},
    "memory": {"resources": {"limits": {"memory": "512 MB"}}},
    "grace-shorter-than-the-stop": {"terminationGracePeriodSeconds": 10},
    "label": {"commonLabels": {"team": "web shops"}},
    "label-as-number": {"podLabels": {"team": 7}},
    "annotation-as-boolean": {"podAnnotations": {"example.com/scrape": True}},
    "affinity": {"affinity": {"nodeAfinity": {}}},
    "variable-without-name": {"extraEnv": [{"value": "x"}]},
    "variable-as-number": {"extraEnv": [{"name": "A", "value": 1}]},
    "variables-as-map": {"extraEnv": {"A": "1"}},
    "argument-as-number": {"extraArgs": [1]},
    "volume-without-name": {"extraVolumes": [{"emptyDir": {}}]},
    "object-as-number": {"extraObjects": [1]},
    "name-in-capitals": {"fullnameOverride": "Books"},
}

TAKEN: dict[str, Json] = {
    "global": {"global": {"anything": 1}},
    "most-shards": {"shards": 1000},
    "most-calls": {"settings": {"requestsPerMinute": 10000}},
    "number-as-namespace": {"namespaces": ["123"]},
    "host-with-port": {"image": {"repository": "registry.example.com:5000/team/operator"}},
    "cores-as-number": {"resources": {"requests": {"cpu": 1}}},
    "quantities": {"resources": {"limits": {"cpu": "0.5", "memory": "1Gi", "ephemeral-storage": "1e6"}}},
    "interval": {"monitor": {"interval": "1m30s"}},
}


@pytest.mark.parametrize("values", REFUSED.values(), ids=REFUSED)
def test_refused(chart: Chart, values: Json) -> None:
    with pytest.raises(Refused) as refusal:
        chart.render(values)
    said = str(refusal.value)
    assert "values don't meet the specifications of the schema" in said
    (key,) = values
    assert f"'{key}" in said or f"'/{key}" in said, "it names the key"


@pytest.mark.parametrize("values", TAKEN.values(), ids=TAKEN)
def test_taken(chart: Chart, values: Json) -> None:
    assert chart.render(values).objects


def test_bounds_are_the_programs() -> None:
    settings = SCHEMA["properties"]["settings"]["properties"]
    described = {
        "requests_per_minute": settings["requestsPerMinute"],
        "http_port": settings["httpPort"],
        "shard_count": SCHEMA["properties"]["shards"],
    }
    for name, schema in described.items():
        limits = Settings.model_fields[name].metadata
        assert [limit.ge for limit in limits if isinstance(limit, annotated_types.Ge)] == [schema["minimum"]]
        assert [limit.le for limit in limits if isinstance(limit, annotated_types.Le)] == [schema["maximum"]]
    for name, schema in (("log_format", settings["logFormat"]), ("log_level", settings["logLevel"])):
        assert list(typing.get_args(Settings.model_fields[name].annotation)) == schema["enum"]


def test_an_older_kubernetes_is_refused(chart: Chart) -> None:
    arguments = ("template", "x", str(chart.folder), "--kube-version")
    with pytest.raises(Refused, match="requires kubeVersion"):
        chart.run(*arguments, "1.28.9")
    chart.run(*arguments, "1.29.0")
