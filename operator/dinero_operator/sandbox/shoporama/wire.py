"""Orders and countries as JSON. The keys are an assumption: the order's real schema has not been seen."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dinero_operator.sandbox.shoporama.countries import COUNTRIES, Country
from dinero_operator.sandbox.shoporama.orders import OrderLine, Party, SimOrder
from dinero_operator.sandbox.shoporama.quirks import Quirks


def local_text(moment: datetime, zone: ZoneInfo) -> str:
    """A time as the API writes it: the shop's wall clock, to the second, without a zone."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


class OrderWriter:
    """Writes JSON the way that one shop does it, by its quirks and in its zone."""

    def __init__(self, quirks: Quirks, zone: ZoneInfo) -> None:
        self._quirks = quirks
        self._zone = zone

    def order(self, order: SimOrder, *, summary: bool = False) -> dict[str, Any]:
        """One order, whole or as a row of a list that gives summaries."""
        quirks = self._quirks
        fields: dict[str, Any] = {
            "order_id": self.identity(order.order_id),
            "webshop_order_id": self.identity(order.webshop_order_id),
            "invoice_id": order.invoice_id,
            "status": order.status,
            "paid": self._paid(order),
            "time": self._time(order.placed_at),
            "last_modified": self._text(order.modified_at),
            **self._party(
                "order", order.billing, more={"vat_number": order.vat_number, "ean_number": order.ean_number}
            ),
            "email": order.email,
            "phone": order.phone,
            "comments": order.comments,
            **self._delivery(order),
            quirks.lines_key: [self._line(line) for line in order.lines],
            "shipping_id": self.identity(order.shipping_id),
            "shipping_price": self.kroner(order.shipping_price),
            "tracking_number": order.tracking_number,
            "tracking_url": order.tracking_url,
            "pickup_address": order.pickup_address,
            "voucher_id": self.identity(order.voucher_id),
            "voucher_code": order.voucher_code,
            "voucher_discount": order.voucher_discount,
            "voucher_discount_amount": self.kroner(order.voucher_discount_amount),
            "vat": self.kroner(order.vat),
            "total_price": self.kroner(order.total_price),
        }
        if summary:
            del fields[quirks.lines_key]
        if quirks.no_last_modified:
            del fields["last_modified"]
        for key in order.left_out:
            fields.pop(key, None)
        if quirks.unset_as_empty:
            return {key: "" if value is None else value for key, value in fields.items()}
        return fields

    def country(self, country: Country) -> dict[str, Any]:
        """One country, with its ISO code unless the shop leaves that out."""
        fields: dict[str, Any] = {
            "country_id": self.identity(country.country_id),
            "name": self._country_name(country.country_id),
        }
        if self._quirks.country_iso:
            fields["iso"] = country.iso
        return fields

    def identity(self, number: int | None) -> int | str | None:
        """An id, as a number or as text."""
        return str(number) if self._quirks.ids_as_strings and number is not None else number

    def kroner(self, amount: int | None) -> float | None:
        """Øre as a JSON number in kroner. A float prints two decimals exactly, far beyond any order's total."""
        if amount is None:
            return None
        if amount % 100 == 0 and self._quirks.whole_amounts_as_ints:
            return amount // 100
        return amount / 100

    def _paid(self, order: SimOrder) -> int | str | None:
        match self._quirks.paid_as:
            case "flag":
                return int(order.paid)
            case "string":
                return str(int(order.paid))
            case "timestamp":
                return self._text(order.paid_at or order.placed_at) if order.paid else None

    def _time(self, moment: datetime | None) -> int | str | None:
        if self._quirks.time_as == "unix" and moment is not None:
            return int(moment.timestamp())
        return self._text(moment)

    def _text(self, moment: datetime | None) -> str | None:
        return None if moment is None else local_text(moment, self._zone)

    def _delivery(self, order: SimOrder) -> dict[str, Any]:
        fields = self._party("del", order.delivery or order.billing)
        if order.delivery is None and self._quirks.delivery_empty:
            return dict.fromkeys(fields)
        return fields

    def _party(self, prefix: str, party: Party, *, more: dict[str, Any] | None = None) -> dict[str, Any]:
        return {
            f"{prefix}_name": party.name,
            f"{prefix}_company_name": party.company,
            **(more or {}),
            f"{prefix}_address": party.address,
            f"{prefix}_zipcode": party.zipcode,
            f"{prefix}_city": party.city,
            f"{prefix}_country_id": self.identity(party.country_id),
            f"{prefix}_country": self._country_name(party.country_id),
        }

    def _line(self, line: OrderLine) -> dict[str, Any]:
        own_id = "" if line.own_id is None and self._quirks.unset_as_empty else line.own_id
        return {
            "product_id": self.identity(line.product_id),
            "name": line.name,
            "own_id": own_id,
            "amount": line.amount,
            "unit_price": self.kroner(line.unit_price),
            "attributes": [{"name": name, "val": value} for name, value in line.attributes],
        }

    def _country_name(self, number: int) -> str:
        country = COUNTRIES.get(number)
        if country is None:
            return ""
        return country.english if self._quirks.country_names == "english" else country.danish
