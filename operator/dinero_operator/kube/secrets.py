"""From the Secrets that a resource names to credentials, with errors that name the Secret and the key."""

from __future__ import annotations

from collections.abc import Mapping

from dinero_operator.dinero.auth import ApiKey
from dinero_operator.kube.api import FORBIDDEN, KubernetesApi, KubernetesError
from dinero_operator.kube.resource import Spec
from dinero_operator.sync.spec import Credentials
from dinero_operator.transport.redaction import remember

API_KEY_FIELDS = ("clientId", "clientSecret", "apiKey")
OAUTH_FIELD = "refreshToken"


class SecretUnusable(Exception):
    """A Secret, or a key in it, is missing. ``reason`` is the condition's word, ``str()`` the remedy."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


async def read_credentials(api: KubernetesApi, namespace: str, spec: Spec) -> Credentials:
    """Read what the resource refers to. Raises ``SecretUnusable``, or ``KubernetesError`` where nobody answers."""
    token_ref, dinero_ref = spec.shop.token_secret_ref, spec.dinero.secret_ref
    shop = await _secret(api, namespace, token_ref.name, "spec.shop.tokenSecretRef")
    token = _value(shop, token_ref.key, token_ref.name, "spec.shop.tokenSecretRef")
    same = token_ref.name == dinero_ref.name
    dinero = shop if same else await _secret(api, namespace, dinero_ref.name, "spec.dinero.secretRef")
    if "apiKey" not in dinero and OAUTH_FIELD in dinero:
        raise SecretUnusable(
            "ConnectNotSupported",
            f"spec.dinero.secretRef: Secret {dinero_ref.name} holds a connection made in the browser, which this release "
            "cannot use yet. Put clientId, clientSecret and apiKey of a personal integration into it.",
        )
    values = [_value(dinero, key, dinero_ref.name, "spec.dinero.secretRef") for key in API_KEY_FIELDS]
    for secret in (token, *values[1:]):
        remember(secret)
    return Credentials(token, ApiKey(*values), has_unused_oauth=OAUTH_FIELD in dinero)


async def _secret(api: KubernetesApi, namespace: str, name: str, field: str) -> Mapping[str, str]:
    try:
        found = await api.secret(namespace, name)
    except KubernetesError as error:
        if error.status == FORBIDDEN:
            raise SecretUnusable(
                "SecretForbidden",
                f"{field}: the operator may not read Secret {name}: grant it get on secrets (examples/rbac.yaml).",
            ) from None
        raise
    if found is None:
        raise SecretUnusable(
            "SecretMissing", f"{field}: there is no Secret {name} in this namespace. Create it."
        )
    return found


def _value(secret: Mapping[str, str], key: str, name: str, field: str) -> str:
    value = secret.get(key, "").strip()
    if not value:
        raise SecretUnusable("SecretKeyMissing", f"{field}: Secret {name} has no key {key}. Add it.")
    return value
