"""The hand-written CRD: what the contract says, what an API server demands, and what the models repeat."""

import copy
import types
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

import annotated_types
import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from dinero_operator.kube.fields import Text
from dinero_operator.kube.resource import GROUP, KIND, PLURAL, VERSION, Spec, Status, parse_spec
from dinero_operator.kube.resource_status import MaxItems

ROOT = Path(__file__).parents[2]
CRD = yaml.safe_load((ROOT / "crds" / "dinerointegrations.shoporama.dk.yaml").read_text())
(SERVED,) = CRD["spec"]["versions"]
SCHEMA = SERVED["schema"]["openAPIV3Schema"]
SPEC, STATUS = SCHEMA["properties"]["spec"], SCHEMA["properties"]["status"]

KEYWORDS = {
    *("type", "format", "description", "default", "enum", "pattern", "required", "properties", "items"),
    *("minimum", "maximum", "minLength", "maxLength", "maxItems", "maxProperties"),
    *("x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"),
}


def nodes(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, schema
    for name, child in schema.get("properties", {}).items():
        yield from nodes(child, f"{path}.{name}".removeprefix("."))
    if "items" in schema:
        yield from nodes(schema["items"], f"{path}[]")


NODES = [node for node in nodes(SCHEMA) if node[0] != "metadata"]


def test_identity() -> None:
    assert CRD["apiVersion"] == "apiextensions.k8s.io/v1"
    assert CRD["metadata"]["name"] == f"{PLURAL}.{GROUP}" == "dinerointegrations.shoporama.dk"
    assert CRD["spec"]["group"] == "shoporama.dk"
    assert CRD["spec"]["scope"] == "Namespaced"
    assert CRD["spec"]["names"] == {
        "kind": KIND,
        "listKind": "DineroIntegrationList",
        "plural": "dinerointegrations",
        "singular": "dinerointegration",
        "shortNames": ["dinero"],
        "categories": ["shoporama"],
    }
    assert SERVED["name"] == VERSION == "v1alpha1"
    assert SERVED["served"] is SERVED["storage"] is True
    assert SERVED["subresources"] == {"status": {}}


def test_columns() -> None:
    columns = SERVED["additionalPrinterColumns"]
    usual = [column["name"] for column in columns if not column.get("priority")]
    assert usual == [
        "Organisation",
        "Trigger",
        "Account",
        "Ready",
        "Status",
        "Booked",
        "Held",
        "Last Sync",
        "Age",
    ]
    assert [c["name"] for c in columns if c.get("priority") == 1] == ["Message", "Interval", "Suspended"]
    kinds = {column["name"]: column["type"] for column in columns}
    assert kinds["Last Sync"] == kinds["Age"] == "date"
    assert all(column["description"] for column in columns)


@pytest.mark.parametrize("column", SERVED["additionalPrinterColumns"], ids=lambda column: column["name"])
def test_columns_point_at_fields_that_exist(column: dict[str, Any]) -> None:
    path = column["jsonPath"].removeprefix(".")
    if path == "metadata.creationTimestamp":
        return
    kind = None
    if "[?(" in path:
        path, kind = path.split("[?(")[0], path.split(")].")[1]
    node = SCHEMA
    for part in path.split("."):
        node = node["properties"][part]
    if kind is not None:
        assert '(@.type=="Ready")' in column["jsonPath"]
        node = node["items"]["properties"][kind]
    assert node["type"] == {"date": "string"}.get(column["type"], column["type"])


@pytest.mark.parametrize(("path", "node"), NODES, ids=[path or "root" for path, _ in NODES])
def test_every_node_is_structural_bounded_and_described(path: str, node: dict[str, Any]) -> None:
    assert set(node) <= KEYWORDS
    assert node["description"].endswith(".")
    assert len(node["description"]) <= 200
    kind = node["type"]
    if kind == "object":
        assert node["properties"]
        assert set(node.get("required", ())) <= set(node["properties"])
    elif kind == "array":
        assert node["maxItems"] > 0
        assert node["x-kubernetes-list-type"] in {"atomic", "map"}
        assert "items" in node
    elif kind == "string":
        assert node["maxLength"] > 0
        assert all(isinstance(choice, str) for choice in node.get("enum", ()))
        assert all(len(choice) <= node["maxLength"] for choice in node.get("enum", ()))
        pattern = node.get("pattern", "^$")
        assert pattern.startswith("^")
        assert pattern.endswith("$")
    elif kind == "integer":
        assert "minimum" in node
        assert node["format"] in {"int32", "int64"}
    else:
        assert kind == "boolean"


def test_conditions_are_a_map_of_the_six_standard_fields() -> None:
    conditions = STATUS["properties"]["conditions"]
    assert conditions["x-kubernetes-list-type"] == "map"
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]
    fields = {"type", "status", "observedGeneration", "lastTransitionTime", "reason", "message"}
    assert set(conditions["items"]["properties"]) == fields
    assert set(conditions["items"]["required"]) == fields - {"observedGeneration"}


@pytest.mark.parametrize(("path", "node"), NODES, ids=[path or "root" for path, _ in NODES])
def test_rules_have_plain_messages(path: str, node: dict[str, Any]) -> None:
    for rule in node.get("x-kubernetes-validations", ()):
        # A messageExpression has a cost budget of its own, which a short one can already exceed.
        assert set(rule) <= {"rule", "message", "fieldPath", "reason"}
        assert "; " in rule["message"]  # what is wrong; what to do
        if "fieldPath" in rule:
            target = node
            for part in rule["fieldPath"].removeprefix(".").split("."):
                target = target["properties"][part]


def test_the_status_of_a_new_resource_speaks_of_no_generation() -> None:
    assert STATUS["default"] == {"observedGeneration": -1}
    assert Status().observed_generation == -1


# --- the models say the same -----------------------------------------------------------------------------------------


def members(annotation: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:
    """The type behind ``Annotated`` and ``| None``, and all that is said about it."""
    while True:
        if hasattr(annotation, "__metadata__"):
            metadata = [*metadata, *annotation.__metadata__]
            annotation = annotation.__origin__
        elif get_origin(annotation) in {Union, types.UnionType}:
            (annotation,) = [arg for arg in get_args(annotation) if arg is not type(None)]
        else:
            return annotation, metadata


def flat(metadata: list[Any]) -> Iterator[Any]:
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from flat(item.metadata)
        else:
            yield item


def stated(annotation: Any, metadata: list[Any]) -> dict[str, Any]:
    """The schema node that a model's field stands for, without children."""
    kind, found = members(annotation, metadata)
    node: dict[str, Any] = {}
    for item in flat(found):
        if isinstance(item, Text):
            node["maxLength"] = item.max_length
            node |= {"minLength": item.min_length} if item.min_length else {}
            node |= {"pattern": item.pattern} if item.pattern else {}
            node |= {"format": item.format} if item.format else {}
        elif isinstance(item, annotated_types.Ge):
            node["minimum"] = item.ge
        elif isinstance(item, annotated_types.Le):
            node["maximum"] = item.le
        elif isinstance(item, MaxItems):
            node["maxItems"] = item.limit
    if get_origin(kind) is tuple:
        return node | {"type": "array"}
    if get_origin(kind) is Literal:
        return node | {"type": "string", "enum": list(get_args(kind))}
    if issubclass(kind, StrEnum):
        return node | {"type": "string", "enum": [str(choice) for choice in kind]}
    names: dict[type, str] = {bool: "boolean", int: "integer", str: "string", date: "string", UUID: "string"}
    return node | {"type": "object" if issubclass(kind, BaseModel) else names[kind]}


def compared(node: dict[str, Any]) -> dict[str, Any]:
    ignored = {"description", "default", "properties", "items", "required", "x-kubernetes-validations"}
    ignored |= {"x-kubernetes-list-type", "x-kubernetes-list-map-keys"}
    if "enum" in node:
        ignored.add("maxLength")  # the choices bound themselves; the keyword is for the cost estimate
    if node["type"] == "integer":
        ignored.add("format")
    return {key: value for key, value in node.items() if key not in ignored}


def pairs(
    model: type[BaseModel], node: dict[str, Any], path: str
) -> Iterator[tuple[str, type[BaseModel], dict[str, Any]]]:
    yield path, model, node
    for field in model.model_fields.values():
        kind, _ = members(field.annotation, [])
        child = node["properties"].get(field.alias, {})
        if get_origin(kind) is tuple:
            kind, child = get_args(kind)[0], child.get("items", {})
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from pairs(kind, child, f"{path}.{field.alias}")


PAIRS = [*pairs(Spec, SPEC, "spec"), *pairs(Status, STATUS, "status")]


@pytest.mark.parametrize(("path", "model", "node"), PAIRS, ids=[path for path, _, _ in PAIRS])
def test_models_and_schema_are_equal(path: str, model: type[BaseModel], node: dict[str, Any]) -> None:
    fields = {field.alias: field for field in model.model_fields.values()}
    assert set(fields) == set(node["properties"])
    assert {alias for alias, field in fields.items() if field.is_required()} == set(node.get("required", ()))
    for alias, field in fields.items():
        child = node["properties"][alias]
        assert stated(field.annotation, field.metadata) == compared(child), f"{path}.{alias}"
        if child["type"] in {"object", "array"}:
            continue  # groups: test_defaults_are_visible
        default = None if field.is_required() else field.default
        assert default == child.get("default", node.get("default", {}).get(alias)), f"{path}.{alias}"


def defaulted(value: Any, node: dict[str, Any]) -> Any:
    """What an API server makes of a value: defaults reach into a missing group only where it has one itself."""
    if node["type"] != "object":
        return value
    value = dict(value)
    for name, child in node["properties"].items():
        if name not in value and "default" in child:
            value[name] = copy.deepcopy(child["default"])
        if name in value:
            value[name] = defaulted(value[name], child)
    return value


def without_empty(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    cleaned = {key: without_empty(item) for key, item in value.items()}
    return {key: item for key, item in cleaned.items() if item != {}}


def test_defaults_are_visible() -> None:
    least = yaml.safe_load((ROOT / "examples" / "minimal.yaml").read_text())["spec"]
    assert defaulted(least, SPEC) == without_empty(parse_spec(least).wire())


@pytest.mark.parametrize("name", ["minimal.yaml", "full.yaml"])
def test_examples_are_lawful(name: str) -> None:
    manifest = yaml.safe_load((ROOT / "examples" / name).read_text())
    assert manifest["apiVersion"] == f"{GROUP}/{VERSION}"
    assert manifest["kind"] == KIND
    parse_spec(manifest["spec"])


def test_the_full_example_has_every_field() -> None:
    spec = yaml.safe_load((ROOT / "examples" / "full.yaml").read_text())["spec"]
    missing = []
    for path, node in nodes(SPEC):
        value: Any = spec
        for part in filter(None, path.split(".")):
            value = value.get(part) if value else None
        optional = path.startswith("sales.") and path.endswith(".shipping")
        if value is None and node["type"] != "object" and not optional:
            missing.append(path)
    assert missing == []
