"""OAuth 2.0 with Visma Connect: the address that a browser is sent to, and the two requests for tokens.

What the protocol says comes from authlib; the requests go out over our own transport, as all others do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qsl

from authlib.oauth2.client import OAuth2Client  # type: ignore[import-untyped] # it has no types
from authlib.oauth2.rfc6749.parameters import prepare_token_request  # type: ignore[import-untyped]

from dinero_operator.dinero.auth import DEFAULT_LIFE, LONGEST_LIFE
from dinero_operator.domain.errors import CredentialsRejected, OutcomeUnknown, Unavailable
from dinero_operator.metrics import Metrics
from dinero_operator.transport.clock import Clock
from dinero_operator.transport.http import Probe, Request, Response, RetryPolicy, Transport
from dinero_operator.transport.redaction import remember

SCOPES = ("dineropublicapi:read", "dineropublicapi:write", "offline_access")
"""What is asked for: to read and to write the books, and to do so while nobody sits at the browser."""
CALL_SECONDS = 10.0
"""For one request with its answer."""
RETRY = RetryPolicy(tries=3, total_seconds=12.0, longest_seconds=4.0, wait_seconds=0.0)
"""The transport's patience: a browser waits for the one request, and a claim (``grants.CLAIM``) covers the other."""
REFRESH_REFUSED = "Visma Connect does not accept the refresh token any more: access to Dinero was withdrawn, or has run out."
BAD_REQUEST, UNAUTHORIZED = 400, 401
_APP_ERRORS = frozenset({"invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type"})
_AUTH_METHOD = "client_secret_post"
_SETTINGS = "DINERO_OPERATOR_CONNECT_CLIENT_ID and DINERO_OPERATOR_CONNECT_CLIENT_SECRET"


class AppRejected(CredentialsRejected):
    """Visma Connect refuses the operator's own registration, whoever connects: the platform team must act."""


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """Where Visma Connect is, and as which app we are registered there. ``repr`` hides the secret."""

    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """What an approval gives. ``expires_at``: end of the access token (UTC). ``repr`` shows no token.

    An empty ``access_token`` is none yet: the refresh token alone is enough.
    """

    refresh_token: str
    access_token: str = ""
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        return "Grant(…)"


def oauth_transport(
    *, clock: Clock, metrics: Metrics, random: Random | None = None, probe: Probe | None = None
) -> Transport:
    """A transport with the patience that OAuth needs."""
    return Transport(
        clock=clock, metrics=metrics, random=random, retry=RETRY, total_seconds=CALL_SECONDS, probe=probe
    )


class OAuthClient:
    """Visma Connect, as one registered app sees it. Give it an ``oauth_transport``."""

    def __init__(self, server: AuthorizationServer, transport: Transport, clock: Clock) -> None:
        self._server = server
        self._transport = transport
        self._clock = clock
        self._protocol = OAuth2Client(
            None,
            client_id=server.client_id,
            client_secret=server.client_secret,
            scope=" ".join(SCOPES),
            token_endpoint_auth_method=_AUTH_METHOD,
            code_challenge_method="S256",
        )
        remember(server.client_secret)

    def authorization_url(
        self,
        *,
        state: str,
        code_verifier: str,
        redirect_uri: str,
        ui_locales: str,
        response_mode: str = "form_post",
    ) -> str:
        """Where the browser goes to approve. Holds a hash of ``code_verifier``, and never the verifier itself."""
        url, _ = self._protocol.create_authorization_url(
            self._server.authorize_url,
            state=state,
            code_verifier=code_verifier,
            redirect_uri=redirect_uri,
            response_mode=response_mode,
            ui_locales=ui_locales,
        )
        return str(url)

    async def exchange(self, *, code: str, code_verifier: str, redirect_uri: str) -> Grant:
        """Turn an approval's code into tokens.

        A code is good for one request: asked twice, the server takes back what it gave. So nothing is repeated, and
        ``OutcomeUnknown`` means that the approval must be given again. Raises ``CredentialsRejected`` (with
        ``AppRejected``), ``RateLimited`` and ``Unavailable`` too; after the last two the code was not used.
        """
        for secret in (code, code_verifier):
            remember(secret)
        answer = await self._ask(
            "exchange_code",
            prepare_token_request(
                "authorization_code", code=code, code_verifier=code_verifier, redirect_uri=redirect_uri
            ),
            refused="Visma Connect does not accept the approval: it was used already, or is too old. Connect again.",
            repeatable=False,
        )
        if not answer.refresh_token:
            # Only with offline_access there is one; what else was left out, the answer says (RFC 6749, section 5.1).
            raise AppRejected(
                "Visma Connect gave no refresh token. The app must be granted the scope offline_access in the Visma "
                "Developer Portal."
            )
        return answer

    async def refresh(self, refresh_token: str) -> Grant:
        """Turn a refresh token into a new access token, and its successor where the server gives one.

        Repeated after a lost answer: where tokens can be used again, or the server grants a time of grace, the repetition
        gives what was lost; where not, it is lost in any case. Raises ``CredentialsRejected`` (with ``AppRejected``),
        ``RateLimited`` or ``Unavailable``.
        """
        answer = await self._ask(
            "refresh_token",
            prepare_token_request("refresh_token", refresh_token=refresh_token),
            refused=REFRESH_REFUSED,
            repeatable=True,
        )
        # RFC 6749, section 6: without a new one, the old one stays good.
        return (
            answer if answer.refresh_token else Grant(refresh_token, answer.access_token, answer.expires_at)
        )

    async def _ask(self, operation: str, body: str, *, refused: str, repeatable: bool) -> Grant:
        _, headers, body = self._protocol.client_auth(_AUTH_METHOD).prepare(
            "POST", self._server.token_url, {}, body
        )
        asked_at = self._clock.now()
        try:
            response = await self._transport.send(
                Request(
                    system="connect",
                    operation=operation,
                    method="POST",
                    url=self._server.token_url,
                    headers=headers,
                    form=dict(parse_qsl(body, strict_parsing=True)),
                    repeatable=repeatable,
                )
            )
            if response.status < BAD_REQUEST:
                return _grant(response, asked_at)
        except OutcomeUnknown:
            raise _lost() from None
        except _Unreadable as error:
            raise (Unavailable(str(error)) if repeatable else _lost()) from None
        raise _refusal(response, refused)


class _Unreadable(Exception):
    """The server said yes, and not what."""


def _grant(response: Response, asked_at: datetime) -> Grant:
    try:
        answer = response.json()
    except Unavailable as error:
        raise _Unreadable(str(error)) from None
    answer = answer if isinstance(answer, dict) else {}
    access, fresh = answer.get("access_token"), answer.get("refresh_token")
    if not isinstance(access, str) or not access or not access.isprintable():
        raise _Unreadable("Visma Connect gave no access token")
    if str(answer.get("token_type", "Bearer")).lower() != "bearer":
        raise _Unreadable("Visma Connect gave a token of another type than Bearer")
    fresh = fresh.strip() if isinstance(fresh, str) else ""
    for secret in (access, fresh):
        remember(secret)
    return Grant(fresh, access, asked_at + timedelta(seconds=_life(answer.get("expires_in"))))


def _life(value: Any) -> float:
    try:
        seconds = int(value)
    except (TypeError, ValueError, OverflowError):
        return DEFAULT_LIFE
    return min(seconds, LONGEST_LIFE) if seconds > 0 else DEFAULT_LIFE


def _refusal(response: Response, refused: str) -> Exception:
    """What the server objects to. Its own words are not repeated: they may hold anything."""
    try:
        answer = response.json()
    except Unavailable:
        answer = {}
    error = answer.get("error") if isinstance(answer, dict) else None
    if error == "invalid_grant":
        return CredentialsRejected(refused)
    if error == "invalid_client" or (response.status == UNAUTHORIZED and error not in _APP_ERRORS):
        return AppRejected(
            f"Visma Connect does not accept the operator's own registration: check {_SETTINGS}. "
            "Connections that exist go on once it does."
        )
    if error in _APP_ERRORS:
        return AppRejected(
            f"Visma Connect refuses the operator's app ({error}): apply for the scopes {', '.join(SCOPES)} in the Visma "
            "Developer Portal."
        )
    return Unavailable(
        f"Visma Connect's token endpoint answers HTTP {response.status}: check DINERO_OPERATOR_CONNECT_TOKEN_URL"
    )


def _lost() -> OutcomeUnknown:
    return OutcomeUnknown(
        "Visma Connect's answer was lost, and an approval can be used only once. Connect again."
    )
