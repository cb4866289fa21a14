"""The token endpoint: codes and refresh tokens against access tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from dinero_operator.sandbox.connect.grants import GrantError, Grants, Issued
from dinero_operator.sandbox.connect.models import App
from dinero_operator.sandbox.connect.requests import TokenRequestError, authenticate, check_verifier_form
from dinero_operator.sandbox.connect.unknowns import Unknowns

_FORM = "application/x-www-form-urlencoded"


class TokenEndpoint:
    """Answers requests for tokens, in the words of the OAuth 2.0 standard."""

    def __init__(self, apps: Mapping[str, App], grants: Grants, unknowns: Unknowns) -> None:
        self._apps = apps
        self._grants = grants
        self._unknowns = unknowns

    async def answer(self, request: web.Request) -> web.Response:
        """Give what is asked for, or say why not."""
        try:
            return json_answer(_body(await self._grant_for(request)))
        except TokenRequestError as error:
            refusal = json_answer(_error(error, error.description), status=error.status)
            if error.challenge:
                refusal.headers["WWW-Authenticate"] = 'Basic realm="connect"'
            return refusal
        except GrantError as error:
            return json_answer(_error(error, error.description), status=400)

    async def _grant_for(self, request: web.Request) -> Issued:
        if request.content_type != _FORM:
            raise TokenRequestError("invalid_request", f"The body must be {_FORM}.")
        sent = await request.post()
        form = single_values(sent)
        if len(form) < len(sent):
            raise TokenRequestError("invalid_request", "A parameter is given twice.")
        app = authenticate(
            form,
            request.headers.get("Authorization"),
            self._apps,
            wrong_client_status=self._unknowns.wrong_client_status,
        )
        match form.get("grant_type"):
            case "authorization_code":
                verifier = form.get("code_verifier")
                check_verifier_form(verifier)
                return self._grants.exchange(
                    _needed(form, "code"),
                    client_id=app.client_id,
                    redirect_uri=_needed(form, "redirect_uri"),
                    verifier=verifier,
                )
            case "refresh_token":
                scope = form.get("scope")
                return self._grants.refresh(
                    _needed(form, "refresh_token"),
                    client_id=app.client_id,
                    scopes=None if scope is None else frozenset(scope.split()),
                )
            case None | "":
                raise TokenRequestError("invalid_request", "grant_type is missing.")
            case _:
                raise TokenRequestError(
                    "unsupported_grant_type", "grant_type must be authorization_code or refresh_token."
                )


def single_values(form: MultiMapping[Any]) -> dict[str, str]:
    """Take the text fields of a form that stand in it once."""
    return {
        name: value for name, value in form.items() if isinstance(value, str) and len(form.getall(name)) == 1
    }


def json_answer(body: Mapping[str, object], *, status: int = 200) -> web.Response:
    """Build an answer that nobody keeps a copy of."""
    return web.Response(
        status=status,
        body=json.dumps(body).encode(),
        content_type="application/json",
        headers={"Cache-Control": "no-store", "Pragma": "no-cache"},
    )


def _needed(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        raise TokenRequestError("invalid_request", f"{name} is missing.")
    return form[name]


def _body(issued: Issued) -> dict[str, object]:
    refresh = {} if issued.refresh_token is None else {"refresh_token": issued.refresh_token}
    return {
        "access_token": issued.access_token,
        "expires_in": int(issued.lifetime.total_seconds()),
        "token_type": "Bearer",
        **refresh,
        # In an order that is not the one asked for: it is a set.
        "scope": " ".join(sorted(issued.scopes, reverse=True)),
    }


def _error(error: Exception, description: str) -> dict[str, object]:
    return {"error": str(error), "error_description": description}
