"""Do the books hold what the shop's orders ask for? Compared to the øre, independently of how the operator works."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dinero_operator.domain import money
from dinero_operator.sandbox.dinero import Books, Invoice
from dinero_operator.sandbox.expected import End, Expected, Spec, class_of, email_of, expected, placed_on
from dinero_operator.sandbox.shoporama import SimOrder

DEBTORS = 53000
"""The account on which customers owe what is booked and not paid."""
_LISTED_HOLDS = 50


@dataclass(frozen=True, slots=True)
class Case:
    """One shop: its orders, its resource's ``spec`` and ``status``, and its books."""

    orders: tuple[SimOrder, ...]
    spec: Spec
    status: Mapping[str, Any]
    books: Books

    def expected(self) -> list[Expected]:
        """What must become of each order."""
        return [expected(order, self.spec) for order in self.orders]


def differences(case: Case) -> list[str]:
    """Every difference between what the books and the status hold and what they must, in plain sentences."""
    due = case.expected()
    return [
        *_invoices(case, due),
        *_contacts(case, due),
        *_entries(case, due),
        *_holds(case, due),
        *_counts(case, due),
    ]


def owed(case: Case) -> list[str]:
    """The orders that are not yet where they must be, in a word or two each: for somebody who waited in vain."""
    missing = []
    held = {str(hold["orderId"]): hold["reason"] for hold in case.status.get("held", [])}
    invoices = _by_reference(case.books)
    for due in case.expected():
        order = due.order
        if due.end is End.HELD:
            if str(order.order_id) not in held:
                missing.append(f"{_name(order)} is to be held")
        elif due.end.invoiced and any(_invoice(case, due, invoices[_reference(order)])):
            hold = held.get(str(order.order_id))
            missing.append(f"{_name(order)} is to be {due.end}" + (f", but is held: {hold}" if hold else ""))
    return missing


def _name(order: SimOrder) -> str:
    return f"Order {order.webshop_order_id}"


def _reference(order: SimOrder) -> str:
    return f"shoporama:{order.order_id}"


def _by_reference(books: Books) -> defaultdict[str, list[Invoice]]:
    """The invoices that are not deleted, by our reference; empty for those that bear none."""
    found = defaultdict(list)
    for invoice in books.invoices.values():
        if invoice.deleted_at is None:
            found[invoice.external_reference or ""].append(invoice)
    return found


def _invoices(case: Case, due: Iterable[Expected]) -> Iterator[str]:
    """Exactly one invoice for each order that is owed one, and no others."""
    found = _by_reference(case.books)
    for each in due:
        if each.end.invoiced:
            yield from _invoice(case, each, found.pop(_reference(each.order), []))
    for reference, invoices in found.items():
        for invoice in invoices:
            yield f"{_title(invoice)} ({reference or 'without a reference'}) belongs to no order that is owed one."
    for note in case.books.credit_notes.values():
        if note.deleted_at is None:
            yield f"There is a credit note of {money.text(note.totals.gross)} that nothing asks for."


def _invoice(case: Case, due: Expected, found: list[Invoice]) -> Iterator[str]:
    order, name = due.order, _name(due.order)
    if len(found) != 1:
        yield f"{name} must have one invoice, and has {len(found) or 'none'}."
        return
    invoice = found[0]
    if invoice.booked is not (due.end is not End.DRAFTED):
        yield f"{name} must be {due.end}, but its invoice is {'booked' if invoice.booked else 'a draft'}."
    yield from _amounts(case, order, invoice)
    yield from _customer(case, order, invoice)
    if not placed_on(order, case.spec) <= invoice.date <= case.books.today():
        yield f"{name} has a voucher date outside the days from its placing to now: {invoice.date}."
    yield from _payments(case, due, invoice)


def _amounts(case: Case, order: SimOrder, invoice: Invoice) -> Iterator[str]:
    name, totals = _name(order), invoice.totals
    if invoice.currency != "DKK":
        yield f"{name} is in DKK, but its invoice in {invoice.currency}."
    if totals.gross != order.total_price:
        yield f"{name} comes to {money.text(order.total_price)}, but its invoice to {money.text(totals.gross)}."
    tolerance = sum(1 for line in invoice.lines if line.gross)
    if abs(totals.vat - order.vat) > tolerance:
        yield (
            f"{name} has {money.text(order.vat)} VAT, but its invoice {money.text(totals.vat)}: more than an øre a line "
            "apart."
        )
    accounts = case.spec.get("sales", {}).get(class_of(order), {})
    goods, shipping = accounts.get("goods", case.books.default_account), accounts.get("shipping")
    wanted = {goods: order.total_price}
    if shipping not in (None, goods):
        wanted = {goods: order.total_price - order.shipping_price, shipping: order.shipping_price}
    found: Counter[int | None] = Counter()
    for line in invoice.lines:
        found[line.account_number] += line.gross
    for account in sorted({*wanted, *(number for number in found if number is not None)}):
        if found[account] != wanted.get(account, 0):
            yield (
                f"{name} puts {money.text(found[account])} on revenue account {account}, where "
                f"{money.text(wanted.get(account, 0))} belong."
            )


def _customer(case: Case, order: SimOrder, invoice: Invoice) -> Iterator[str]:
    contact = case.books.contacts.get(invoice.contact_guid or "")
    if contact is None or contact.deleted_at is not None:
        yield f"{_name(order)} has an invoice without a contact."
    elif (contact.email or "").strip().casefold() != email_of(order):
        yield f"{_name(order)} has an invoice to a contact with another e-mail address."


def _payments(case: Case, due: Expected, invoice: Invoice) -> Iterator[str]:
    order, name = due.order, _name(due.order)
    payments = invoice.payments
    wanted = 1 if due.end is End.PAID else 0
    if len(payments) != wanted:
        yield f"{name} must have {wanted or 'no'} payment, and has {len(payments) or 'none'}."
    if not wanted:
        return
    for payment in payments:
        if payment.amount != order.total_price:
            yield (
                f"{name} has a payment of {money.text(payment.amount)}; paid were {money.text(order.total_price)}."
            )
        if payment.deposit_account != case.spec["account"]:
            yield f"{name} has its payment on account {payment.deposit_account}, not on {case.spec['account']}."
        if payment.external_reference != f"{_reference(order)}:payment":
            yield f"{name} has a payment with the reference {payment.external_reference!r}."
    if invoice.remaining:
        yield f"{name} is paid, but {money.text(invoice.remaining)} of its invoice remain."


def _contacts(case: Case, due: Iterable[Expected]) -> Iterator[str]:
    """One contact for each e-mail address that is invoiced, and no others."""
    numbers: dict[str, int] = {}
    for each in due:
        if each.end.invoiced:
            numbers.setdefault(email_of(each.order), each.order.webshop_order_id)
    contacts = Counter(
        (contact.email or "").strip().casefold()
        for contact in case.books.contacts.values()
        if contact.deleted_at is None
    )
    for email, number in numbers.items():
        if contacts[email] != 1:
            yield (
                f"The customer of order {number} must be one contact, and is {contacts[email] or 'none'} by e-mail."
            )
    others = sum(count for email, count in contacts.items() if email not in numbers)
    if others:
        yield f"Contacts without any order that is invoiced: {others}."


def _entries(case: Case, due: Iterable[Expected]) -> Iterator[str]:
    """Debit is credit for every voucher, and the accounts hold what was sold and paid."""
    vouchers: defaultdict[str, int] = defaultdict(int)
    accounts: Counter[int] = Counter()
    for entry in case.books.entries:
        vouchers[entry.voucher_guid] += entry.amount
        accounts[entry.account_number] += entry.amount
    for guid, amount in vouchers.items():
        if amount:
            invoice = case.books.invoices.get(guid)
            title = _title(invoice) if invoice else "A voucher"
            yield f"{title} does not balance: debit less credit is {money.text(amount)}."
    totals: Counter[End] = Counter()
    for each in due:
        totals[each.end] += each.order.total_price
    account = case.spec["account"]
    for number, wanted in ((account, totals[End.PAID]), (DEBTORS, totals[End.BOOKED])):
        if accounts[number] != wanted:
            yield f"Account {number} holds {money.text(accounts[number])}; by the orders it is {money.text(wanted)}."


def _holds(case: Case, due: Iterable[Expected]) -> Iterator[str]:
    """The orders that must be held stand in ``status.held`` with a fitting reason, and no others."""
    wanted = {str(each.order.order_id): each for each in due if each.end is End.HELD}
    held = case.status.get("held", [])
    seen = Counter(str(hold["orderId"]) for hold in held)
    if len(wanted) <= _LISTED_HOLDS:
        for order_id, each in wanted.items():
            if not seen[order_id]:
                reasons = " or ".join(sorted(each.reasons))
                yield f"{_name(each.order)} must be held ({reasons}), and is not."
    for hold in held:
        order_id, reason = str(hold["orderId"]), hold["reason"]
        expectation = wanted.get(order_id)
        if expectation is None:
            yield f"Order {hold.get('orderNumber', order_id)} is held ({reason}), and must not be."
        elif reason not in expectation.reasons:
            reasons = " or ".join(sorted(expectation.reasons))
            yield f"{_name(expectation.order)} is held as {reason}; it must be {reasons}."
        if seen[order_id] > 1:
            yield f"Order {hold.get('orderNumber', order_id)} stands in status.held {seen[order_id]} times."


def _counts(case: Case, due: Iterable[Expected]) -> Iterator[str]:
    ends = Counter(each.end for each in due)
    wanted = {
        "booked": ends[End.BOOKED] + ends[End.PAID],
        "drafted": ends[End.DRAFTED],
        "credited": 0,
        "held": ends[End.HELD],
        "pending": ends[End.PENDING],
    }
    counts = case.status.get("orders", {})
    for name, number in wanted.items():
        if counts.get(name, 0) != number:
            yield f"status.orders.{name} is {counts.get(name, 0)}; by the orders it is {number}."


def _title(invoice: Invoice) -> str:
    return f"Invoice {invoice.number}" if invoice.booked else "A draft"
