"""Demo orders: what a small Danish webshop gets in a few days, repeatable by seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from dinero_operator.sandbox.shoporama import goods
from dinero_operator.sandbox.shoporama.cases import CASES, CREDIT, Case
from dinero_operator.sandbox.shoporama.orders import SimOrder
from dinero_operator.sandbox.shoporama.people import Customer, People, other_case

_RETURNING = 0.4
"""Share of the orders that have their e-mail in common with another one."""
_YOUNGEST = 15 * 60
"""Seconds: no demo order is younger, so that there is time for what has happened to it."""


def demo_orders(
    *,
    seed: int,
    count: int,
    now: datetime,
    first_order_id: int = 2_000_001,
    first_number: int = 1001,
    span: timedelta = timedelta(days=5),
) -> list[SimOrder]:
    """``count`` orders of the ``span`` before ``now``, numbered in the order in which they were placed.

    From 34 on, every case of ``cases.CASES`` is among them; fewer show the first ones, which are the ordinary ones.
    Raises ``ValueError`` for a negative count or a span under an hour.
    """
    if count < 0 or span < timedelta(hours=1):
        raise ValueError("demo orders need a count from 0 and a span from one hour")
    random = Random(seed)
    now = now.astimezone(UTC).replace(microsecond=0)
    cases = _cases(random, count)
    with_credit = len(cases) < count
    buyers = _buyers(random, cases)
    orders = [_happen(draft(case, next(buyers), random), case, random, now, span) for case in cases]
    if with_credit:
        orders.append(_credit(orders, random, now))
    orders.sort(key=_placed)
    return [
        replace(order, order_id=first_order_id + place, webshop_order_id=first_number + place)
        for place, order in enumerate(orders)
    ]


def draft(case: Case, customer: Customer, random: Random) -> SimOrder:
    """An order as the customer puts it together: without ids and times, neither paid nor sent."""
    lines = goods.basket(random)
    way, price = goods.shipping(sum(line.total for line in lines), random)
    order = SimOrder(
        billing=customer.party,
        delivery=customer.delivery,
        email=customer.email,
        phone=customer.phone,
        vat_number=customer.vat_number,
        ean_number=customer.ean_number,
        lines=lines,
        shipping_id=way,
        shipping_price=price,
        case=case.name,
    )
    return case.change(order, random) if case.change else order


def _cases(random: Random, count: int) -> list[Case]:
    """Each case once as far as the count goes, then by weight; the credit, if there is room, is left to the caller."""
    once = [case for case in CASES if case.name != CREDIT]
    if count < len(CASES):
        cases = once[:count]
    else:
        more = random.choices(once, weights=[case.weight for case in once], k=count - len(CASES))
        cases = once + more
    random.shuffle(cases)
    return cases


def _buyers(random: Random, cases: list[Case]) -> Iterator[Customer]:
    """A customer for each case, in turn; those who return write their e-mail in different letter cases."""
    people = People(random)
    anybody = [place for place, case in enumerate(cases) if case.customer is None]
    random.shuffle(anybody)
    returning = anybody[: round(_RETURNING * len(cases))]
    known: dict[int, Customer] = {}
    while len(returning) > 1:
        # Nobody is left alone, else the last one would return to nothing.
        size = random.choice((2, 2, 3, 4)) if len(returning) > 4 else len(returning)  # noqa: PLR2004
        group, returning = returning[:size], returning[size:]
        if len(returning) == 1:
            group, returning = group + returning, []
        customer = people.consumer()
        for turn, place in enumerate(group):
            email = customer.email
            if email and turn and (turn == 1 or random.random() < _RETURNING):
                email = other_case(email, random)
            known[place] = replace(customer, email=email)
    for place, case in enumerate(cases):
        yield case.customer(people) if case.customer else known.get(place) or people.consumer()


def _happen(order: SimOrder, case: Case, random: Random, now: datetime, span: timedelta) -> SimOrder:
    """Give the order its past: placed, perhaps paid, perhaps sent or something else, all before ``now``."""
    placed = now - timedelta(seconds=random.randint(_YOUNGEST, int(span.total_seconds())))
    past: dict[str, Any] = {"placed_at": placed, "modified_at": placed}
    if case.paid:
        past |= {"paid": True, "paid_at": placed + timedelta(seconds=random.randint(20, 240))}
        past["modified_at"] = past["paid_at"]
    done = _done(case, past["modified_at"], random, now)
    if done is not None:
        status = "sent" if case.goes.startswith("sent") else case.goes
        past |= {"status": status, "modified_at": done}
        if status == "sent":
            number = f"GLS{random.randrange(10**9):09}"
            past |= {"sent_at": done, "tracking_number": number}
            past["tracking_url"] = f"https://track.example.com/{number}"
    return replace(order, **past)


def _done(case: Case, last: datetime, random: Random, now: datetime) -> datetime | None:
    """When the order reached its final status; ``None`` where it has not."""
    if case.goes == "new":
        return None
    if case.goes == "sent-in-time":
        done = last + timedelta(seconds=random.randint(2 * 3600, 40 * 3600))
        return done if done <= now else None
    left = (now - last).total_seconds()
    return last + timedelta(seconds=int(min(left, 2 * 86400) * random.uniform(0.2, 0.95)))


def _credit(orders: list[SimOrder], random: Random, now: datetime) -> SimOrder:
    """The credit note of one of the orders that were paid and sent."""
    original = next(order for order in orders if order.case == "paid and sent")
    assert original.modified_at is not None
    left = int((now - original.modified_at).total_seconds())
    moment = original.modified_at + timedelta(seconds=random.randint(0, left))
    return replace(
        original.credited(), placed_at=moment, modified_at=moment, paid_at=moment, sent_at=None, case=CREDIT
    )


def _placed(order: SimOrder) -> datetime:
    assert order.placed_at is not None
    return order.placed_at
