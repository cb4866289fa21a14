"""``kubectl dinero connect`` and ``webhook``: addresses that are for whoever may ask for them."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Mapping
from typing import Any

from dinero_operator.connect.ports import Place
from dinero_operator.connect.webhooks import webhook_path
from dinero_operator.domain.errors import InvalidConfiguration
from dinero_operator.domain.urls import is_protected
from dinero_operator.kube.api import FORBIDDEN, NOT_FOUND, UNPROCESSABLE, KubernetesError
from dinero_operator.kube.resource import CONNECT_ANNOTATION, parse_spec
from dinero_operator.kube.resource_status import Connect
from dinero_operator.kube.secret_object import Secret
from dinero_operator.plugin.asking import wait_for
from dinero_operator.plugin.integration import Integration
from dinero_operator.plugin.session import Problem, Session

NOT_ENABLED = "ConnectNotEnabled"
"""The reason of the operator's event where it cannot give links."""
_PATH = f"/metadata/annotations/{CONNECT_ANNOTATION.replace('~', '~0').replace('/', '~1')}"


async def request_link(session: Session, name: str, seconds: float) -> Connect:
    """Ask for a link to the set-up, and wait for it. Raises ``Problem`` where none comes."""
    before = Integration(await session.find(name)).status.connect
    told = {_key(event) for event in await _refusals(session, name)}
    token = await session.annotate(name, CONNECT_ANNOTATION)

    async def is_answered(body: Mapping[str, Any]) -> bool:
        now = Integration(body).status.connect
        if now is not None and (before is None or now.url != before.url):
            return True
        for event in await _refusals(session, name):
            if _key(event) not in told:
                await _take_back(session, name, token)
                said = str(event.get("message") or "Connecting in the browser is not enabled.")
                raise Problem(
                    f"{name}: {said.removeprefix(f'{CONNECT_ANNOTATION}: ')} Until then, put clientId, clientSecret and "
                    "apiKey of a personal integration into the Secret that spec.dinero.secretRef names."
                )
        return False

    body = await wait_for(session, name, is_answered, seconds)
    link = Integration(body).status.connect if body is not None else None
    if link is None:
        await _take_back(session, name, token)
        raise Problem(
            f"{name}: no link has come within {seconds:g} seconds, so the wish for one is taken back. Is an operator "
            f"running that watches namespace {session.namespace}?"
        )
    if not is_protected(link.url):
        raise Problem(f"{name}: the operator gave an address that is neither https nor on this machine.")
    return link


def can_browse() -> bool:
    """Whether a window can be opened here: not in a script, nor on a machine reached by ssh."""
    if not sys.stdout.isatty():
        return False
    has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return has_display or (sys.platform in ("darwin", "win32") and "SSH_CONNECTION" not in os.environ)


def browse(url: str) -> bool:
    """Open it in the person's browser, if there is one."""
    try:
        return webbrowser.open(url)
    except webbrowser.Error:
        return False


async def webhook_url(session: Session, name: str, public_url: str) -> str:
    """The address that the shop may call. Reads the shop's token with the person's own rights. Raises ``Problem``."""
    integration = Integration(await session.find(name))
    base = public_url.rstrip("/") or _origin(integration.status.connect)
    if not base:
        raise Problem(
            "Give --url: the address at which the internet reaches the operator (its setting DINERO_OPERATOR_PUBLIC_URL)."
        )
    if not is_protected(base):
        raise Problem("--url must be an https address.")
    try:
        spec = parse_spec(integration.spec, allow_insecure_urls=True)
    except InvalidConfiguration as error:
        raise Problem(f"{name}: {error}") from None
    ref = spec.shop.token_secret_ref
    try:
        body = await session.api.read_secret(session.namespace, ref.name)
    except KubernetesError as error:
        if error.status != FORBIDDEN:
            raise
        raise Problem(
            f"The address is made from the shop's token, and you may not read Secret {ref.name} in namespace "
            f"{session.namespace}: you need get on secrets."
        ) from None
    token = Secret.of(body).get(ref.key) if body is not None else ""
    if not token:
        raise Problem(
            f"{name}: there is no Secret {ref.name} with a key {ref.key} in namespace {session.namespace}."
        )
    return base + webhook_path(token, Place(session.namespace, name))


def _origin(link: Connect | None) -> str:
    """Where an open link leads: the operator's public address."""
    return link.url.partition("/connect/")[0] if link is not None and "/connect/" in link.url else ""


async def _refusals(session: Session, name: str) -> list[Mapping[str, Any]]:
    try:
        events = await session.api.events(session.namespace, name)
    except KubernetesError as error:
        # Then only the time tells: not everybody who may edit a resource may read events.
        if error.status == FORBIDDEN:
            return []
        raise
    return [event for event in events if event.get("reason") == NOT_ENABLED]


def _key(event: Mapping[str, Any]) -> tuple[str, str]:
    metadata = event.get("metadata") or {}
    return str(metadata.get("uid")), str(metadata.get("resourceVersion"))


async def _take_back(session: Session, name: str, token: str) -> None:
    """Take the annotation off again, so that no link appears when nobody waits for it any more."""
    patch = [{"op": "test", "path": _PATH, "value": token}, {"op": "remove", "path": _PATH}]
    try:
        await session.patch(name, patch)
    except KubernetesError as error:
        if error.status not in (UNPROCESSABLE, NOT_FOUND):
            raise
