"""Errors of the API: `Status` objects with the reasons, details and messages of kube-apiserver."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
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


OMITTED: Any = object()
"""The value of an error that shows none."""
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
        if self.problem not in _WITHOUT_VALUE and self.value is not OMITTED:
            text += f": {go_value(self.value)}"
        return f"{text}: {self.detail}" if self.detail else text

    def cause(self) -> Json:
        """The error as an entry of ``details.causes``."""
        return {"reason": self.problem.value[1], "message": self.body, "field": self.field}


class Raw(str):
    """A value that is printed as it stands, without quotes."""

    __slots__ = ()


def _go_float(value: float) -> str:
    number = Decimal(repr(value)).normalize()
    exponent = number.adjusted()
    if -4 <= exponent < 6:  # noqa: PLR2004 (where Go's %v stops counting zeros)
        return f"{number:f}"
    digits = "".join(str(digit) for digit in number.as_tuple().digits)
    mantissa = digits[0] + (f".{digits[1:]}" if digits[1:] else "")
    return f"{'-' * (value < 0)}{mantissa}e{'+' if exponent > 0 else '-'}{abs(exponent):02d}"


def go_value(value: Any) -> str:
    """Print a JSON value as kube-apiserver's messages do; strings are quoted."""
    if value is None:
        return "null"
    if isinstance(value, Raw):
        return value
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return _go_float(value)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class ApiError(Exception):
    """An answer other than success. ``code`` is the HTTP status, ``reason`` the machine's word, which may be empty."""

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
        self.warnings: list[str] = []
        """What else is to be said of the request."""

    def body(self) -> Json:
        """The `Status` object."""
        status: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            **({"reason": self.reason} if self.reason else {}),
            "code": self.code,
        }
        if self.details is not None:
            status["details"] = self.details
        return status


def _group(resource: Resource) -> str:
    """The group that messages name: that of the storage, which both kinds of events share."""
    return "" if resource.storage == "events" else resource.group


def _details(resource: Resource, name: str, kind: str | None = None) -> Json:
    named = {"name": name, "group": _group(resource), "kind": kind or resource.plural}
    return {key: text for key, text in named.items() if text}


def _qualified(resource: Resource, name: str | None = None) -> str:
    group, name = _group(resource), name or resource.plural
    return f"{name}.{group}" if group else name


def not_found(resource: Resource, name: str) -> ApiError:
    """404: there is no object of that name."""
    message = f'{_qualified(resource)} "{name}" not found'
    return ApiError(HTTPStatus.NOT_FOUND, "NotFound", message, details=_details(resource, name))


def no_such_resource() -> ApiError:
    """404: a group of built-in kinds has nothing at this path."""
    message = "the server could not find the requested resource"
    return ApiError(HTTPStatus.NOT_FOUND, "NotFound", message, details={})


def already_exists(resource: Resource, name: str, *, going: bool = False) -> ApiError:
    """409: the name is taken, if only by an object that is being deleted (``going``)."""
    message = f'{"object is being deleted: " if going else ""}{_qualified(resource)} "{name}" already exists'
    return ApiError(HTTPStatus.CONFLICT, "AlreadyExists", message, details=_details(resource, name))


def conflict(resource: Resource, name: str, why: str = "") -> ApiError:
    """409: the object was changed since it was read, or a precondition does not hold."""
    why = why or (
        "the object has been modified; please apply your changes to the latest version and try again"
    )
    message = f'Operation cannot be fulfilled on {_qualified(resource)} "{name}": {why}'
    return ApiError(HTTPStatus.CONFLICT, "Conflict", message, details=_details(resource, name))


def precondition_failed(resource: Resource, name: str, label: str, wanted: str, found: str) -> ApiError:
    """409: a deletion's precondition (``UID`` or ``ResourceVersion``) does not hold."""
    happened = "deleted and then recreated" if label == "UID" else "modified"
    message = (
        f'Operation cannot be fulfilled on {_qualified(resource, resource.kind)} "{name}": the {label} in the '
        f"precondition ({wanted}) does not match the {label} in record ({found}). The object might have been {happened}"
    )
    details = _details(resource, name, resource.kind)
    return ApiError(HTTPStatus.CONFLICT, "Conflict", message, details=details)


def no_version(resource: Resource, name: str) -> ApiError:
    """422: an update does not say which version it is about."""
    said = "must be specified for an update"
    error = FieldError(Problem.INVALID, "metadata.resourceVersion", 0, said)
    return refused(_group(resource), resource.plural, name, [error])


def invalid(resource: Resource, name: str, errors: Sequence[FieldError]) -> ApiError:
    """422: the object breaks the rules of its kind."""
    return refused(_group(resource), resource.kind, name, errors)


def refused(group: str, kind: str, name: str, errors: Sequence[FieldError]) -> ApiError:
    """422 for what need not be an object: the options of a request, a patch's result."""
    texts = list(dict.fromkeys(f"{error.field}: {error.body}" for error in errors))
    listed = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    named = {"name": name, "group": group, "kind": kind}
    details: Json = {key: text for key, text in named.items() if text}
    details["causes"] = [error.cause() for error in errors]
    message = f'{f"{kind}.{group}" if group else kind} "{name}" is invalid: {listed}'
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid", message, details=details)


def bad_option(kind: str, errors: Sequence[FieldError]) -> ApiError:
    """422: an option of a request, such as ``CreateOptions``, has a wrong value."""
    return refused("meta.k8s.io", kind, "", errors)


def bad_request(message: str) -> ApiError:
    """400: the request cannot be understood."""
    return ApiError(HTTPStatus.BAD_REQUEST, "BadRequest", message)


def misnamed(name: str, wanted: str) -> ApiError:
    """400: the object has another name than the path."""
    return bad_request(f"the name of the object ({name}) does not match the name on the URL ({wanted})")


def forbidden(resource: Resource, name: str, why: str) -> ApiError:
    """403: understood and refused."""
    message = f'{_qualified(resource)} "{name}" is forbidden: {why}'
    return ApiError(HTTPStatus.FORBIDDEN, "Forbidden", message, details=_details(resource, name))


def expired(message: str) -> ApiError:
    """410: the resource version or the continue token is too old."""
    return ApiError(HTTPStatus.GONE, "Expired", message)


def method_not_allowed() -> ApiError:
    """405: the resource does not know this verb."""
    message = "the server does not allow this method on the requested resource"
    return ApiError(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", message, details={})


def not_supported(resource: Resource, verb: str) -> ApiError:
    """405: a custom kind does not know this verb there."""
    message = f'{verb} is not supported on resources of kind "{_qualified(resource)}"'
    details = _details(resource, "")
    return ApiError(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", message, details=details)


def unsupported_media_type(accepted: Sequence[str]) -> ApiError:
    """415: the body's format is none of the accepted ones; without a list, a built-in kind's answer to a patch."""
    code = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    if not accepted:
        return ApiError(code, "UnsupportedMediaType", "415: Unsupported Media Type", details={})
    message = "the body of the request was in an unknown format - accepted media types include: "
    return ApiError(code, "UnsupportedMediaType", message + ", ".join(accepted))


def not_acceptable(*, custom: bool) -> ApiError:
    """406: the client takes none of the formats that the server gives."""
    formats = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]
    if custom:
        message = f"only the following media types are accepted: {', '.join(formats)}"
        return ApiError(HTTPStatus.NOT_ACCEPTABLE, "NotAcceptable", message)
    streams = [f"{kind};stream=watch" for kind in (formats[0], formats[2])]
    message = f"406: Not Acceptable\n\nAvailable representations: {', '.join(formats + streams)}"
    return ApiError(HTTPStatus.NOT_ACCEPTABLE, "NotAcceptable", message, details={})


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
