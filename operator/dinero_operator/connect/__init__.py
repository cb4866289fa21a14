"""Connecting a shop in the browser: OAuth with Dinero, and the set-up page."""
