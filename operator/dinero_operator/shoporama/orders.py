"""From a row of JSON to an order, whatever the row holds. Nothing here raises, and no problem shows any content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dinero_operator.domain import money
from dinero_operator.domain.countries import iso_code
from dinero_operator.domain.order import Order, OrderLine, OrderStatus, Party, UnreadableOrder
from dinero_operator.shoporama import mapping, values
from dinero_operator.shoporama.mapping import ABSENT, Field

MAX_LINES = 10_000
MAX_ATTRIBUTES = 50
MAX_STATUS_TEXT = 40
CURRENCY_LETTERS = 3
_STATUSES = {status.value: status for status in (OrderStatus.NEW, OrderStatus.SENT, OrderStatus.CANCELLED)}


@dataclass(frozen=True, slots=True)
class CountryRow:
    """A country of the shop: ISO code and name, each empty where the shop does not say."""

    country_id: int
    iso: str
    name: str


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """A row of a list that has no lines: the order must be read by its id."""

    order_id: int
    modified_at: datetime | None = None
    placed_at: datetime | None = None


Row = Order | OrderSummary | UnreadableOrder


class _Problem(Exception):
    """What is wrong with a row, in words that may be shown."""


def parse_order(
    row: Any, *, countries: Mapping[int, CountryRow], zone: ZoneInfo, summaries: bool = False
) -> Row | None:
    """Read one order; ``None`` where it has no usable id. Times are the shop's wall time in ``zone``.

    With ``summaries``, a row without any key for lines is an ``OrderSummary``; without, it is unreadable.
    """
    order_id = _order_id(row)
    if order_id is None:
        return None
    reader = _Reader(row, countries, zone)
    if summaries and mapping.LINES.find(row) is ABSENT:
        return OrderSummary(order_id, reader.moment(mapping.MODIFIED), reader.moment(mapping.TIME))
    try:
        return reader.order(order_id)
    except _Problem as problem:
        return UnreadableOrder(
            order_id,
            reader.text(mapping.NUMBER) or str(order_id),
            str(problem),
            modified_at=reader.moment(mapping.MODIFIED),
            placed_at=reader.moment(mapping.TIME),
        )


def _order_id(row: Any) -> int | None:
    if not isinstance(row, Mapping):
        return None
    try:
        return values.identity(mapping.ORDER_ID.find(row))
    except ValueError:
        return None


def _items(value: Any) -> list[Any] | None:
    """The elements of an array; PHP writes an array with gaps as an object."""
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else None


class _Reader:
    """Reads the fields of one row. ``where`` stands before the keys of a nested one in messages."""

    def __init__(
        self, row: Mapping[str, Any], countries: Mapping[int, CountryRow], zone: ZoneInfo, where: str = ""
    ) -> None:
        self._row = row
        self._countries = countries
        self._zone = zone
        self._where = where

    def order(self, order_id: int) -> Order:
        status = self._required_text(mapping.STATUS)
        paid, paid_at = self._paid()
        placed_at = self.moment(mapping.TIME)
        if placed_at is None:
            raise self._problem(mapping.TIME, "is missing, or is no time")
        lines = self._lines()
        total, shipping = self._amount(mapping.TOTAL), self._amount(mapping.SHIPPING, 0)
        billing, delivery = self._parties()
        return Order(
            order_id=order_id,
            number=self.text(mapping.NUMBER) or str(order_id),
            status=_STATUSES.get(status.lower(), OrderStatus.UNKNOWN),
            status_text=status[:MAX_STATUS_TEXT],
            paid=paid,
            paid_at=paid_at,
            sent_at=self.moment(mapping.SENT_AT),
            placed_at=placed_at,
            modified_at=self.moment(mapping.MODIFIED),
            lines=lines,
            total=total,
            shipping=shipping,
            discount=self._discount(lines, shipping, total),
            vat=self._vat(),
            billing=billing,
            delivery=delivery,
            voucher_code=self.text(mapping.VOUCHER_CODE),
            email=self.text(mapping.EMAIL),
            phone=self.text(mapping.PHONE),
            vat_number=self.text(mapping.VAT_NUMBER),
            ean=self.text(mapping.EAN_NUMBER),
            currency=self._currency(),
        )

    def text(self, field: Field) -> str:
        return values.text(field.find(self._row))

    def moment(self, field: Field) -> datetime | None:
        """A time; none where it cannot be read: only the order's own time is worth holding it for."""
        value = field.find(self._row)
        try:
            return None if value is ABSENT else values.moment(value, self._zone)
        except ValueError:
            return None

    def _problem(self, field: Field, problem: object) -> _Problem:
        return _Problem(f"{self._where}{field.key_in(self._row)} {problem}")

    def _required_text(self, field: Field) -> str:
        text = self.text(field)
        if not text:
            raise self._problem(field, "is missing or empty")
        return text

    def _amount(self, field: Field, default: int | None = None) -> int:
        value = field.find(self._row)
        if value is ABSENT or values.is_empty(value):
            if default is None:
                raise self._problem(field, "is missing or empty")
            return default
        try:
            return values.amount(value)
        except ValueError as error:
            raise self._problem(field, error) from None

    def _vat(self) -> int | None:
        value = mapping.VAT.find(self._row)
        if value is ABSENT or values.is_empty(value):
            return None
        try:
            return values.rounded_amount(value)
        except ValueError as error:
            raise self._problem(mapping.VAT, error) from None

    def _paid(self) -> tuple[bool, datetime | None]:
        value = mapping.PAID.find(self._row)
        try:
            return (False, None) if value is ABSENT else values.paid(value, self._zone)
        except ValueError as error:
            raise self._problem(mapping.PAID, error) from None

    def _discount(self, lines: Iterable[OrderLine], shipping: int, total: int) -> int:
        """The voucher's amount. Its sign is not documented: where only the other one makes the sum right, that is it."""
        stated = self._amount(mapping.DISCOUNT, 0)
        before = sum(money.times(line.quantity, line.unit_price) for line in lines) + shipping
        return -stated if before - stated != total and before + stated == total else stated

    def _currency(self) -> str:
        word = self.text(mapping.CURRENCY)
        is_code = len(word) == CURRENCY_LETTERS and word.isascii() and word.isalpha()
        return word.upper() if is_code else ""

    def _lines(self) -> tuple[OrderLine, ...]:
        rows = _items(mapping.LINES.find(self._row))
        if rows is None:
            raise self._problem(mapping.LINES, "is missing, or is no list of lines")
        if len(rows) > MAX_LINES:
            raise self._problem(mapping.LINES, f"has more than {MAX_LINES} lines")
        key = mapping.LINES.key_in(self._row)
        return tuple(self._line(row, f"{self._where}{key}[{index}]") for index, row in enumerate(rows))

    def _line(self, row: Any, where: str) -> OrderLine:
        if not isinstance(row, Mapping):
            raise _Problem(f"{where} is no line")
        return _Reader(row, self._countries, self._zone, f"{where}.").line()

    def line(self) -> OrderLine:
        sku = self.text(mapping.LINE_SKU)
        return OrderLine(
            name=self.text(mapping.LINE_NAME) or sku or self.text(mapping.LINE_PRODUCT_ID),
            quantity=self._quantity(),
            unit_price=self._amount(mapping.LINE_UNIT_PRICE),
            sku=sku,
            attributes=self._attributes(),
        )

    def _quantity(self) -> Decimal:
        value = mapping.LINE_QUANTITY.find(self._row)
        if value is ABSENT or values.is_empty(value):
            raise self._problem(mapping.LINE_QUANTITY, "is missing or empty")
        try:
            return values.quantity(value)
        except ValueError as error:
            raise self._problem(mapping.LINE_QUANTITY, error) from None

    def _attributes(self) -> tuple[tuple[str, str], ...]:
        """The chosen variant. It only decorates the line, so what cannot be read is left out."""
        pairs = []
        for row in (_items(mapping.LINE_ATTRIBUTES.find(self._row)) or [])[:MAX_ATTRIBUTES]:
            if isinstance(row, Mapping):
                name = values.text(mapping.ATTRIBUTE_NAME.find(row))
                value = values.text(mapping.ATTRIBUTE_VALUE.find(row))
                if name or value:
                    pairs.append((name, value))
        return tuple(pairs)

    def _parties(self) -> tuple[Party, Party]:
        """Who pays and who receives. A side that says nothing is the other one; a country is filled in by itself."""
        m = mapping
        billing = self._party(m.ORDER_NAME, m.ORDER_COMPANY, m.ORDER_ADDRESS, m.ORDER_ZIPCODE, m.ORDER_CITY)
        delivery = self._party(m.DEL_NAME, m.DEL_COMPANY, m.DEL_ADDRESS, m.DEL_ZIPCODE, m.DEL_CITY)
        ordered = self._country(m.ORDER_COUNTRY_ID, m.ORDER_COUNTRY)
        delivered = self._country(m.DEL_COUNTRY_ID, m.DEL_COUNTRY)
        billing, delivery = _completed(billing, delivery), _completed(delivery, billing)
        return _in_country(billing, ordered or delivered), _in_country(delivery, delivered or ordered)

    def _party(self, *fields: Field) -> Party:
        name, company, address, zipcode, city = map(self.text, fields)
        return Party(name=name, company=company, address=address, zipcode=zipcode, city=city)

    def _country(self, id_field: Field, text_field: Field) -> tuple[str, str] | None:
        """ISO code (empty where unknown) and the shop's word for it; ``None`` where the order names no country."""
        word = self.text(text_field)
        stated = id_field.find(self._row)
        if stated is not ABSENT and not values.is_empty(stated) and stated not in (0, "0"):
            try:
                row = self._countries.get(values.identity(stated))
            except ValueError:
                row = None
            if row is not None:
                code = iso_code(row.iso) or iso_code(row.name) or iso_code(word)
                return code, word or row.name or row.iso
            return iso_code(word), word
        return (iso_code(word), word) if word else None


def _completed(party: Party, other: Party) -> Party:
    """A side that says nothing is the other one; one with an address only bears the other's name."""
    if party == Party():
        return other
    return party if party.name or party.company else replace(party, name=other.name, company=other.company)


def _in_country(party: Party, country: tuple[str, str] | None) -> Party:
    code, word = country or ("", "")
    return replace(party, country=code, country_text=word)
