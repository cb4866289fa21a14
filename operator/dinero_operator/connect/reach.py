"""What the resource's connection reaches in Dinero, asked live."""

from __future__ import annotations

from collections.abc import Sequence

from dinero_operator.connect.pages import AccountOption, ErrorPage, OrganisationOption, Progress, SetupStep
from dinero_operator.connect.ports import NotConnected, Resource
from dinero_operator.connect.problems import ErrorKind
from dinero_operator.connect.session import Session
from dinero_operator.connect.site import Site, Stop
from dinero_operator.dinero.client import DineroClient, Organisation
from dinero_operator.sync.setup import BANK_ACCOUNT
from dinero_operator.sync.spec import Credentials


async def credentials(site: Site, resource: Resource) -> Credentials:
    """The resource's credentials. Raises ``Stop`` where there are none."""
    try:
        return await site.cluster.credentials(resource)
    except NotConnected as error:
        page = ErrorPage(ErrorKind.NOT_CONNECTED, detail=str(error), again_path=site.path("connect"))
        raise Stop(page) from None


async def organisations(site: Site, held: Credentials) -> list[OrganisationOption]:
    """The organisations that the connection reaches. Raises ``OperatorError``, and ``Stop`` where there are none."""
    found = await site.services.dinero(held.dinero).organisations()
    return _options(site, found)


async def organisations_of(site: Site, client: DineroClient) -> list[OrganisationOption]:
    """The same, by a client of one's own."""
    return _options(site, await client.organisations())


def _options(site: Site, found: Sequence[Organisation]) -> list[OrganisationOption]:
    if not found:
        raise Stop(ErrorPage(ErrorKind.NO_ORGANISATION, again_path=site.path("connect")))
    return [OrganisationOption(row.id, row.name, row.pro) for row in found]


async def accounts(site: Site, held: Credentials, organisation: int) -> list[AccountOption]:
    """The deposit accounts of an organisation that Dinero shows. Raises ``OperatorError``."""
    found = await site.services.dinero(held.dinero, organisation).deposit_accounts()
    return [
        AccountOption(row.number, row.name, bank=row.bank or row.number == BANK_ACCOUNT)
        for row in found
        if not row.hidden
    ]


def progress(site: Site, session: Session, *, connected: bool = True) -> Progress:
    """How far the visitor has come."""
    organisation, account = session.organisation, session.account
    steps = [SetupStep.CONNECT]
    if connected:
        steps += [SetupStep.ORGANISATION, SetupStep.TRIGGER]
        if organisation is not None:
            steps.append(SetupStep.ACCOUNT)
        if session.selection.is_complete:
            steps.append(SetupStep.REVIEW)
    return Progress(
        connected=connected,
        organisation=(organisation.name or str(organisation.key)) if organisation else "",
        trigger=session.trigger,
        account=account.text if account else "",
        paths={step: site.path(step.value) for step in steps},
    )
