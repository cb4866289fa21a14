"""The end of the set-up: what would happen to the newest orders, the saving, and what comes after it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from aiohttp import web

from dinero_operator.connect import reach
from dinero_operator.connect.pages import DonePage, ErrorPage, ReviewPage, choices_yaml
from dinero_operator.connect.ports import ChangedMeanwhile, Place, Refused, Resource, Selection
from dinero_operator.connect.problems import ErrorKind, FieldProblem, kind_of
from dinero_operator.connect.session import Named, Session
from dinero_operator.connect.site import Site, Stop, limit
from dinero_operator.domain.choices import Trigger
from dinero_operator.domain.errors import OperatorError
from dinero_operator.sync.preview import Preview, preview
from dinero_operator.sync.setup import BANK_ACCOUNT

log = logging.getLogger(__name__)


class Review:
    """The last pages. ``webhook_url`` gives the address that the shop may call, by place and shop's token."""

    def __init__(self, site: Site, webhook_url: Callable[[Place, str], str]) -> None:
        self._site = site
        self._webhook_url = webhook_url

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The dry run."""
        site = self._site
        session = site.session(request)
        if missing := _missing(session):
            return site.go(missing)
        resource = await site.resource(session)
        return await self._page(request, session, resource)

    async def save(self, request: web.Request) -> web.StreamResponse:
        """Put the choices into the resource, unless it is another one than the visitor has seen."""
        site = self._site
        session = site.session(request)
        await site.fields(request, site.sessions.csrf(session))
        if missing := _missing(session):
            return site.go(missing)
        resource = await site.resource(session)
        if resource.generation != session.generation:
            return await self._page(request, session, resource, FieldProblem.CHANGED_MEANWHILE)
        try:
            await site.cluster.save(resource, session.selection)
        except ChangedMeanwhile:
            resource = await site.resource(session)
            return await self._page(request, session, resource, FieldProblem.CHANGED_MEANWHILE)
        except Refused as error:
            return await self._page(request, session, resource, FieldProblem.SAVE_REFUSED, str(error))
        log.info("%s: set up in the browser", resource.place)
        return site.go("done", session)

    async def done(self, request: web.Request) -> web.StreamResponse:
        """What comes next."""
        site = self._site
        session = site.session(request)
        if missing := _missing(session):
            return site.go(missing)
        resource = await site.resource(session)
        token = await site.cluster.shop_token(resource)
        place = resource.place
        organisation, _, _ = _chosen(session)
        page = DonePage(
            shop=str(place),
            organisation=organisation.name or str(organisation.key),
            namespace=place.namespace,
            name=place.name,
            webhook_url=self._webhook_url(place, token) if token else None,
            saved=resource.chosen == session.selection,
            managed_by=resource.managed_by,
            yaml=_yaml(session),
            dry_run=resource.is_dry_run,
            suspended=resource.is_suspended,
        )
        return site.show(request, page)

    async def _page(
        self,
        request: web.Request,
        session: Session,
        resource: Resource,
        problem: FieldProblem | None = None,
        detail: str = "",
    ) -> web.Response:
        site = self._site
        limit(site.looks, session.uid)
        session = replace(session, generation=resource.generation)
        organisation, trigger, account = _chosen(session)
        spec = site.cluster.integration_spec(resource, session.selection)
        seen, trouble = await self._look(resource, session.selection)
        if seen is not None:
            # With the names of today, also where the resource had them chosen before this visit.
            session = replace(
                session.choose_organisation(organisation.key, seen.organisation.name), account=account
            )
            session = session.choose_account(account.key, seen.account.name)
            organisation, trigger, account = _chosen(session)
        page = ReviewPage(
            shop=str(resource.place),
            form=site.form("review", session),
            progress=reach.progress(site, session),
            organisation=organisation.name or str(organisation.key),
            trigger=trigger,
            account=account.text,
            start_from=spec.start_from,
            yaml=_yaml(session),
            preview=seen,
            reload_path=site.path("review"),
            preview_problem=trouble,
            account_is_bank=seen.account_is_bank if seen is not None else account.key == BANK_ACCOUNT,
            dry_run=resource.is_dry_run,
            suspended=resource.is_suspended,
            managed_by=resource.managed_by,
            problem=problem,
            detail=detail,
        )
        status = HTTPStatus.OK if problem is None else HTTPStatus.CONFLICT
        return site.keep(site.show(request, page, status=status), session)

    async def _look(
        self, resource: Resource, selection: Selection
    ) -> tuple[Preview | None, ErrorKind | None]:
        """The dry run, or why there is none: that the shop does not answer must not keep anybody from saving."""
        site = self._site
        spec = site.cluster.integration_spec(resource, selection)
        try:
            held = await reach.credentials(site, resource)
            return await preview(spec, held, site.services, bound=resource.bound), None
        except Stop as stop:
            return None, stop.page.kind
        except OperatorError as error:
            return None, kind_of(error)


def _missing(session: Session) -> str:
    """The step that is still to be taken; empty: none."""
    if session.organisation is None:
        return "organisation"
    if session.trigger is None:
        return "trigger"
    return "account" if session.account is None else ""


def _chosen(session: Session) -> tuple[Named, Trigger, Named]:
    if session.organisation is None or session.trigger is None or session.account is None:
        raise Stop(ErrorPage(ErrorKind.SESSION_MISSING))
    return session.organisation, session.trigger, session.account


def _yaml(session: Session) -> str:
    organisation, trigger, account = _chosen(session)
    return choices_yaml(
        namespace=session.place.namespace,
        name=session.place.name,
        organisation=(organisation.key, organisation.name),
        trigger=trigger,
        account=(account.key, account.name),
    )
