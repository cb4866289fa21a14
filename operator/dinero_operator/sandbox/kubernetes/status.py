"""Errors of the API: `Status` objects with the reasons, details and messages of kube-apiserver."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any

from dinero_operator.sandbox.kubernetes.resources import Json, Resource


class Problem(Enum):
    """What is wrong with a field: the words in the message, and the reason of the cause."""

    REQUIRED = ("Required value", "FieldValueRequired")
    DUPLICATE = ("Duplicate value", "FieldValueDuplicate")
    INVALID = ("Invalid value", "FieldValueInvalid")
    TYPE = ("Invalid value", "FieldValueTypeInvalid")
    UNSUPPORTED = ("Unsupported value", "FieldValueNotSupported")
    FORBIDDEN = ("Forbidden", "FieldValueForbidden")
    TOO_LONG = ("Too long", "FieldValueTooLong")
    TOO_MANY = ("Too many", "FieldValueTooMany")


_WITHOUT_VALUE = {Problem.REQUIRED, Problem.FORBIDDEN, Problem.TOO_LONG}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong. ``value`` is printed as Go does it; ``detail`` says why."""

    problem: Problem
    field: str
    value: Any = None
    detail: str = ""

    @property
    def body(self) -> str:
        """The message without the path."""
        text = self.problem.value[0]
        if self.problem not in _WITHOUT_VALUE:
            text += f": {go_value(self.value)}"
        return f"{text}: {self.detail}" if self.detail else text

    def cause(self) -> Json:
        """The error as an entry of ``details.causes``."""
        return {"reason": self.problem.value[1], "message": self.body, "field": self.field}


def go_value(value: Any) -> str:
    """Print a JSON value as Go's ``%#v`` does; strings are quoted."""
    if value is None:
        return '"null"'
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(k)}:{go_value(v)}" for k, v in sorted(value.items()))
        return f"map[string]interface {{}}{{{inner}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join(go_value(v) for v in value)}}}"
    return json.dumps(value)


class ApiError(Exception):
    """An answer other than success. ``code`` is the HTTP status, ``reason`` the machine's word."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: Json | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = int(code)
        self.reason = reason
        self.message = message
        self.details = details
        self.retry_after = retry_after
        """Seconds, for the Retry-After header."""

    def body(self) -> Json:
        """The `Status` object."""
        status: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        }
        if self.details is not None:
            status["details"] = self.details
        return status


def _details(resource: Resource, name: str, kind: str | None = None) -> Json:
    details: Json = {"name": name} if name else {}
    if resource.group:
        details["group"] = resource.group
    details["kind"] = kind or resource.plural
    return details


def not_found(resource: Resource, name: str) -> ApiError:
    """404: there is no object of that name."""
    message = f'{resource.qualified} "{name}" not found'
    return ApiError(HTTPStatus.NOT_FOUND, "NotFound", message, details=_details(resource, name))


def already_exists(resource: Resource, name: str) -> ApiError:
    """409: the name is taken."""
    message = f'{resource.qualified} "{name}" already exists'
    return ApiError(HTTPStatus.CONFLICT, "AlreadyExists", message, details=_details(resource, name))


def conflict(resource: Resource, name: str, why: str = "") -> ApiError:
    """409: the object was changed since it was read, or a precondition does not hold."""
    why = why or (
        "the object has been modified; please apply your changes to the latest version and try again"
    )
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
    return ApiError(HTTPStatus.CONFLICT, "Conflict", message, details=_details(resource, name))


def invalid(resource: Resource, name: str, errors: Sequence[FieldError]) -> ApiError:
    """422: the object breaks the rules of its kind."""
    texts = [f"{error.field}: {error.body}" for error in errors]
    listed = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    details = _details(resource, name, resource.kind)
    details["causes"] = [error.cause() for error in errors]
    message = f'{resource.qualified_kind} "{name}" is invalid: {listed}'
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid", message, details=details)


def bad_request(message: str) -> ApiError:
    """400: the request cannot be understood."""
    return ApiError(HTTPStatus.BAD_REQUEST, "BadRequest", message)


def forbidden(resource: Resource, name: str, why: str) -> ApiError:
    """403: understood and refused."""
    message = f'{resource.qualified} "{name}" is forbidden: {why}'
    return ApiError(HTTPStatus.FORBIDDEN, "Forbidden", message, details=_details(resource, name))


def expired(message: str) -> ApiError:
    """410: the resource version or the continue token is too old."""
    return ApiError(HTTPStatus.GONE, "Expired", message)


def method_not_allowed() -> ApiError:
    """405: the resource does not know this verb."""
    message = "the server does not allow this method on the requested resource"
    return ApiError(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", message, details={})


def unsupported_media_type(accepted: Sequence[str]) -> ApiError:
    """415: the body's format is none of the accepted ones."""
    message = "the body of the request was in an unknown format - accepted media types include: " + ", ".join(
        accepted
    )
    return ApiError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)


def not_acceptable() -> ApiError:
    """406: the client takes none of the formats that the server gives."""
    message = "only the following media types are accepted: application/json"
    return ApiError(HTTPStatus.NOT_ACCEPTABLE, "NotAcceptable", message)


def unauthorized() -> ApiError:
    """401: no token, or a wrong one."""
    return ApiError(HTTPStatus.UNAUTHORIZED, "Unauthorized", "Unauthorized")


def outage(code: int) -> ApiError:
    """A fault of the server, as a test or the demo asks for it: 429, 500, 503, 504, 410 or 409."""
    reasons = {
        HTTPStatus.TOO_MANY_REQUESTS: ("TooManyRequests", "the server has received too many requests"),
        HTTPStatus.INTERNAL_SERVER_ERROR: (
            "InternalError",
            "Internal error occurred: etcdserver: leader changed",
        ),
        HTTPStatus.SERVICE_UNAVAILABLE: ("ServiceUnavailable", "apiserver not ready"),
        HTTPStatus.GATEWAY_TIMEOUT: (
            "Timeout",
            "Timeout: request did not complete within the allotted timeout",
        ),
        HTTPStatus.GONE: ("Expired", "The resourceVersion for the provided watch is too old."),
    }
    reason, message = reasons.get(HTTPStatus(code), ("Unknown", HTTPStatus(code).phrase))
    wait = 1 if code in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE) else None
    details = {"retryAfterSeconds": wait} if wait else None
    return ApiError(code, reason, message, details=details, retry_after=wait)


def success(resource: Resource, name: str, uid: str) -> Json:
    """Answer of a deletion that is done."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": _details(resource, name) | {"uid": uid},
    }
