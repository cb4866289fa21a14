"""The shop's client. Every wire key of an order lives in one table, ``mapping``."""
