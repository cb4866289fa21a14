"""The preview says what a run then does, writes nothing, costs few calls, and shows nobody's data."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sync_world import DEPOSIT, Process, World

from dinero_operator.dinero.auth import ApiKey
from dinero_operator.domain.choices import Booking, DiscountLines, FirstRun, Trigger
from dinero_operator.domain.errors import CredentialsRejected, InvalidConfiguration, SubscriptionMissing
from dinero_operator.domain.holds import HoldReason
from dinero_operator.sandbox.shoporama import OrderLine, Party
from dinero_operator.sandbox.shoporama.demo import demo_orders
from dinero_operator.sync.integration import Request
from dinero_operator.sync.preview import Customer, PlannedOrder, Preview, State, Step, preview

ALL = (Step.CREATE_CONTACT, Step.CREATE_INVOICE, Step.BOOK, Step.PAY)
SHOP_CALLS = {"GET orders", "GET order", "GET countries", "GET country"}
FROM_DINERO = {HoldReason.VAT_DIFFERS, HoldReason.DISCOUNT_REFUSED, HoldReason.DOCUMENT_REJECTED}
"""Holds that nobody can foresee: Dinero alone computes the VAT, and takes a document or refuses it."""


async def look(process: Process, *, limit: int = 5, bound: int | None = None, **spec: Any) -> Preview:
    world = process.world
    before = world.writes()
    found = await preview(world.spec(**spec), world.credentials, process.services, limit=limit, bound=bound)
    assert world.writes() == before, "a preview writes nothing"
    return found


async def only(process: Process, **spec: Any) -> PlannedOrder:
    (order,) = (await look(process, **spec)).orders
    return order


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"trigger": Trigger.SENT},
        {"trigger": Trigger.PAID, "booking": Booking.ON_SENT},
        {"booking": Booking.MANUAL},
        {"trigger": Trigger.SENT, "discount": DiscountLines.SPREAD},
    ],
    ids=str,
)
async def test_the_run_does_what_the_preview_says(
    world: World, process: Process, choices: dict[str, Any]
) -> None:
    orders = demo_orders(seed=7, count=45, now=world.clock.now(), span=timedelta(days=20))
    world.shop.load(orders)
    # Some of the orders are from before the start.
    world.choices = {"start_from": date(2026, 2, 16)} | choices
    seen = await look(process, limit=100)
    assert {order.order_id for order in seen.orders} == {order.order_id for order in orders}
    assert {order.state for order in seen.orders} >= set(State) - {State.IN_DINERO}

    report = await process.settle(quiet=2)
    held = {order.order_id: order.reason for order in report.held or ()}
    for order in seen.orders:
        _agrees(world, order, held.pop(order.order_id, None))
    assert not held

    again = {order.order_id: order for order in (await look(process, limit=100)).orders}
    for order in seen.orders:
        is_there = order.state is State.TRANSFER and world.invoice(order.order_id) is not None
        if is_there and again[order.order_id].state is not State.HELD:
            assert again[order.order_id].state is State.IN_DINERO


def _agrees(world: World, order: PlannedOrder, reason: str | None) -> None:
    invoice = world.invoice(order.order_id)
    if order.state is State.TRANSFER and reason is not None:
        assert HoldReason(reason) in FROM_DINERO
    elif order.state is State.TRANSFER:
        assert invoice is not None
        assert invoice.booked == (Step.BOOK in order.steps)
        assert bool(invoice.payments) == (Step.PAY in order.steps)
        assert invoice.totals.gross == order.total
        assert sum(line.total for line in order.lines) == order.total
        assert invoice.date == order.voucher_date
    else:
        assert invoice is None
        assert reason == (order.hold if order.state is State.HELD else None)


async def test_order_with_all_that_it_becomes(world: World, process: Process) -> None:
    number = world.shop.orders[world.order(lines=(OrderLine(name="Kop", unit_price=50_00, amount=4),))]
    found = await look(process)
    assert found.organisation.key == world.organisation
    assert found.account.key == DEPOSIT
    assert not found.account_is_bank
    (order,) = found.orders
    assert order.number == str(number.webshop_order_id)
    assert (order.state, order.steps, order.hold) == (State.TRANSFER, ALL, None)
    assert (order.customer, order.paid, order.total, order.currency) == (
        Customer.PRIVATE,
        True,
        249_00,
        "DKK",
    )
    assert order.account == DEPOSIT
    assert order.voucher_date == world.clock.now().date()
    goods, shipping = order.lines
    assert (goods.text, goods.quantity, goods.unit_price, goods.total) == ("Kop", 4, 50_00, 200_00)
    assert (shipping.quantity, shipping.total) == (1, 49_00)


async def test_known_customer_and_company(world: World, process: Process) -> None:
    world.order()
    await process.settle()
    world.order()
    world.order(email="indkoeb@example.com", billing=Party(company="Firma ApS", name="Bo", country_id=45))
    company, known, old = (await look(process)).orders
    assert (company.customer, company.steps) == (Customer.COMPANY, ALL)
    assert known.steps == ALL[1:]
    assert (old.state, old.steps) == (State.IN_DINERO, ())


async def test_draft_that_is_there_is_only_booked(world: World, process: Process) -> None:
    world.order()
    await process.settle(booking=Booking.MANUAL)
    assert (await only(process, booking=Booking.MANUAL)).state is State.IN_DINERO
    order = await only(process)
    assert (order.state, order.steps) == (State.TRANSFER, (Step.BOOK,))
    assert order.lines


async def test_deleted_contact_is_restored(world: World, process: Process) -> None:
    world.order()
    await process.settle()
    (contact,) = world.books.contacts.values()
    for invoice in list(world.books.invoices.values()):
        world.books.contacts[invoice.contact_guid].deleted_at = world.clock.now()
    assert contact.deleted_at
    world.order()
    fresh = world.process()
    assert (await look(fresh)).orders[0].steps == (Step.RESTORE_CONTACT, *ALL[1:])


async def test_orders_from_before_the_start_are_examples(world: World, process: Process) -> None:
    world.order()
    world.order(email=None)
    world.order(paid=False)
    world.order(delivery=Party(country_id=9999))
    tomorrow = world.clock.now().date() + timedelta(days=1)
    orders = (await look(process, start_from=tomorrow)).orders
    assert {order.state for order in orders} == {State.BEFORE_START}
    abroad, unpaid, nameless, good = orders
    assert (good.steps, good.hold) == (ALL, None)
    assert good.lines
    assert (nameless.steps, nameless.hold) == ((), HoldReason.EMAIL_MISSING)
    assert nameless.customer is None
    assert (unpaid.steps, unpaid.hold) == ((), None)
    assert (abroad.hold, abroad.lines) == (HoldReason.COUNTRY_UNKNOWN, ())
    await process.settle(start_from=tomorrow)
    assert not world.books.invoices


async def test_possible_duplicate_is_found(world: World, process: Process) -> None:
    world.order()
    await process.settle()
    other = replace(world.invoice(world.order()) or next(iter(world.books.invoices.values())))
    other.guid, other.external_reference = "11111111-1111-4111-8111-111111111111", "by hand"
    world.books.invoices[other.guid] = other
    order = (await look(world.process())).orders[0]
    assert (order.state, order.hold) == (State.HELD, HoldReason.POSSIBLE_DUPLICATE)


@pytest.mark.parametrize(("made", "books"), [(0, False), (9, False), (10, True)])
async def test_first_run_leaves_drafts(world: World, process: Process, made: int, *, books: bool) -> None:
    for number in range(made):
        world.order(email=f"kunde{number}@example.com")
    await process.settle(first_run=FirstRun.DRAFT)
    new = world.order()
    order = (await look(process, first_run=FirstRun.DRAFT, limit=1)).orders[0]
    assert order.order_id == new
    assert (Step.BOOK in order.steps) is books
    await process.settle(first_run=FirstRun.DRAFT)
    invoice = world.invoice(new)
    assert invoice is not None
    assert invoice.booked is books


@pytest.mark.parametrize("sort", ["id-desc", "id-asc", "modified-desc"])
@pytest.mark.parametrize("summaries", [False, True], ids=["whole rows", "summaries"])
async def test_newest_orders_for_few_calls(
    world: World, process: Process, sort: Any, *, summaries: bool
) -> None:
    placed = [world.order(price=100 + number) for number in range(130)]
    world.shop.quirks.sort, world.shop.quirks.summaries = sort, summaries
    world.calls()
    orders = (await look(process)).orders
    assert [order.order_id for order in orders] == placed[:-6:-1]
    shop = {name: count for name, count in world.calls().items() if name in SHOP_CALLS}
    pages = 2 if sort == "id-asc" else 1
    assert shop == {"GET orders": pages, "GET countries": 1} | ({"GET order": 5} if summaries else {})


async def test_order_that_cannot_be_read_is_held(world: World, process: Process) -> None:
    world.order(left_out=frozenset({"total_price"}))
    order = await only(process)
    assert (order.state, order.hold) == (State.HELD, HoldReason.ORDER_UNREADABLE)
    assert order.total is None
    assert "total_price" in order.detail


async def test_skipped_orders(world: World, process: Process) -> None:
    done = world.order()
    world.order(lines=(OrderLine(name="Gratis", unit_price=0),), shipping=0)
    orders = (await look(process, skip=frozenset({done}))).orders
    assert [order.state for order in orders] == [State.SKIPPED, State.SKIPPED]


async def test_empty_shop(process: Process) -> None:
    assert (await look(process)).orders == ()


async def test_nobody_is_named(world: World, process: Process) -> None:
    person = Party(
        name="Anne Andersen",
        company="Andersen Te",
        address="Vej 1",
        zipcode="8000",
        city="Aarhus",
        country_id=45,
    )
    world.order(billing=person, email="anne@example.com", phone="87654321")
    world.order(billing=person, email="anne@@example", phone="87654321")
    shown = repr(await look(process))
    for secret in ("Anne", "Andersen", "Vej 1", "8000", "Aarhus", "example", "87654321"):
        assert secret not in shown


async def test_a_run_after_the_preview_goes_on_as_ever(world: World, process: Process) -> None:
    world.order()
    await look(process)
    await process.settle()
    world.order()
    await look(process)
    await process.run(Request(requested=True))
    await process.settle()
    world.verify()


def _without(*fields: str) -> Any:
    return dict.fromkeys(fields)


@pytest.mark.parametrize(
    ("spec", "missing"),
    [
        (_without("trigger"), ["spec.trigger"]),
        (_without("account"), ["spec.account"]),
        (_without("trigger", "account"), ["spec.trigger", "spec.account"]),
    ],
)
async def test_what_is_not_chosen_is_named(
    process: Process, spec: dict[str, Any], missing: Sequence[str]
) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        await look(process, **spec)
    assert caught.value.reason == "SelectionMissing"
    assert all(name in str(caught.value) for name in missing)


async def test_problems_are_raised(world: World, process: Process) -> None:
    with pytest.raises(InvalidConfiguration, match=r"spec\.account"):
        await look(process, account=1)
    with pytest.raises(InvalidConfiguration) as caught:
        await look(process, bound=999)
    assert caught.value.reason == "OrganisationChanged"
    world.books.pro = False
    with pytest.raises(SubscriptionMissing):
        await look(process)
    world.books.pro = True
    world.credentials = replace(world.credentials, shop_token="0" * 32)
    with pytest.raises(CredentialsRejected, match="shop"):
        await look(process)
    world.credentials = replace(world.credentials, dinero=ApiKey("client", "secret", "wrong"))
    with pytest.raises(CredentialsRejected, match="Dinero"):
        await look(process)
