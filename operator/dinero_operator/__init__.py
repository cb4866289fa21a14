"""The Shoporama to Dinero operator."""

__version__ = "0.1.0"
