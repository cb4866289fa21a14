"""The pure core: money, orders, ids and the plan. No I/O, no clock, no third party."""
