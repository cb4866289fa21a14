"""The ledger's client."""
