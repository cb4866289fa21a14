"""CustomResourceDefinitions: checking a manifest, and the kinds that it brings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dinero_operator.sandbox.kubernetes.formats import pattern
from dinero_operator.sandbox.kubernetes.jsonpath import JsonPath
from dinero_operator.sandbox.kubernetes.resources import AGE_PATH, Column, Json, Resource
from dinero_operator.sandbox.kubernetes.rules import check_rules, compiled, rules_in
from dinero_operator.sandbox.kubernetes.schema import (
    EMBEDDED,
    INT_OR_STRING,
    LIST_KEYS,
    LIST_TYPE,
    PRESERVE,
    child,
    items_of,
    list_keys,
    property_of,
)
from dinero_operator.sandbox.kubernetes.status import FieldError, Problem
from dinero_operator.sandbox.kubernetes.validation import validate

_NAME = Column(
    name="Name",
    type="string",
    path=".metadata.name",
    format="name",
    description="Name must be unique within a namespace.",
)
_AGE = Column(name="Age", type="date", path=AGE_PATH, description="Time since the object was created.")
_ROOT = "spec.validation.openAPIV3Schema"
_TYPES = {"object", "array", "string", "integer", "number", "boolean"}
_SCOPES = ("Cluster", "Namespaced")


def default_names(manifest: Json) -> None:
    """Fill in what a server derives: singular name, list kind, conversion."""
    names = manifest["spec"].setdefault("names", {})
    kind = names.get("kind", "")
    names.setdefault("singular", kind.lower())
    names.setdefault("listKind", f"{kind}List")
    manifest["spec"].setdefault("conversion", {"strategy": "None"})


def check(manifest: Json) -> list[FieldError]:
    """Say what is wrong with a definition: names, versions, and whether its schemas are structural.

    Not checked: the cost estimate of CEL rules, which a real server makes (unbounded strings and lists may fail it).
    """
    return list(_problems(manifest))


def _problems(manifest: Json) -> Iterator[FieldError]:
    spec = manifest.get("spec") or {}
    names = spec.get("names") or {}
    for field, value in (
        ("group", spec.get("group")),
        ("names.plural", names.get("plural")),
        ("names.kind", names.get("kind")),
    ):
        if not value:
            yield FieldError(Problem.REQUIRED, f"spec.{field}")
            return
    name, wanted = manifest["metadata"].get("name"), f"{names['plural']}.{spec['group']}"
    if name != wanted:
        yield FieldError(Problem.INVALID, "metadata.name", name, 'must be spec.names.plural+"."+spec.group')
    if spec.get("scope") not in _SCOPES:
        listed = ", ".join(f'"{scope}"' for scope in _SCOPES)
        yield FieldError(Problem.UNSUPPORTED, "spec.scope", spec.get("scope"), f"supported values: {listed}")
    versions = spec.get("versions") or []
    if sum(bool(version.get("storage")) for version in versions) != 1:
        detail = "must have exactly one version marked as storage version"
        yield FieldError(Problem.INVALID, "spec.versions", versions, detail)
        if not any(version.get("storage") for version in versions):
            stored = "must have at least one stored version"
            yield FieldError(Problem.INVALID, "status.storedVersions", None, stored)
    for index, version in enumerate(versions):
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if not schema:
            yield FieldError(Problem.REQUIRED, f"spec.versions[{index}].schema.openAPIV3Schema")
            continue
        if schema.get("type") != "object":
            yield FieldError(
                Problem.INVALID, f"{_ROOT}.type", schema.get("type", ""), "must be object at the root"
            )
        yield from _structural(schema, _ROOT)
        yield from _rules(schema)
        yield from _columns(version, index)


def _structural(schema: Json, path: str) -> Iterator[FieldError]:
    if "type" not in schema and not schema.get(INT_OR_STRING) and not schema.get(PRESERVE):
        detail = "must not be empty for specified object fields"
        yield FieldError(Problem.REQUIRED, f"{path}.type", detail=detail)
    elif schema.get("type", "object") not in _TYPES:
        yield FieldError(Problem.UNSUPPORTED, f"{path}.type", schema["type"])
    for check_of in (_banned, _pattern, _list_map, _default, _junctors):
        yield from check_of(schema, path)
    for name, inner in (schema.get("properties") or {}).items():
        yield from _structural(inner, f"{path}.properties[{name}]")
    for key in ("additionalProperties", "items"):
        if isinstance(schema.get(key), dict):
            yield from _structural(schema[key], f"{path}.{key}")
    if schema.get("type") == "array" and not isinstance(schema.get("items"), dict):
        yield FieldError(Problem.REQUIRED, f"{path}.items", detail="must be specified")


def _banned(schema: Json, path: str) -> Iterator[FieldError]:
    for banned in ("$ref", "definitions", "dependencies", "patternProperties", "deprecated", "id"):
        if banned in schema:
            yield FieldError(Problem.FORBIDDEN, f"{path}.{banned}", detail=f"{banned} is not supported")
    if schema.get("uniqueItems"):
        detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        yield FieldError(Problem.FORBIDDEN, f"{path}.uniqueItems", detail=detail)
    if "properties" in schema and schema.get("additionalProperties"):
        detail = "additionalProperties and properties are mutual exclusive"
        yield FieldError(Problem.FORBIDDEN, f"{path}.additionalProperties", detail=detail)
    if schema.get(EMBEDDED) and schema.get("type") != "object":
        yield FieldError(Problem.INVALID, f"{path}.type", schema.get("type", ""), "must be object")


def _pattern(schema: Json, path: str) -> Iterator[FieldError]:
    try:
        pattern(schema.get("pattern", ""))
    except re.error as error:
        detail = f"must be a valid regular expression, but isn't: {error}"
        yield FieldError(Problem.INVALID, f"{path}.pattern", schema["pattern"], detail)


def _list_map(schema: Json, path: str) -> Iterator[FieldError]:
    if schema.get(LIST_TYPE) != "map":
        return
    if not schema.get(LIST_KEYS):
        detail = "must not be empty if x-kubernetes-list-type is map"
        yield FieldError(Problem.REQUIRED, f"{path}.{LIST_KEYS}", detail=detail)
    items = items_of(schema)
    for key in list_keys(schema):
        if key not in (items.get("required") or ()) and "default" not in property_of(items, key):
            detail = f"this property is in {LIST_KEYS}, so it must have a default or be a required property"
            yield FieldError(Problem.REQUIRED, f"{path}.items.properties[{key}].default", detail=detail)


def _default(schema: Json, path: str) -> Iterator[FieldError]:
    if "default" not in schema:
        return
    errors = validate(schema["default"], schema)
    for error in [*errors, *check_rules(schema["default"], None, schema, errors, [])]:
        within = "" if error.field == "<nil>" else error.field
        where = child(f"{path}.default", within) if within else f"{path}.default"
        yield FieldError(error.problem, where, error.value, error.detail)


def _junctors(schema: Json, path: str) -> Iterator[FieldError]:
    for junctor in ("allOf", "anyOf", "oneOf"):
        for index, part in enumerate(schema.get(junctor) or ()):
            for banned in ("type", "description", "default", "additionalProperties", "nullable"):
                if banned in part and not (banned == "type" and schema.get(INT_OR_STRING)):
                    where = f"{path}.{junctor}[{index}].{banned}"
                    yield FieldError(Problem.FORBIDDEN, where, detail="must be empty to be structural")


def _rules(schema: Json) -> Iterator[FieldError]:
    for path, rule in rules_in(schema, _ROOT):
        where = f"{path}.x-kubernetes-validations"
        if rule.get("optionalOldSelf"):
            detail = "optionalOldSelf is not supported by the sandbox's API"
            yield FieldError(Problem.FORBIDDEN, f"{where}.optionalOldSelf", detail=detail)
        for key in ("rule", "messageExpression"):
            if key == "rule" or key in rule:
                yield from _compiles(rule.get(key, ""), f"{where}.{key}")


def _compiles(expression: str, where: str) -> Iterator[FieldError]:
    if not expression.strip():
        yield FieldError(Problem.REQUIRED, where)
        return
    try:
        compiled(expression)
    except ValueError as error:
        yield FieldError(Problem.INVALID, where, expression, f"compilation failed: {error}")


def _columns(version: Json, index: int) -> Iterator[FieldError]:
    for number, column in enumerate(version.get("additionalPrinterColumns") or ()):
        where = f"spec.versions[{index}].additionalPrinterColumns[{number}]"
        for key in ("name", "type", "jsonPath"):
            if not column.get(key):
                yield FieldError(Problem.REQUIRED, child(where, key))
        try:
            JsonPath(column.get("jsonPath", ""))
        except ValueError as error:
            yield FieldError(Problem.INVALID, f"{where}.jsonPath", column["jsonPath"], str(error))


def kinds_of(manifest: Json) -> list[Resource]:
    """The kinds that a checked definition brings: one for each served version, the storage version first."""
    versions = [version for version in manifest["spec"]["versions"] if version.get("served", True)]
    return [_kind(manifest, version) for version in sorted(versions, key=lambda v: not v.get("storage"))]


def _kind(manifest: Json, version: Json) -> Resource:
    spec = manifest["spec"]
    names = spec["names"]
    return Resource(
        group=spec["group"],
        version=version["name"],
        kind=names["kind"],
        plural=names["plural"],
        singular=names["singular"],
        list_kind=names["listKind"],
        storage=manifest["metadata"]["name"],
        namespaced=spec["scope"] == "Namespaced",
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        schema=version["schema"]["openAPIV3Schema"],
        columns=_printer_columns(version),
        has_status="status" in (version.get("subresources") or {}),
        fields={
            entry["jsonPath"].removeprefix("."): entry["jsonPath"]
            for entry in version.get("selectableFields") or ()
        },
        custom=True,
        generation=True,
        unconditional_update=False,
    )


def _printer_columns(version: Json) -> tuple[Column, ...]:
    declared: list[dict[str, Any]] = version.get("additionalPrinterColumns") or []
    if not declared:
        return (_NAME, _AGE)
    return (
        _NAME,
        *(
            Column(
                name=column["name"],
                type=column["type"],
                path=column["jsonPath"],
                format=column.get("format", ""),
                description=column.get("description")
                or f"Custom resource definition column (in JSONPath format): {column['jsonPath']}",
                priority=column.get("priority", 0),
            )
            for column in declared
        ),
    )
