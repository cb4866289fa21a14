"""Label and field selectors."""

from __future__ import annotations

import re
from collections.abc import Callable

from dinero_operator.sandbox.kubernetes.jsonpath import JsonPath
from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.status import bad_request

Matcher = Callable[[Json], bool]
Labels = dict[str, str]

_SET = re.compile(r"^\s*([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)\s*$")
_EQUALITY = re.compile(r"^\s*([^\s!=,()]+)\s*(==|!=|=)\s*([^\s!=,()]*)\s*$")
_EXISTS = re.compile(r"^\s*(!?)\s*([^\s!=,()]+)\s*$")
_COMMA = re.compile(r",(?![^(]*\))")


def _everything(_: Json) -> bool:
    return True


def label_selector(text: str) -> Matcher:
    """Read a label selector (equality and set based). Raises `ApiError` 400 where it cannot be read."""
    if not text.strip():
        return _everything
    terms = [_label_term(term, text) for term in _COMMA.split(text)]

    def matches(value: Json) -> bool:
        labels = value["metadata"].get("labels") or {}
        return all(term(labels) for term in terms)

    return matches


def _label_term(term: str, text: str) -> Callable[[Labels], bool]:
    if found := _SET.match(term):
        key, operator, listed = found.groups()
        values = {value.strip() for value in listed.split(",")}
        if operator == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if found := _EQUALITY.match(term):
        key, operator, value = found.groups()
        if operator == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    if found := _EXISTS.match(term):
        absent, key = found.groups()
        return lambda labels: (key in labels) is not bool(absent)
    raise bad_request(f"unable to parse requirement: found {term.strip()!r}, in selector {text!r}")


def field_selector(text: str, resource: Resource) -> Matcher:
    """Read a field selector. Raises `ApiError` 400 for a field that this kind does not offer."""
    if not text.strip():
        return _everything
    terms: list[tuple[JsonPath, bool, str]] = []
    offered = {"metadata.name": ".metadata.name", **resource.fields}
    if resource.namespaced:
        offered["metadata.namespace"] = ".metadata.namespace"
    for term in text.split(","):
        found = _EQUALITY.match(term)
        if found is None:
            raise bad_request(f"invalid selector: {text!r}; can't understand {term!r}")
        name, operator, value = found.groups()
        if name not in offered:
            raise bad_request(f"field label not supported: {name}")
        terms.append((JsonPath(offered[name]), operator != "!=", value))

    def matches(value: Json) -> bool:
        return all((str(path.first(value) or "") == wanted) is equal for path, equal, wanted in terms)

    return matches


def selected_name(text: str) -> str:
    """The name that a field selector asks for, or nothing: such a list is one lookup."""
    for term in text.split(","):
        found = _EQUALITY.match(term)
        if found and found[1] == "metadata.name" and found[2] != "!=":
            return found[3]
    return ""
