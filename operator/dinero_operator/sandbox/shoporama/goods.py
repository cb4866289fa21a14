"""What the demo's webshop sells: a small shop for tea, coffee and stoneware. Prices in øre with VAT."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from dinero_operator.sandbox.shoporama.orders import OrderLine


class Product(NamedTuple):
    """A product, and its choices where it has any."""

    product_id: int
    own_id: str | None
    name: str
    price: int
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()


_PRODUCTS = (
    Product(3001, "TE-EARL-100", "Earl Grey, løs vægt", 69_00, (("Vægt", ("100 g", "250 g")),)),
    Product(3002, "TE-SENCHA", "Sencha, økologisk", 84_50),
    Product(
        3003,
        "KAF-ETI-250",
        "Etiopien Yirgacheffe",
        99_00,
        (("Maling", ("Hele bønner", "Filter", "Stempel")),),
    ),
    Product(3004, "KAF-BRA-1000", "Brasilien Santos, 1 kg", 219_00),
    Product(
        3005,
        "KOP-STEN",
        "Stentøjskop",
        149_95,
        (("Farve", ("Sand", "Blå", "Grøn")), ("Størrelse", ("Lille", "Stor"))),
    ),
    Product(3006, "KANDE-06", "Tekande, 0,6 l", 349_00, (("Farve", ("Sand", "Blå")),)),
    Product(3007, "SI-RUST", "Tesi i rustfrit stål", 59_95),
    Product(3008, None, "Håndskrevet kort", 15_00),
    Product(3009, "GAVE-3", "Gaveæske med tre teer", 199_00),
    Product(3010, "KVÆRN-H", "Håndkværn", 549_00),
    Product(3011, "VISKE-2", "Viskestykke, 2 stk.", 129_00),
    Product(3012, "HONNING", "Lynghonning fra Skagen", 74_95),
    Product(3013, "PRØVE-6", "Smagsprøver, 6 poser", 39_00),
    Product(3014, "TERMO-1", "Termokande, 1 l", 429_95),
)
SHIPPING = {12: 39_00, 13: 59_00, 14: 0}
"""Price of each way of sending, by its id: parcel shop, to the door, collected."""
FREE_SHIPPING_FROM = 499_00


def line(product: Product, random: Random, *, amount: int = 1) -> OrderLine:
    """Some of one product, with a choice made where there is one."""
    return OrderLine(
        name=product.name,
        unit_price=product.price,
        amount=amount,
        product_id=product.product_id,
        own_id=product.own_id,
        attributes=tuple((name, random.choice(values)) for name, values in product.choices),
    )


def basket(random: Random) -> tuple[OrderLine, ...]:
    """One to four different products, mostly few."""
    size = random.choices((1, 2, 3, 4), weights=(5, 3, 2, 1))[0]
    products = random.sample(_PRODUCTS, size)
    return tuple(
        line(product, random, amount=random.choices((1, 2, 3, 6), (8, 3, 1, 1))[0]) for product in products
    )


def variants(random: Random) -> tuple[OrderLine, ...]:
    """Two lines of one product in different choices."""
    cup = next(product for product in _PRODUCTS if len(product.choices) > 1)
    return (line(cup, random, amount=2), line(cup, random))


def thirds() -> tuple[OrderLine, ...]:
    """Three for a hundred kroner: the odd øre that rounding likes to lose."""
    return (OrderLine(name="Krus, 3 for 100", unit_price=33_33, amount=3, product_id=3020, own_id="KRUS-33"),)


def shipping(goods_total: int, random: Random) -> tuple[int, int]:
    """Way of sending and its price in øre: free for a large order, but for the sending to the door."""
    way = random.choices((12, 13, 14), weights=(7, 2, 1))[0]
    return way, 0 if way == 12 and goods_total >= FREE_SHIPPING_FROM else SHIPPING[way]  # noqa: PLR2004
