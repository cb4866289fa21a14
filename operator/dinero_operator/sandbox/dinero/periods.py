"""Accounting years, and the period that is closed for postings."""

from __future__ import annotations

from datetime import date, timedelta

from dinero_operator.sandbox.dinero import errors
from dinero_operator.sandbox.dinero.models import AccountingYear


class Periods:
    """The accounting years of an organisation: the present one, and one on either side.

    ``locked_until`` is the last day of a period that refuses postings (None: there is none). What the real API
    answers there is unknown; here it is a 400.
    """

    def __init__(self, year: int) -> None:
        self.years = [calendar_year(number) for number in range(year - 1, year + 2)]
        self.locked_until: date | None = None

    def demand_open(self, property_name: str, day: date, *, new_year: bool = False) -> None:
        """Refuse a date that no accounting year covers, or a closed one.

        With ``new_year``, as for a booking, a date in the year after the last one opens that year.
        """
        last = max(self.years, key=lambda year: year.last)
        following = calendar_year(last.last.year + 1)
        if new_year and following.first <= day <= following.last:
            self.years.append(following)
        if not any(year.first <= day <= year.last for year in self.years):
            raise errors.no_accounting_year(property_name, day.isoformat())
        if self.locked_until is not None and day <= self.locked_until:
            raise errors.invalid({property_name: f"The period until {self.locked_until} is closed."})


def calendar_year(year: int) -> AccountingYear:
    """Make the accounting year that runs from January to December."""
    return AccountingYear(str(year), date(year, 1, 1), date(year + 1, 1, 1) - timedelta(days=1))
