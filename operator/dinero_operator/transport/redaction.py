"""Keep secrets and customers out of everything that is written down.

Nothing in the program writes them on purpose. This is the second line: exceptions of libraries, a URL in a traceback,
a header in somebody's debug line.
"""

from __future__ import annotations

import json
import logging
import re
from collections import OrderedDict
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST_SECRET = 4
"""A shorter secret would mask pieces of ordinary words."""
MOST_SECRETS = 20_000
"""Rotated tokens pile up; the ones that were not used for longest are dead and are dropped."""

_NOT_A_TOKEN = r"(?!(?:token|auth|authentication|authorization|credentials?|scheme)\b)"  # noqa: S105
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"\b(bearer)(\s+|%20){_NOT_A_TOKEN}[^\s\"',;]+", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(rf"\b(basic)(\s+|%20){_NOT_A_TOKEN}[A-Za-z0-9+/_=-]{{6,}}", re.IGNORECASE), rf"\1 {MASK}"),
    (
        re.compile(
            r"\b((?:access_?token|refresh_?token|id_?token|client_?secret|api_?key|password|secret|code_?verifier)"
            r"[\"']?\s*[=:]\s*[\"']?)(?!\*\*\*)[^\s\"'&,;})]+",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"([?&](?:code|state|token|username)=)[^\s\"'&]+", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"(://)[^/\s@]{1,512}@"), rf"\1{MASK}@"),
    (re.compile(r"\beyJ[\w-]{4,}\.[\w-]*\.?[\w-]*"), MASK),
    (re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{32,}(?![0-9A-Za-z])"), MASK),
    (re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+"), MASK),
)
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class Redactor:
    """Masks what looks like a secret, and every secret that it was told of."""

    def __init__(self) -> None:
        self._secrets: OrderedDict[str, None] = OrderedDict()
        self._by_start: dict[str, set[str]] = {}

    def remember(self, secret: str) -> None:
        """Mask this text from now on, also as it looks inside a URL, a form or JSON.

        Very short text is ignored.
        """
        for form in {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}:
            if len(form) < SHORTEST_SECRET:
                continue
            self._secrets[form] = None
            self._secrets.move_to_end(form)
            self._by_start.setdefault(form[:SHORTEST_SECRET], set()).add(form)
        while len(self._secrets) > MOST_SECRETS:
            old, _ = self._secrets.popitem(last=False)
            start = old[:SHORTEST_SECRET]
            self._by_start[start].discard(old)
            if not self._by_start[start]:
                del self._by_start[start]

    def redact(self, text: str) -> str:
        """The text with everything that must not be seen replaced by ``***``."""
        if self._by_start:
            text = self._without_known(text)
        for pattern, mask in _PATTERNS:
            text = pattern.sub(mask, text)
        return text

    def _without_known(self, text: str) -> str:
        """Look at each place of the text once, however many secrets are known."""
        pieces: list[str] = []
        kept = at = 0
        last = len(text) - SHORTEST_SECRET
        while at <= last:
            candidates = self._by_start.get(text[at : at + SHORTEST_SECRET], ())
            found = max((len(secret) for secret in candidates if text.startswith(secret, at)), default=0)
            if found:
                pieces += (text[kept:at], MASK)
                kept = at = at + found
            else:
                at += 1
        return "".join((*pieces, text[kept:]))


class RedactingFilter(logging.Filter):
    """Redacts whole records: message and arguments, exception and stack, and extra fields.

    Belongs on *handlers*: a filter on a logger does not see the records of the loggers below it.
    """

    def __init__(self, redactor: Redactor | None = None) -> None:
        super().__init__()
        self._redactor = redactor or _shared
        self._formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place; let every record pass."""
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 - a faulty log line must stop neither the work nor the redaction
            message = str(record.msg)
        record.msg, record.args = self._redactor.redact(message), ()
        if record.exc_info:
            # The exception itself must go: some formatters write it anew and would not see the redacted text.
            record.exc_text = record.exc_text or self._formatter.formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = self._redactor.redact(record.exc_text)
        if record.stack_info:
            record.stack_info = self._redactor.redact(record.stack_info)
        for field in vars(record).keys() - _STANDARD_FIELDS:
            setattr(record, field, self._clean(getattr(record, field)))
        return True

    def _clean(self, value: Any) -> Any:
        match value:
            case str():
                return self._redactor.redact(value)
            case dict():
                return {self._clean(key): self._clean(item) for key, item in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self._clean(item) for item in value]
            case None | bool() | int() | float():
                return value
            case BaseException():
                return self._redactor.redact(f"{type(value).__name__}: {value}")
            case _:
                # A formatter would make text of it, which nobody would look at any more.
                return self._redactor.redact(str(value))


_shared = Redactor()


def remember(secret: str) -> None:
    """Mask this secret in all that ``redact`` and the logging filter see from now on."""
    _shared.remember(secret)


def redact(text: str) -> str:
    """The text with tokens, e-mail addresses and remembered secrets replaced by ``***``."""
    return _shared.redact(text)
