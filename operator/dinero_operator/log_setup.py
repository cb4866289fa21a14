"""Logging: one line an event, JSON or text, and never a secret or a customer's data."""

from __future__ import annotations

import logging
import sys
from typing import Literal

from pythonjsonlogger.json import JsonFormatter

from dinero_operator.transport.redaction import RedactingFilter

TEXT = "%(asctime)s %(levelname)-7s %(message)s"
QUIET = ("kopf", "aiohttp", "asyncio")
"""Libraries whose chatter below WARNING is of no use to whoever runs the program."""


def configure_logging(*, form: Literal["json", "text"], level: str) -> None:
    """Send all logs to stderr. The filter sits on the handler, so that no logger gets around it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(RedactingFilter())
    if form == "json":
        handler.setFormatter(
            JsonFormatter(
                "%(levelname)s %(name)s %(message)s",
                timestamp=True,
                rename_fields={"levelname": "level", "name": "logger", "name_": "name"},
            )
        )
    else:
        handler.setFormatter(logging.Formatter(TEXT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
