"""The options of lists and watches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus

from dinero_operator.sandbox.kubernetes.status import ApiError, FieldError, Problem, bad_option, bad_request

_MATCHES = ("Exact", "NotOlderThan", "")


def whole_number(query: Mapping[str, str], name: str) -> int:
    """A number in the query, or 0. Raises `ApiError` 400."""
    text = query.get(name) or "0"
    if not re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


def is_true(query: Mapping[str, str], name: str) -> bool:
    """A switch in the query: it is on if it is there and says neither ``false`` nor ``0``."""
    return query.get(name, "false") not in {"false", "0"}


def list_version(query: Mapping[str, str], *, watch: bool) -> int:
    """The resource version that a list or a watch asks for, or 0. Raises `ApiError` 400, 422 or (of a watch) 500."""
    text = query.get("resourceVersion", "")
    errors = [*_errors(query, text, watch=watch)]
    if errors:
        raise bad_option("ListOptions", errors)
    if not text:
        return 0
    if not re.fullmatch(r"\d+", text, re.ASCII):
        said = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        told = f'resourceVersion: Invalid value: "{text}": {said}'
        if watch:
            raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "", told)
        raise bad_request(f"invalid resource version: {told}")
    return int(text)


def _errors(query: Mapping[str, str], version: str, *, watch: bool) -> Iterator[FieldError]:
    match_of = query.get("resourceVersionMatch", "")
    where = "resourceVersionMatch"
    if watch:
        yield from _watch_errors(query, match_of)
        return
    if "sendInitialEvents" in query:
        detail = "sendInitialEvents is forbidden for list"
        yield FieldError(Problem.FORBIDDEN, "sendInitialEvents", detail=detail)
    if not match_of:
        return
    if not version:
        detail = f"{where} is forbidden unless resourceVersion is provided"
        yield FieldError(Problem.FORBIDDEN, where, detail=detail)
    if query.get("continue"):
        yield FieldError(Problem.FORBIDDEN, where, detail=f"{where} is forbidden when continue is provided")
    if match_of not in _MATCHES:
        listed = ", ".join(f'"{option}"' for option in _MATCHES)
        yield FieldError(Problem.UNSUPPORTED, where, match_of, f"supported values: {listed}")
    if match_of == "Exact" and version == "0":
        detail = f'{where} "exact" is forbidden for resourceVersion "0"'
        yield FieldError(Problem.FORBIDDEN, where, detail=detail)


def _watch_errors(query: Mapping[str, str], match_of: str) -> Iterator[FieldError]:
    where = "resourceVersionMatch"
    if "sendInitialEvents" not in query:
        if match_of:
            detail = f"{where} is forbidden for watch unless sendInitialEvents is provided"
            yield FieldError(Problem.FORBIDDEN, where, detail=detail)
        return
    if match_of != "NotOlderThan":
        detail = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        yield FieldError(Problem.FORBIDDEN, where, detail=detail)
        if match_of:
            yield FieldError(Problem.UNSUPPORTED, where, match_of, 'supported values: "NotOlderThan"')
