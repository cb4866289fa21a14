"""``kubectl dinero plan``: what the next poll would do, computed here, with the person's own rights. Nothing is written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from dinero_operator.domain.errors import InvalidConfiguration, OperatorError, RateLimited, Unavailable
from dinero_operator.kube.registry import Registry
from dinero_operator.kube.resource import Spec, parse_spec
from dinero_operator.kube.secrets import ConnectOptions, SecretUnusable, read_credentials
from dinero_operator.kube.wish import integration_spec
from dinero_operator.plugin.integration import Integration
from dinero_operator.plugin.session import Problem, Session
from dinero_operator.plugin.stored_token import LookingOn, TokenEnded
from dinero_operator.settings import Settings, SettingsError, load_settings
from dinero_operator.sync.preview import Preview, preview
from dinero_operator.sync.report import Reason
from dinero_operator.sync.spec import Credentials, IntegrationSpec
from dinero_operator.transport.http import Transport


async def compute(
    session: Session, name: str, *, chosen: Mapping[str, Any], limit: int
) -> tuple[Integration, Preview]:
    """Look at the newest orders. ``chosen`` is taken in place of what the spec has. Raises ``Problem``."""
    body = await session.find(name)
    integration, settings = Integration(body), _settings()
    found = integration.status.organisation
    bound = found.id if found is not None else None
    entry, _ = Registry().take(body)
    insecure = settings.allow_insecure_urls
    try:
        spec = parse_spec({**integration.spec, **chosen}, organisation=bound, allow_insecure_urls=insecure)
        wanted = integration_spec(spec, entry, allow_insecure_urls=insecure)
    except (InvalidConfiguration, ValueError) as error:
        raise Problem(f"{name}: {error}") from None
    credentials = await _credentials(session, name, spec)
    transport = Transport(clock=session.clock, metrics=session.metrics)
    services = LookingOn(
        transport,
        session.clock,
        session.metrics,
        settings.dinero_api_url,
        settings.dinero_token_url,
        settings.requests_per_minute,
    )
    try:
        return integration, await _look(
            session, name, wanted, credentials, services, bound=bound, limit=limit
        )
    finally:
        await transport.aclose()


async def _look(
    session: Session,
    name: str,
    spec: IntegrationSpec,
    credentials: Credentials,
    services: LookingOn,
    *,
    bound: int | None,
    limit: int,
) -> Preview:
    try:
        return await preview(spec, credentials, services, bound=bound, limit=limit)
    except TokenEnded as error:
        raise Problem(f"{name}: {error} First: {session.kubectl('dinero', 'sync', name, '--wait')}") from None
    except InvalidConfiguration as error:
        way = f" See: {session.kubectl('dinero', 'choices', name)}"
        raise Problem(f"{name}: {error}{way if error.reason == Reason.SELECTION_MISSING else ''}") from None
    except (Unavailable, RateLimited) as error:
        raise Problem(
            f"{name}: {error} The plan is computed on this machine, which must reach the shop and Dinero itself."
        ) from None
    except OperatorError as error:
        raise Problem(f"{name}: {error}") from None


async def _credentials(session: Session, name: str, spec: Spec) -> Credentials:
    options = ConnectOptions(has_app=True, has_page=True, resource=name)
    try:
        return await read_credentials(session.api, session.namespace, spec, options)
    except SecretUnusable as error:
        if error.reason != "SecretForbidden":
            raise Problem(f"{name}: {error}") from None
    names = " and ".join(dict.fromkeys((spec.shop.token_secret_ref.name, spec.dinero.secret_ref.name)))
    raise Problem(
        f"A plan is computed with your own rights, and you may not read the Secrets {names} in namespace "
        f"{session.namespace}: you need get on secrets. What the operator last found needs no such right: "
        f"{session.kubectl('dinero', 'status', name)}"
    )


def _settings() -> Settings:
    try:
        return load_settings(os.environ)
    except SettingsError as error:
        raise Problem(str(error)) from None
