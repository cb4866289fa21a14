"""Which shard owns a resource: all resources of one organisation the same one, so that its budget stays in one process."""

from __future__ import annotations

import hashlib


def owner(key: str, shards: int) -> int:
    """The shard, from 0, that owns a key. A change of ``shards`` moves the fewest keys (rendezvous hashing)."""
    return max(range(shards), key=lambda shard: hashlib.sha256(f"{shard}/{key}".encode()).digest())


def shard_key(namespace: str, organisation: int | None, secret: str) -> str:
    """What decides on the shard: the organisation, or the Secret's name until the organisation is known."""
    return f"organisation/{organisation}" if organisation is not None else f"secret/{namespace}/{secret}"
