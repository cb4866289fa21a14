"""What would happen to the shop's newest orders, before anything is switched on. Nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from dinero_operator.domain.choices import Booking, FirstRun
from dinero_operator.domain.document import contact_draft, invoice_lines, voucher_date
from dinero_operator.domain.eligibility import Obstacle, accounts_of
from dinero_operator.domain.errors import InvalidConfiguration
from dinero_operator.domain.foresight import foresee
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.observation import ContactView, Look, Observed
from dinero_operator.domain.order import Order, OrderStatus, UnreadableOrder
from dinero_operator.domain.plan import (
    BookCredit,
    BookInvoice,
    CreateContact,
    CreateCredit,
    CreateInvoice,
    Outcome,
    RegisterPayment,
    RegisterRefund,
    RestoreContact,
    Write,
)
from dinero_operator.domain.policy import Policy
from dinero_operator.shoporama.client import ShopClient
from dinero_operator.shoporama.orders import OrderSummary, Row
from dinero_operator.shoporama.reading import Reading
from dinero_operator.shoporama.walk import Walker
from dinero_operator.sync.bench import policy_of
from dinero_operator.sync.books import FIRST_RUN_ORDERS, Books
from dinero_operator.sync.engine import End, Engine, Planned
from dinero_operator.sync.report import Choice
from dinero_operator.sync.services import Services
from dinero_operator.sync.setup import set_up
from dinero_operator.sync.spec import Credentials, IntegrationSpec

PREVIEW_ORDERS = 5


class State(StrEnum):
    """What would become of an order at the next poll."""

    TRANSFER = "transfer"
    """Its next step would be taken now."""
    PENDING = "pending"
    """Not yet: it has not reached the trigger."""
    HELD = "held"
    """It is due, and a person must act first."""
    SKIPPED = "skipped"
    """Nothing to invoice, or marked as done by hand."""
    IN_DINERO = "inDinero"
    """Everything that is due is there already."""
    BEFORE_START = "beforeStart"
    """Placed before ``startFrom``: never transferred."""
    CANCELLED = "cancelled"


class Step(StrEnum):
    """What would be done in Dinero, in order."""

    CREATE_CONTACT = "createContact"
    RESTORE_CONTACT = "restoreContact"
    CREATE_INVOICE = "createInvoice"
    BOOK = "book"
    PAY = "pay"
    CREDIT = "credit"
    REFUND = "refund"
    OTHER = "other"


class Customer(StrEnum):
    """Who buys, without a name: a contact in Dinero is a person or a company."""

    PRIVATE = "private"
    COMPANY = "company"


_STEPS: Mapping[type[Write], Step] = {
    CreateContact: Step.CREATE_CONTACT,
    RestoreContact: Step.RESTORE_CONTACT,
    CreateInvoice: Step.CREATE_INVOICE,
    BookInvoice: Step.BOOK,
    RegisterPayment: Step.PAY,
    CreateCredit: Step.CREDIT,
    BookCredit: Step.CREDIT,
    RegisterRefund: Step.REFUND,
}


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line of the invoice. Amounts are øre, VAT included; ``account`` is the revenue account."""

    text: str
    quantity: Decimal
    unit_price: int
    total: int
    account: int


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One order and its future, without personal data. ``total`` is in øre of ``currency``, VAT included.

    ``steps`` is what would be done now; for an order from before the start, what would be done had it been placed later.
    ``hold`` says why it is held, or would be; ``detail`` says it with amounts, in English.
    ``lines`` and ``voucher_date`` are empty where no invoice can be made. ``account`` receives the payment.
    """

    order_id: int
    number: str
    state: State
    account: int
    placed: date | None = None
    paid: bool = False
    total: int | None = None
    currency: str = "DKK"
    customer: Customer | None = None
    lines: tuple[PlannedLine, ...] = ()
    voucher_date: date | None = None
    steps: tuple[Step, ...] = ()
    hold: HoldReason | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """The newest orders first, and what they were looked at with."""

    organisation: Choice
    account: Choice
    account_is_bank: bool
    start_from: date
    orders: tuple[PlannedOrder, ...]


async def preview(
    spec: IntegrationSpec,
    credentials: Credentials,
    services: Services,
    *,
    bound: int | None = None,
    limit: int = PREVIEW_ORDERS,
) -> Preview:
    """Look at the shop's ``limit`` newest orders and say what would become of each. Reads only.

    ``bound`` is the organisation that the resource's orders have gone to so far. Costs the shop the page of its newest
    orders and its list of countries, as a rule; an order whose row has no lines costs a call more. Raises ``OperatorError``:
    ``InvalidConfiguration`` also where something is still to be chosen.
    """
    setup = await set_up(spec, credentials, services, bound)
    if setup.problem is not None:
        raise setup.problem
    if setup.missing or setup.organisation is None or setup.account is None:
        raise InvalidConfiguration(
            f"Choose {', '.join(setup.missing)} before the orders are looked at.", reason="SelectionMissing"
        )
    policy = policy_of(spec, setup, services.clock.now())
    rows = await _newest(spec, credentials, services, limit)
    books = services.books(setup.organisation.key)
    await books.load_invoices(setup.client, spec.start_from)
    await books.refresh_invoices(setup.client)
    # The very engine of a run; it stops before its first write.
    engine = Engine(client=setup.client, books=books, policy=policy, dry_run=True, first_run=spec.first_run)
    ends = [await engine.settle(row) if isinstance(row, Order) else None for row in rows]
    if spec.first_run is FirstRun.DRAFT and _leaves_drafts(books, ends):
        policy = replace(policy, booking=Booking.MANUAL)
    orders = tuple(
        _unreadable(row, policy) if isinstance(row, UnreadableOrder) else _planned(row, end, policy)
        for row, end in zip(rows, ends, strict=True)
    )
    return Preview(setup.organisation, setup.account, setup.account_is_bank, spec.start_from, orders)


async def _newest(
    spec: IntegrationSpec, credentials: Credentials, services: Services, limit: int
) -> list[Order | UnreadableOrder]:
    """The newest orders of the shop, as far as its sort order can be told from one page or two."""
    shop = ShopClient(
        transport=services.transport,
        base_url=spec.shop_url,
        token=credentials.shop_token,
        quota=services.quota(spec.shop_url, credentials.shop_token, spec.daily_calls),
        zone=spec.zone,
        on_wait=lambda seconds: services.metrics.observe_budget_wait("shoporama", seconds),
    )
    reading = Reading(shop)
    await Walker().newest(reading)
    newest = sorted(reading.rows.values(), key=_by_age, reverse=True)[:limit]
    read = [await shop.get_order(row.order_id) if isinstance(row, OrderSummary) else row for row in newest]
    return [order for order in read if order is not None]


def _by_age(row: Row) -> tuple[datetime, int]:
    return row.placed_at or datetime.min, row.order_id  # noqa: DTZ901 - wall times have no zone


def _leaves_drafts(books: Books, ends: Sequence[End | None]) -> bool:
    """Whether all the invoices that would be made now are among the first, which ``firstRun: Draft`` does not book."""
    new = sum(isinstance(end, Planned) for end in ends)
    return len(books.first_orders()) + new <= FIRST_RUN_ORDERS


def _unreadable(row: UnreadableOrder, policy: Policy) -> PlannedOrder:
    return PlannedOrder(
        order_id=row.order_id,
        number=row.number,
        state=State.HELD,
        account=policy.deposit_account,
        placed=row.placed_at.date() if row.placed_at else None,
        hold=HoldReason.ORDER_UNREADABLE,
        detail=f"The order's {row.problem}",
    )


def _planned(order: Order, end: End | None, policy: Policy) -> PlannedOrder:
    state = _state(order, end)
    if state is State.BEFORE_START:
        # Shown as if it had come later: a new shop has no other orders to look at yet.
        policy = replace(policy, start_from=order.placed_at.date())
    writes: tuple[Write, ...] = ()
    obstacle = end if isinstance(end, Obstacle) else None
    if isinstance(end, Planned) or state is State.BEFORE_START:
        foreseen = foresee(order, _known(end), policy) if _is_new(end) else None
        if foreseen is not None:
            writes = foreseen.writes
            obstacle = foreseen.end if isinstance(foreseen.end, Obstacle) else None
        elif isinstance(end, Planned):
            writes = (end.action,)
    accounts = accounts_of(order, policy)
    lines = invoice_lines(order, accounts, policy.discount) if accounts is not None else ()
    return PlannedOrder(
        order_id=order.order_id,
        number=order.number,
        state=state,
        account=policy.deposit_account,
        placed=order.placed_at.date(),
        paid=order.paid,
        total=order.total,
        currency=order.currency or policy.currency,
        customer=_customer(order, policy),
        lines=tuple(
            PlannedLine(line.description, line.quantity, line.unit_price, line.amount, line.account)
            for line in lines
        ),
        voucher_date=voucher_date(order, policy) if writes else None,
        steps=tuple(_STEPS.get(type(write), Step.OTHER) for write in writes),
        hold=obstacle.reason if obstacle else None,
        detail=obstacle.detail if obstacle else "",
    )


def _state(order: Order, end: End | None) -> State:
    match end:
        case Planned():
            return State.TRANSFER
        case Obstacle():
            return State.HELD
        case None:
            raise AssertionError("an order that can be read has an end")
    match end.outcome:
        case Outcome.PENDING:
            return State.PENDING
        case Outcome.SKIPPED:
            return State.SKIPPED
        case Outcome.NEVER:
            # The domain knows two reasons for never, and the order's status tells which.
            return State.CANCELLED if order.status is OrderStatus.CANCELLED else State.BEFORE_START
        case _:
            return State.IN_DINERO


def _is_new(end: End | None) -> bool:
    """Whether the order has no document yet, so that all of its future can be told without the books."""
    return not isinstance(end, Planned) or isinstance(
        end.action, CreateContact | RestoreContact | CreateInvoice
    )


def _known(end: End | None) -> Observed:
    """What the engine must have seen, to come to this end."""
    match end:
        case Planned(CreateInvoice(invoice)):
            return Observed(contact=ContactView(invoice.contact), invoice=Look.ABSENT)
        case Planned(RestoreContact(guid)):
            return Observed(contact=ContactView(guid, deleted=True), invoice=Look.ABSENT)
        case _:
            return Observed(contact=Look.ABSENT, invoice=Look.ABSENT)


def _customer(order: Order, policy: Policy) -> Customer | None:
    try:
        return Customer.PRIVATE if contact_draft(order, policy).person else Customer.COMPANY
    except ValueError:
        return None
