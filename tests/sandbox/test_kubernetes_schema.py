"""The structural schema: unknown fields, defaults, validation and CEL rules, in the server's own words."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from kubernetes_samples import KIOSKS, SPEC, crd, kiosk, ready, serving

from dinero_operator.sandbox.kubernetes import KubernetesApi
from dinero_operator.sandbox.kubernetes.formats import has_format, pattern
from dinero_operator.sandbox.kubernetes.schema import fill_defaults, prune, unknown_fields
from dinero_operator.sandbox.kubernetes.status import ApiError
from dinero_operator.sandbox.kubernetes.validation import validate

NOT_CHECKED = (
    "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation"
)


@pytest.fixture
def api() -> KubernetesApi:
    api = KubernetesApi(tls=False)
    api.load_crd(crd())
    return api


def refusal(api: KubernetesApi, manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """Fields and messages of the causes for which the object is refused."""
    with pytest.raises(ApiError) as caught:
        api.store.put(manifest)
    assert caught.value.code == 422
    details = caught.value.details or {}
    return [(cause["field"], cause["message"]) for cause in details["causes"]]


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        (
            {"interval": 5},
            "spec.interval",
            'Invalid value: "integer": spec.interval in body must be of type string: "integer"',
        ),
        (
            {"trigger": "Never"},
            "spec.trigger",
            'Unsupported value: "Never": supported values: "Paid", "Sent"',
        ),
        (
            {"interval": "soon"},
            "spec.interval",
            r"""Invalid value: "soon": spec.interval in body should match '^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$'""",
        ),
        (
            {"owner": 0},
            "spec.owner",
            "Invalid value: 0: spec.owner in body should be greater than or equal to 1",
        ),
        (
            {"owner": 100},
            "spec.owner",
            "Invalid value: 100: spec.owner in body should be less than or equal to 99",
        ),
        ({"secretRef": {}}, "spec.secretRef.name", "Required value"),
        ({"interval": "1" * 19 + "5m"}, "spec.interval", "Too long: may not be more than 20 bytes"),
        ({"tags": ["a", "b", "c", "d"]}, "spec.tags", "Too many: 4: must have at most 3 items"),
        ({"tags": ["a", "a"]}, "spec.tags[1]", 'Duplicate value: "a"'),
        (
            {"opens": "1 May"},
            "spec.opens",
            'Invalid value: "1 May": spec.opens in body must be of type date: "1 May"',
        ),
        (
            {"port": 1.5},
            "spec.port",
            'Invalid value: "number": spec.port in body must be of type integer,string: "number"',
        ),
        (
            {"prices": {"tea": "x"}},
            "spec.prices.tea",
            'Invalid value: "string": spec.prices.tea in body must be of type number: "string"',
        ),
        ({"secretRef": None}, "spec.secretRef", "Required value"),
        (
            {"tags": [None]},
            "spec.tags[0]",
            'Invalid value: "null": spec.tags[0] in body must be of type string: "null"',
        ),
        ({"interval": "30s"}, "spec.interval", 'Invalid value: "30s": the interval is at least 1m'),
        (
            {"opens": "2025-05-02", "closes": "2025-05-01"},
            "spec",
            "Invalid value: opens before it closes",
        ),
    ],
)
def test_each_rule_has_its_message(
    api: KubernetesApi, spec: dict[str, Any], field: str, message: str
) -> None:
    assert (field, message) in refusal(api, kiosk(**spec))


def test_what_is_allowed_passes(api: KubernetesApi) -> None:
    kept = api.store.put(kiosk(note=None, port="http", prices={"tea": 1, "cake": 2.5}, opens="2025-05-01"))
    assert kept["spec"]["note"] is None
    assert kept["spec"]["prices"] == {"tea": 1, "cake": 2.5}
    assert api.store.put(kiosk(port=80))["spec"]["port"] == 80


def test_the_message_names_kind_and_object(api: KubernetesApi) -> None:
    with pytest.raises(ApiError) as caught:
        api.store.put(kiosk(owner=0, interval="x"))
    listed = [f"{cause['field']}: {cause['message']}" for cause in (caught.value.details or {})["causes"]]
    assert caught.value.message == f'Kiosk.example.com "north" is invalid: [{", ".join(listed)}]'
    assert (caught.value.details or {})["kind"] == "Kiosk"


def test_rules_wait_for_an_object_that_is_otherwise_right(api: KubernetesApi) -> None:
    found = refusal(api, kiosk(trigger="Never", interval="30s"))
    assert [f"{field}: {message}" for field, message in found][-1] == NOT_CHECKED
    assert "the interval is at least 1m" not in str(found)


def test_a_transition_rule_compares_with_what_was(api: KubernetesApi) -> None:
    first = kiosk()
    del first["spec"]["owner"]
    api.store.put(first)
    api.store.put(kiosk(owner=7))
    assert refusal(api, kiosk(owner=8)) == [("spec", "Invalid value: create a new kiosk for another owner")]
    assert refusal(api, first) == [("spec", "Invalid value: create a new kiosk for another owner")]


def test_a_list_map_takes_each_key_once(api: KubernetesApi) -> None:
    api.store.put(kiosk())
    status = ready()
    status["conditions"] *= 2
    found = refusal(api, kiosk() | {"status": status})
    assert found[0] == ("status.conditions[1]", 'Duplicate value: {"type":"Ready"}')


@pytest.mark.parametrize(
    ("rule", "value", "holds"),
    [
        ("self.size() <= 3", "æøå", True),
        ("size(self) == 3 && self != 'size(x)'", "æøå", True),
        ("self.matches('^[a-z]+$')", "Abc", False),
        ("self.lowerAscii() == 'abc'", "ABC", True),
        ("self.split(',').size() == 2", "a,b", True),
        ("isURL(self)", "https://shop.example.com/REST", True),
        ("isURL(self)", "shop", False),
        ("self.startsWith('https://') || self.startsWith('http://127.0.0.1')", "http://example.com", False),
        ("self in ['DKK', 'EUR']", "EUR", True),
        ("self.contains('x') ? self.endsWith('y') : true", "xz", False),
    ],
)
def test_rules_know_the_functions_that_schemas_use(
    api: KubernetesApi, rule: str, value: str, holds: bool
) -> None:
    definition = crd()
    spec = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"]["note"]["x-kubernetes-validations"] = [{"rule": rule}]
    api.load_crd(definition)
    if holds:
        api.store.put(kiosk(note=value))
    else:
        assert refusal(api, kiosk(note=value)) == [
            ("spec.note", f'Invalid value: "{value}": failed rule: {rule}')
        ]


def test_a_message_expression_a_reason_and_a_field_path_are_used(api: KubernetesApi) -> None:
    definition = crd()
    spec = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["x-kubernetes-validations"] = [
        {
            "rule": "self.owner != 13",
            "messageExpression": "'no owner ' + string(self.owner)",
            "reason": "FieldValueForbidden",
            "fieldPath": ".owner",
        }
    ]
    api.load_crd(definition)
    assert refusal(api, kiosk(owner=13)) == [("spec.owner", "Forbidden: no owner 13")]


def test_unknown_fields_go_and_defaults_come() -> None:
    value = {
        "secretRef": {"name": "a", "extra": 1},
        "extra": {"deep": 1},
        "tags": ["x"],
        "prices": {"any": 1},
    }
    kept = prune(value, SPEC)
    assert kept == {"secretRef": {"name": "a"}, "tags": ["x"], "prices": {"any": 1}}
    assert list(unknown_fields(value, SPEC)) == ["secretRef.extra", "extra"]
    fill_defaults(kept, SPEC)
    assert kept["secretRef"] == {"name": "a", "key": "token"}
    assert kept["interval"] == "5m"
    assert value["secretRef"] == {"name": "a", "extra": 1}, "what was given is not changed"


def test_a_null_takes_the_default_unless_null_is_a_value() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "string", "default": "x"},
            "b": {"type": "string", "default": "x", "nullable": True},
        },
    }
    value: dict[str, Any] = {"a": None, "b": None}
    fill_defaults(value, schema)
    assert value == {"a": "x", "b": None}


def test_an_object_that_was_stored_earlier_is_read_with_a_new_default(api: KubernetesApi) -> None:
    before = api.store.put(kiosk())
    definition = crd()
    spec = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"]["colour"] = {"type": "string", "default": "red"}
    del spec["properties"]["trigger"]
    api.load_crd(definition)
    after = api.store.get("kiosk", "default", "north")
    assert after["spec"] == {**{k: v for k, v in before["spec"].items() if k != "trigger"}, "colour": "red"}
    assert after["metadata"] == before["metadata"]


async def test_clients_choose_how_strict_unknown_fields_are_taken() -> None:
    body = kiosk(nosuch=1)
    body["metadata"]["nosuch"] = 1
    async with serving() as (api, client):
        status, refused = await client.call("POST", KIOSKS, body, fieldValidation="Strict")
        assert status == 400
        assert refused["message"] == (
            'Kiosk in version "v1alpha1" cannot be handled as a Kiosk: strict decoding error: '
            'unknown field "metadata.nosuch", unknown field "spec.nosuch"'
        )
        async with client.session.post(KIOSKS, json=body) as answer:
            assert answer.status == 201
            assert answer.headers.getall("Warning")[1] == '299 - "unknown field \\"spec.nosuch\\""'
        async with client.session.post(
            f"{KIOSKS}?fieldValidation=Ignore", json=kiosk("b", nosuch=1)
        ) as answer:
            assert "Warning" not in answer.headers
        assert "nosuch" not in api.store.get("kiosk", "default", "north")["spec"]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", "2025-02-28", "2025-02-30"),
        ("date-time", "2025-02-28T10:00:00+01:00", "2025-02-28 10:00:00"),
        ("date-time", "2025-02-28T10:00:00.123456789Z", "2025-02-28T25:00:00Z"),
        ("micro-time", "2025-02-28T10:00:00.123456Z", "2025-02-28T10:00:00.123Z"),
        ("duration", "1h5m10.5s", "5 minutes"),
        ("uuid", "6f2b6a6e-0f5a-4d0e-8f0a-0a1b2c3d4e5f", "6f2b"),
        ("byte", "YWJj", "%"),
    ],
)
def test_formats(name: str, good: str, bad: str) -> None:
    assert has_format(good, name)
    assert not has_format(bad, name)
    assert has_format(bad, "no-such-format")


def test_patterns_are_read_as_go_does() -> None:
    assert not pattern("^a$").search("a\n")
    assert not pattern(r"^\d$").search("٣")
    assert pattern(r"^[$]\$$").search("$$")


def test_junctors() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
        "not": {"properties": {"a": {"enum": [13]}}, "required": ["a"]},
    }
    assert not validate({"a": 1}, schema)
    assert "one and only one schema" in validate({"a": 1, "b": 1}, schema)[0].body
    assert "must not validate" in validate({"a": 13}, schema)[0].body
    either = {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}
    assert not validate("a", either)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"x": {}}, "type"),
        ({"x": {"type": "array"}}, "items"),
        ({"x": {"type": "string", "pattern": "("}}, "pattern"),
        ({"x": {"type": "string", "default": 5}}, "default"),
        ({"x": {"type": "array", "uniqueItems": True, "items": {"type": "string"}}}, "uniqueItems"),
        ({"x": {"type": "object", "$ref": "#/y"}}, "$ref"),
        ({"x": {"type": "string", "x-kubernetes-validations": [{"rule": "self =="}]}}, "rule"),
        (
            {
                "x": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["k"],
                    "items": {"type": "object", "properties": {"k": {"type": "string"}}},
                }
            },
            "properties[k].default",
        ),
    ],
)
def test_a_definition_that_is_not_structural_is_refused(
    api: KubernetesApi, change: dict[str, Any], field: str
) -> None:
    definition = copy.deepcopy(crd())
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["spec"]["properties"] |= change
    assert any(name.endswith(field) for name, _ in refusal(api, definition))
