"""Every wire key of the shop's API that the program reads: the one place to correct them.

The order's real schema has not been seen by whoever wrote this. Each field therefore lists the keys that it may have, the
likeliest first, with the evidence for them:

* ``[DOC]``: Shoporama's own documentation names the key;
* ``[CODE]``: a client in production reads it, or a recorded answer holds it;
* ``[INFER]``: derived from the names that Shoporama's themes and checkout forms use for the same datum;
* ``[ASSUMED]``: nothing but likely.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final


class Absent:
    """The type of ``ABSENT``: none of the keys is there, which is not the same as ``null``."""


ABSENT: Final = Absent()


class Field:
    """Where one datum may be found in a JSON object: candidate keys in order of preference."""

    __slots__ = ("keys",)

    def __init__(self, *keys: str) -> None:
        self.keys = keys

    def find(self, row: Mapping[str, Any]) -> Any:
        """The first value that is not ``null``; ``None`` where a key is there but empty; else ``ABSENT``."""
        found: Any = ABSENT
        for key in self.keys:
            value = row.get(key, ABSENT)
            if value is not ABSENT and value is not None:
                return value
            if value is None:
                found = None
        return found

    def key_in(self, row: Mapping[str, Any]) -> str:
        """The key that ``find`` took, for messages; the preferred one where none is there."""
        present = [key for key in self.keys if key in row]
        return next((key for key in present if row[key] is not None), (present or self.keys)[0])


# --- lists -----------------------------------------------------------------------------------------------------------
ORDERS = Field("orders")  # [CODE] the envelope's list of orders
PAGING = Field("paging")  # [CODE] recorded for products; some other lists come without envelope
PAGING_TOTAL = Field("total")  # [CODE] all matches
PAGING_LIMIT = Field("limit")  # [CODE] the page size, echoed or capped
FILTER_MODIFIED = "last_modified"  # [DOC] for products, [ASSUMED] for orders: query argument, "changed since"

# --- an order --------------------------------------------------------------------------------------------------------
ORDER_ID = Field("order_id", "id")  # [CODE], [ASSUMED]: platform-wide id, the one in the path
NUMBER = Field("webshop_order_id")  # [INFER] the number that customer and shop see
STATUS = Field("status")  # [DOC] "new", "sent", "cancelled"; others unknown
PAID = Field("paid")  # [DOC] type unknown: flag, or the time of payment
TIME = Field("time", "created")  # [INFER], [ASSUMED] after products: when it was placed; text or Unix seconds
MODIFIED = Field("last_modified")  # [ASSUMED] recorded for products and categories
SENT_AT = Field()  # no key is known: the day of shipment cannot be read
EMAIL = Field("email")  # [INFER]
PHONE = Field("phone")  # [INFER]
VAT_NUMBER = Field(
    "vat_number", "order_vat_number"
)  # [INFER] the checkout's field; a prefixed key is possible
EAN_NUMBER = Field("ean_number")  # [INFER]
CURRENCY = Field(
    "currency"
)  # [ASSUMED] themes know the shop's currency only; were it here, it must not be ignored

TOTAL = Field("total_price")  # [INFER] what the customer pays, VAT and shipping included, after voucher
VAT = Field("vat")  # [INFER] an amount within the total, not a rate
SHIPPING = Field("shipping_price")  # [INFER] VAT included
DISCOUNT = Field("voucher_discount_amount")  # [DOC] an amount, presumably positive
VOUCHER_CODE = Field("voucher_code")  # [DOC]

# --- its parties -----------------------------------------------------------------------------------------------------
ORDER_NAME = Field("order_name")  # [INFER] one field, not split
ORDER_COMPANY = Field("order_company_name")  # [INFER]
ORDER_ADDRESS = Field("order_address")  # [INFER]
ORDER_ZIPCODE = Field("order_zipcode")  # [INFER]
ORDER_CITY = Field("order_city")  # [INFER]
ORDER_COUNTRY_ID = Field("order_country_id")  # [DOC] Shoporama's own number, not ISO's
ORDER_COUNTRY = Field("order_country")  # [INFER] a name
DEL_NAME = Field("del_name")  # [INFER] may all be empty: then the order's own address is meant
DEL_COMPANY = Field("del_company_name")  # [INFER]
DEL_ADDRESS = Field("del_address")  # [INFER]
DEL_ZIPCODE = Field("del_zipcode")  # [INFER]
DEL_CITY = Field("del_city")  # [INFER]
DEL_COUNTRY_ID = Field("del_country_id")  # [DOC]
DEL_COUNTRY = Field("del_country")  # [INFER]

# --- its lines -------------------------------------------------------------------------------------------------------
LINES = Field("products", "order_products")  # [DOC] for writing; [INFER] the themes' other name
LINE_NAME = Field("name")  # [INFER]
LINE_SKU = Field("own_id")  # [ASSUMED] as on products; an item may have none
LINE_PRODUCT_ID = Field("product_id")  # [INFER] only to name an item without name and SKU
LINE_QUANTITY = Field("amount")  # [INFER]
LINE_UNIT_PRICE = Field("unit_price")  # [INFER] VAT included, before any voucher
LINE_ATTRIBUTES = Field("attributes")  # [INFER] the chosen variant
ATTRIBUTE_NAME = Field("name")  # [INFER]
ATTRIBUTE_VALUE = Field("val")  # [INFER]

# --- a country: nothing is known of its shape ------------------------------------------------------------------------
COUNTRY_ID = Field("country_id", "id")  # [ASSUMED] by the platform's rule for ids
COUNTRY_ISO = Field("iso", "code", "iso_code", "country_code")  # [ASSUMED]
COUNTRY_NAME = Field("name", "title")  # [ASSUMED]
