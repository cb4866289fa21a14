"""What happens to orders, as stories: each ``yield`` lets the operator run until it is quiet, and so does the end.

Every story ends with all its orders booked and paid, so that one check fits all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sync_world import HOUR, World

from dinero_operator.domain.choices import Booking, Credits, Payment, Trigger
from dinero_operator.domain.destination import Destination
from dinero_operator.domain.identity import contact_guid, invoice_guid
from dinero_operator.sandbox.shoporama import OrderLine, Party
from dinero_operator.sandbox.shoporama.countries import country_id
from dinero_operator.sync.spec import SalesChoice

Story = Callable[[World], Iterator[None]]
ANNE, BO = "anne@example.com", "bo@example.com"


@dataclass(frozen=True)
class Flow:
    """A story and the choices under which it plays. ``shop_only``: nobody touches Dinero by hand in it."""

    story: Story
    choices: dict[str, Any] = field(default_factory=dict)
    shop_only: bool = True


def new_customer(world: World) -> Iterator[None]:
    world.order()
    return
    yield


def returning_customer(world: World) -> Iterator[None]:
    world.order()
    yield
    world.order(email="Anne@Example.com", price=120_50)


def three_orders_of_two_customers(world: World) -> Iterator[None]:
    world.order()
    world.order(email=BO, price=99_95)
    world.order(email="ANNE@example.com", shipping=0)
    return
    yield


def booked_by_hand(world: World) -> Iterator[None]:
    order = world.order(status="sent", paid=False)
    yield
    world.books.book_by_hand(str(invoice_guid(world.organisation, order)))
    world.clock.advance(HOUR)
    yield
    world.shop.mark_paid(order)


def booked_by_hand_when_paid(world: World) -> Iterator[None]:
    """The shop has nothing new to say of the first order when its draft is booked."""
    order = world.order()
    yield
    world.clock.advance(HOUR)
    newer = world.order(email=BO)
    yield
    for drafted in (order, newer):
        world.books.book_by_hand(str(invoice_guid(world.organisation, drafted)))
    world.clock.advance(HOUR)


def draft_then_sent(world: World) -> Iterator[None]:
    order = world.order()
    yield
    world.clock.advance(HOUR)
    world.shop.mark_sent(order)


def sent_then_paid(world: World) -> Iterator[None]:
    order = world.order(status="sent", paid=False)
    yield
    world.clock.advance(2 * HOUR)
    world.shop.mark_paid(order)


def paid_in_advance(world: World) -> Iterator[None]:
    order = world.order(status="sent", paid=False)
    yield
    world.clock.advance(HOUR)
    world.shop.mark_paid(order)


def contact_deleted_by_hand(world: World) -> Iterator[None]:
    world.order()
    yield
    world.books.delete_contact(str(contact_guid(world.organisation, ANNE)))
    world.order(price=75_00)


def contact_deleted_before_booking(world: World) -> Iterator[None]:
    order = world.order()
    yield
    world.books.delete_contact(str(contact_guid(world.organisation, ANNE)))
    world.shop.mark_sent(order)


def several_with_one_address(world: World) -> Iterator[None]:
    world.books.add_contact_by_hand("Slettet", email=ANNE, guid="00000000-0000-4000-8000-000000000001")
    world.books.delete_contact("00000000-0000-4000-8000-000000000001")
    world.clock.advance(60.0)
    oldest = world.books.add_contact_by_hand("Anne H.", email="Anne@example.com")
    world.clock.advance(60.0)
    world.books.add_contact_by_hand("Anne Hansen", email=ANNE)
    world.namesakes[ANNE] = 2
    order = world.order()

    def check() -> None:
        invoice = world.invoice(order)
        assert invoice is not None
        assert invoice.contact_guid == oldest.guid

    world.checks.append(check)
    return
    yield


def zero_total(world: World) -> Iterator[None]:
    world.order(price=0, shipping=0, email=BO)
    world.order()
    return
    yield


def cancelled_after_payment(world: World) -> Iterator[None]:
    order = world.order(voucher_id=1, voucher_code="TI", voucher_discount_amount=33_33)
    yield
    world.clock.advance(HOUR)
    world.shop.cancel(order)
    world.credited[order] = [215_67]


def cancelled_before_payment(world: World) -> Iterator[None]:
    order = world.order(status="sent", paid=False)
    yield
    world.clock.advance(HOUR)
    world.shop.cancel(order)
    world.credited[order] = [249_00]


def reduced_twice_then_cancelled(world: World) -> Iterator[None]:
    """Goods come back one by one; the voucher of ten per cent shrinks with them, and at last the order is called off."""
    cup = OrderLine(name="Kop", unit_price=33_33, amount=3)
    order = world.order(lines=(cup,), voucher_id=1, voucher_code="TI", voucher_discount_amount=10_00)
    yield
    world.clock.advance(HOUR)
    fewer = (replace(cup, amount=2),)
    world.credited[order] = [30_00]
    world.shop.edit(order, lines=fewer, voucher_discount_amount=6_67)
    yield
    world.clock.advance(HOUR)
    world.credited[order].append(49_00)
    world.shop.edit(order, shipping_price=0)
    yield
    world.clock.advance(HOUR)
    world.credited[order].append(59_99)
    world.shop.cancel(order)


def reduced_then_paid(world: World) -> Iterator[None]:
    order = world.order(status="sent", paid=False)
    yield
    world.clock.advance(HOUR)
    world.credited[order] = [49_00]
    world.shop.edit(order, shipping_price=0)
    yield
    world.clock.advance(HOUR)
    world.shop.mark_paid(order)


CREDITS: dict[str, Any] = {"credits": Credits.AUTOMATIC}
SALES = {
    Destination.DOMESTIC: SalesChoice(),
    Destination.EU_BUSINESS: SalesChoice(1100),
    Destination.EU_CONSUMER: SalesChoice(1000, 1350),
    Destination.EXPORT: SalesChoice(1255, 1300),
}


def to_every_destination(world: World) -> Iterator[None]:
    there = {iso: Party(country_id=country_id(iso)) for iso in ("DE", "SE", "NO")}
    world.order()
    world.order(email=BO, billing=there["DE"], vat_number="DE999999903", vat_free=True)
    world.order(email="eva@example.com", billing=there["SE"])
    yield
    world.order(email="ola@example.com", billing=there["NO"], vat_free=True)


FLOWS = {
    flow.story.__name__: flow
    for flow in (
        Flow(new_customer),
        Flow(returning_customer),
        Flow(three_orders_of_two_customers),
        Flow(to_every_destination, {"sales": SALES}),
        Flow(booked_by_hand, {"trigger": Trigger.SENT, "booking": Booking.MANUAL}, shop_only=False),
        Flow(booked_by_hand_when_paid, {"booking": Booking.MANUAL}, shop_only=False),
        Flow(draft_then_sent, {"booking": Booking.ON_SENT}),
        Flow(sent_then_paid, {"trigger": Trigger.SENT}),
        Flow(contact_deleted_by_hand, shop_only=False),
        Flow(contact_deleted_before_booking, {"booking": Booking.ON_SENT}, shop_only=False),
        Flow(several_with_one_address),
        Flow(zero_total),
        Flow(paid_in_advance, {"trigger": Trigger.SENT, "payment": Payment.ALWAYS}),
        Flow(cancelled_after_payment, CREDITS, shop_only=False),
        Flow(reduced_twice_then_cancelled, CREDITS, shop_only=False),
        Flow(reduced_then_paid, CREDITS | {"trigger": Trigger.SENT}, shop_only=False),
        Flow(cancelled_before_payment, CREDITS | {"trigger": Trigger.SENT}, shop_only=False),
    )
}


async def tell(flow: Flow, world: World, settle: Callable[[], Any]) -> None:
    """Play a story, and settle after each of its acts."""
    world.choices = dict(flow.choices)
    acts = flow.story(world)
    done = object()
    while True:
        act = next(acts, done)
        await settle()
        if act is done:
            return
