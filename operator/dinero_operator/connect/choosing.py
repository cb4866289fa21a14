"""The three choices: organisation, trigger, account. Kept in the session until they are saved."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from aiohttp import web

from dinero_operator.connect import reach
from dinero_operator.connect.pages import (
    ACCOUNT_FIELD,
    ORGANISATION_FIELD,
    TRIGGER_FIELD,
    AccountPage,
    ErrorPage,
    OrganisationOption,
    OrganisationPage,
    TriggerPage,
    suggested_account,
)
from dinero_operator.connect.ports import Resource
from dinero_operator.connect.problems import ErrorKind, FieldProblem
from dinero_operator.connect.session import Session
from dinero_operator.connect.site import Site, Stop
from dinero_operator.domain.choices import Trigger

MAX_DIGITS = 10


class Choosing:
    """The pages of the choices."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show_organisation(self, request: web.Request) -> web.StreamResponse:
        """The organisations that the connection reaches."""
        session = self._site.session(request)
        resource = await self._site.resource(session)
        found = await self._organisations(resource)
        return self._organisation_page(request, session, resource, found)

    async def take_organisation(self, request: web.Request) -> web.StreamResponse:
        """Choose one."""
        site = self._site
        session = site.session(request)
        fields = await site.fields(request, site.sessions.csrf(session))
        resource = await site.resource(session)
        found = await self._organisations(resource)
        fixed = resource.fixed_organisation
        wanted = fixed if fixed is not None else number(fields.get(ORGANISATION_FIELD, ""))
        chosen = next((row for row in found if row.id == wanted), None)
        problem = None
        if wanted is None:
            problem = FieldProblem.CHOOSE_ORGANISATION
        elif chosen is None:
            problem = FieldProblem.UNKNOWN_ORGANISATION
        elif not chosen.pro:
            problem = FieldProblem.ORGANISATION_WITHOUT_PRO
        if problem is not None or chosen is None:
            return self._organisation_page(request, session, resource, found, problem)
        return site.go("trigger", session.choose_organisation(chosen.id, chosen.name))

    async def show_trigger(self, request: web.Request) -> web.StreamResponse:
        """When an order is transferred."""
        session = self._site.session(request)
        resource = await self._site.resource(session)
        return self._trigger_page(request, session, resource)

    async def take_trigger(self, request: web.Request) -> web.StreamResponse:
        """Choose one."""
        site = self._site
        session = site.session(request)
        fields = await site.fields(request, site.sessions.csrf(session))
        wanted = fields.get(TRIGGER_FIELD, "")
        if wanted not in list(Trigger):
            resource = await site.resource(session)
            return self._trigger_page(request, session, resource, FieldProblem.CHOOSE_TRIGGER)
        return site.go("account", replace(session, trigger=Trigger(wanted)))

    async def show_account(self, request: web.Request) -> web.StreamResponse:
        """The deposit accounts of the organisation."""
        session = self._site.session(request)
        if session.organisation is None:
            return self._site.go("organisation")
        resource = await self._site.resource(session)
        return await self._account_page(request, session, resource)

    async def take_account(self, request: web.Request) -> web.StreamResponse:
        """Choose one."""
        site = self._site
        session = site.session(request)
        fields = await site.fields(request, site.sessions.csrf(session))
        if session.organisation is None:
            return site.go("organisation")
        resource = await site.resource(session)
        wanted = number(fields.get(ACCOUNT_FIELD, ""))
        if wanted is None:
            return await self._account_page(request, session, resource, FieldProblem.CHOOSE_ACCOUNT)
        held = await reach.credentials(site, resource)
        found = await reach.accounts(site, held, session.organisation.key)
        chosen = next((row for row in found if row.number == wanted), None)
        if chosen is None:
            return await self._account_page(request, session, resource, FieldProblem.UNKNOWN_ACCOUNT)
        return site.go("review", session.choose_account(chosen.number, chosen.name))

    async def _organisations(self, resource: Resource) -> list[OrganisationOption]:
        """What can be chosen from. Raises ``Stop`` where nothing can."""
        site = self._site
        found = await reach.organisations(site, await reach.credentials(site, resource))
        fixed = resource.fixed_organisation
        if fixed is not None and fixed not in {row.id for row in found}:
            raise Stop(ErrorPage(ErrorKind.WRONG_USER, again_path=site.path("connect")))
        if not any(row.pro for row in found):
            raise Stop(ErrorPage(ErrorKind.NO_PRO, again_path=site.path("organisation")))
        return found

    def _organisation_page(
        self,
        request: web.Request,
        session: Session,
        resource: Resource,
        found: list[OrganisationOption],
        problem: FieldProblem | None = None,
    ) -> web.Response:
        site = self._site
        chosen = session.organisation.key if session.organisation else None
        if chosen not in {row.id for row in found}:
            chosen = None
        page = OrganisationPage(
            str(resource.place),
            site.form("organisation", session),
            reach.progress(site, session),
            found,
            chosen=resource.fixed_organisation if resource.fixed_organisation is not None else chosen,
            fixed=resource.fixed_organisation is not None,
            problem=problem,
        )
        return site.show(request, page, status=_status(problem))

    def _trigger_page(
        self, request: web.Request, session: Session, resource: Resource, problem: FieldProblem | None = None
    ) -> web.Response:
        site = self._site
        page = TriggerPage(
            str(resource.place),
            site.form("trigger", session),
            reach.progress(site, session),
            session.trigger,
            problem,
        )
        return site.show(request, page, status=_status(problem))

    async def _account_page(
        self, request: web.Request, session: Session, resource: Resource, problem: FieldProblem | None = None
    ) -> web.Response:
        site = self._site
        assert session.organisation is not None
        held = await reach.credentials(site, resource)
        found = await reach.accounts(site, held, session.organisation.key)
        chosen = session.account.key if session.account else None
        page = AccountPage(
            str(resource.place),
            site.form("account", session),
            reach.progress(site, session),
            found,
            reload_path=site.path("account"),
            chosen=chosen if chosen in {row.number for row in found} else None,
            suggested=suggested_account(found),
            problem=problem,
        )
        return site.show(request, page, status=_status(problem))


def number(text: str) -> int | None:
    """A number as our own pages send it."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else None


def _status(problem: FieldProblem | None) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if problem is not None else HTTPStatus.OK
