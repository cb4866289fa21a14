"""The simulated outside of a demo: its shops, their books, and answers of 429 that do not cost a minute each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from dinero_operator.sandbox.cast import DAILY_CALLS, DemoShop
from dinero_operator.sandbox.dinero import Books, DineroSimulator
from dinero_operator.sandbox.faults import FaultPlan
from dinero_operator.sandbox.shoporama import Shop, ShoporamaSimulator, SimOrder, demo_orders

_SPAN = timedelta(days=5)
_IDS_OF_A_SHOP = 1_000_000
_FIRST_ID = 2_000_001
_ZONE = ZoneInfo("Europe/Copenhagen")


def _hurried(response: web.Response) -> web.Response:
    """Shorten the wait that a 429 asks for: the documented header, with the least time that it can name."""
    response.headers["Retry-After"] = "1"
    return response


class _Shoporama(ShoporamaSimulator):
    def too_many_requests(self) -> web.Response:
        return _hurried(super().too_many_requests())


class _Dinero(DineroSimulator):
    def too_many_requests(self) -> web.Response:
        return _hurried(super().too_many_requests())


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What a shop gives the operator to reach its books."""

    client_id: str
    client_secret: str
    api_key: str


@dataclass(frozen=True, slots=True)
class Place:
    """One shop of the demo, and the books that belong to it."""

    cast: DemoShop
    shop: Shop
    books: Books
    key: ApiKey


class Outside:
    """Shoporama and Dinero on loopback, with the demo's orders in them."""

    def __init__(
        self,
        shops: Iterable[DemoShop],
        *,
        orders: int,
        seed: int,
        faults: FaultPlan,
        now: datetime | None = None,
    ) -> None:
        self.faults = faults
        self.now = now or datetime.now(UTC)
        self.shoporama = _Shoporama(faults=faults)
        self.dinero = _Dinero(requests_per_minute=None, faults=faults)
        self.places = [self._open(place, shop, orders, seed) for place, shop in enumerate(shops)]

    @property
    def start_from(self) -> date:
        """A day before all of the demo's orders."""
        return (self.now - _SPAN).astimezone(_ZONE).date()

    async def start(self) -> None:
        """Listen on loopback."""
        await self.shoporama.start()
        await self.dinero.start()

    async def stop(self) -> None:
        """Close both."""
        await self.shoporama.stop()
        await self.dinero.stop()

    def _open(self, place: int, cast: DemoShop, orders: int, seed: int) -> Place:
        shop = self.shoporama.add_shop(cast.name, quirks=replace(cast.quirks), daily_limit=DAILY_CALLS)
        demo = demo_orders(
            seed=seed * 1000 + place,
            count=orders,
            now=self.now,
            first_order_id=_FIRST_ID + place * _IDS_OF_A_SHOP,
            span=_SPAN,
        )
        shop.load(demo)
        books = self.dinero.add_organisation(cast.organisation, cast.company)
        _add_known_customer(books, demo)
        key = ApiKey(f"client-of-{cast.name}", f"secret-of-{cast.name}", f"key-of-{cast.name}")
        self.dinero.add_api_key(
            client_id=key.client_id,
            client_secret=key.client_secret,
            api_key=key.api_key,
            organisations=[cast.organisation],
        )
        return Place(cast, shop, books, key)


def _add_known_customer(books: Books, orders: Iterable[SimOrder]) -> None:
    """One customer is in the books already, under another name: an existing contact is to be used as it is."""
    known = next((order for order in orders if order.case == "paid and sent" and order.email), None)
    if known is not None and known.email:
        books.add_contact_by_hand("Stamkunde", email=known.email.lower())
