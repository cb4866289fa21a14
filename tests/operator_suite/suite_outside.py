"""Shoporama and Dinero on loopback, and places in them: a shop, its books, and the keys to both."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from suite_cluster import Json, Namespace, Resource

from dinero_operator.sandbox.connect import Authorisation, ConnectSimulator, TokenSettings
from dinero_operator.sandbox.dinero import Books, DineroSimulator, Invoice
from dinero_operator.sandbox.shoporama import OrderLine, Shop, ShoporamaSimulator, SimOrder
from dinero_operator.sandbox.web import Call

ACCOUNT, BANK = 55100, 55000
APP_ID, APP_SECRET = "isv_suite", "secret-of-the-operators-app"
"""The operator's own registration at Visma Connect."""
CALLBACK = "https://operator.example.com/connect/callback"
UNBOUND = "10000"
"""Requests a minute: no test but that of the budget waits for it."""
_organisations = itertools.count(700_001)


class Calls(list[Call]):
    """A log of calls that tells of each at once, before it is answered: the moment in which to kill."""

    def __init__(self) -> None:
        super().__init__()
        self.on_call: Callable[[Call], None] | None = None

    def append(self, call: Call) -> None:
        super().append(call)
        if self.on_call is not None:
            self.on_call(call)


class Outside:
    """All simulators, over real sockets. ``filters`` are the ``last_modified`` of all lists of orders, by shop."""

    def __init__(self, *, requests_per_minute: int | None = None) -> None:
        self.dinero = DineroSimulator(requests_per_minute=requests_per_minute)
        self.shoporama = ShoporamaSimulator()
        self.connect = ConnectSimulator(self.dinero)
        self.connect.calls = self.logins = Calls()
        self.app = self.connect.add_app(APP_ID, APP_SECRET, [CALLBACK], name="Dinero-operatør")
        self.dinero.calls = self.calls = Calls()
        self.filters: dict[str, list[str | None]] = {}
        self.shoporama.app.on_response_prepare.append(self._note_filter)
        self.delays: dict[str, float] = {}
        """Seconds that Dinero takes for each answer, by organisation: time in which something can happen."""
        self.dinero.app.on_response_prepare.append(self._delay)
        self.login_takes = 0.0
        """Seconds that Visma Connect takes for each answer."""
        self.connect.app.on_response_prepare.append(self._delay_login)

    async def start(self) -> None:
        await self.dinero.start()
        await self.shoporama.start()
        await self.connect.start()

    async def stop(self) -> None:
        await self.connect.stop()
        await self.dinero.stop()
        await self.shoporama.stop()

    def settings(self) -> dict[str, str]:
        """The operator's settings that lead it here."""
        return {
            "DINERO_API_URL": self.dinero.url,
            "DINERO_TOKEN_URL": self.dinero.token_url,
            "CONNECT_AUTHORIZE_URL": self.connect.authorize_url,
            "CONNECT_TOKEN_URL": self.connect.token_url,
            "CONNECT_CLIENT_ID": APP_ID,
            "CONNECT_CLIENT_SECRET": APP_SECRET,
            "REQUESTS_PER_MINUTE": UNBOUND,
        }

    async def open(self, namespace: Namespace, **organisation: Any) -> Place:
        """A new shop, the books of a new company, and Secrets for both in the namespace."""
        number = next(_organisations)
        books = self.dinero.add_organisation(number, f"Eksempel {number} ApS", **organisation)
        shop = self.shoporama.add_shop(f"shop-{number}", daily_limit=1_000_000)
        place = Place(self, namespace, shop, books)
        self.dinero.add_api_key(
            client_id=place.client_id,
            client_secret=place.client_secret,
            api_key=place.api_key,
            organisations=[number],
        )
        await namespace.secret(place.shop_secret, token=shop.token)
        await namespace.secret(place.dinero_secret, **place.keys())
        return place

    async def _note_filter(self, request: web.Request, _response: web.StreamResponse) -> None:
        if request.match_info.route.name == "orders":
            shop = self.shoporama.scope_of(request)
            self.filters.setdefault(shop, []).append(request.query.get("last_modified"))

    async def _delay(self, request: web.Request, _response: web.StreamResponse) -> None:
        await asyncio.sleep(self.delays.get(self.dinero.scope_of(request), 0.0))

    async def _delay_login(self, _request: web.Request, _response: web.StreamResponse) -> None:
        await asyncio.sleep(self.login_takes)


@dataclass(frozen=True, slots=True)
class Place:
    """One shop and the books that belong to it, with their Secrets in a namespace."""

    outside: Outside
    namespace: Namespace
    shop: Shop
    books: Books

    @property
    def number(self) -> int:
        """The organisation's id."""
        return self.books.organisation_id

    @property
    def client_id(self) -> str:
        return f"client-{self.number}"

    @property
    def client_secret(self) -> str:
        return f"secret-of-client-{self.number}"

    @property
    def api_key(self) -> str:
        return f"key-of-organisation-{self.number}"

    @property
    def shop_secret(self) -> str:
        return f"shop-{self.number}"

    @property
    def dinero_secret(self) -> str:
        return f"dinero-{self.number}"

    def keys(self, **changes: str) -> dict[str, str]:
        """The data of the Secret for Dinero."""
        own = {"clientId": self.client_id, "clientSecret": self.client_secret, "apiKey": self.api_key}
        return own | changes

    async def connect(self, **tokens: Any) -> Authorisation:
        """The owner approves, and the Secret for Dinero holds what comes of it alone: the first refresh token.

        ``tokens`` are settings of the app for this approval.
        """
        connect, user = self.outside.connect, f"owner-of-{self.number}"
        if user not in connect.users:
            connect.add_user(user, [self.number])
        self.outside.app.tokens = TokenSettings(**tokens)
        await self.namespace.secret(self.dinero_secret, refreshToken=connect.grant(user, APP_ID))
        return connect.authorisations[-1]

    def withdraw(self) -> None:
        """The owner takes the approval back."""
        self.outside.connect.revoke(f"owner-of-{self.number}", APP_ID)

    def spec(self, **changes: Any) -> Json:
        """A spec with everything chosen; a change to ``None`` leaves a field out."""
        spec: Json = {
            "shop": {
                "url": self.outside.shoporama.rest_url,
                "tokenSecretRef": {"name": self.shop_secret},
                "dailyCalls": 1_000_000,
            },
            "dinero": {"secretRef": {"name": self.dinero_secret}},
            "organisation": self.number,
            "trigger": "Paid",
            "account": ACCOUNT,
            "startFrom": (datetime.now(UTC) - timedelta(days=3)).date().isoformat(),
        }
        return {key: value for key, value in (spec | changes).items() if value is not None}

    async def integrate(self, name: str = "demo", **changes: Any) -> Resource:
        """Create a resource for this place."""
        resource = self.namespace.resource(name)
        await resource.create(self.spec(**changes))
        return resource

    def order(self, number: int = 1, **changes: Any) -> SimOrder:
        """Somebody orders, and pays at once. ``number`` makes customer and price their own."""
        order = SimOrder(
            lines=(OrderLine(name=f"Kaffe nr. {number}", unit_price=10_000 + 125 * number),),
            shipping_price=3_900,
            email=f"kunde{number}@example.com",
            paid=True,
        )
        fields = {name: getattr(order, name) for name in order.__slots__} | changes
        return self.shop.place(SimOrder(**fields))

    def old_orders(self, count: int, **changes: Any) -> list[SimOrder]:
        """Orders of the last days but two, which no look back over a few hours or a day finds again."""
        past = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=60)
        return self.orders(count, placed_at=past, modified_at=past, **changes)

    def orders(self, count: int, **changes: Any) -> list[SimOrder]:
        return [self.order(number, **changes) for number in range(1, count + 1)]

    def slow_down(self, seconds: float = 0.1) -> None:
        """Have Dinero take so long for each answer about these books."""
        self.outside.delays[str(self.number)] = seconds

    def invoices(self) -> list[Invoice]:
        """The invoices that are not deleted."""
        return [invoice for invoice in self.books.invoices.values() if invoice.deleted_at is None]

    def dinero_calls(self, *methods: str) -> int:
        """Calls on these books, of these methods or of all."""
        return sum(
            call.scope == str(self.number) and (not methods or call.method in methods)
            for call in self.outside.dinero.calls
        )

    def assert_once(self, orders: Iterable[SimOrder]) -> None:
        """Exactly these orders are in the books: one booked and paid invoice each, one contact for each customer."""
        orders = list(orders)
        wanted = sorted(
            (f"shoporama:{order.order_id}", order.total_price, [order.total_price]) for order in orders
        )
        found = sorted(
            (
                str(invoice.external_reference),
                invoice.totals.gross if invoice.booked else -1,
                [payment.amount for payment in invoice.payments],
            )
            for invoice in self.books.invoices.values()
        )
        assert found == wanted
        emails = sorted(contact.email or "" for contact in self.books.contacts.values())
        assert emails == sorted({(order.email or "").lower() for order in orders})
        on_account = sum(entry.amount for entry in self.books.entries if entry.account_number == ACCOUNT)
        assert on_account == sum(order.total_price for order in orders)
