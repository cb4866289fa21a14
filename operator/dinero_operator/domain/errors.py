"""What can stop the work, named by who must act.

Every message is a sentence for a person. It names the field and the remedy, and never holds a secret, a customer's
data, or text that changes from one try to the next.
"""

from __future__ import annotations


class OperatorError(Exception):
    """Base of all errors that the operator reports; ``str()`` of it may be shown to anybody."""


class CredentialsRejected(OperatorError):
    """The system does not accept what we were given. The shop's owner must act; asking again does not help."""


class SubscriptionMissing(CredentialsRejected):
    """Dinero answers without Pro to the list of organisations only (reference: HTTP 403, code 90)."""


class InvalidConfiguration(OperatorError):
    """The resource, or what it refers to, must be edited. ``reason`` is the condition's CamelCase word."""

    def __init__(self, message: str, *, reason: str = "InvalidConfiguration") -> None:
        super().__init__(message)
        self.reason = reason


class RateLimited(OperatorError):
    """The system wants us to wait. Nobody must act. ``retry_after`` is in seconds, from now."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(OperatorError):
    """The system does not answer, or answers nonsense. Nobody must act; a later try may succeed.

    Where the request was a write, it is certain that it was safe to repeat (or was never sent).
    """


class OutcomeUnknown(OperatorError):
    """A write got no usable answer: it may have happened. Only a read of the books can tell."""


class OrderRejected(OperatorError):
    """The ledger refuses this one order's document; the other orders go on.

    ``code`` is Dinero's number where there is one, ``fields`` the names of the fields that it complains of.
    """

    def __init__(self, message: str, *, code: int | None = None, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.fields = fields
