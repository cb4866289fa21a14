"""The engine: observe, plan, act for one order; a run for one integration; the scheduler for all."""
