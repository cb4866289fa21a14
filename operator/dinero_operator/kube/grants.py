"""A connection made in the browser, in the Secret that the resource names."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from dinero_operator.dinero.connection import GrantConflict, StoredGrant, StoreUnusable
from dinero_operator.dinero.oauth import Grant
from dinero_operator.domain.errors import Unavailable
from dinero_operator.kube.api import CONFLICT, FORBIDDEN, NOT_FOUND, KubernetesApi, KubernetesError
from dinero_operator.kube.secret_object import MANAGED_BY, OPERATOR, Secret, SecretUnusable, encoded
from dinero_operator.transport.redaction import remember

API_KEY_FIELDS = ("clientId", "clientSecret", "apiKey")
REFRESH_TOKEN, ACCESS_TOKEN, EXPIRES_AT = "refreshToken", "accessToken", "expiresAt"
OUR_KEYS = frozenset({*API_KEY_FIELDS, REFRESH_TOKEN, ACCESS_TOKEN, EXPIRES_AT})
CLAIMED_UNTIL = "shoporama.dk/refresh-claimed-until"
CLAIMED_BY = "shoporama.dk/refresh-claimed-by"
CONNECTION = "shoporama.dk/connection"
"""Which approval the tokens stem from, and a hash of the refresh token that this was said of."""
FIELD = "spec.dinero.secretRef"
TRIES = 5
"""Times that somebody else may write first, before a connection cannot be saved."""

T = TypeVar("T")


class SecretGrants:
    """The ``GrantStore`` of one Secret. ``also``: keys beside ours that the Secret may hold (the shop token's)."""

    def __init__(
        self, api: KubernetesApi, namespace: str, name: str, also: frozenset[str] = frozenset()
    ) -> None:
        self._api = api
        self._namespace = namespace
        self._name = name
        self._also = also

    async def read(self) -> StoredGrant | None:
        """What is there now; ``None`` where there is no Secret, or no connection in it."""
        try:
            body = await self._api.read_secret(self._namespace, self._name)
        except KubernetesError as error:
            raise self._trouble(error) from None
        return stored_grant(Secret.of(body)) if body is not None else None

    async def claim(self, stored: StoredGrant, *, by: str, until: datetime) -> StoredGrant:
        """Say that ``by`` will use the refresh token. Raises ``GrantConflict`` where it is no longer as it was read."""
        secret = cast("Secret", stored.version)
        try:
            check_writable(secret, self._name, self._also)
        except SecretUnusable as error:
            raise StoreUnusable(str(error), reason=error.reason) from None
        return await self._put(secret.changed({}, {CLAIMED_UNTIL: rfc3339(until), CLAIMED_BY: by}))

    async def write(self, grant: Grant, *, over: StoredGrant) -> StoredGrant:
        """Put a successor in place of what was read, and end the claim. Raises ``GrantConflict``."""
        return await self._put(_with_grant(cast("Secret", over.version), grant, over.identity))

    async def _put(self, body: Mapping[str, Any]) -> StoredGrant:
        try:
            answer = await self._api.update_secret(self._namespace, body)
        except KubernetesError as error:
            # It is gone, or another has taken its place: what is there now must be read.
            if error.status in (CONFLICT, NOT_FOUND):
                raise GrantConflict from None
            raise self._trouble(error) from None
        stored = stored_grant(Secret.of(answer))
        if stored is None:
            raise Unavailable("The Kubernetes API does not give back the Secret that was written")
        return stored

    def _trouble(self, error: KubernetesError) -> Exception:
        if error.status == FORBIDDEN:
            refusal = _forbidden(self._name)
            return StoreUnusable(str(refusal), reason=refusal.reason)
        return Unavailable(str(error))


def stored_grant(secret: Secret) -> StoredGrant | None:
    """The connection in a Secret; ``None`` where there is no refresh token."""
    refresh, access = secret.get(REFRESH_TOKEN), secret.get(ACCESS_TOKEN)
    if not refresh:
        return None
    for token in (refresh, access):
        remember(token)
    said, _, of = secret.annotation(CONNECTION).partition(".")
    # Where somebody has put in another token by hand, this is another approval, whatever was said of the former one.
    identity = said if said and of == _digest(refresh) else _digest(refresh)
    until, by = _moment(secret.annotation(CLAIMED_UNTIL)), secret.annotation(CLAIMED_BY)
    return StoredGrant(
        Grant(refresh, access if access.isprintable() else "", _moment(secret.get(EXPIRES_AT))),
        identity,
        (by, until) if until is not None else None,
        secret,
    )


async def save_connection(
    api: KubernetesApi, namespace: str, name: str, grant: Grant, *, also: frozenset[str] = frozenset()
) -> bool:
    """Store a new connection: into the Secret, which is created where there is none.

    ``also``: the shop token's key, where both share the Secret. ``False``: an API key in the Secret wins over it.
    Raises ``SecretUnusable`` with the remedy, or ``KubernetesError`` where nobody answers.
    """
    identity = secrets.token_hex(8)
    for _ in range(TRIES):
        try:
            body = await api.read_secret(namespace, name)
            secret = Secret.of(body) if body is not None else None
            if secret is None:
                await api.create_secret(namespace, _new(name, grant, identity))
                return True
            if not _is_saved(secret, grant):
                check_writable(secret, name, also)
                await api.update_secret(namespace, _with_grant(secret, grant, identity))
        except KubernetesError as error:
            if error.status == FORBIDDEN:
                raise _forbidden(name) from None
            if error.status not in (CONFLICT, NOT_FOUND):
                raise
        else:
            return not secret.get("apiKey")
    raise KubernetesError(f"Secret {name} is being changed again and again", CONFLICT)


def check_writable(secret: Secret, name: str, also: frozenset[str] = frozenset()) -> None:
    """Whether the operator may write into it. Raises ``SecretUnusable``.

    Somebody who may edit resources and no Secrets could else have another program's Secret written by naming it.
    """
    strange = sorted(secret.keys - OUR_KEYS - also)
    if strange and not secret.is_labelled:
        raise SecretUnusable(
            "SecretNotOurs",
            f"{FIELD}: Secret {name} holds keys that are not the operator's ({', '.join(strange[:3])}), so nothing is written "
            f"into it. Name another Secret, or label this one: kubectl label secret {name} {MANAGED_BY}={OPERATOR}",
        )
    if secret.is_immutable:
        raise SecretUnusable(
            "SecretImmutable",
            f"{FIELD}: Secret {name} is immutable, and the tokens in it must be renewed. Name another Secret, or delete this "
            "one and connect again.",
        )


def rfc3339(moment: datetime) -> str:
    """A moment as the Secret has it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _with_grant(secret: Secret, grant: Grant, identity: str) -> dict[str, Any]:
    data = _data(grant)
    annotations = {CLAIMED_UNTIL: None, CLAIMED_BY: None, CONNECTION: _connection(grant, identity)}
    return secret.changed(data, annotations)


def _new(name: str, grant: Grant, identity: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": {
            "name": name,
            "labels": {MANAGED_BY: OPERATOR},
            "annotations": {CONNECTION: _connection(grant, identity)},
        },
        "data": encoded(_data(grant)),
    }


def _data(grant: Grant) -> dict[str, str]:
    return {
        REFRESH_TOKEN: grant.refresh_token,
        ACCESS_TOKEN: grant.access_token,
        EXPIRES_AT: rfc3339(grant.expires_at) if grant.expires_at else "",
    }


def _connection(grant: Grant, identity: str) -> str:
    return f"{identity}.{_digest(grant.refresh_token)}"


def _is_saved(secret: Secret, grant: Grant) -> bool:
    """Whether a former try was carried out, and only its answer was lost."""
    return (secret.get(REFRESH_TOKEN), secret.get(ACCESS_TOKEN)) == (grant.refresh_token, grant.access_token)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def _forbidden(name: str) -> SecretUnusable:
    return SecretUnusable(
        "SecretForbidden",
        f"{FIELD}: the operator may not read and write Secret {name}: grant it get, create and update on secrets (in the "
        "chart: connect.enabled).",
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
