"""Set-up that does not work: the right condition, the remedy, and no retry storm; then it is mended."""

from dataclasses import replace
from typing import Any

import pytest
from sync_world import DEPOSIT, Process, Simulators, World, condition, restored_of

from dinero_operator.dinero.auth import ApiKey
from dinero_operator.domain.destination import Destination
from dinero_operator.sync.integration import Request
from dinero_operator.sync.report import Choice, ConditionType, Report
from dinero_operator.sync.spec import SalesChoice

CONNECTED, CONFIGURED, READY = ConditionType.CONNECTED, ConditionType.CONFIGURED, ConditionType.READY
BANK = 55_000
DAY = 24 * 3600.0


def with_key(world: World, key: str) -> None:
    world.credentials = replace(world.credentials, dinero=ApiKey("client", "secret", key))


async def calls_of_a_day(world: World, process: Process, report: Report) -> int:
    """Let the scheduler have its way for a day; returns the calls that it made on both systems."""
    world.site.dinero.calls.clear()
    world.site.platform.calls.clear()
    until = world.clock.elapsed + DAY
    while world.clock.elapsed < until:
        assert report.next_run >= 15.0
        world.clock.advance(report.next_run)
        report = await process.run()
    return len(world.site.dinero.calls) + len(world.site.platform.calls)


def wrong_key(world: World) -> None:
    with_key(world, "wrong")


def right_key(world: World) -> None:
    with_key(world, world.api_key)


def no_pro(world: World) -> None:
    world.books.pro = False


def pro(world: World) -> None:
    world.books.pro = True


def choose(**choices: Any) -> Any:
    def act(world: World) -> None:
        world.choices = dict(choices)

    return act


def wrong_shop_token(world: World) -> None:
    world.credentials = replace(world.credentials, shop_token="0" * 32)


def right_shop_token(world: World) -> None:
    world.credentials = replace(world.credentials, shop_token=world.shop.token)


def key_without_organisation(world: World) -> None:
    world.site.dinero.add_api_key(
        client_id="client", client_secret="secret", api_key="empty", organisations=[]
    )
    with_key(world, "empty")


NO_REVENUE = {Destination.DOMESTIC: SalesChoice(goods=9999)}
PROBLEMS: dict[str, tuple[Any, Any, ConditionType, str, str, int]] = {
    # how it comes, how it ends, the condition, its reason, a word of its message, and the most calls of a day
    "wrong key": (wrong_key, right_key, CONNECTED, "CredentialsRejected", "spec.dinero.secretRef", 5),
    "no Pro": (no_pro, pro, CONNECTED, "SubscriptionMissing", "Pro", 15),
    "no organisation": (
        key_without_organisation, right_key, CONFIGURED, "NoOrganisation", "spec.dinero.secretRef", 250
    ),
    "unknown organisation": (
        choose(organisation=7), choose(), CONFIGURED, "UnknownOrganisation", "spec.organisation", 250
    ),
    "unknown account": (choose(account=1), choose(), CONFIGURED, "UnknownAccount", "spec.account", 350),
    "unknown revenue account": (
        choose(sales=NO_REVENUE), choose(), CONFIGURED, "UnknownAccount", "spec.sales.domestic.goods", 450
    ),
    "export on an account with VAT": (
        choose(sales={Destination.DOMESTIC: SalesChoice(), Destination.EXPORT: SalesChoice(1000)}),
        choose(), CONFIGURED, "VatCodeImplausible", "spec.sales.export.goods", 650
    ),
    "wrong shop token": (
        wrong_shop_token, right_shop_token, CONNECTED, "CredentialsRejected", "spec.shop.tokenSecretRef", 50
    ),
}  # fmt: skip


@pytest.mark.parametrize("problem", PROBLEMS)
async def test_problem_and_its_end(world: World, process: Process, problem: str) -> None:
    comes, ends, kind, reason, word, calls = PROBLEMS[problem]
    world.order()
    comes(world)
    report = await process.run()
    assert condition(report, kind).status is False
    assert condition(report, kind).reason == reason
    assert condition(report, READY).reason == reason
    assert condition(report, READY).status is False
    assert condition(report, ConditionType.STALLED).status is True
    assert word in condition(report, READY).message
    assert not report.succeeded
    assert await calls_of_a_day(world, process, report) <= calls
    assert not world.writes()
    ends(world)
    report = await process.run(Request(requested=True))
    assert condition(report, READY).status is True
    assert report.condition(ConditionType.STALLED) is None
    await process.settle()
    world.verify()


@pytest.mark.parametrize("problem", PROBLEMS)
async def test_problem_that_comes_later(world: World, process: Process, problem: str) -> None:
    """What has worked may stop working; the books stay, and the orders meanwhile are made up for."""
    comes, ends, *_ = PROBLEMS[problem]
    world.order()
    await process.settle()
    comes(world)
    world.order(email="bo@example.com")
    report = await process.run(Request(requested=True))
    assert condition(report, READY).status is False
    assert report.counts is not None
    assert report.counts.booked == 1
    ends(world)
    await process.run(Request(requested=True))
    await process.settle()
    world.verify()


async def test_stalled_run_costs_nothing_until_asked_for(world: World, process: Process) -> None:
    wrong_key(world)
    first = await process.run()
    world.calls()
    assert await process.run() is first
    assert not world.calls()
    await process.run(Request(requested=True))
    assert len(world.site.dinero.calls) == 1
    with_key(world, "another wrong one")
    await process.run()
    assert len(world.site.dinero.calls) == 2, "a changed Secret is tried at once"


async def test_choosing_step_by_step(world: World, process: Process) -> None:
    """As the set-up page does: what is still to be chosen is offered."""
    other = world.site.dinero.add_organisation(7, "Anden ApS")
    world.site.dinero.add_api_key(
        client_id="client",
        client_secret="secret",
        api_key=world.api_key,
        organisations=[world.organisation, 7],
    )
    world.order()
    report = await process.run(organisation=None, trigger=None, account=None)
    assert condition(report, READY).reason == "SelectionMissing"
    assert "spec.organisation, spec.trigger, spec.account" in condition(report, READY).message
    assert report.organisations == (Choice(world.organisation, world.books.name), Choice(7, "Anden ApS"))
    assert condition(report, CONNECTED).status is True
    assert report.organisation is None
    report = await process.run(trigger=None, account=None)
    assert "spec.trigger, spec.account" in condition(report, CONFIGURED).message
    assert report.organisation == Choice(world.organisation, world.books.name)
    assert report.accounts is not None
    assert Choice(DEPOSIT, world.books.deposits[DEPOSIT].name) in report.accounts
    report = await process.run(account=None)
    assert "Choose spec.account:" in condition(report, READY).message
    assert not world.writes()
    report = await process.settle()
    assert report.account == Choice(DEPOSIT, world.books.deposits[DEPOSIT].name)
    assert report.organisations is None
    world.verify()
    assert not other.invoices


async def test_the_only_organisation_need_not_be_chosen(world: World, process: Process) -> None:
    world.order()
    report = await process.settle(organisation=None)
    assert report.organisation == Choice(world.organisation, world.books.name)
    world.verify()


@pytest.mark.parametrize("restarts", [False, True])
async def test_credentials_of_another_organisation(site: Simulators, *, restarts: bool) -> None:
    """A resource never books into two companies, whatever is put into its Secret."""
    world, other = site.world(), site.world()
    world.choices["organisation"] = None
    world.order()
    process = world.process()
    report = await process.settle()
    world.order(email="bo@example.com")
    if restarts:
        process = world.process(restored_of(report))
    with_key(world, other.api_key)
    report = await process.run()
    assert condition(report, CONFIGURED).reason == "OrganisationChanged"
    assert "status.organisation" in condition(report, READY).message
    right_key(world)
    world.choices["organisation"] = other.organisation
    report = await process.run()
    assert condition(report, CONFIGURED).reason == "OrganisationChanged"
    assert not other.books.invoices
    assert not other.books.contacts
    world.choices["organisation"] = None
    await process.settle()
    world.verify()


async def test_bank_account_is_warned_of_and_used(world: World, process: Process) -> None:
    order = world.order()
    report = await process.settle(account=BANK)
    assert condition(report, CONFIGURED).status is True
    assert condition(report, CONFIGURED).reason == "AccountIsBank"
    assert condition(report, READY).status is True
    invoice = world.invoice(order)
    assert invoice is not None
    assert [payment.deposit_account for payment in invoice.payments] == [BANK]


async def test_hidden_accounts_are_not_offered(world: World, process: Process) -> None:
    world.books.deposits[DEPOSIT].hidden = True
    report = await process.run()
    assert condition(report, CONFIGURED).reason == "UnknownAccount"
    assert report.accounts is not None
    assert DEPOSIT not in [choice.key for choice in report.accounts]


async def test_no_secret_in_any_message(world: World, process: Process) -> None:
    for key in ("geheim-1", "geheim-2"):
        with_key(world, key)
        world.credentials = replace(world.credentials, shop_token="geheim-3")
        report = await process.run()
        assert "geheim" not in repr(report)
    assert "geheim" not in repr(world.credentials)


@pytest.mark.parametrize(
    ("destination", "goods", "shipping", "field"),
    [
        ("domestic", 1000, 1350, ""),
        ("domestic", None, 1350, ""),
        ("domestic", 1000, 1300, "shipping"),
        ("domestic", 1050, None, "goods"),
        ("domestic", 7400, None, "goods"),
        ("domestic", 1100, None, "goods"),
        ("euConsumer", 1000, 1350, ""),
        ("euConsumer", 1050, None, "goods"),
        ("euConsumer", 1100, None, "goods"),
        ("euBusiness", 1100, None, ""),
        ("euBusiness", 1100, 1300, ""),
        ("euBusiness", 1000, None, "goods"),
        ("euBusiness", 1100, 1350, "shipping"),
        ("euBusiness", 1050, None, "goods"),
        ("euBusiness", 1255, None, "goods"),
        ("export", 1255, 1300, ""),
        ("export", 1050, None, "goods"),
        ("export", 1100, None, "goods"),
        ("export", 1000, None, "goods"),
        ("export", 1255, 1999, "shipping"),
    ],
)
async def test_accounts_have_the_vat_of_their_class(
    world: World, process: Process, *, destination: str, goods: int, shipping: int | None, field: str
) -> None:
    choice = SalesChoice(goods, shipping)
    world.choices["sales"] = {Destination.DOMESTIC: SalesChoice(), Destination(destination): choice}
    found = condition(await process.run(), CONFIGURED)
    if field:
        assert found.status is False
        assert found.reason == ("UnknownAccount" if shipping == 1999 else "VatCodeImplausible")
        assert found.message.startswith(f"spec.sales.{destination}.{field}: ")
    else:
        assert found.status is True


async def test_a_hidden_account_is_none(world: World, process: Process) -> None:
    world.books.accounts[1255].hidden = True
    world.choices["sales"] = {Destination.EXPORT: SalesChoice(1255)}
    assert condition(await process.run(), CONFIGURED).reason == "UnknownAccount"


async def test_without_any_account_named_the_chart_is_not_read(world: World, process: Process) -> None:
    await process.run()
    routes = {call.route for call in world.site.dinero.calls}
    assert not routes & {"accounts-entry", "vat-types"}
