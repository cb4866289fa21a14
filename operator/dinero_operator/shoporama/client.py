"""The shop's client: one call, one method. It reads only; it decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dinero_operator.domain.errors import (
    CredentialsRejected,
    InvalidConfiguration,
    OperatorError,
    RateLimited,
    Unavailable,
)
from dinero_operator.domain.order import Order, UnreadableOrder
from dinero_operator.shoporama import mapping, values
from dinero_operator.shoporama.orders import CountryRow, OrderSummary, parse_order
from dinero_operator.shoporama.quota import BLOCK_SECONDS, DAY_SECONDS, DailyQuota, QuotaSpent
from dinero_operator.transport.budget import Budget, Lease
from dinero_operator.transport.http import Request, Response, Transport

PAGE_SIZE = 100
"""Rows of a page: all known clients use it; the real maximum is not documented."""
CALLS_PER_MINUTE = 120
"""No limit by the minute is documented; walking a long list need not feel like an attack."""
COUNTRIES_RETRY_SECONDS = 600.0
MAX_COUNTRY_PAGES = 10
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _GONE, _FIRST_ERROR = 401, 403, 404, 410, 400


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list as JSON. ``total`` and ``limit`` as the shop states them, or ``None``."""

    rows: Sequence[Any]
    total: int | None = None
    limit: int | None = None


class _CountedBudget(Budget):
    """Counts every real sending against the day's calls, repeated ones too."""

    def __init__(self, quota: DailyQuota, on_wait: Callable[[float], None] | None) -> None:
        super().__init__(per_minute=CALLS_PER_MINUTE, clock=quota.clock, on_wait=on_wait)
        self._quota = quota

    async def acquire(self, *, urgent: bool = False) -> Lease:
        self._quota.check()
        lease = await super().acquire(urgent=urgent)
        try:
            self._quota.spend()
        except RateLimited:
            lease.done()
            raise
        return lease


class ShopClient:
    """Reads one shop with one token. Every method may raise any ``OperatorError`` that a read can give.

    ``quota`` is shared by all clients of the token. ``on_wait`` is told the seconds that each call waited for its turn.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        base_url: str,
        token: str,
        quota: DailyQuota,
        zone: ZoneInfo,
        on_wait: Callable[[float], None] | None = None,
    ) -> None:
        self.quota = quota
        self.zone = zone
        self._transport = transport
        self._base = base_url.rstrip("/")
        self._headers = {"Authorization": f"Shoporama {token.strip()}"}
        self._budget = _CountedBudget(quota, on_wait)
        self.calls = 0
        """Calls made so far, without the transport's repetitions."""
        self.largest_page = 0
        """Rows of the largest page seen: where the shop states no page size, a smaller page is a short one."""
        self._countries: Mapping[int, CountryRow] = {}
        self._countries_until = float("-inf")

    async def list_orders(
        self, *, limit: int = PAGE_SIZE, offset: int = 0, since: datetime | None = None
    ) -> Page:
        """One page of orders; ``since`` (shop's wall time) asks for those changed since then, which may be ignored."""
        params = {"limit": str(limit), "offset": str(offset)}
        if since is not None:
            params[mapping.FILTER_MODIFIED] = since.strftime("%Y-%m-%dT%H:%M:%S")
        answer = await self._get("list_orders", "order", params)
        if answer.status == _NOT_FOUND:
            raise InvalidConfiguration("spec.shop.url: there is no list of orders at this address (HTTP 404)")
        page = _orders(self._json(answer))
        self.largest_page = max(self.largest_page, len(page.rows))
        return page

    async def get_order(self, order_id: int, *, held: bool = False) -> Order | UnreadableOrder | None:
        """One order; ``None`` where the shop says that it is gone. ``held`` counts against the share of held orders."""
        countries = await self.countries()
        if held:
            self.quota.spend_reread()
        answer = await self._get("get_order", f"order/{order_id}")
        if answer.status in {_NOT_FOUND, _GONE}:
            return None
        body = self._json(answer)
        if not isinstance(body, dict):
            raise Unavailable("The shop's answer is no order")
        order = parse_order(body, countries=countries, zone=self.zone)
        if order is None:
            return UnreadableOrder(
                order_id, str(order_id), f"{mapping.ORDER_ID.keys[0]} is missing, or is no id"
            )
        assert not isinstance(order, OrderSummary)
        if order.order_id != order_id:
            return UnreadableOrder(
                order_id, str(order_id), f"{mapping.ORDER_ID.key_in(body)} is another order's"
            )
        return order

    async def countries(self) -> Mapping[int, CountryRow]:
        """The shop's countries by its own ids, read once a day.

        Never raises: without them, orders that name their country can still be read, and the others are held.
        """
        now = self.quota.clock.monotonic()
        if now >= self._countries_until:
            try:
                self._countries = await self._read_countries()
                self._countries_until = now + DAY_SECONDS
            except OperatorError:
                self._countries_until = now + COUNTRIES_RETRY_SECONDS
        return self._countries

    async def _read_countries(self) -> dict[int, CountryRow]:
        found: dict[int, CountryRow] = {}
        offset = 0
        for _ in range(MAX_COUNTRY_PAGES):
            params = {"limit": str(PAGE_SIZE), "offset": str(offset)}
            page = _only_list(self._json(await self._get("list_countries", "country", params)))
            known = len(found)
            found.update((row.country_id, row) for row in map(_country, page.rows) if row is not None)
            offset += len(page.rows)
            size = page.limit or PAGE_SIZE
            last = offset >= page.total if page.total is not None else len(page.rows) != size
            if last or len(found) == known:
                break
        return found

    async def _get(self, operation: str, path: str, params: Mapping[str, str] | None = None) -> Response:
        """Send a read. Raises for what no read can go on from; other answers are the caller's."""
        request = Request(
            "shoporama", operation, "GET", f"{self._base}/{path}", headers=self._headers, params=params
        )
        self.calls += 1
        try:
            answer = await self._transport.send(request, budget=self._budget)
        except QuotaSpent:
            raise
        except RateLimited as refusal:
            # The transport has waited and asked again: this is the day's limit, whatever our own count says.
            wait = max(refusal.retry_after, BLOCK_SECONDS)
            self.quota.block(wait)
            raise RateLimited(
                "The shop says that the day's calls of its token are spent", retry_after=wait
            ) from None
        if answer.status in {_UNAUTHORIZED, _FORBIDDEN}:
            raise CredentialsRejected(
                f"The shop does not accept its API token (HTTP {answer.status}): put a token that may read orders into the "
                "Secret that spec.shop.tokenSecretRef names"
            )
        return answer

    def _json(self, answer: Response) -> Any:
        if answer.status >= _FIRST_ERROR:
            raise Unavailable(f"The shop answered {answer.operation} with HTTP {answer.status}")
        return answer.json()


def _orders(body: Any) -> Page:
    """The rows of the envelope, or of a bare array. Raises ``Unavailable``."""
    if isinstance(body, list):
        return Page(body)
    rows = mapping.ORDERS.find(body) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise Unavailable("The shop's answer is no list of orders")
    return Page(rows, *_paging(body))


def _paging(envelope: Mapping[str, Any]) -> tuple[int | None, int | None]:
    paging = mapping.PAGING.find(envelope)
    if not isinstance(paging, Mapping):
        return None, None
    return _count(mapping.PAGING_TOTAL.find(paging)), _count(mapping.PAGING_LIMIT.find(paging))


def _count(value: Any) -> int | None:
    try:
        return 0 if value in (0, "0") else values.identity(value)
    except ValueError:
        return None


def _only_list(body: Any) -> Page:
    """An array, or an envelope with a single array in it. Raises ``Unavailable``."""
    if isinstance(body, list):
        return Page(body)
    lists = [value for value in body.values() if isinstance(value, list)] if isinstance(body, dict) else []
    if len(lists) != 1:
        raise Unavailable("The shop's answer is no list of countries")
    return Page(lists[0], *_paging(body))


def _country(row: Any) -> CountryRow | None:
    if not isinstance(row, Mapping):
        return None
    try:
        country_id = values.identity(mapping.COUNTRY_ID.find(row))
    except ValueError:
        return None
    iso, name = mapping.COUNTRY_ISO.find(row), mapping.COUNTRY_NAME.find(row)
    return CountryRow(country_id, values.text(iso), values.text(name))
