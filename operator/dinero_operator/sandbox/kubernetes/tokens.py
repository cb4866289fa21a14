"""Tokens for service accounts: issued by TokenRequest, taken as bearer tokens like the sandbox's own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from dinero_operator.sandbox.kubernetes.managed_fields import Manager, track_update
from dinero_operator.sandbox.kubernetes.objects import encode
from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.status import FieldError, Problem, bad_request, refused

ISSUER = "https://kubernetes.default.svc"
GROUP = "authentication.k8s.io"
_REQUEST = Resource(
    group=GROUP,
    version="v1",
    kind="TokenRequest",
    plural="tokenrequests",
    singular="tokenrequest",
    storage="tokenrequests",
    schema={"type": "object", "properties": {"spec": {"type": "object"}}},
    empty={"spec": {}},
)
_SHORTEST, _LONGEST, _USUAL = 600, 2**32, 3600


class Tokens:
    """Issues tokens and knows its own again. ``now`` gives the present moment (UTC)."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._key = secrets.token_bytes(32)

    def issue(self, account: Json, request: Json, manager: str) -> Json:
        """Answer a TokenRequest for a service account. Raises `ApiError` 400 or 422."""
        _check(request)
        spec = request.get("spec") or {}
        seconds = spec.get("expirationSeconds", _USUAL)
        if seconds < _SHORTEST:
            _refuse(seconds, "may not specify a duration less than 10 minutes")
        if seconds > _LONGEST - 1:
            _refuse(seconds, "may not specify a duration larger than 2^32 seconds")
        meta = account["metadata"]
        audiences = spec.get("audiences") or [ISSUER]
        issued = int(self._now().timestamp())
        claims = {
            "aud": audiences,
            "exp": issued + seconds,
            "iat": issued,
            "iss": ISSUER,
            "jti": str(uuid.uuid4()),
            "kubernetes.io": {
                "namespace": meta["namespace"],
                "serviceaccount": {"name": meta["name"], "uid": meta["uid"]},
            },
            "nbf": issued,
            "sub": f"system:serviceaccount:{meta['namespace']}:{meta['name']}",
        }
        status = {"token": self._signed(claims), "expirationTimestamp": _moment(issued + seconds)}
        written = {"metadata": {}, "spec": {**spec, "expirationSeconds": seconds}}
        writer = Manager("Update", manager, f"{GROUP}/v1", "token")
        track_update(written, None, _REQUEST, writer, _moment(issued))
        named = {name: meta[name] for name in ("name", "namespace", "uid")}
        return {
            **request,
            "metadata": {**written["metadata"], **named, "creationTimestamp": _moment(issued)},
            "spec": {
                "audiences": audiences,
                "expirationSeconds": seconds,
                "boundObjectRef": spec.get("boundObjectRef"),
            },
            "status": status,
        }

    def user_of(self, token: str) -> Json | None:
        """Who a token belongs to; ``None`` if it is not one of ours, or is no longer valid."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(signed).encode()):
            return None
        claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
        if claims["exp"] <= self._now().timestamp():
            return None
        account = claims["kubernetes.io"]
        groups = [
            "system:serviceaccounts",
            f"system:serviceaccounts:{account['namespace']}",
            "system:authenticated",
        ]
        return {"username": claims["sub"], "uid": account["serviceaccount"]["uid"], "groups": groups}

    def _signed(self, claims: Json) -> str:
        signed = f"{_part(encode({'alg': 'HS256', 'typ': 'JWT'}))}.{_part(encode(claims))}"
        return f"{signed}.{self._signature(signed)}"

    def _signature(self, signed: str) -> str:
        return _part(hmac.new(self._key, signed.encode(), hashlib.sha256).digest())


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _check(request: Json) -> None:
    kind, api_version = request.get("kind"), request.get("apiVersion")
    if (kind, api_version) != ("TokenRequest", f"{GROUP}/v1"):
        raise bad_request(f'{kind} in version "{api_version}" cannot be handled as a TokenRequest')


def _refuse(seconds: Any, why: str) -> None:
    raise refused(
        GROUP, "TokenRequest", "", [FieldError(Problem.INVALID, "spec.expirationSeconds", seconds, why)]
    )
