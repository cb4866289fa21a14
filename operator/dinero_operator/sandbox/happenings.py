"""What has happened, seen from outside: the difference between two looks at the simulators and the resources."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime

from dinero_operator.domain import money
from dinero_operator.sandbox.dinero import Books, Invoice
from dinero_operator.sandbox.simulators import Place
from dinero_operator.sandbox.stage import Stage

_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened in a shop; ``text`` names no customer. ``kind`` decides its colour."""

    at: datetime
    shop: str
    kind: str
    text: str


@dataclass(slots=True)
class Figures:
    """How far one shop is. ``paid`` and ``invoiced`` in øre; ``calls`` to Dinero, tried again and refused ones too."""

    orders: int = 0
    booked: int = 0
    drafted: int = 0
    invoiced: int = 0
    payments: int = 0
    paid: int = 0
    pending: int = 0
    held: int = 0
    contacts: int = 0
    calls: int = 0
    ready: str = ""

    @property
    def calls_per_order(self) -> float | None:
        """Calls for each order that has an invoice."""
        invoices = self.booked + self.drafted
        return self.calls / invoices if invoices else None


class _Seen:
    """What was there at the last look at one shop."""

    def __init__(self, books: Books) -> None:
        self.held: dict[str, str] = {}
        self.turn_to(books)

    def turn_to(self, books: Books) -> None:
        """Begin with these books. What is in them at the start has not happened."""
        self.books = books
        self.contacts = set(books.contacts)
        self.invoices: dict[str, tuple[bool, int]] = {
            guid: _progress(invoice) for guid, invoice in books.invoices.items()
        }


class Chronicle:
    """Figures of each shop by name, and what happened last, the oldest first. ``look`` brings them up to date."""

    def __init__(self, stage: Stage) -> None:
        self.figures: dict[str, Figures] = {place.cast.name: Figures() for place in stage.places}
        self.latest: deque[Happening] = deque(maxlen=_REMEMBERED)
        self.count = 0
        """Happenings so far."""
        self._stage = stage
        self._seen = {place.cast.name: _Seen(stage.books(place)) for place in stage.places}
        self._calls: Counter[str] = Counter()
        self._calls_read = 0
        self._restarts = 0

    def look(self) -> list[Happening]:
        """Take note of what is new, and return it."""
        before = self.count
        calls = self._stage.outside.dinero.calls
        self._calls.update(call.scope for call in calls[self._calls_read :])
        self._calls_read = len(calls)
        for place in self._stage.places:
            self._books(place)
            self._holds(place)
            self.figures[place.cast.name] = self._figures(place)
        if self._stage.operator.restarts > self._restarts:
            self._restarts = self._stage.operator.restarts
            self._tell("", "restart", "the operator was killed or died, and is started again")
        new = min(self.count - before, len(self.latest))
        return list(self.latest)[len(self.latest) - new :]

    def _books(self, place: Place) -> None:
        seen, name, books = self._seen[place.cast.name], place.cast.name, self._stage.books(place)
        if books is not seen.books:
            seen.turn_to(books)
        for guid in books.contacts.keys() - seen.contacts:
            seen.contacts.add(guid)
            self._tell(name, "contact", "contact created")
        for guid, invoice in books.invoices.items():
            known = seen.invoices.get(guid)
            now = _progress(invoice)
            if now == known:
                continue
            seen.invoices[guid] = now
            order = _order_number(place, invoice)
            if known is None and not invoice.booked:
                self._tell(name, "draft", f"invoice drafted for order {order}")
            if invoice.booked and not (known and known[0]):
                total = money.text(invoice.totals.gross)
                self._tell(name, "booked", f"invoice {invoice.number} booked for order {order}: {total}")
            if now[1] > (known[1] if known else 0):
                payment = invoice.payments[-1]
                self._tell(
                    name,
                    "paid",
                    f"payment of order {order} registered on {payment.deposit_account}: {money.text(payment.amount)}",
                )

    def _holds(self, place: Place) -> None:
        seen, name = self._seen[place.cast.name], place.cast.name
        held = {str(hold["orderId"]): hold for hold in self._stage.status(place).get("held", [])}
        for order_id, hold in held.items():
            if seen.held.get(order_id) != hold["reason"]:
                self._tell(name, "held", f"order {hold['orderNumber']} held: {hold['reason']}")
        seen.held = {order_id: hold["reason"] for order_id, hold in held.items()}

    def _figures(self, place: Place) -> Figures:
        status, books = self._stage.status(place), self._stage.books(place)
        orders = status.get("orders", {})
        conditions = {each["type"]: each for each in status.get("conditions", [])}
        figures = Figures(
            orders=len(place.shop.orders),
            pending=orders.get("pending", 0),
            held=orders.get("held", 0),
            contacts=sum(contact.deleted_at is None for contact in books.contacts.values()),
            calls=self._calls[str(books.organisation_id)],
            ready=conditions.get("Ready", {}).get("reason", ""),
        )
        for invoice in books.invoices.values():
            if invoice.deleted_at is not None:
                continue
            if invoice.booked:
                figures.booked += 1
                figures.invoiced += invoice.totals.gross
            else:
                figures.drafted += 1
            figures.payments += len(invoice.payments)
            figures.paid += sum(payment.amount for payment in invoice.payments)
        return figures

    def _tell(self, shop: str, kind: str, text: str) -> None:
        self.count += 1
        self.latest.append(Happening(datetime.now().astimezone(), shop, kind, text))


def _progress(invoice: Invoice) -> tuple[bool, int]:
    """How far an invoice is: booked or not, and the number of its payments."""
    return (invoice.booked, len(invoice.payments))


def _order_number(place: Place, invoice: Invoice) -> int | str:
    _, _, order_id = (invoice.external_reference or "").partition(":")
    order = place.shop.orders.get(int(order_id)) if order_id.isdigit() else None
    return order.webshop_order_id if order is not None else "?"
