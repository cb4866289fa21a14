"""Which addresses may carry a secret."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit


def is_web_address(url: str) -> bool:
    """Whether it is an http or https address with a host, and without user, password, query or fragment."""
    parts = _split(url)
    return parts is not None and "@" not in parts.netloc and not parts.query and not parts.fragment


def is_protected(url: str) -> bool:
    """Whether what is sent there cannot be read on the way: https, or http that never leaves this machine."""
    parts = _split(url)
    return parts is not None and (parts.scheme == "https" or _is_loopback(parts.hostname or ""))


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # an IPv6 address or a port that is none
        return None
    return parts if usable else None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
