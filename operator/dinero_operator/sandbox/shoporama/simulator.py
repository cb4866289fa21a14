"""Shoporama's REST API on loopback: several shops on one platform, each known by its token."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from dinero_operator.sandbox.faults import FaultPlan
from dinero_operator.sandbox.shoporama.countries import COUNTRIES
from dinero_operator.sandbox.shoporama.quirks import Quirks
from dinero_operator.sandbox.shoporama.shop import OrderIds, Shop
from dinero_operator.sandbox.web import STALE, Handler, Simulator

SHIPPINGS = {12: "GLS pakkeshop", 13: "GLS til døren", 14: "Afhentning"}
PAYMENT_GATEWAYS = {1: "QuickPay", 2: "Bankoverførsel", 3: "EAN-faktura"}
_FILTER_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_NUMBER = re.compile(r"\d{1,18}")
_DEFAULT_LIMIT = 100


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _plain(status: HTTPStatus) -> web.Response:
    """An error in the one style that has been seen of the real API: ``410 Gone``, as plain text."""
    return web.Response(status=status, text=f"{status.value} {status.phrase}")


def _is_stale(request: web.Request) -> bool:
    return bool(request.get(STALE, False))


class _Refusal(Exception):
    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class ShoporamaSimulator(Simulator):
    """The simulated platform. Shops are added with ``add_shop``; ``now`` gives the time with a zone.

    Where the API's behaviour is unknown and no quirk covers it, the stricter reading is taken: a malformed ``limit``,
    ``offset`` or ``last_modified`` and a write to anything but status, paid and invoice_id is answered with 400.
    """

    def __init__(self, *, now: Callable[[], datetime] = _utc_now, faults: FaultPlan | None = None) -> None:
        super().__init__(faults=faults)
        self.shops: dict[str, Shop] = {}
        self._by_token: dict[str, Shop] = {}
        self._now = now
        self._ids = OrderIds()
        self._add_routes()

    @property
    def rest_url(self) -> str:
        """Base of the REST API, without trailing slash."""
        return f"{self.url}/REST"

    def add_shop(
        self,
        name: str,
        *,
        token: str | None = None,
        quirks: Quirks | None = None,
        daily_limit: int = 1000,
        time_zone: str = "Europe/Copenhagen",
    ) -> Shop:
        """Open a shop. Its token is drawn from its name, so that it is the same in every run.

        Raises ``ValueError`` where name or token is in use.
        """
        token = token or random.Random(f"token of {name}").randbytes(16).hex()
        if name in self.shops or token in self._by_token:
            raise ValueError(f"the shop {name!r} or its token is there already")
        shop = Shop(
            name,
            token=token,
            quirks=quirks or Quirks(),
            daily_limit=daily_limit,
            zone=ZoneInfo(time_zone),
            now=self._now,
            ids=self._ids,
        )
        self.shops[name] = self._by_token[token] = shop
        return shop

    def scope_of(self, request: web.Request) -> str:
        """The shop's name; empty where the token is none."""
        shop = self._shop_of(request)
        return "" if shop is None else shop.name

    def too_many_requests(self) -> web.Response:
        """Plain text, as for a spent quota; the real answer is unknown."""
        return _plain(HTTPStatus.TOO_MANY_REQUESTS)

    def _add_routes(self) -> None:
        def table(name: str, key: str, rows: dict[int, str]) -> Callable[[web.Request, Shop], web.Response]:
            def answer(_request: web.Request, shop: Shop) -> web.Response:
                return web.json_response(
                    [{key: shop.writer.identity(number), name: text} for number, text in rows.items()]
                )

            return answer

        router = self.app.router
        orders = router.add_resource("/REST/order", name="orders")
        orders.add_route("GET", self._guarded(self._list_orders))
        order = router.add_resource("/REST/order/{order_id}", name="order")
        order.add_route("GET", self._guarded(self._get_order))
        order.add_route("PUT", self._put_order)
        order.add_route("PATCH", self._put_order)
        countries = router.add_resource("/REST/country", name="countries")
        countries.add_route("GET", self._guarded(self._list_countries))
        country = router.add_resource("/REST/country/{country_id}", name="country")
        country.add_route("GET", self._guarded(self._get_country))
        own = router.add_resource("/REST/self", name="self")
        own.add_route("GET", self._guarded(self._get_self))
        shippings = router.add_resource("/REST/shipping", name="shippings")
        shippings.add_route("GET", self._guarded(table("name", "shipping_id", SHIPPINGS)))
        gateways = router.add_resource("/REST/payment-gateway", name="payment-gateways")
        gateways.add_route("GET", self._guarded(table("name", "payment_gateway_id", PAYMENT_GATEWAYS)))
        for resource in (orders, order, countries, country, own, shippings, gateways):
            resource.add_route("*", self._guarded(lambda *_: _plain(HTTPStatus.METHOD_NOT_ALLOWED)))
        router.add_route("*", "/{rest:.*}", self._guarded(lambda *_: _plain(HTTPStatus.NOT_FOUND)))

    def _shop_of(self, request: web.Request) -> Shop | None:
        """The shop whose token the request bears: alone, or after the word Shoporama or Bearer."""
        header = request.headers.get("Authorization", "")
        word, _, token = header.partition(" ")
        return self._by_token.get(token if word in ("Shoporama", "Bearer") else header)

    def _admit(self, request: web.Request) -> Shop:
        shop = self._shop_of(request)
        if shop is None:
            raise _Refusal(HTTPStatus.UNAUTHORIZED)
        if not shop.spend_call():
            raise _Refusal(HTTPStatus.TOO_MANY_REQUESTS)
        return shop

    def _guarded(self, answer: Callable[[web.Request, Shop], web.Response]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            try:
                return answer(request, self._admit(request))
            except _Refusal as refusal:
                return _plain(refusal.status)

        return handle

    def _list_orders(self, request: web.Request, shop: Shop) -> web.Response:
        quirks, writer = shop.quirks, shop.writer
        offset, limit = self._paging(request, cap=quirks.page_cap)
        since = request.query.get("last_modified")
        if quirks.ignore_filters:
            since = None
        if since is not None:
            if not _FILTER_TIME.fullmatch(since):
                raise _Refusal(HTTPStatus.BAD_REQUEST)
            since = since.replace("T", " ")
        orders, total = shop.page(offset=offset, limit=limit, since=since, stale=_is_stale(request))
        rows = [writer.order(order, summary=quirks.summaries) for order in orders]
        return self._list("orders", rows, offset=offset, limit=limit, total=total, bare=quirks.bare_list)

    def _get_order(self, request: web.Request, shop: Shop) -> web.Response:
        order_id = self._order_id(request, shop)
        order = shop.find(order_id, stale=_is_stale(request))
        assert order is not None
        return web.json_response(shop.writer.order(order))

    async def _put_order(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        return await self._guarded(lambda _, shop: self._merge(request, shop, body))(request)

    def _merge(self, request: web.Request, shop: Shop, body: bytes) -> web.Response:
        order_id = self._order_id(request, shop)
        if request.content_type != "application/json":
            raise _Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        try:
            changes = self._changes(json.loads(body))
        except ValueError:
            raise _Refusal(HTTPStatus.BAD_REQUEST) from None
        return web.json_response(shop.writer.order(shop.edit(order_id, **changes)))

    @staticmethod
    def _changes(body: Any) -> dict[str, Any]:
        """The fields to change. Raises ``ValueError`` for what is not simulated, lest a test believe in it."""
        if not isinstance(body, dict) or not body.keys() <= {"status", "paid", "invoice_id"}:
            raise ValueError(body)
        changes: dict[str, Any] = {}
        if "status" in body:
            if not isinstance(body["status"], str) or not body["status"]:
                raise ValueError(body)
            changes["status"] = body["status"]
        if "paid" in body:
            if body["paid"] not in (0, 1, "0", "1"):
                raise ValueError(body)
            changes["paid"] = body["paid"] in (1, "1")
        if "invoice_id" in body:
            number = body["invoice_id"]
            if isinstance(number, bool) or not isinstance(number, int | str | None):
                raise ValueError(body)
            changes["invoice_id"] = None if number in (None, "") else str(number)
        return changes

    def _list_countries(self, request: web.Request, shop: Shop) -> web.Response:
        rows = [shop.writer.country(country) for country in COUNTRIES.values()]
        if shop.quirks.list_of_countries_bare:
            return web.json_response(rows)
        offset, limit = self._paging(request, cap=shop.quirks.page_cap)
        page = rows[offset : offset + limit]
        return self._list("countries", page, offset=offset, limit=limit, total=len(rows), bare=False)

    def _get_country(self, request: web.Request, shop: Shop) -> web.Response:
        number = request.match_info["country_id"]
        country = COUNTRIES.get(int(number)) if _NUMBER.fullmatch(number) else None
        if country is None:
            raise _Refusal(HTTPStatus.NOT_FOUND)
        return web.json_response(shop.writer.country(country))

    def _get_self(self, _request: web.Request, shop: Shop) -> web.Response:
        """The shape is unknown: the id and name under the keys that the hand-over of a token uses."""
        number = 1 + list(self.shops).index(shop.name)
        return web.json_response({"webshop_id": shop.writer.identity(number), "shop_name": shop.name})

    @staticmethod
    def _order_id(request: web.Request, shop: Shop) -> int:
        text = request.match_info["order_id"]
        order_id = int(text) if _NUMBER.fullmatch(text) else 0
        if order_id in shop.deleted:
            raise _Refusal(HTTPStatus.GONE)
        if shop.find(order_id) is None:
            raise _Refusal(HTTPStatus.NOT_FOUND)
        return order_id

    @staticmethod
    def _paging(request: web.Request, *, cap: int) -> tuple[int, int]:
        """Offset and limit, the limit capped."""
        limit, offset = request.query.get("limit", str(_DEFAULT_LIMIT)), request.query.get("offset", "0")
        if not (_NUMBER.fullmatch(limit) and _NUMBER.fullmatch(offset) and int(limit)):
            raise _Refusal(HTTPStatus.BAD_REQUEST)
        return int(offset), min(int(limit), cap)

    @staticmethod
    def _list(
        key: str, rows: list[dict[str, Any]], *, offset: int, limit: int, total: int, bare: bool
    ) -> web.Response:
        paging = {"offset": offset, "limit": limit, "count": len(rows), "total": total}
        answer: Any = rows if bare else {"paging": paging, key: rows}
        return web.json_response(answer, dumps=lambda data: json.dumps(data, ensure_ascii=False))
