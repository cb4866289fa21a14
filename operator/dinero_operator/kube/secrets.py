"""From the Secrets that a resource names to credentials, with errors that name the Secret and the key."""

from __future__ import annotations

from dataclasses import dataclass

from dinero_operator.dinero.auth import ApiKey
from dinero_operator.dinero.connection import Connection
from dinero_operator.kube.api import FORBIDDEN, KubernetesApi, KubernetesError
from dinero_operator.kube.grants import (
    API_KEY_FIELDS,
    FIELD,
    REFRESH_TOKEN,
    SecretGrants,
    check_writable,
    stored_grant,
)
from dinero_operator.kube.resource import CONNECT_ANNOTATION, Spec
from dinero_operator.kube.secret_object import Secret, SecretUnusable
from dinero_operator.sync.spec import Credentials
from dinero_operator.transport.redaction import remember

__all__ = ["ConnectOptions", "SecretUnusable", "read_credentials"]

SHOP_FIELD = "spec.shop.tokenSecretRef"


@dataclass(frozen=True, slots=True)
class ConnectOptions:
    """What can be done with a connection made in the browser.

    ``has_app``: the operator is registered at Visma Connect, so that it can use one. ``has_page``: browsers reach the
    operator, so that one can be made. ``resource`` is the name to tell people.
    """

    has_app: bool = False
    has_page: bool = False
    resource: str = "NAME"


async def read_credentials(
    api: KubernetesApi, namespace: str, spec: Spec, options: ConnectOptions | None = None
) -> Credentials:
    """Read what the resource refers to. Raises ``SecretUnusable``, or ``KubernetesError`` where nobody answers."""
    options = options or ConnectOptions()
    token_ref, dinero_ref = spec.shop.token_secret_ref, spec.dinero.secret_ref
    shop = await _secret(api, namespace, token_ref.name, SHOP_FIELD, "Create it.")
    token = _value(shop, token_ref.key, token_ref.name, SHOP_FIELD)
    same = token_ref.name == dinero_ref.name
    also = frozenset({token_ref.key} if same else set[str]())
    how = _how_to_connect(namespace, options)
    create = f"{how} Or create it with {', '.join(API_KEY_FIELDS)}." if how else "Create it."
    dinero = shop if same else await _secret(api, namespace, dinero_ref.name, FIELD, create)
    remember(token)
    if dinero.get("apiKey") or not dinero.get(REFRESH_TOKEN):
        if how and not any(dinero.get(key) for key in API_KEY_FIELDS):
            raise SecretUnusable(
                "SecretKeyMissing",
                f"{FIELD}: Secret {dinero_ref.name} holds no connection to Dinero yet. {how} Or add {', '.join(API_KEY_FIELDS)}.",
            )
        values = [_value(dinero, key, dinero_ref.name, FIELD) for key in API_KEY_FIELDS]
        for secret in values[1:]:
            remember(secret)
        return Credentials(token, ApiKey(*values), has_unused_oauth=bool(dinero.get(REFRESH_TOKEN)))
    store = SecretGrants(api, namespace, dinero_ref.name, also)
    check_writable(dinero, dinero_ref.name, also)
    key = f"{namespace}/{dinero_ref.name}"
    return Credentials(token, _connection(key, dinero, store, options))


def _connection(key: str, secret: Secret, store: SecretGrants, options: ConnectOptions) -> Connection:
    namespace, _, name = key.partition("/")
    if not options.has_app:
        raise SecretUnusable(
            "ConnectNotConfigured",
            f"{FIELD}: Secret {name} holds a connection made in the browser, and the operator is not registered at Visma "
            "Connect: set DINERO_OPERATOR_CONNECT_CLIENT_ID and DINERO_OPERATOR_CONNECT_CLIENT_SECRET, or put "
            f"{', '.join(API_KEY_FIELDS)} of a personal integration into the Secret.",
        )
    stored = stored_grant(secret)
    assert stored is not None, "the refresh token is there"
    remedy = _how_to_connect(namespace, options) or (
        f"Put a new {REFRESH_TOKEN} into Secret {name}, or set DINERO_OPERATOR_PUBLIC_URL, so that it can be connected in "
        "the browser."
    )
    return Connection(key, stored, store, remedy)


def _how_to_connect(namespace: str, options: ConnectOptions) -> str:
    if not options.has_page:
        return ""
    return (
        f"Connect in the browser: kubectl -n {namespace} annotate dinero {options.resource} {CONNECT_ANNOTATION}=now puts "
        "a link into status.connect.url."
    )


async def _secret(api: KubernetesApi, namespace: str, name: str, field: str, remedy: str) -> Secret:
    try:
        found = await api.read_secret(namespace, name)
    except KubernetesError as error:
        if error.status == FORBIDDEN:
            raise SecretUnusable(
                "SecretForbidden",
                f"{field}: the operator may not read Secret {name}: grant it get on secrets (examples/rbac.yaml).",
            ) from None
        raise
    if found is None:
        raise SecretUnusable(
            "SecretMissing", f"{field}: there is no Secret {name} in this namespace. {remedy}"
        )
    return Secret.of(found)


def _value(secret: Secret, key: str, name: str, field: str) -> str:
    value = secret.get(key)
    if not value:
        raise SecretUnusable("SecretKeyMissing", f"{field}: Secret {name} has no key {key}. Add it.")
    return value
