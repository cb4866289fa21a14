"""What applications ask of Visma Connect, checked before anybody is asked for consent or anything is issued."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote_plus

from multidict import MultiMapping

from dinero_operator.sandbox.connect.models import App

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_UNAUTHORIZED = 401


class ResponseMode(StrEnum):
    """How the answer travels to the redirect URI."""

    QUERY = "query"
    FORM_POST = "form_post"


class Language(StrEnum):
    """Languages of the pages."""

    DANISH = "da"
    ENGLISH = "en"


class UntrustedError(Exception):
    """Nobody knows where to send an answer, so the user is told. ``str()`` says what is wrong."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What travels to the redirect URI, and how."""

    redirect_uri: str
    mode: ResponseMode
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuthorisationRequest:
    """A request that can be put before the user."""

    app: App
    redirect_uri: str
    mode: ResponseMode
    state: str
    scopes: frozenset[str]
    challenge: str | None
    language: Language

    def answer(self, **fields: str) -> Answer:
        """Answer it, with its state."""
        return Answer(self.redirect_uri, self.mode, fields | {"state": self.state})


def read_authorisation_request(
    query: MultiMapping[str], apps: Mapping[str, App]
) -> AuthorisationRequest | Answer:
    """Check a request. A wrong one gives the answer that tells the application. Raises ``UntrustedError``."""
    app, redirect_uri = _destination(query, apps)
    given = {name: query.getone(name) for name in query}
    mode = given.get("response_mode", ResponseMode.QUERY)
    known_mode = ResponseMode(mode) if mode in list(ResponseMode) else ResponseMode.QUERY
    error = _error(query, given, app)
    if error is not None:
        code, description = error
        fields = {"error": code, "error_description": description}
        # A state that came twice is no one's; the application gets what it can recognise, or none.
        state = {"state": given["state"]} if len(query.getall("state", [])) == 1 else {}
        return Answer(redirect_uri, known_mode, fields | state)
    return AuthorisationRequest(
        app,
        redirect_uri,
        known_mode,
        given["state"],
        frozenset(given["scope"].split()),
        given.get("code_challenge"),
        read_language(given.get("ui_locales", "")),
    )


def read_language(ui_locales: str) -> Language:
    """Choose the first language of a list such as ``da-DK en`` that there is; Danish if none."""
    for locale in ui_locales.split():
        primary = locale.partition("-")[0].lower()
        if primary in list(Language):
            return Language(primary)
    return Language.DANISH


def _destination(query: MultiMapping[str], apps: Mapping[str, App]) -> tuple[App, str]:
    client_ids, redirect_uris = query.getall("client_id", []), query.getall("redirect_uri", [])
    if len(client_ids) != 1 or client_ids[0] not in apps:
        raise UntrustedError("unauthorized_client: the client_id is not known.")
    app = apps[client_ids[0]]
    # By the letter: neither another path below it, nor another port, nor a slash more.
    if len(redirect_uris) != 1 or redirect_uris[0] not in app.redirect_uris:
        raise UntrustedError("invalid_request: the redirect_uri is not registered for this client_id.")
    return app, redirect_uris[0]


def _error(query: MultiMapping[str], given: Mapping[str, str], app: App) -> tuple[str, str] | None:
    twice = next((name for name in given if len(query.getall(name)) > 1), None)
    if twice is not None:
        return "invalid_request", "A parameter is given twice."
    if not given.get("response_type"):
        return "invalid_request", "response_type is missing."
    if given["response_type"] != "code":
        return "unsupported_response_type", "response_type must be code."
    if given.get("response_mode", ResponseMode.QUERY) not in list(ResponseMode):
        return "invalid_request", "response_mode must be form_post or query."
    if not given.get("state"):
        return "invalid_request", "state is missing."
    scopes = set(given.get("scope", "").split())
    if not scopes or not scopes <= app.scopes:
        return "invalid_scope", "scope must be one or more of those granted to the application."
    return _pkce_error(given, app)


def _pkce_error(given: Mapping[str, str], app: App) -> tuple[str, str] | None:
    challenge, method = given.get("code_challenge"), given.get("code_challenge_method")
    if challenge is None:
        if method is not None or app.require_pkce:
            return "invalid_request", "code_challenge is missing."
        return None
    if method != "S256":
        # Left out, it means "plain", which protects nothing.
        return "invalid_request", "code_challenge_method must be S256."
    if not _CHALLENGE.fullmatch(challenge):
        return "invalid_request", "code_challenge must be 43 characters of base64url."
    return None


class TokenRequestError(Exception):
    """A token request that is refused. ``str()`` is one of the standard's words; ``status`` is for HTTP."""

    def __init__(self, error: str, description: str, *, status: int = 400, challenge: bool = False) -> None:
        super().__init__(error)
        self.description = description
        self.status = status
        self.challenge = challenge
        """Whether the answer must say how to authenticate, as it was tried by header."""


def authenticate(
    form: Mapping[str, str],
    authorization: str | None,
    apps: Mapping[str, App],
    *,
    wrong_client_status: int,
) -> App:
    """Find the application by its id and secret, in the header or in the form. Raises ``TokenRequestError``."""
    by_header = authorization is not None
    if by_header and "client_secret" in form:
        raise TokenRequestError("invalid_request", "The client authenticates in two ways at once.")
    pair = _basic(authorization or "") if by_header else (form.get("client_id"), form.get("client_secret"))
    app = apps.get(pair[0] or "")
    if app is None or not pair[1] or app.client_secret != pair[1]:
        status = _UNAUTHORIZED if by_header else wrong_client_status
        raise TokenRequestError(
            "invalid_client", "The client id or secret is wrong.", status=status, challenge=by_header
        )
    if form.get("client_id", app.client_id) != app.client_id:
        raise TokenRequestError("invalid_request", "client_id is not the one of the header.")
    return app


def check_verifier_form(verifier: str | None) -> None:
    """Refuse a ``code_verifier`` that is none, whatever it belongs to. Raises ``TokenRequestError``."""
    if verifier is not None and not _VERIFIER.fullmatch(verifier):
        raise TokenRequestError("invalid_request", "code_verifier must be 43 to 128 unreserved characters.")


def _basic(authorization: str) -> tuple[str | None, str | None]:
    scheme, _, encoded = authorization.partition(" ")
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    client_id, colon, secret = pair.partition(":")
    if scheme.lower() != "basic" or not colon:
        return None, None
    # The standard has both form-encoded before they are joined.
    return unquote_plus(client_id), unquote_plus(secret)
