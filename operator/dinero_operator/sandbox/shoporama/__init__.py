"""A simulated Shoporama: the platform's REST API, its shops, and demo orders."""

from dinero_operator.sandbox.shoporama.demo import demo_orders
from dinero_operator.sandbox.shoporama.orders import OrderLine, Party, SimOrder
from dinero_operator.sandbox.shoporama.quirks import Quirks
from dinero_operator.sandbox.shoporama.shop import Shop
from dinero_operator.sandbox.shoporama.simulator import ShoporamaSimulator
from dinero_operator.sandbox.shoporama.story import Step, live_story

__all__ = [
    "OrderLine",
    "Party",
    "Quirks",
    "Shop",
    "ShoporamaSimulator",
    "SimOrder",
    "Step",
    "demo_orders",
    "live_story",
]
