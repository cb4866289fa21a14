"""A simulator of the Dinero API: as strict as its documentation, and bent to no client."""

from dinero_operator.sandbox.dinero.books import Books
from dinero_operator.sandbox.dinero.models import Contact, CreditNote, Invoice, Line, Payment
from dinero_operator.sandbox.dinero.server import DineroSimulator
from dinero_operator.sandbox.dinero.unknowns import Unknowns

__all__ = [
    "Books",
    "Contact",
    "CreditNote",
    "DineroSimulator",
    "Invoice",
    "Line",
    "Payment",
    "Unknowns",
]
