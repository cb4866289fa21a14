"""The way to Dinero and back: who approves there comes back with a code, which becomes a connection.

What comes back is trusted when its state was sealed here, for this browser's session, for this resource, and for the try
that is under way. The code verifier is made anew from the session and the try, so that nobody has to keep it.
"""

from __future__ import annotations

import logging
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from aiohttp import web

from dinero_operator.connect import reach
from dinero_operator.connect.pages import ConnectPage, ErrorPage
from dinero_operator.connect.ports import NotConnected, Refused, Resource
from dinero_operator.connect.problems import ErrorKind, kind_of
from dinero_operator.connect.seal import Invalid, Purpose, same
from dinero_operator.connect.session import Session
from dinero_operator.connect.site import Site, Stop, form_fields
from dinero_operator.dinero.auth import ApiKey
from dinero_operator.dinero.client import DineroClient
from dinero_operator.dinero.oauth import AppRejected, Grant
from dinero_operator.domain.errors import CredentialsRejected, OperatorError, SubscriptionMissing

STATE_LIFE = timedelta(minutes=15)
"""For a person who looks for a password and a telephone."""
ANSWER_LIFE = timedelta(minutes=2)
"""For one redirect."""
MOST_USED = 10_000
LONGEST_CODE = 2048

log = logging.getLogger(__name__)


class Approval:
    """The pages of the connection."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._used: OrderedDict[str, None] = OrderedDict()

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Is there a connection, and a button for one."""
        site = self._site
        session = site.session(request)
        resource = await site.resource(session)
        connected, by_api_key = await self._state(resource)
        page = ConnectPage(
            str(resource.place),
            site.form("connect", session),
            reach.progress(site, session, connected=connected),
            connected=connected,
            by_api_key=by_api_key,
            next_path=site.path("organisation") if connected else None,
        )
        return site.show(request, page)

    async def start(self, request: web.Request) -> web.StreamResponse:
        """Send the browser to Dinero's site."""
        site = self._site
        session = site.session(request)
        await site.fields(request, site.sessions.csrf(session))
        await site.resource(session)
        session = replace(session, pending=secrets.token_urlsafe(16))
        state = site.seal.seal(
            Purpose.STATE, {"uid": session.uid, "for": self._browser(session), "try": session.pending}
        )
        url = site.oauth.authorization_url(
            state=state,
            code_verifier=self._verifier(session),
            redirect_uri=site.redirect_uri,
            ui_locales=site.language(request).ui_locale,
        )
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": url})
        return site.keep(response, session)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """The answer as a form of Dinero's site.

        Browsers keep our cookie from such a form. So the answer goes once more through the browser, sealed: a GET of our
        own has the cookie, and no code stands in the history.
        """
        fields = await form_fields(request)
        self._state_of(fields)
        answer = {name: fields[name][:LONGEST_CODE] for name in ("code", "state", "error") if name in fields}
        sealed = self._site.seal.seal(Purpose.ANSWER, answer)
        return self._site.go(f"callback?answer={quote(sealed, safe='')}")

    async def finish(self, request: web.Request) -> web.StreamResponse:
        """The answer, with the browser's session: exchange the code, and keep what it gives."""
        site = self._site
        answer: Mapping[str, Any] = request.query
        if "answer" in answer:
            try:
                answer = site.seal.open(Purpose.ANSWER, answer["answer"], within=ANSWER_LIFE)
            except Invalid:
                raise self._stop(ErrorKind.ANSWER_USED) from None
        state = self._state_of(answer)
        session = site.session(request)
        if state.get("uid") != session.uid or not same(str(state.get("for")), self._browser(session)):
            raise self._stop(ErrorKind.ANSWER_FOREIGN)
        this_try = str(state.get("try"))
        if this_try in self._used:
            raise self._stop(ErrorKind.ANSWER_USED)
        if not session.pending or not same(this_try, session.pending):
            # Answered already, or a later try has begun in another tab.
            kind = ErrorKind.ANSWER_FOREIGN if session.pending else ErrorKind.ANSWER_USED
            raise self._stop(kind)
        if error := answer.get("error"):
            raise self._stop(
                ErrorKind.CONSENT_DENIED if error == "access_denied" else ErrorKind.ANSWER_REFUSED
            )
        code = str(answer.get("code", ""))
        if not code or len(code) > LONGEST_CODE:
            raise self._stop(ErrorKind.ANSWER_REFUSED)
        # Before the first await: of two that come at once, one exchanges. A code that is shown twice is taken back.
        self._use_up(this_try)
        await self._connect(session, code)
        return site.go("organisation", replace(session, pending=""))

    async def _connect(self, session: Session, code: str) -> None:
        site = self._site
        resource = await site.resource(session)
        grant = await self._exchange(session, code)
        await self._check(resource, grant)
        try:
            await site.cluster.save_connection(resource, grant)
        except Refused as error:
            raise self._stop(ErrorKind.SECRET_REFUSED, str(error)) from None
        log.info("%s: connected in the browser", resource.place)
        await site.cluster.hasten(resource.place)

    async def _exchange(self, session: Session, code: str) -> Grant:
        site = self._site
        try:
            return await site.oauth.exchange(
                code=code, code_verifier=self._verifier(session), redirect_uri=site.redirect_uri
            )
        except AppRejected as error:
            log.error("%s", error)  # noqa: TRY400 - the sentence says it all
            raise self._stop(ErrorKind.APP_REFUSED) from None
        except CredentialsRejected:
            raise self._stop(ErrorKind.ANSWER_USED) from None
        except OperatorError as error:
            raise self._stop(kind_of(error), str(error)) from None

    async def _check(self, resource: Resource, grant: Grant) -> None:
        """Keep nothing that is of no use, or would take the place of something that is."""
        client = DineroClient(
            transport=self._site.services.transport,
            base_url=self._site.services.dinero_url,
            tokens=_OneToken(grant.access_token),
        )
        try:
            found = await reach.organisations_of(self._site, client)
        except OperatorError as error:
            raise self._stop(kind_of(error), str(error)) from None
        fixed = resource.fixed_organisation
        if fixed is not None and fixed not in {row.id for row in found}:
            raise self._stop(ErrorKind.WRONG_USER)

    async def _state(self, resource: Resource) -> tuple[bool, bool]:
        """Whether there is a connection that works, and whether it is by API key."""
        try:
            held = await self._site.cluster.credentials(resource)
        except NotConnected:
            return False, False
        by_api_key = isinstance(held.dinero, ApiKey)
        try:
            await self._site.services.dinero(held.dinero).organisations()
        except SubscriptionMissing:
            return True, by_api_key
        except CredentialsRejected as error:
            if by_api_key:
                # It wins over whatever is made here, so somebody must correct it or take it out.
                raise Stop(ErrorPage(ErrorKind.NOT_CONNECTED, detail=str(error))) from None
            return False, False
        return True, by_api_key

    def _state_of(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """What was sealed when the browser was sent away. Raises ``Stop``."""
        try:
            return self._site.seal.open(Purpose.STATE, str(answer.get("state", "")), within=STATE_LIFE)
        except Invalid:
            raise self._stop(ErrorKind.ANSWER_FOREIGN) from None

    def _use_up(self, this_try: str) -> None:
        self._used[this_try] = None
        while len(self._used) > MOST_USED:
            self._used.popitem(last=False)

    def _browser(self, session: Session) -> str:
        return self._site.seal.proof("browser", session.id)

    def _verifier(self, session: Session) -> str:
        return self._site.seal.proof("pkce", session.id, session.pending)

    def _stop(self, kind: ErrorKind, detail: str = "") -> Stop:
        return Stop(ErrorPage(kind, detail=detail, again_path=self._site.path("connect")))


class _OneToken:
    """The access token of a grant that is not kept yet."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        """The token."""
        return self._token

    def reject(self, token: str) -> None:
        """There is no other one."""
