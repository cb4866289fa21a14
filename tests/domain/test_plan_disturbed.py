"""Two operators on one order, answers that get lost, and people who work in Dinero meanwhile: still once and only once."""

from dataclasses import dataclass

from books_model import BookPayment, BooksModel
from hypothesis import given, settings
from hypothesis import strategies as st
from operator_model import MAX_STEPS, OperatorModel
from order_strategies import CONTACTS, orders, policies, some_books

from dinero_operator.domain.eligibility import Obstacle
from dinero_operator.domain.identity import payment_reference
from dinero_operator.domain.observation import InvoiceStatus, Observed
from dinero_operator.domain.order import Order
from dinero_operator.domain.policy import Policy

HUMAN_ACTS = (
    "pays the rest",
    "pays a part",
    "edits the draft",
    "deletes the draft",
    "books the draft",
    "deletes the contacts",
    "makes a new version",
)


@dataclass(frozen=True)
class Turn:
    """Whose turn it is: an operator's (with the answer to a write lost, or not) or a person's."""

    operator: int = 0
    lost: str = ""
    human: str = ""


operator_turns = st.builds(
    Turn, operator=st.integers(0, 1), lost=st.sampled_from(["", "", "", "before", "after"])
)
human_turns = st.builds(Turn, human=st.sampled_from(HUMAN_ACTS))


def act_by_hand(books: BooksModel, what: str) -> None:
    """What a person can do in Dinero's own pages, where it is possible at all."""
    if what == "deletes the contacts":
        for contact in books.contacts:
            contact.deleted = True
        return
    invoice = books.invoice
    if invoice is None or invoice.deleted:
        return
    is_draft = invoice.status is InvoiceStatus.DRAFT
    if what.startswith("pays") and not is_draft and invoice.remaining > 0:
        amount = invoice.remaining if what == "pays the rest" else (invoice.remaining + 1) // 2
        invoice.payments.append(BookPayment(None, amount))
    elif what == "edits the draft" and is_draft:
        invoice.total += 1
        invoice.lines_total += 1
    elif what == "deletes the draft" and is_draft:
        invoice.deleted = True
    elif what == "books the draft" and is_draft:
        invoice.status = InvoiceStatus.BOOKED
    elif what != "makes a new version":
        return
    books.changed()


def an_operator(order: Order, policy: Policy, books: BooksModel) -> OperatorModel:
    """One that has just started, and has listed the invoices."""
    return OperatorModel(order, policy, books, Observed(invoice=books.find_invoice()))


def audit(books: BooksModel, order: Order) -> None:
    for write in ("invoice", "booking", "payment"):
        assert books.writes.count(write) <= 1, f"{write} twice"
    if books.invoice is not None:
        reference = payment_reference(order.order_id)
        ours = [payment for payment in books.invoice.payments if payment.reference == reference]
        assert len(ours) == books.writes.count("payment")
        assert books.invoice.remaining >= 0, "overpaid"


@settings(max_examples=300)
@given(
    orders(plain=True),
    policies(plain=True),
    st.sampled_from(CONTACTS),
    st.sampled_from(["none", "none", "draft", "booked"]),
    st.lists(st.one_of(operator_turns, operator_turns, operator_turns, human_turns), max_size=30),
)
def test_once_and_only_once_whatever_happens_meanwhile(
    order: Order, policy: Policy, contacts: str, invoice: str, turns: list[Turn]
) -> None:
    books = some_books(order, policy, contacts, invoice)
    operators = [an_operator(order, policy, books), an_operator(order, policy, books)]
    for turn in turns:
        if turn.human:
            act_by_hand(books, turn.human)
        else:
            operators[turn.operator].step(lost=turn.lost)
        audit(books, order)

    # The disturbance is over: both come to an end, a third that lists the invoices again finishes what is left …
    for operator in operators:
        operator.settle(2 * MAX_STEPS)
    end = an_operator(order, policy, books).settle()
    audit(books, order)
    # … and then there is nothing more to do.
    written = list(books.writes)
    assert an_operator(order, policy, books).settle() == end
    assert books.writes == written


@settings(max_examples=120)
@given(
    orders(plain=True),
    policies(plain=True),
    st.tuples(st.sampled_from(CONTACTS), st.sampled_from(["none", "draft"])),
    st.integers(0, MAX_STEPS),
    st.sampled_from(["before", "after"]),
)
def test_a_lost_answer_or_a_crash_changes_nothing(
    order: Order, policy: Policy, state: tuple[str, str], when: int, lost: str
) -> None:
    undisturbed = some_books(order, policy, *state)
    expected = an_operator(order, policy, undisturbed).settle()

    for has_crashed in (False, True):
        books = some_books(order, policy, *state)
        operator = an_operator(order, policy, books)
        for number in range(when + 1):
            operator.step(lost=lost if number == when else "")
        if has_crashed:
            operator = an_operator(order, policy, books)
        assert operator.settle(2 * MAX_STEPS) == expected
        assert books.writes == undisturbed.writes
        assert books.invoice == undisturbed.invoice


@settings(max_examples=120)
@given(orders(plain=True), policies(plain=True), st.lists(st.booleans(), max_size=24))
def test_two_operators_come_to_the_same_end_as_one(order: Order, policy: Policy, turns: list[bool]) -> None:
    alone = some_books(order, policy, "none", "none")
    expected = an_operator(order, policy, alone).settle()

    books = some_books(order, policy, "none", "none")
    operators = [an_operator(order, policy, books), an_operator(order, policy, books)]
    for turn in turns:
        operators[turn].step()
    for operator in operators:
        end = operator.settle(2 * MAX_STEPS)
        assert end == expected or (
            isinstance(end, Obstacle) and end.reason == getattr(expected, "reason", None)
        )
    assert books.writes == alone.writes
