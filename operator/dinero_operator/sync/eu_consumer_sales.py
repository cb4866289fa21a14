"""What an organisation has sold to consumers in other EU countries, by calendar year: they have a threshold together.

Rebuilt after a restart from the list of invoices that is read anyway: the invoice's heading tells the class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from dinero_operator.domain.exemption import is_eu_consumer
from dinero_operator.domain.observation import InvoiceStatus, InvoiceView

OnChange = Callable[[int, int], None]
"""Called with a year and its total, in øre without VAT."""


@dataclass(slots=True)
class EuConsumerSales:
    """Totals of booked invoices of all integrations on one organisation. Amounts are øre without VAT.

    Credit notes are not taken off: the total is on the safe side of the threshold.
    """

    on_change: OnChange | None = None
    by_year: Counter[int] = field(default_factory=Counter)
    _counted: set[int] = field(default_factory=set)

    def note(self, order_id: int, invoice: InvoiceView) -> None:
        """Take note of an order's invoice as it was seen, each once, when it is booked."""
        if (
            order_id in self._counted
            or invoice.deleted
            or invoice.status is not InvoiceStatus.BOOKED
            or not is_eu_consumer(invoice.title)
            or invoice.day is None
            or invoice.total is None
            or invoice.vat is None
        ):
            return
        self._counted.add(order_id)
        year = invoice.day.year
        self.by_year[year] += invoice.total - invoice.vat
        if self.on_change is not None:
            self.on_change(year, self.by_year[year])
