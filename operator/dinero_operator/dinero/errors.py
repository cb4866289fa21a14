"""Dinero's refusals, told apart by what the engine does about them.

Codes and statuses: the table of errors in Dinero's documentation and integrators' reports. One meaning can come in two
forms: a Guid that exists is 409/72 on documents and 400 ``guidMustBeUnique`` on contacts; a document that does not exist
is 400/63, a contact 404. Error bodies may be HTML, plain text, or empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dinero_operator.domain.errors import (
    CredentialsRejected,
    InvalidConfiguration,
    OperatorError,
    OrderRejected,
    SubscriptionMissing,
    Unavailable,
)
from dinero_operator.transport.http import Response

CODE_NO_ACCOUNTING_YEAR = 47
CODE_TIMESTAMP_OUTDATED = 58
CODE_NOT_FOUND = (40, 63)
CODE_DELETED = 65
CODE_DUPLICATE = 72
CODES_NO_SUBSCRIPTION = (7, 48, 90)
WORD_DUPLICATE = "guidmustbeunique"
WORD_CONTACT = "invalidcontactid"

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT = 400, 401, 403, 404, 409


class TimestampOutdated(OrderRejected):
    """Somebody changed the document since its version was read: read again."""


class AlreadyExists(OrderRejected):
    """The Guid is taken: by our own former try, or by a document that was deleted."""


class DocumentDeleted(OrderRejected):
    """The document was deleted by hand."""


class ContactUnusable(OrderRejected):
    """The contact of the invoice is deleted or unknown."""


class NoAccountingYear(OrderRejected):
    """No accounting year (regnskabsår) covers the document's date."""


class NotFound(OperatorError):
    """The document, contact or address does not exist."""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What can be read of an error's body: the code, the names of fields, and the machine words in it."""

    code: int | None
    fields: tuple[str, ...]
    words: frozenset[str]

    @classmethod
    def of(cls, response: Response) -> ErrorBody:
        """Read an error body; one that is no JSON object has nothing to say."""
        try:
            body = response.json()
        except Unavailable:
            return cls(None, (), frozenset())
        if not isinstance(body, dict):
            return cls(None, (), frozenset())
        folded = {str(key).lower(): value for key, value in body.items()}
        code = folded.get("code")
        errors = folded.get("validationerrors")
        fields = tuple(str(name)[:60] for name in errors)[:5] if isinstance(errors, dict) else ()
        words = frozenset(word.lower() for word in _texts(folded))
        return cls(code if isinstance(code, int) else None, fields, words)

    def mentions(self, word: str) -> bool:
        """Say whether any text of the body is, or contains, a machine word."""
        return any(word in text for text in self.words)


def error_of(response: Response, what: str) -> OperatorError:
    """Turn an answer of 4xx into the error for whoever must act. ``what`` names the operation for people."""
    body = ErrorBody.of(response)
    status = response.status
    if status == UNAUTHORIZED:
        return CredentialsRejected(
            "Dinero does not accept the access token. Check the Secret that spec.dinero.secretRef names."
        )
    if status == FORBIDDEN:
        return _forbidden(body)
    if status == NOT_FOUND or (status == BAD_REQUEST and body.code in CODE_NOT_FOUND):
        return NotFound(f"Dinero does not know what was asked for ({what})")
    if status == CONFLICT or body.code == CODE_DUPLICATE or body.mentions(WORD_DUPLICATE):
        return AlreadyExists(f"The Guid exists already ({what})", code=body.code)
    return _refusal(body, status, what)


def _forbidden(body: ErrorBody) -> OperatorError:
    if body.code in CODES_NO_SUBSCRIPTION:
        return SubscriptionMissing(
            "The organisation has no active Dinero Pro subscription, which the API asks for. Subscribe in Dinero."
        )
    return InvalidConfiguration(
        "The Dinero credentials do not reach the organisation of spec.organisation. Use an API key made in that "
        "organisation, or correct spec.organisation.",
        reason="OrganisationForbidden",
    )


def _refusal(body: ErrorBody, status: int, what: str) -> OrderRejected:
    kinds: dict[int, type[OrderRejected]] = {
        CODE_TIMESTAMP_OUTDATED: TimestampOutdated,
        CODE_DELETED: DocumentDeleted,
        CODE_NO_ACCOUNTING_YEAR: NoAccountingYear,
    }
    kind = kinds.get(body.code or 0, OrderRejected)
    if body.mentions(WORD_CONTACT):
        kind = ContactUnusable
    code = f"code {body.code}" if body.code is not None else f"HTTP {status}"
    names = f": {', '.join(body.fields)}" if body.fields else ""
    return kind(f"Dinero refuses it ({what}, {code}{names})", code=body.code, fields=body.fields)


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Texts and keys of a JSON value, to a small depth: machine words stand in different places."""
    if isinstance(value, str):
        yield value[:200]
    elif depth < 4 and isinstance(value, dict):  # noqa: PLR2004 - deeper than any known error body
        for key, item in value.items():
            yield str(key)[:200]
            yield from _texts(item, depth + 1)
    elif depth < 4 and isinstance(value, list):  # noqa: PLR2004
        for item in value[:50]:
            yield from _texts(item, depth + 1)
