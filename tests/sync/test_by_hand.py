"""People work in the same books: what they pay, book, rename or keep changing has a defined outcome."""

import inspect
from decimal import Decimal

import hold_cases
from sync_flows import ANNE, BO
from sync_world import DEPOSIT, HOUR, Process, World, restored_of

from dinero_operator.domain.choices import Booking, Duplicates, Trigger
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.identity import contact_guid, invoice_guid
from dinero_operator.sync.integration import Request
from dinero_operator.transport import http


async def test_invoice_paid_by_hand_is_not_paid_again(world: World, process: Process) -> None:
    world.choices["trigger"] = Trigger.SENT
    order = world.order(status="sent", paid=False)
    await process.settle()
    payment = world.books.pay_by_hand(str(invoice_guid(world.organisation, order)), 249_00, DEPOSIT)
    world.shop.mark_paid(order)
    for operator in (process, world.process()):
        report = await operator.settle()
        assert not report.held
        invoice = world.invoice(order)
        assert invoice is not None
        assert invoice.payments == [payment]


async def test_draft_booked_and_paid_by_hand_is_left_alone(world: World, process: Process) -> None:
    world.choices["booking"] = Booking.ON_SENT
    order = world.order()
    await process.settle()
    guid = str(invoice_guid(world.organisation, order))
    world.books.book_by_hand(guid)
    world.books.pay_by_hand(guid, 249_00, DEPOSIT)
    world.shop.mark_sent(order)
    before = world.writes()
    report = await process.settle()
    assert not report.held
    assert world.writes() <= before + 1, "the try to book, which its version refuses"
    invoice = world.invoice(order)
    assert invoice is not None
    assert len(invoice.payments) == 1


async def test_deleted_payment_is_registered_again_at_a_later_look(world: World, process: Process) -> None:
    """A payment that somebody takes back is missing: the books say so, and the order says paid."""
    order = world.order()
    await process.settle()
    invoice = world.invoice(order)
    assert invoice is not None
    world.books.delete_payment_by_hand(invoice.guid, invoice.payments[0].guid)
    world.clock.advance(HOUR)
    await process.settle()
    world.verify()


async def test_contact_with_a_new_address_is_no_longer_the_old_one(world: World, process: Process) -> None:
    contact = world.books.add_contact_by_hand("Anne", email=ANNE)
    world.order()
    await process.settle()
    contact.email = "anne.ny@example.com"
    contact.updated_at = world.clock.now()
    world.clock.advance(HOUR)
    world.order(email=BO)
    await process.settle()
    again, renamed = world.order(price=10_00), world.order(email="Anne.Ny@example.com", price=20_00)
    await process.settle()
    invoices = [world.invoice(order) for order in (again, renamed)]
    assert [invoice.contact_guid for invoice in invoices if invoice] == [
        str(contact_guid(world.organisation, ANNE)),
        contact.guid,
    ]


async def test_document_that_somebody_changes_all_the_time(world: World) -> None:
    order = world.order()

    class Editor:
        """A person who saves the draft again whenever the operator has read it."""

        works = True

        async def before(self, _request: http.Request) -> None:
            """Do nothing."""

        async def after(self, request: http.Request, _response: http.Response | None) -> None:
            if self.works and request.operation == "get_invoice":
                world.books.edit_draft_line_price(
                    str(invoice_guid(world.organisation, order)), 0, Decimal(200)
                )

    editor = Editor()
    process = world.process(probe=editor)
    report = await process.run()
    assert [hold.reason for hold in report.held] == ["OutcomeUnknown"]
    invoice = world.invoice(order)
    assert invoice is not None
    assert not invoice.booked
    editor.works = False
    world.clock.advance(HOUR)
    assert not (await process.settle()).held
    world.verify()


async def test_duplicates_may_be_ignored_from_the_start(world: World, process: Process) -> None:
    contact = world.books.add_contact_by_hand("Anne", email=ANNE)
    world.namesakes[ANNE] = 1
    world.by_hand.add(world.books.add_invoice_by_hand(contact.guid, Decimal(249)).guid)
    world.choices["duplicates"] = Duplicates.IGNORE
    world.order()
    assert not (await process.settle()).held
    world.verify()


async def test_invoices_that_look_different_enough_are_no_duplicates(world: World, process: Process) -> None:
    contact = world.books.add_contact_by_hand("Anne", email=ANNE)
    other = world.books.add_contact_by_hand("Bo", email=BO)
    today = world.books.today()
    world.namesakes = world.namesakes.__class__({ANNE: 1, BO: 1})
    world.by_hand |= {
        world.books.add_invoice_by_hand(contact.guid, Decimal("249.01")).guid,
        world.books.add_invoice_by_hand(other.guid, Decimal(249)).guid,
        world.books.add_invoice_by_hand(contact.guid, Decimal(249), day=today.replace(month=1)).guid,
    }
    world.order()
    assert not (await process.settle()).held
    world.verify()


async def test_duplicate_that_appears_while_the_operator_runs(world: World, process: Process) -> None:
    """Shoporama's own link to Dinero, left on, books a minute earlier."""
    world.order(email=BO)
    await process.settle()
    world.clock.advance(300.0)
    contact = world.books.add_contact_by_hand("Anne", email=ANNE)
    world.books.add_invoice_by_hand(contact.guid, Decimal(249))
    world.order()
    report = await process.settle()
    assert [hold.reason for hold in report.held] == ["PossibleDuplicate"]
    report = await world.process(restored_of(report)).settle()
    assert [hold.reason for hold in report.held] == ["PossibleDuplicate"]
    assert len(world.books.invoices) == 2


async def test_person_who_asks_is_heard_at_once(world: World, process: Process) -> None:
    acts = hold_cases.STORIES["document_rejected"](world)
    next(acts)
    assert (await process.settle()).held
    next(acts)
    assert (await process.run()).held, "its next try is some time away"
    assert not (await process.run(Request(requested=True))).held
    world.verify()


def test_every_reason_has_a_story() -> None:
    told = inspect.getsource(hold_cases)
    missing = {reason.name for reason in HoldReason if f"HoldReason.{reason.name}" not in told}
    assert missing == {"CURRENCY_UNSUPPORTED"}, "which holds every order, and has a test of its own"
