"""CEL rules (``x-kubernetes-validations``) of a structural schema, evaluated by the `cel` package."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dinero_operator.sandbox.kubernetes.resources import Json
from dinero_operator.sandbox.kubernetes.schema import RULES, child, items_of, list_keys, property_of
from dinero_operator.sandbox.kubernetes.status import OMITTED, FieldError, Problem
from dinero_operator.sandbox.kubernetes.validation import ABSENT, counterparts, is_same, type_name

if TYPE_CHECKING:
    import cel

_BLOCKING = {Problem.UNSUPPORTED, Problem.REQUIRED, Problem.TOO_LONG, Problem.TOO_MANY, Problem.TYPE}
_NOT_CHECKED = (
    "some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation"
)
_REASONS = {
    "FieldValueForbidden": Problem.FORBIDDEN,
    "FieldValueRequired": Problem.REQUIRED,
    "FieldValueDuplicate": Problem.DUPLICATE,
}
_OLD = re.compile(r"\boldSelf\b")
_SIZE = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|\bsize(?=\s*\()""")
_PART = re.compile(r"([0-9.]+)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}


def _find_all(text: str, wanted: str) -> list[str]:
    return [found[0] for found in re.finditer(wanted, text)]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    # The package counts a string's bytes, CEL its characters; its own function cannot be replaced, only renamed.
    "characters": len,
    # Of Kubernetes' own library, what schemas use and plain values can carry.
    "lowerAscii": lambda text: text.lower(),
    "upperAscii": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
    "split": lambda text, separator: text.split(separator),
    "replace": lambda text, old, new: text.replace(old, new),
    "find": lambda text, wanted: next(iter(_find_all(text, wanted)), ""),
    "findAll": _find_all,
    "isSorted": lambda items: sorted(items) == list(items),
    "isURL": lambda text: bool(re.match(r"^[A-Za-z][A-Za-z0-9+.-]*://[^\s/]+", text)),
}


@lru_cache(maxsize=512)
def compiled(expression: str) -> cel.Program:
    """Compile a rule. Raises ``ValueError`` where it cannot be read."""
    import cel  # noqa: PLC0415 (a fifth of a second, which only who has rules shall pay)

    return cel.compile(_SIZE.sub(lambda found: found[1] or "characters", expression))


def _evaluate(expression: str, variables: Json) -> Any:
    import cel  # noqa: PLC0415

    return compiled(expression).execute(cel.Context(variables, _FUNCTIONS))


def rules_in(schema: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """All rules of a schema with the path of the schema's node."""
    for rule in schema.get(RULES) or ():
        yield path, rule
    for name, inner in (schema.get("properties") or {}).items():
        yield from rules_in(inner, f"{path}.properties[{name}]")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from rules_in(schema[key], f"{path}.{key}")


def check_rules(
    value: Any, old: Any, schema: Json, earlier: Iterable[FieldError], warnings: list[str]
) -> Iterator[FieldError]:
    """Yield the rules that do not hold. ``old`` is ``None`` on creation: transition rules are then not evaluated.

    A rule that did not hold before for a value that stays as it is, becomes one of the ``warnings``.
    """
    if not _has_rules(schema):
        return
    if any(error.problem in _BLOCKING for error in earlier):
        yield FieldError(Problem.INVALID, "<nil>", None, _NOT_CHECKED)
        return
    for error, is_ratcheted in _walk(value, ABSENT if old is None else old, schema, ""):
        if is_ratcheted:
            warnings.append(f"{error.field}: {error.body}")
        else:
            yield error


def _has_rules(schema: Json) -> bool:
    return next(rules_in(schema), None) is not None


def _walk(value: Any, old: Any, schema: Json, path: str) -> Iterator[tuple[FieldError, bool]]:
    if value is None:
        return
    for rule in schema.get(RULES) or ():
        for error in _check(rule, value, old, schema, path):
            is_transition = bool(_OLD.search(rule["rule"]))
            yield error, not is_transition and old is not ABSENT and is_same(value, old)
    if isinstance(value, dict):
        for name, inner in value.items():
            described = property_of(schema, name)
            if described:
                before = old.get(name, ABSENT) if isinstance(old, dict) else ABSENT
                yield from _walk(inner, before, described, child(path, name))
    elif isinstance(value, list) and items_of(schema):
        before = counterparts(old, list_keys(schema))
        for index, inner in enumerate(value):
            yield from _walk(inner, before(inner), items_of(schema), f"{path}[{index}]")


def _check(rule: Json, value: Any, old: Any, schema: Json, path: str) -> Iterator[FieldError]:
    variables = {"self": _typed(value, schema)}
    if _OLD.search(rule["rule"]):
        if old is ABSENT:
            return
        variables["oldSelf"] = _typed(old, schema)
    where = path + rule["fieldPath"] if rule.get("fieldPath") else path
    where = where.lstrip(".") or "<nil>"
    problem = _REASONS.get(rule.get("reason", ""), Problem.INVALID)
    # A value that may be long is not shown.
    shown = value if not isinstance(value, dict | list) else OMITTED
    try:
        holds = _evaluate(rule["rule"], variables)
    except Exception as error:  # noqa: BLE001 (the package raises what the expression's failure resembles)
        detail = f"{_failure(error)} evaluating rule: {rule.get('message', rule['rule'])}"
        yield FieldError(Problem.INVALID, where, schema.get("type", type_name(value)), detail)
        return
    if holds is not True:
        yield FieldError(problem, where, shown, _message(rule, variables))


def _failure(error: Exception) -> str:
    """What a real server says of the commonest failures of an evaluation; of others, what the package says."""
    text = str(error)
    if "'duration' error" in text:
        return "type conversion error from 'string' to 'google.protobuf.Duration'"
    if found := re.search(r"No such key: (\w+)", text):
        return f"no such key: {found[1]}"
    return f"rule evaluation error: {error}:"


def _typed(value: Any, schema: Json) -> Any:
    """The value as CEL sees it: strings with a format of time are timestamps and durations there."""
    if isinstance(value, dict):
        return {name: _typed(inner, property_of(schema, name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [_typed(inner, items_of(schema)) for inner in value]
    match schema.get("format"):
        case "date" | "date-time" if isinstance(value, str):
            moment = datetime.fromisoformat(value.upper())
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        case "duration" if isinstance(value, str):
            return _duration(value)
        case _:
            return value


def _duration(text: str) -> timedelta:
    sign = -1 if text.startswith("-") else 1
    seconds = sum(float(amount) * _SECONDS[unit] for amount, unit in _PART.findall(text))
    return sign * timedelta(seconds=seconds)


def _message(rule: Json, variables: Json) -> str:
    if "messageExpression" in rule:
        try:
            text = _evaluate(rule["messageExpression"], variables)
        except Exception:  # noqa: BLE001 (a failing message falls back to the fixed one, as on a real server)
            text = None
        if isinstance(text, str) and text.strip():
            return text
    return str(rule.get("message") or f"failed rule: {rule['rule']}").strip()
