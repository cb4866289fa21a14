"""The pages that a person sees at the simulated Visma Connect. They work without JavaScript."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape

from aiohttp import web

from dinero_operator.sandbox.connect.models import OFFLINE, READ, WRITE, User
from dinero_operator.sandbox.connect.requests import Answer, AuthorisationRequest, Language

_SUBMIT = "document.forms[0].submit()"
_STYLE = """
:root { color-scheme: light; font-family: system-ui, "Segoe UI", sans-serif; color: #1c2733; background: #eef1f5 }
body { margin: 0; padding: 1.5rem 1rem }
main { max-width: 30rem; margin: 4vh auto; background: #fff; border-radius: .75rem; padding: 2rem 2rem 1.5rem;
  box-shadow: 0 .25rem 1.5rem #1c273326; box-sizing: border-box }
.brand { margin: 0 0 1.5rem; font-weight: 700; letter-spacing: .02em; color: #12538c }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0 0 1rem; overflow-wrap: anywhere }
p, li { line-height: 1.5 } ul { padding-left: 1.25rem; margin: .5rem 0 1.25rem }
fieldset { border: 0; margin: 0; padding: 0 } legend { font-weight: 600; padding: 0; margin-bottom: .5rem }
label { display: flex; gap: .75rem; align-items: flex-start; border: 1px solid #8494a5; border-radius: .5rem;
  padding: .75rem; margin-bottom: .5rem; cursor: pointer } label:hover { background: #f3f7fb }
label:has(input:checked) { border-color: #12538c; background: #e9f2fa }
input { margin: .3rem 0 0; accent-color: #12538c } small { display: block; color: #4a5a6a }
.buttons { display: flex; gap: .75rem; margin-top: 1.25rem }
button { flex: 1; font: inherit; font-weight: 600; padding: .75rem; border-radius: .5rem; cursor: pointer;
  border: 1px solid #12538c; background: #fff; color: #12538c }
button.main { background: #12538c; color: #fff }
:focus-visible { outline: 3px solid #f0a500; outline-offset: 2px }
footer { margin-top: 1.5rem; border-top: 1px solid #d7dee6; padding-top: .75rem; font-size: .85rem; color: #4a5a6a }
@media (max-width: 28rem) { main { padding: 1.25rem } .buttons { flex-direction: column } }
"""

_Texts = Mapping[str, str]
_TEXTS: Mapping[Language, _Texts] = {
    Language.DANISH: {
        "title": "Giv adgang",
        "asks": "{app} beder om adgang til dine virksomheder i Dinero",
        READ: "Se dine virksomheders regnskab",
        WRITE: "Bogføre og ændre i dine virksomheders regnskab",
        OFFLINE: "Beholde adgangen, også når du ikke er logget ind",
        "who": "Hvem er du?",
        "reaches": "Adgang til: {organisations}",
        "reaches_none": "Ingen virksomheder",
        "approve": "Giv adgang",
        "deny": "Afvis",
        "footer": "En simulator af Visma Connect. Den hører til prøvemiljøet; personerne er opdigtede.",
        "sending": "Sender dig tilbage …",
        "continue": "Fortsæt",
        "continue_why": "Sker der ikke noget, så tryk på Fortsæt.",
        "wrong": "Anmodningen kan ikke behandles",
        "wrong_why": "Du sendes ikke videre, for adressen til svaret er ikke til at stole på.",
        "gone": "Denne side er brugt eller for gammel. Gå tilbage til programmet, og begynd forfra.",
        "no_user": "Vælg en af personerne på listen.",
    },
    Language.ENGLISH: {
        "title": "Give access",
        "asks": "{app} asks for access to your organisations in Dinero",
        READ: "See the books of your organisations",
        WRITE: "Book and change things in the books of your organisations",
        OFFLINE: "Keep the access, also when you are not logged in",
        "who": "Who are you?",
        "reaches": "Access to: {organisations}",
        "reaches_none": "No organisations",
        "approve": "Give access",
        "deny": "Deny",
        "footer": "A simulator of Visma Connect. It belongs to the sandbox; the people are made up.",
        "sending": "Sending you back …",
        "continue": "Continue",
        "continue_why": "If nothing happens, press Continue.",
        "wrong": "The request cannot be handled",
        "wrong_why": "You are not sent on, since the address for the answer cannot be trusted.",
        "gone": "This page is used or too old. Go back to the program and begin again.",
        "no_user": "Choose one of the people on the list.",
    },
}


def consent_page(
    request: AuthorisationRequest,
    *,
    action: str,
    request_id: str,
    users: Sequence[User],
    organisations: Mapping[int, str],
) -> web.Response:
    """Ask who the user is, and whether the application may. ``organisations``: names by id, where they are known."""
    texts = _TEXTS[request.language]
    asks = texts["asks"].format(app=request.app.name or request.app.client_id)
    scopes = "".join(
        f"<li>{escape(texts[scope])}</li>" for scope in (READ, WRITE, OFFLINE) if scope in request.scopes
    )
    choices = "".join(
        _choice(user, organisations, texts, checked=place == 0) for place, user in enumerate(users)
    )
    body = (
        f"<h1>{escape(asks)}</h1><ul>{scopes}</ul>"
        f'<form method="post" action="{escape(action)}">'
        f'<input type="hidden" name="request" value="{escape(request_id)}">'
        f'<input type="hidden" name="ui_locales" value="{request.language}">'
        f"<fieldset><legend>{escape(texts['who'])}</legend>{choices}</fieldset>"
        '<div class="buttons">'
        f'<button class="main" name="decision" value="approve">{escape(texts["approve"])}</button>'
        # Nobody has to be somebody in order to refuse.
        f'<button name="decision" value="deny" formnovalidate>{escape(texts["deny"])}</button></div></form>'
    )
    return _page(request.language, texts["title"], body)


def form_post_page(answer: Answer, language: Language) -> web.Response:
    """Let the browser POST the answer to the redirect URI: by itself, or by a button."""
    texts = _TEXTS[language]
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in answer.fields.items()
    )
    body = (
        f"<h1>{escape(texts['sending'])}</h1><p>{escape(texts['continue_why'])}</p>"
        f'<form method="post" action="{escape(answer.redirect_uri)}">{fields}'
        f'<div class="buttons"><button class="main">{escape(texts["continue"])}</button></div></form>'
    )
    return _page(language, texts["sending"], body, script=_SUBMIT)


def error_page(description: str, language: Language) -> web.Response:
    """Tell the user what is wrong with a request that cannot be answered at its redirect URI."""
    texts = _TEXTS[language]
    body = f'<h1>{escape(texts["wrong"])}</h1><p role="alert">{escape(description)}</p><p>{escape(texts["wrong_why"])}</p>'
    return _page(language, texts["wrong"], body, status=400)


def refusal_page(text: str, language: Language) -> web.Response:
    """Tell the user that a decision cannot be taken. ``text`` is a key: ``gone`` or ``no_user``."""
    texts = _TEXTS[language]
    body = f'<h1>{escape(texts["wrong"])}</h1><p role="alert">{escape(texts[text])}</p>'
    return _page(language, texts["wrong"], body, status=400)


def _choice(user: User, organisations: Mapping[int, str], texts: _Texts, *, checked: bool) -> str:
    names = ", ".join(organisations.get(number, str(number)) for number in user.organisations)
    reaches = texts["reaches"].format(organisations=names) if names else texts["reaches_none"]
    return (
        f'<label><input type="radio" name="user" value="{escape(user.key)}" required{" checked" if checked else ""}>'
        f"<span>{escape(user.name)}<small>{escape(reaches)}</small></span></label>"
    )


def _page(
    language: Language, title: str, body: str, *, status: int = 200, script: str | None = None
) -> web.Response:
    text = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Visma Connect (simulator)</title><style>{_STYLE}</style></head>"
        f'<body><main><p class="brand">Visma Connect · simulator</p>{body}'
        f"<footer>{escape(_TEXTS[language]['footer'])}</footer></main>"
        f"{f'<script>{script}</script>' if script else ''}</body></html>"
    )
    sources = [f"style-src '{_hash(_STYLE)}'", *([f"script-src '{_hash(script)}'"] if script else [])]
    policy = "; ".join(["default-src 'none'", *sources, "frame-ancestors 'none'", "base-uri 'none'"])
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(status=status, text=text, content_type="text/html", headers=headers)


def _hash(inline: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}"
