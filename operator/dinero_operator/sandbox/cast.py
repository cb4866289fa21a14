"""The demo's shops: what each has chosen, and how its platform answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from dinero_operator.sandbox.shoporama import Quirks

ABROAD: dict[str, Any] = {
    "euBusiness": {"goods": 1100},
    "euConsumer": {"goods": 1000, "shipping": 1350},
    "export": {"goods": 1255, "shipping": 1300},
}
"""Revenue accounts of Dinero's standard chart for sales to other countries."""
MOST_SHOPS = 20
ACCOUNT = 55100
"""The deposit account "Webshop salg"."""
DAILY_CALLS = 50_000
"""What the demo's shops allow in a day: a demo asks for runs far more often than a real shop's interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoShop:
    """One shop with its own organisation in Dinero. ``name`` is that of the resource too.

    ``login`` is the user at Visma Connect who has connected it in the browser; empty: an API key connects it.
    ``is_new``: nothing connects it yet, and nothing is chosen.
    """

    name: str
    company: str
    organisation: int
    trigger: str
    booking: str = "OnTransfer"
    gift_cards: str = ""
    """Pattern of the voucher codes that are gift cards; without one they count as discounts."""
    shipping_account: int | None = None
    sells_abroad: bool = True
    """Whether accounts are chosen for sales to other countries; without them those orders are held."""
    quirks: Quirks
    login: str = ""
    is_new: bool = False

    @property
    def token_secret(self) -> str:
        """Name of the Secret with the shop's token."""
        return f"{self.name}-shoporama"

    @property
    def dinero_secret(self) -> str:
        """Name of the Secret with what connects it to Dinero."""
        return f"{self.name}-dinero"

    def spec(self, *, shop_url: str, start_from: date) -> dict[str, Any]:
        """``spec`` of the shop's resource."""
        domestic = {"goods": 1000} | (
            {"shipping": self.shipping_account} if self.shipping_account is not None else {}
        )
        spec: dict[str, Any] = {
            "shop": {
                "url": shop_url,
                "tokenSecretRef": {"name": self.token_secret},
                "dailyCalls": DAILY_CALLS,
            },
            "dinero": {"secretRef": {"name": self.dinero_secret}},
            "booking": self.booking,
            "sales": {"domestic": domestic, **(ABROAD if self.sells_abroad else {})},
            "startFrom": start_from.isoformat(),
            "interval": "1m",
        }
        if not self.is_new:
            spec |= {"organisation": self.organisation, "trigger": self.trigger, "account": ACCOUNT}
        if self.gift_cards:
            spec["vouchers"] = {"giftCardPattern": self.gift_cards}
        return spec


_NAMES = ("tehuset", "stentoej", "gaveboden", "kaffekassen")
_QUIRKS: tuple[dict[str, Any], ...] = (
    {},
    {
        "sort": "modified-asc",
        "ids_as_strings": True,
        "paid_as": "timestamp",
        "unset_as_empty": True,
        "whole_amounts_as_ints": False,
    },
    {"sort": "modified-desc", "bare_list": True, "paid_as": "string", "time_as": "unix", "page_cap": 50},
    {
        "sort": "id-asc",
        "summaries": True,
        "country_iso": False,
        "country_names": "english",
        "delivery_empty": True,
        "filter_inclusive": False,
    },
    {"ignore_filters": True, "lines_key": "order_products", "list_of_countries_bare": False},
)
_CONNECTED = 1
"""Place of the shop that is connected in the browser; the others have API keys."""
_CHOICES = (("Paid", "OnTransfer"), ("Sent", "OnTransfer"), ("Paid", "OnSent"))


def demo_shops(count: int) -> list[DemoShop]:
    """The first ``count`` shops: triggers Paid, Sent, Paid with booking OnSent, then by turns. At most 20."""
    shops = []
    for place in range(count):
        name = _NAMES[place] if place < len(_NAMES) else f"shop-{place + 1}"
        trigger, booking = _CHOICES[place] if place < len(_CHOICES) else _CHOICES[1 - place % 2]
        quirks: dict[str, Any] = dict(_QUIRKS[place % len(_QUIRKS)])
        shops.append(
            DemoShop(
                name=name,
                company=f"{name.capitalize()} Eksempel ApS",
                organisation=700_101 + 101 * place,
                trigger=trigger,
                booking=booking,
                gift_cards="" if place % 2 else "^GAVEKORT-",
                shipping_account=1350 if place % 2 == 0 else None,
                sells_abroad=place % 2 == 0,
                quirks=Quirks(**quirks),
                login="karl" if place == _CONNECTED else "",
            )
        )
    return shops


def newcomer() -> DemoShop:
    """A shop that waits for its owner to connect it."""
    return DemoShop(
        name="nyboden",
        company="Nyboden Eksempel ApS",
        organisation=700_001,
        trigger="",
        gift_cards="^GAVEKORT-",
        sells_abroad=False,
        quirks=Quirks(),
        is_new=True,
    )
