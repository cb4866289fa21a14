"""Label selectors, read token by token as kube-apiserver reads them, and field selectors."""

from __future__ import annotations

import re
from collections.abc import Callable

from dinero_operator.sandbox.kubernetes.jsonpath import JsonPath
from dinero_operator.sandbox.kubernetes.names import wrong_qualified, wrong_value
from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.status import bad_request, go_value

Matcher = Callable[[Json], bool]
Labels = dict[str, str]
Term = Callable[[Labels], bool]

_TOKEN = re.compile(r"\s*(==|!=|[=!,()<>]|[^\s=!,()<>]+)")
_SIGNS = {"=", "==", "!=", "!", ",", "(", ")", "<", ">"}
_OPERATORS = "in, notin, =, ==, !=, gt, lt"
_END = ""
_EQUALITY = re.compile(r"^\s*([^\s!=,()]+)\s*(==|!=|=)\s*([^\s!=,()]*)\s*$")


def _everything(_: Json) -> bool:
    return True


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)
        self._at = 0

    def look(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def take(self) -> str:
        token = self.look()
        self._at += 1
        return token

    def terms(self) -> list[Term]:
        terms: list[Term] = []
        while (first := self.look()) != _END:
            if first in _SIGNS - {"!"}:
                raise bad_request(f"found '{first}', expected: !, identifier, or 'end of string'")
            try:
                terms.append(self._requirement())
            except ValueError as error:
                raise bad_request(f"unable to parse requirement: {error}") from error
            after = self.take()
            if after == _END:
                break
            if after != ",":
                raise bad_request(f"found '{after}', expected: ',' or 'end of string'")
            if self.look() in (_SIGNS - {"!"}) | {_END}:
                raise bad_request(f"found '{self.look()}', expected: identifier after ','")
        return terms

    def _requirement(self) -> Term:
        absent = self.look() == "!"
        if absent:
            self.take()
        key = self._identifier()
        if said := "; ".join(wrong_qualified(key)):
            raise ValueError(f"<nil>: Invalid value: {go_value(key)}: {said}")
        if absent or self.look() in {_END, ","}:
            return lambda labels: (key in labels) is not absent
        operator = self.take()
        match operator:
            case "in" | "notin":
                values = self._values()
                _check(key, values)
                return lambda labels: (labels.get(key) in values) is (operator == "in")
            case "=" | "==" | "!=" | ">" | "<":
                value = "" if self.look() in {_END, ","} else self._identifier()
                return _comparison(key, operator, value)
            case _:
                raise ValueError(f"found '{operator}', expected: {_OPERATORS}")

    def _identifier(self) -> str:
        token = self.take()
        if token in _SIGNS or token == _END:
            raise ValueError(f"found '{token}', expected: identifier")
        return token

    def _values(self) -> list[str]:
        if (opening := self.take()) != "(":
            raise ValueError(f"found '{opening}' expected: '('")
        values = [""]
        while (token := self.take()) != ")":
            if token == ",":
                values.append("")
            elif values[-1] or token in _SIGNS or token == _END:
                raise ValueError(f"found '{token}', expected: ',' or ')'")
            else:
                values[-1] = token
        return values


def _check(key: str, values: list[str]) -> None:
    for index, value in enumerate(values):
        if said := "; ".join(wrong_value(value)):
            raise ValueError(f"values[{index}][{key}]: Invalid value: {go_value(value)}: {said}")


def _comparison(key: str, operator: str, value: str) -> Term:
    _check(key, [value])
    if operator in {">", "<"}:
        if not re.fullmatch(r"-?\d+", value):
            said = "for 'Gt', 'Lt' operators, the value must be an integer"
            raise ValueError(f"values[0]: Invalid value: {go_value(value)}: {said}")
        sign = 1 if operator == ">" else -1
        return lambda labels: (
            bool(re.fullmatch(r"-?\d+", labels.get(key, ""))) and (int(labels[key]) - int(value)) * sign > 0
        )
    return lambda labels: (labels.get(key) == value) is (operator != "!=")


def label_selector(text: str) -> Matcher:
    """Read a label selector (equality and set based). Raises `ApiError` 400 where it cannot be read."""
    terms = _Parser(text).terms()

    def matches(value: Json) -> bool:
        labels = value["metadata"].get("labels") or {}
        return all(term(labels) for term in terms)

    return matches


def field_selector(text: str, resource: Resource) -> Matcher:
    """Read a field selector. Raises `ApiError` 400 for a field that this kind does not offer."""
    if not text.strip():
        return _everything
    terms: list[tuple[list[JsonPath], bool, str]] = []
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
        terms.append(([JsonPath(path) for path in offered[name].split("|")], operator != "!=", value))

    def matches(value: Json) -> bool:
        return all((_first(paths, value) == wanted) is equal for paths, equal, wanted in terms)

    return matches


def _first(paths: list[JsonPath], value: Json) -> str:
    return next((str(found) for path in paths if (found := path.first(value))), "")


def selected_name(text: str) -> str:
    """The name that a field selector asks for, or nothing: such a list is one lookup."""
    for term in text.split(","):
        found = _EQUALITY.match(term)
        if found and found[1] == "metadata.name" and found[2] != "!=":
            return found[3]
    return ""
