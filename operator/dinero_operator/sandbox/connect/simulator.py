"""The simulated Visma Connect: its addresses, and what a test or a demo does behind its back."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from dinero_operator.sandbox.connect.grants import Grants
from dinero_operator.sandbox.connect.models import (
    SCOPES,
    WRITE,
    App,
    Authorisation,
    TokenSettings,
    User,
)
from dinero_operator.sandbox.connect.pages import consent_page, error_page, form_post_page, refusal_page
from dinero_operator.sandbox.connect.requests import (
    Answer,
    AuthorisationRequest,
    Language,
    ResponseMode,
    UntrustedError,
    read_authorisation_request,
    read_language,
)
from dinero_operator.sandbox.connect.token import TokenEndpoint, json_answer, single_values
from dinero_operator.sandbox.connect.unknowns import Unknowns
from dinero_operator.sandbox.dinero import DineroSimulator
from dinero_operator.sandbox.dinero.server import utc_now
from dinero_operator.sandbox.faults import FaultPlan
from dinero_operator.sandbox.web import Simulator

_AUTHORIZE, _CONSENT, _TOKEN = "/connect/authorize", "/connect/consent", "/connect/token"
_DISCOVERY = "/.well-known/openid-configuration"
_PATIENCE = timedelta(minutes=10)
"""How long a consent page waits for its user."""


@dataclass(frozen=True, slots=True)
class _Pending:
    request: AuthorisationRequest
    until: datetime


class ConnectSimulator(Simulator):
    """Visma Connect on loopback, as strict as the standards and what is documented of it.

    Browsers reach it at ``authorize_url``, on the host ``localhost``: to them another site than ``127.0.0.1``, so
    cookies behave as they do between Visma and an application. ``dinero`` is told of every access token, and gives
    the organisations their names. ``now`` gives the time (UTC). ``unknowns`` may be changed while it runs.
    Operations for faults: ``GET authorize``, ``POST consent``, ``POST token``, ``GET discovery``.
    """

    def __init__(
        self,
        dinero: DineroSimulator | None = None,
        *,
        now: Callable[[], datetime] = utc_now,
        faults: FaultPlan | None = None,
        unknowns: Unknowns | None = None,
    ) -> None:
        super().__init__(faults=faults)
        self.apps: dict[str, App] = {}
        self.users: dict[str, User] = {}
        self.unknowns = unknowns or Unknowns()
        self._dinero = dinero
        self._now = now
        self._grants = Grants(now=now, unknowns=self.unknowns, announce=self._announce)
        self._pending: dict[str, _Pending] = {}
        for method, path, name, handler in (
            ("GET", _AUTHORIZE, "authorize", self._authorize),
            ("POST", _CONSENT, "consent", self._decide),
            ("POST", _TOKEN, "token", TokenEndpoint(self.apps, self._grants, self.unknowns).answer),
            ("GET", _DISCOVERY, "discovery", self._discover),
        ):
            self.app.router.add_resource(path, name=name).add_route(method, handler)

    @property
    def authorize_url(self) -> str:
        """Where browsers begin. Known once started."""
        return f"{self._issuer}{_AUTHORIZE}"

    @property
    def token_url(self) -> str:
        """Whole address of the token endpoint. Known once started."""
        return f"{self.url}{_TOKEN}"

    @property
    def authorisations(self) -> Sequence[Authorisation]:
        """All consents so far, the oldest first."""
        return self._grants.authorisations

    def add_app(
        self,
        client_id: str,
        client_secret: str,
        redirect_uris: Iterable[str],
        *,
        name: str = "",
        scopes: frozenset[str] = SCOPES,
        tokens: TokenSettings | None = None,
        require_pkce: bool = False,
    ) -> App:
        """Register an application, as on the developer portal. Raises ``ValueError``."""
        app = App(
            client_id=client_id,
            client_secret=client_secret,
            redirect_uris=tuple(redirect_uris),
            name=name,
            scopes=scopes,
            tokens=tokens or TokenSettings(),
            require_pkce=require_pkce,
        )
        self.apps[client_id] = app
        return app

    def add_user(self, key: str, organisations: Iterable[int], *, name: str = "") -> User:
        """Add somebody who can give consent, with the organisations that the login opens."""
        user = User(key, name or key, list(organisations))
        self.users[key] = user
        return user

    def grant(self, user_key: str, client_id: str, *, scopes: frozenset[str] | None = None) -> str:
        """Give consent without a browser, and return the refresh token that an application would hold by now."""
        app = self.apps[client_id]
        authorisation = self._grants.authorise(app, self.users[user_key], scopes or app.scopes)
        return self._grants.first_refresh_token(authorisation)

    def revoke(self, user_key: str, client_id: str) -> None:
        """Let a user take back what was granted to an application."""
        self._grants.revoke(self.users[user_key], client_id)

    def scope_of(self, request: web.Request) -> str:
        """Client id of the address; empty for what names none there."""
        return request.query.get("client_id", "")

    def too_many_requests(self) -> web.Response:
        """Answer 429 as plain text."""
        return web.Response(status=429, text="Too many requests")

    @property
    def _issuer(self) -> str:
        return f"http://localhost:{urlsplit(self.url).port}"

    def _announce(self, text: str, authorisation: Authorisation, end: datetime) -> None:
        if self._dinero is not None:
            self._dinero.accept_token(
                text,
                client_id=authorisation.client_id,
                organisations=authorisation.user.organisations,
                expires_at=end,
                may_write=WRITE in authorisation.scopes,
            )

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        language = read_language(request.query.get("ui_locales", ""))
        try:
            asked = read_authorisation_request(request.query, self.apps)
        except UntrustedError as error:
            return error_page(str(error), language)
        if isinstance(asked, Answer):
            return _send(asked, language)
        now = self._now()
        self._pending = {key: each for key, each in self._pending.items() if now < each.until}
        request_id = secrets.token_urlsafe(24)
        self._pending[request_id] = _Pending(asked, now + _PATIENCE)
        books = self._dinero.organisations if self._dinero is not None else {}
        return consent_page(
            asked,
            action=_CONSENT,
            request_id=request_id,
            users=list(self.users.values()),
            organisations={number: each.name for number, each in books.items()},
        )

    async def _decide(self, request: web.Request) -> web.StreamResponse:
        form = single_values(await request.post())
        pending = self._pending.get(form.get("request", ""))
        if pending is None or self._now() >= pending.until:
            return refusal_page("gone", read_language(form.get("ui_locales", "")))
        asked, decision = pending.request, form.get("decision")
        user = self.users.get(form.get("user", ""))
        if decision not in ("approve", "deny") or (decision == "approve" and user is None):
            return refusal_page("no_user", asked.language)
        # One page, one decision: a second press of the button issues no second code.
        del self._pending[form["request"]]
        if decision == "deny" or user is None:
            return _send(
                asked.answer(error="access_denied", error_description="The user refused."), asked.language
            )
        authorisation = self._grants.authorise(asked.app, user, asked.scopes)
        code = self._grants.code(authorisation, redirect_uri=asked.redirect_uri, challenge=asked.challenge)
        fields = {"code": code, "scope": " ".join(sorted(asked.scopes))}
        if self.unknowns.sends_id_token:
            fields["id_token"] = f"simulated-{secrets.token_hex(32)}"
        return _send(asked.answer(**fields), asked.language)

    async def _discover(self, _request: web.Request) -> web.Response:
        return json_answer(
            {
                "issuer": self._issuer,
                "authorization_endpoint": self.authorize_url,
                "token_endpoint": self.token_url,
                "scopes_supported": sorted(SCOPES),
                "response_types_supported": ["code"],
                "response_modes_supported": list(ResponseMode),
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "ui_locales_supported": ["da-DK", "en-GB"],
            }
        )


def _send(answer: Answer, language: Language) -> web.StreamResponse:
    if answer.mode is ResponseMode.FORM_POST:
        return form_post_page(answer, language)
    joint = "&" if urlsplit(answer.redirect_uri).query else "?"
    location = f"{answer.redirect_uri}{joint}{urlencode(answer.fields)}"
    return web.Response(
        status=HTTPStatus.SEE_OTHER,
        headers={"Location": location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
    )
