"""Why orders are held, as stories: a ``yield`` names the reason that the order must then be held for.

``FREE`` says that nothing is held, ``BOOKED`` that the shop's orders are all in the books besides.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sync_world import World

from dinero_operator.domain.choices import Booking, DiscountLines, Duplicates, LateOrders, Trigger
from dinero_operator.domain.destination import Destination
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.identity import invoice_guid
from dinero_operator.sandbox.dinero.periods import calendar_year
from dinero_operator.sandbox.shoporama import OrderLine, Party
from dinero_operator.sandbox.shoporama.countries import COUNTRIES
from dinero_operator.sync.spec import SalesChoice

FREE, BOOKED = "free", "booked"
Acts = Iterator[HoldReason | str]
ANNE = "anne@example.com"
ALL_SALES = {
    Destination.DOMESTIC: SalesChoice(),
    Destination.EU_BUSINESS: SalesChoice(goods=1100),
    Destination.EU_CONSUMER: SalesChoice(goods=1000, shipping=1350),
    Destination.EXPORT: SalesChoice(goods=1255, shipping=1300),
}
VOUCHER: dict[str, Any] = {"voucher_id": 1, "voucher_code": "GAVE-1", "voucher_discount_amount": 20_00}


def _country(iso: str) -> Party:
    return Party(country_id=next(row.country_id for row in COUNTRIES.values() if row.iso == iso))


def _guid(world: World, order: int) -> str:
    return str(invoice_guid(world.organisation, order))


def _skip(world: World, order: int) -> None:
    world.choices["skip"] = frozenset({order})


def country_unknown(world: World) -> Acts:
    order = world.order(delivery=Party(country_id=9999))
    yield HoldReason.COUNTRY_UNKNOWN
    world.shop.edit(order, delivery=None)
    yield BOOKED


def destination(world: World) -> Acts:
    world.order(delivery=_country("SE"))
    yield HoldReason.DESTINATION_NOT_CONFIGURED
    world.choices["sales"] = {
        Destination.DOMESTIC: SalesChoice(),
        Destination.EU_CONSUMER: SalesChoice(goods=1000, shipping=1350),
    }
    yield BOOKED


def special_territory(world: World) -> Acts:
    world.choices["sales"] = ALL_SALES
    order = world.order(delivery=_country("GL"), vat_free=True)
    yield HoldReason.SPECIAL_TERRITORY
    _skip(world, order)
    yield FREE


def vat_number_invalid(world: World) -> Acts:
    world.choices["sales"] = ALL_SALES
    order = world.order(billing=_country("DE"), vat_number="DE999999904", vat_free=True)
    yield HoldReason.VAT_NUMBER_INVALID
    world.shop.edit(order, vat_number="DE 999 999 903")
    yield BOOKED


def foreign_vat(world: World) -> Acts:
    """OSS: 19 % of German VAT. No draft is made of it."""
    world.choices["sales"] = ALL_SALES
    order = world.order(billing=_country("DE"), stated_vat=39_76)
    yield HoldReason.VAT_DIFFERS
    assert world.invoice(order) is None
    _skip(world, order)
    yield FREE


def vat_charged_abroad(world: World) -> Acts:
    world.choices["sales"] = ALL_SALES
    order = world.order(billing=_country("NO"))
    yield HoldReason.VAT_DIFFERS
    assert world.invoice(order) is None
    world.shop.edit(order, vat_free=True)
    yield BOOKED


def email_missing(world: World) -> Acts:
    order = world.order(email=None)
    yield HoldReason.EMAIL_MISSING
    world.shop.edit(order, email=ANNE)
    yield BOOKED


def status_unknown(world: World) -> Acts:
    order = world.order(status="returned")
    yield HoldReason.STATUS_UNKNOWN
    world.shop.edit(order, status="new")
    yield BOOKED


def unreadable(world: World) -> Acts:
    order = world.order(left_out=frozenset({"total_price"}))
    yield HoldReason.ORDER_UNREADABLE
    world.shop.edit(order, left_out=frozenset())
    yield BOOKED


def totals_differ(world: World) -> Acts:
    order = world.order(stated_total=250_00)
    yield HoldReason.TOTALS_DIFFER
    world.shop.edit(order, stated_total=None)
    yield BOOKED


def vat_differs(world: World) -> Acts:
    order = world.order(stated_vat=12_00)
    yield HoldReason.VAT_DIFFERS
    world.shop.edit(order, stated_vat=None)
    yield BOOKED


def gift_card(world: World) -> Acts:
    world.choices["gift_card_pattern"] = re.compile("^GAVE-")
    world.order(**VOUCHER)
    yield HoldReason.GIFT_CARD
    world.choices["gift_card_pattern"] = re.compile("^KORT-")
    yield BOOKED


def discount_refused(world: World) -> Acts:
    world.site.dinero.unknowns.refuse_negative_lines = True
    world.order(**VOUCHER)
    yield HoldReason.DISCOUNT_REFUSED
    world.choices["discount"] = DiscountLines.SPREAD
    yield BOOKED


def late_order(world: World) -> Acts:
    world.choices |= {"late_orders": LateOrders.HOLD, "start_from": date(2026, 2, 1)}
    moment = datetime(2026, 2, 27, 12, tzinfo=UTC)
    world.order(placed_at=moment, modified_at=moment)
    yield HoldReason.LATE_ORDER
    world.choices["late_orders"] = LateOrders.OWN_DATE
    yield BOOKED


def no_accounting_year(world: World) -> Acts:
    world.choices["start_from"] = date(2024, 12, 1)
    moment = datetime(2024, 12, 30, 12, tzinfo=UTC)
    world.order(placed_at=moment, modified_at=moment)
    yield HoldReason.NO_ACCOUNTING_YEAR
    world.books.periods.years.append(calendar_year(2024))
    yield BOOKED


def document_rejected(world: World) -> Acts:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    world.books.periods.locked_until = moment.date()
    world.order(placed_at=moment, modified_at=moment)
    yield HoldReason.DOCUMENT_REJECTED
    world.books.periods.locked_until = None
    yield BOOKED


def outcome_unknown(world: World) -> Acts:
    order = world.order()
    world.site.broken.add(f"{_guid(world, order)}/book")
    yield HoldReason.OUTCOME_UNKNOWN
    world.site.broken.clear()
    yield BOOKED


def outcome_of_payment_unknown(world: World) -> Acts:
    order = world.order()
    world.site.broken.add(f"{_guid(world, order)}/payments")
    yield HoldReason.OUTCOME_UNKNOWN
    world.site.broken.clear()
    yield BOOKED


def draft_edited(world: World) -> Acts:
    world.choices["booking"] = Booking.ON_SENT
    order = world.order()
    yield FREE
    world.books.edit_draft_line_price(_guid(world, order), 0, Decimal(150))
    world.shop.mark_sent(order)
    yield HoldReason.BOOKS_DIFFER
    world.books.edit_draft_line_price(_guid(world, order), 0, Decimal(200))
    yield BOOKED


def order_edited_after_draft(world: World) -> Acts:
    world.choices["booking"] = Booking.ON_SENT
    order = world.order()
    yield FREE
    world.shop.edit(order, shipping_price=0)
    yield HoldReason.BOOKS_DIFFER
    world.shop.edit(order, shipping_price=49_00)
    yield FREE
    world.shop.mark_sent(order)
    yield BOOKED


def changed_after_booking(world: World) -> Acts:
    order = world.order()
    yield BOOKED
    world.shop.edit(order, shipping_price=0)
    yield HoldReason.CHANGED_AFTER_BOOKING
    world.shop.edit(order, shipping_price=49_00)
    yield BOOKED


def trigger_taken_back(world: World) -> Acts:
    order = world.order()
    yield BOOKED
    world.shop.edit(order, paid=False)
    yield HoldReason.CHANGED_AFTER_BOOKING
    world.shop.mark_paid(order)
    yield BOOKED


def cancelled_after_booking(world: World) -> Acts:
    order = world.order()
    yield BOOKED
    world.shop.cancel(order)
    yield HoldReason.CREDIT_NEEDED
    _skip(world, order)
    yield BOOKED


def credited_in_the_shop(world: World) -> Acts:
    order = world.order()
    yield BOOKED
    credit = world.shop.credit(order)
    yield HoldReason.CREDIT_NEEDED
    _skip(world, credit.order_id)
    yield FREE


def gone_after_booking(world: World) -> Acts:
    order = world.order()
    yield BOOKED
    world.shop.cancel(order)
    yield HoldReason.CREDIT_NEEDED
    world.shop.delete(order)
    yield HoldReason.ORDER_GONE
    _skip(world, order)
    yield FREE


def gone_before_booking(world: World) -> Acts:
    order = world.order(email=None)
    yield HoldReason.EMAIL_MISSING
    world.shop.delete(order)
    yield FREE


def draft_deleted(world: World) -> Acts:
    world.choices["booking"] = Booking.ON_SENT
    order = world.order()
    yield FREE
    world.books.delete_draft(_guid(world, order))
    world.shop.mark_sent(order)
    yield HoldReason.DRAFT_DELETED
    _skip(world, order)
    yield FREE


def payment_by_hand(world: World) -> Acts:
    world.choices["trigger"] = Trigger.SENT
    order = world.order(status="sent", paid=False)
    yield BOOKED
    world.books.pay_by_hand(_guid(world, order), 100_00, 55_100)
    world.shop.mark_paid(order)
    yield HoldReason.PAYMENT_DIFFERS
    world.books.pay_by_hand(_guid(world, order), 149_00, 55_100)
    yield FREE


def possible_duplicate(world: World) -> Acts:
    contact = world.books.add_contact_by_hand("Anne", email=ANNE)
    other = world.books.add_invoice_by_hand(contact.guid, Decimal(249))
    world.namesakes[ANNE] = 1
    world.by_hand.add(other.guid)
    world.order()
    yield HoldReason.POSSIBLE_DUPLICATE
    world.choices["duplicates"] = Duplicates.IGNORE
    yield BOOKED


def lines_without_sense(world: World) -> Acts:
    order = world.order(lines=(OrderLine(name="Kop", unit_price=200_00, amount=0),), stated_total=49_00 + 1)
    yield HoldReason.TOTALS_DIFFER
    world.shop.cancel(order)
    yield FREE


STORIES = {
    story.__name__: story
    for story in (
        country_unknown,
        destination,
        special_territory,
        vat_number_invalid,
        foreign_vat,
        vat_charged_abroad,
        email_missing,
        status_unknown,
        unreadable,
        totals_differ,
        vat_differs,
        gift_card,
        discount_refused,
        late_order,
        no_accounting_year,
        document_rejected,
        outcome_unknown,
        outcome_of_payment_unknown,
        draft_edited,
        order_edited_after_draft,
        changed_after_booking,
        trigger_taken_back,
        cancelled_after_booking,
        credited_in_the_shop,
        gone_after_booking,
        gone_before_booking,
        draft_deleted,
        payment_by_hand,
        possible_duplicate,
        lines_without_sense,
    )
}
