"""A shop that lives: customers order, pay and get their parcels while the demo runs."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from random import Random
from typing import NamedTuple

from dinero_operator.sandbox.shoporama.cases import CASES
from dinero_operator.sandbox.shoporama.demo import draft
from dinero_operator.sandbox.shoporama.orders import SimOrder
from dinero_operator.sandbox.shoporama.people import Customer, People, other_case
from dinero_operator.sandbox.shoporama.shop import Shop

_RETURNS = 0.3
_LIVE = tuple(case for case in CASES if case.weight)


class Step(NamedTuple):
    """Wait ``delay`` seconds, then call ``act``, which returns the order as it is now."""

    delay: float
    label: str
    act: Callable[[], SimOrder]


def live_story(shop: Shop, *, seed: int, pace: float = 1.0) -> Iterator[Step]:
    """Endless steps, repeatable by seed: an order every few seconds, paid soon after, sent later, rarely called off.

    ``pace`` 2 doubles the speed. Each step must have been carried out before the next one is asked for.
    Raises ``ValueError`` for a pace that is not positive.
    """
    if pace <= 0:
        raise ValueError("the pace is positive")
    return _Story(shop, Random(seed), pace).steps()


class _Story:
    def __init__(self, shop: Shop, random: Random, pace: float) -> None:
        self._shop = shop
        self._random = random
        self._pace = pace
        self._people = People(random)
        self._customers: list[Customer] = []
        self._turns = count()
        self._due: list[tuple[float, int, str, Callable[[], SimOrder]]] = []
        self._clock = 0.0

    def steps(self) -> Iterator[Step]:
        self._later(1, 4, "a customer orders", self._order)
        while True:
            at, _, label, act = heapq.heappop(self._due)
            delay, self._clock = max(0.0, at - self._clock), max(at, self._clock)
            yield Step(round(delay / self._pace, 3), label, act)

    def _later(self, least: float, most: float, label: str, act: Callable[[], SimOrder]) -> None:
        heapq.heappush(
            self._due, (self._clock + self._random.uniform(least, most), next(self._turns), label, act)
        )

    def _order(self) -> SimOrder:
        random, shop = self._random, self._shop
        case = random.choices(_LIVE, weights=[case.weight for case in _LIVE])[0]
        customer = case.customer(self._people) if case.customer else self._anybody()
        order = shop.place(draft(case, customer, random))
        number, order_id = order.webshop_order_id, order.order_id
        self._later(3, 9, "a customer orders", self._order)
        if random.random() < 0.05:  # noqa: PLR2004 - a share
            self._later(20, 40, f"order {number} is cancelled", lambda: shop.cancel(order_id))
            return order
        sent_after = 0.0
        if case.paid:
            self._later(2, 6, f"order {number} is paid", lambda: shop.mark_paid(order_id))
            sent_after = 6.0
        if case.goes != "new":
            self._later(
                sent_after + 6, sent_after + 30, f"order {number} is sent", lambda: shop.mark_sent(order_id)
            )
        if not case.paid:
            self._later(
                45, 90, f"the bank transfer for order {number} arrives", lambda: shop.mark_paid(order_id)
            )
        return order

    def _anybody(self) -> Customer:
        if self._customers and self._random.random() < _RETURNS:
            customer = self._random.choice(self._customers)
            email = customer.email
            return replace(customer, email=other_case(email, self._random) if email else email)
        self._customers.append(self._people.consumer())
        return self._customers[-1]
