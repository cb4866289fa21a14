"""A shop and an organisation, simulated over real sockets, and processes of the operator between them."""

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from dinero_operator.dinero.auth import ApiKey
from dinero_operator.domain.choices import Trigger
from dinero_operator.domain.identity import creditnote_guid, invoice_guid, payment_reference
from dinero_operator.metrics import Metrics
from dinero_operator.sandbox.dinero import DineroSimulator, Invoice
from dinero_operator.sandbox.faults import FaultPlan
from dinero_operator.sandbox.shoporama import OrderLine, ShoporamaSimulator, SimOrder
from dinero_operator.sync.integration import Integration, Request, Restored
from dinero_operator.sync.report import Condition, ConditionType, Report
from dinero_operator.sync.services import Services
from dinero_operator.sync.spec import Credentials, IntegrationSpec
from dinero_operator.transport.http import Probe, Transport

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
START = date(2026, 3, 1)
DEPOSIT = 55_100
SALES_VAT = 64_000
MANY = 1_000_000
HOUR = 3601.0
INTERVAL = 300.0


class Simulators:
    """Dinero and Shoporama on loopback; each world is an organisation and a shop of its own on them."""

    def __init__(self, clock: Any, *, dinero_faults: FaultPlan | None, shop_faults: FaultPlan | None) -> None:
        self.clock = clock
        self.dinero = DineroSimulator(now=clock.now, requests_per_minute=None, faults=dinero_faults)
        self.platform = ShoporamaSimulator(now=clock.now, faults=shop_faults)
        self.broken: set[str] = set()
        """Writes whose path or body holds one of these are answered with 500, and change nothing."""
        self.dinero.app.middlewares.append(self._break)
        self._numbers = itertools.count(1)
        self._open: list[World] = []

    def world(self) -> "World":
        world = World(self, next(self._numbers))
        self._open.append(world)
        return world

    async def close(self) -> None:
        for world in self._open:
            await world.close()
        await self.platform.stop()
        await self.dinero.stop()

    @web.middleware
    async def _break(self, request: web.Request, handler: Any) -> web.StreamResponse:
        text = request.path + (await request.text() if request.method == "POST" and self.broken else "")
        if request.method == "POST" and any(part in text for part in self.broken):
            return web.Response(status=500, text="<html>500</html>", content_type="text/html")
        return await handler(request)


@asynccontextmanager
async def simulators(
    clock: Any, *, dinero_faults: FaultPlan | None = None, shop_faults: FaultPlan | None = None
) -> AsyncIterator[Simulators]:
    site = Simulators(clock, dinero_faults=dinero_faults, shop_faults=shop_faults)
    await site.dinero.start()
    await site.platform.start()
    try:
        yield site
    finally:
        await site.close()


class Process:
    """One process of the operator with one integration. ``last`` is the last report, as the status keeps it."""

    def __init__(
        self, world: "World", *, restored: Restored | None, probe: Probe | None, **services: Any
    ) -> None:
        self.world = world
        self.metrics = Metrics()
        clock = world.site.clock
        self.transport = Transport(clock=clock, metrics=self.metrics, random=Random(1), probe=probe)  # noqa: S311
        dinero = world.site.dinero
        services = {"requests_per_minute": MANY} | services
        self.services = Services(
            self.transport, clock, self.metrics, dinero.url, dinero.token_url, **services
        )
        self.holds: list[str] = []
        """Reasons of all the holds that this process ever told of."""
        self.integration = Integration(
            "default", "demo", self.services, restored, on_hold=lambda hold: self.holds.append(hold.reason)
        )
        self.last: Report | None = None

    async def run(self, request: Request | None = None, **spec: Any) -> Report:
        """One run."""
        report = await self.integration.run(self.world.spec(**spec), self.world.credentials, request)
        self.last = report
        return report

    async def settle(self, *, runs: int = 10, quiet: int = 1, **spec: Any) -> Report:
        """Run, as the scheduler would, until ``quiet`` runs in a row went through, owe nothing, and wrote nothing."""
        silence = 0
        for _ in range(runs):
            before = self.world.writes()
            report = await self.run(**spec)
            if not report.succeeded or is_owing(report) or self.world.writes() != before:
                silence = 0
            elif (silence := silence + 1) == quiet:
                return report
            self.world.site.clock.advance(max(1.0, report.next_run))
        raise AssertionError(f"not quiet after {runs} runs: {report}")

    async def close(self) -> None:
        await self.transport.aclose()


class World:
    """One shop, one organisation's books, and what is chosen in the resource."""

    def __init__(self, site: Simulators, number: int) -> None:
        self.site = site
        self.clock = site.clock
        self.organisation = 118_000 + number
        self.books = site.dinero.add_organisation(self.organisation, f"Demo {number} ApS")
        self.api_key = f"key-{number}"
        site.dinero.add_api_key(
            client_id="client",
            client_secret="secret",
            api_key=self.api_key,
            organisations=[self.organisation],
        )
        self.shop = site.platform.add_shop(f"demo-{number}", daily_limit=MANY)
        self.credentials = Credentials(self.shop.token, ApiKey("client", "secret", self.api_key))
        self.choices: dict[str, Any] = {}
        self.namesakes: Counter[str] = Counter()
        """Contacts that people made by hand, by e-mail address."""
        self.by_hand: set[str] = set()
        """Guids of invoices that people made by hand."""
        self.credited: dict[int, list[int]] = {}
        """Øre of each credit note that an order must have, and whose money went back if it had come."""
        self.checks: list[Callable[[], None]] = []
        """What else must hold in the end."""
        self._processes: list[Process] = []

    def spec(self, **changes: Any) -> IntegrationSpec:
        plain: dict[str, Any] = {
            "shop_url": self.site.platform.rest_url,
            "zone": COPENHAGEN,
            "start_from": START,
            "organisation": self.organisation,
            "trigger": Trigger.PAID,
            "account": DEPOSIT,
            "daily_calls": MANY,
            "interval": INTERVAL,
        }
        return IntegrationSpec(**plain | self.choices | changes)

    def process(
        self, restored: Restored | None = None, probe: Probe | None = None, **services: Any
    ) -> Process:
        process = Process(self, restored=restored, probe=probe, **services)
        self._processes.append(process)
        return process

    async def close(self) -> None:
        for process in self._processes:
            await process.close()

    def order(self, *, price: int = 200_00, shipping: int = 49_00, **fields: Any) -> int:
        """Place an order, paid unless said otherwise, a moment ago; returns its id."""
        self.clock.advance(1.0)
        lines = fields.pop("lines", (OrderLine(name="Kop", unit_price=price),))
        fields = {"paid": True, "email": "anne@example.com"} | fields
        return self.shop.place(SimOrder(lines=lines, shipping_price=shipping, **fields)).order_id

    def invoice(self, order_id: int) -> Invoice | None:
        return self.books.invoices.get(str(invoice_guid(self.organisation, order_id)))

    def writes(self) -> int:
        """POSTs that reached the books so far."""
        scope = str(self.organisation)
        return sum(call.method == "POST" for call in self.site.dinero.calls if call.scope == scope)

    def calls(self) -> Counter[str]:
        """Calls of this world on both systems since the last time that this was asked."""
        found = self.site.dinero.count(scope=str(self.organisation))
        found.update(self.site.platform.count(scope=self.shop.name))
        self.site.dinero.calls.clear()
        self.site.platform.calls.clear()
        return found

    def verify(self) -> None:
        """Every order of the shop is in the books once, whole, and paid if it is; nothing else is; the books balance."""
        for check in self.checks:
            check()
        orders = [order for order in self.shop.orders.values() if order.total_price]
        for order in orders:
            self._verify_order(order)
        ours = {str(invoice_guid(self.organisation, order.order_id)) for order in orders}
        assert set(self.books.invoices) == ours | self.by_hand
        addresses = Counter(
            (contact.email or "").lower()
            for contact in self.books.contacts.values()
            if not contact.deleted_at
        )
        wanted = {(order.email or "").lower(): 1 for order in orders} | dict(self.namesakes)
        assert addresses == Counter(wanted)
        per_voucher: Counter[str] = Counter()
        for entry in self.books.entries:
            per_voucher[entry.voucher_guid] += entry.amount
        assert not any(per_voucher.values())
        notes = [note for note in self.books.credit_notes.values() if note.deleted_at is None]
        assert len(notes) == sum(map(len, self.credited.values()))
        received = sum(entry.amount for entry in self.books.entries if entry.account_number == DEPOSIT)
        wanted_total = sum(order.total_price for order in orders if order.paid and not self.is_void(order))
        assert received == wanted_total
        vat = -sum(entry.amount for entry in self.books.entries if entry.account_number == SALES_VAT)
        documents = [invoice.totals.vat for invoice in self.books.invoices.values() if invoice.booked]
        assert vat == sum(documents) - sum(note.totals.vat for note in notes)

    def _verify_order(self, order: SimOrder) -> None:
        invoice = self.invoice(order.order_id)
        assert invoice is not None, f"order {order.order_id} is lost"
        assert invoice.booked, f"order {order.order_id} is not booked"
        assert invoice.deleted_at is None
        amounts = self.credited.get(order.order_id, [])
        worth = 0 if self.is_void(order) else order.total_price
        assert invoice.totals.gross - sum(amounts) == worth
        self._verify_credits(order, invoice, amounts)
        assert invoice.external_reference == f"shoporama:{order.order_id}"
        assert invoice.contact_guid is not None
        if amounts:
            # Money that came and went back before the operator looked need not be there twice.
            assert invoice.remaining == (0 if order.paid else worth)
        elif order.paid:
            (payment,) = invoice.payments
            assert payment.external_reference == payment_reference(order.order_id)
            assert payment.amount == order.total_price
            assert payment.deposit_account == DEPOSIT
            assert invoice.remaining == 0
        else:
            assert not invoice.payments

    def is_void(self, order: SimOrder) -> bool:
        """Whether nothing is left of the order's sale."""
        return order.status == "cancelled" and order.order_id in self.credited

    def _verify_credits(self, order: SimOrder, invoice: Invoice, amounts: list[int]) -> None:
        notes = sorted(
            (note for note in self.books.credit_notes.values() if note.credit_note_for == invoice.guid),
            key=lambda note: note.number or 0,
        )
        assert all(note.booked for note in notes)
        assert [note.totals.gross for note in notes] == amounts
        references = [f"shoporama:{order.order_id}:credit:{number + 1}" for number in range(len(notes))]
        assert [note.external_reference for note in notes] == references
        guids = [str(creditnote_guid(self.organisation, reference)) for reference in references]
        assert [note.guid for note in notes] == guids
        refunds = [payment for payment in invoice.payments if payment.amount < 0]
        assert {payment.external_reference for payment in refunds} <= {
            f"{name}:refund" for name in references
        }
        assert len(refunds) == len({payment.external_reference for payment in refunds})
        accounts = {line.account_number for line in invoice.lines}
        assert all(line.account_number in accounts for note in notes for line in note.lines)


def restored_of(report: Report | None) -> Restored:
    """What the resource's status keeps of a report."""
    if report is None:
        return Restored()
    return Restored(
        organisation=report.organisation.key if report.organisation else None,
        watermark=datetime.fromisoformat(report.watermark) if report.watermark else None,
        held=report.held,
        pending=report.counts.pending if report.counts else 0,
        last_booked=report.last_booked,
    )


def condition(report: Report, kind: ConditionType) -> Condition:
    found = report.condition(kind)
    assert found is not None, f"{kind} is missing"
    return found


def is_owing(report: Report) -> bool:
    """Whether orders are still to be done; held ones do not count."""
    synced = report.condition(ConditionType.SYNCED)
    return synced is None or synced.reason in ("OrdersOwed", "DryRun")


def customers(world: World, count: int) -> list[int]:
    """Place orders of so many new customers."""
    return [world.order(email=f"kunde{number}@example.com", price=100_00 + number) for number in range(count)]


def booked(world: World) -> int:
    return sum(invoice.booked for invoice in world.books.invoices.values())
