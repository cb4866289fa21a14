"""The simulated outside of a demo: its shops, their books and owners, and answers of 429 that cost no minute each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from dinero_operator.sandbox.cast import DAILY_CALLS, DemoShop, newcomer
from dinero_operator.sandbox.connect import ConnectSimulator, TokenSettings
from dinero_operator.sandbox.dinero import Books, DineroSimulator
from dinero_operator.sandbox.faults import Fault, FaultPlan
from dinero_operator.sandbox.shoporama import Shop, ShoporamaSimulator, SimOrder, demo_orders

_SPAN = timedelta(days=5)
_IDS_OF_A_SHOP = 1_000_000
_FIRST_ID = 2_000_001
_ZONE = ZoneInfo("Europe/Copenhagen")
_HOLDING = 700_002
"""An organisation without Pro, which nothing can be booked into."""
CLIENT_ID, CLIENT_SECRET = "isv_dinero_operator_sandbox", "secret-of-the-sandbox"
"""What the operator is at the simulated Visma Connect."""


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


class _FaultsOfTokens(FaultPlan):
    """The demo's faults for the one address that a program asks; the pages are for people, who would not try again."""

    def __init__(self, shared: FaultPlan) -> None:
        super().__init__(retry_after=shared.retry_after)
        self._shared = shared

    def draw(self, operation: str) -> Fault | None:
        if self.scripted.get(operation):
            return super().draw(operation)
        return self._shared.draw(operation) if operation == "POST token" else None


@dataclass(frozen=True, slots=True)
class Place:
    """One shop of the demo, and the books that belong to it."""

    cast: DemoShop
    shop: Shop
    books: Books


class Outside:
    """Shoporama, Dinero and Visma Connect on loopback, with the demo's orders in them.

    ``with_newcomer`` adds a shop that nothing connects to its books yet.
    """

    def __init__(
        self,
        shops: Iterable[DemoShop],
        *,
        orders: int,
        seed: int,
        faults: FaultPlan,
        with_newcomer: bool = False,
        now: datetime | None = None,
    ) -> None:
        self.faults = faults
        self.now = now or datetime.now(UTC)
        self.shoporama = _Shoporama(faults=faults)
        self.dinero = _Dinero(requests_per_minute=None, faults=faults)
        self.connect = ConnectSimulator(self.dinero, faults=_FaultsOfTokens(faults))
        cast = [*shops, newcomer()] if with_newcomer else [*shops]
        self.places = [self._open(place, shop, orders, seed) for place, shop in enumerate(cast)]
        self._add_users()

    @property
    def start_from(self) -> date:
        """A day before all of the demo's orders."""
        return (self.now - _SPAN).astimezone(_ZONE).date()

    async def start(self) -> None:
        """Listen on loopback."""
        for each in (self.shoporama, self.dinero, self.connect):
            await each.start()

    async def stop(self) -> None:
        """Close all of it."""
        for each in (self.shoporama, self.dinero, self.connect):
            await each.stop()

    def register_operator(self, public_url: str) -> None:
        """Make the operator an application at Visma Connect, by the address at which browsers reach it."""
        # One-time tokens with a grace: what asks most of the operator, and what a lost answer can be made good with.
        self.connect.add_app(
            CLIENT_ID,
            CLIENT_SECRET,
            [f"{public_url}/connect/callback"],
            name="Dinero Operator",
            tokens=TokenSettings(grace_seconds=60),
        )

    def credentials(self, place: Place) -> dict[str, str]:
        """What connects a shop to its books, as its Secret has it; nothing for one that its owner is to connect."""
        cast = place.cast
        if cast.is_new:
            return {}
        if cast.login:
            return {"refreshToken": self.connect.grant(cast.login, CLIENT_ID)}
        return _api_key(cast)

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
        if not cast.login and not cast.is_new:
            key = _api_key(cast)
            self.dinero.add_api_key(
                client_id=key["clientId"],
                client_secret=key["clientSecret"],
                api_key=key["apiKey"],
                organisations=[cast.organisation],
            )
        return Place(cast, shop, books)

    def _add_users(self) -> None:
        """The people who can log in, the newcomer's owner first."""
        for place in self.places:
            if place.cast.is_new:
                self.dinero.add_organisation(_HOLDING, "Eksempel Holding ApS", pro=False)
                self.connect.add_user("maja", [place.cast.organisation, _HOLDING], name="Maja Eksempel")
                self.connect.add_user("ole", [_HOLDING], name="Ole Eksempel")
        for place in self.places:
            if place.cast.login:
                name = f"{place.cast.login.capitalize()} Eksempel"
                self.connect.add_user(place.cast.login, [place.cast.organisation], name=name)


def _api_key(cast: DemoShop) -> dict[str, str]:
    return {
        "clientId": f"client-of-{cast.name}",
        "clientSecret": f"secret-of-{cast.name}",
        "apiKey": f"key-of-{cast.name}",
    }


def _add_known_customer(books: Books, orders: Iterable[SimOrder]) -> None:
    """One customer is in the books already, under another name: an existing contact is to be used as it is."""
    known = next((order for order in orders if order.case == "paid and sent" and order.email), None)
    if known is not None and known.email:
        books.add_contact_by_hand("Stamkunde", email=known.email.lower())
