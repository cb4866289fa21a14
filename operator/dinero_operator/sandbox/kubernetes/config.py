"""What Secrets and ConfigMaps must have."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from dinero_operator.sandbox.kubernetes.names import wrong_config_key
from dinero_operator.sandbox.kubernetes.resources import Json
from dinero_operator.sandbox.kubernetes.status import FieldError, Problem

_LARGEST = 1024 * 1024
_DEMANDED = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
_ACCOUNT = "kubernetes.io/service-account.name"


def prepare_secret(value: Json) -> None:
    """Take over what is given as plain text, in place."""
    given = value.pop("stringData", None) or {}
    data = value.get("data") or {}
    data = data | {name: base64.b64encode(text.encode()).decode() for name, text in given.items()}
    if data:
        value["data"] = data
    value.setdefault("type", "Opaque")


def problems(value: Json, old: Json | None) -> Iterator[FieldError]:
    """Yield what a server refuses of a Secret or a ConfigMap."""
    if old is not None:
        yield from _changes(value, old)
    size = 0
    binary = value.get("binaryData") or {}
    for field in ("data", "binaryData"):
        for key, text in (value.get(field) or {}).items():
            size += _size(text, value["kind"] == "Secret" or field == "binaryData")
            for said in wrong_config_key(key):
                yield FieldError(Problem.INVALID, f"{field}[{key}]", key, said)
            if field == "data" and key in binary:
                yield FieldError(
                    Problem.INVALID, f"data[{key}]", key, "duplicate of key present in binaryData"
                )
    if size > _LARGEST:
        yield FieldError(Problem.TOO_LONG, "data", "", f"may not be more than {_LARGEST} bytes")
    if value["kind"] == "Secret":
        yield from _of_type(value)


def _size(text: str, is_base64: bool) -> int:
    return len(text) * 3 // 4 - text.count("=") if is_base64 else len(text.encode())


def _of_type(secret: Json) -> Iterator[FieldError]:
    data, kind = secret.get("data") or {}, secret.get("type", "")
    for key in _DEMANDED.get(kind, ()):
        if key not in data:
            yield FieldError(Problem.REQUIRED, f"data[{key}]")
        elif kind.startswith("kubernetes.io/docker"):
            yield from _json(data[key], f"data[{key}]")
    if kind == "kubernetes.io/basic-auth" and not {"username", "password"} & data.keys():
        yield FieldError(Problem.REQUIRED, "data[username]")
        yield FieldError(Problem.REQUIRED, "data[password]")
    if kind == "kubernetes.io/service-account-token" and not (
        (secret["metadata"].get("annotations") or {}).get(_ACCOUNT)
    ):
        yield FieldError(Problem.REQUIRED, f"metadata.annotations[{_ACCOUNT}]")


def _json(text: str, where: str) -> Iterator[FieldError]:
    content = base64.b64decode(text).decode(errors="replace")
    try:
        json.loads(content)
    except ValueError:
        detail = (
            f"invalid character '{content[0]}' looking for beginning of value"
            if content
            else "unexpected end of JSON input"
        )
        yield FieldError(Problem.INVALID, where, "<secret contents redacted>", detail)


def _changes(value: Json, old: Json) -> Iterator[FieldError]:
    if value.get("type") != old.get("type"):
        yield FieldError(Problem.INVALID, "type", value.get("type"), "field is immutable")
    if old.get("immutable"):
        for field in ("data", "binaryData", "immutable"):
            if value.get(field) != old.get(field):
                detail = "field is immutable when `immutable` is set"
                yield FieldError(Problem.FORBIDDEN, field, detail=detail)


def warnings(value: Json) -> Iterator[str]:
    """Yield what a server says of a Secret that it takes."""
    if value["kind"] == "Secret" and value.get("type") == "kubernetes.io/tls":
        certificate = base64.b64decode((value.get("data") or {}).get("tls.crt", ""))
        if b"-----BEGIN " not in certificate:
            yield "tls: failed to find any PEM data in certificate input"
