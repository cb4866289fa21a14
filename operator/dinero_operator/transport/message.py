"""A request and its answer, as the clients see them. Neither shows its content when it is printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from dinero_operator.domain.errors import InvalidConfiguration, Unavailable
from dinero_operator.transport.failure import title
from dinero_operator.transport.json_codec import json_dumps, json_loads


@dataclass(frozen=True, slots=True)
class Request:
    """One call. ``operation`` is a stable name that becomes a label of metrics.

    ``repeatable``: a second sending after an unknown outcome does no harm (reads; creates with a Guid of our own).
    """

    system: str
    operation: str
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] | None = field(default=None, repr=False)
    json: object | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    repeatable: bool = True

    def full_url(self) -> str:
        """The URL with its parameters, percent-encoded (a space is ``%20``, never ``+``)."""
        if not self.params:
            return self.url
        return (
            f"{self.url}{'&' if '?' in self.url else '?'}{urlencode(self.params, quote_via=quote, safe='')}"
        )

    def body(self) -> tuple[bytes | None, dict[str, str]]:
        """What is sent, and the headers that go with it."""
        if self.json is not None:
            return json_dumps(self.json).encode(), {"Content-Type": "application/json"}
        if self.form is not None:
            return urlencode(self.form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        return None, {}

    def checked_headers(self) -> dict[str, str]:
        """The caller's headers. Raises ``InvalidConfiguration`` where one could not be sent (a line break in a token)."""
        for name, value in self.headers.items():
            if not value.isprintable():
                raise InvalidConfiguration(
                    f"The {name} header for {title(self.system)} holds a line break or another character that cannot "
                    "be sent: remove it from the value in the Secret"
                )
        return dict(self.headers)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. ``headers`` do not care about case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    system: str = ""
    operation: str = ""

    def json(self) -> Any:
        """The body as JSON, numbers with a fraction as ``Decimal``. Raises ``Unavailable`` where it is no JSON."""
        try:
            return json_loads(self.body)
        except ValueError:
            raise Unavailable(f"{title(self.system)}'s answer to {self.operation} is not JSON") from None

    def text(self) -> str:
        """The body as text. What is no UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")
