"""The standard chart, VAT types, currencies and countries that every simulated organisation starts with."""

from __future__ import annotations

from decimal import Decimal

from dinero_operator.sandbox.dinero.models import Account, DepositAccount

DEBTORS = 53000
SALES_VAT = 64000
FEES = 7220
SALES_GOODS = 1000

VAT_TYPES: dict[str, tuple[str, Decimal]] = {
    "U25": ("Dansk salgsmoms", Decimal("0.25")),
    "I25": ("Dansk købsmoms", Decimal("0.25")),
    # The codes of sales to the EU are a guess at what a chart has: clients are to read them, not to know them.
    "UEUV": ("EU-salg af varer", Decimal(0)),
    "UEUY": ("EU-salg af ydelser", Decimal(0)),
    "UVC": ("Salg uden for EU", Decimal(0)),
}
"""VAT code → name and rate."""

DEPOSIT_NUMBERS = range(55000, 56000)

EXCHANGE_RATES: dict[str, Decimal] = {
    "DKK": Decimal(100),
    "EUR": Decimal("745.6"),
    "USD": Decimal("640.5"),
    "GBP": Decimal("860.1"),
    "SEK": Decimal("66.4"),
    "NOK": Decimal("63.8"),
}
"""DKK for 100 of the currency. The same every day, so that figures can be foretold."""

EU = frozenset(
    (
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    )
)

COUNTRIES: dict[str, tuple[str, str]] = {
    "AT": ("Østrig", "Austria"),
    "AU": ("Australien", "Australia"),
    "BE": ("Belgien", "Belgium"),
    "BG": ("Bulgarien", "Bulgaria"),
    "CA": ("Canada", "Canada"),
    "CH": ("Schweiz", "Switzerland"),
    "CN": ("Kina", "China"),
    "CY": ("Cypern", "Cyprus"),
    "CZ": ("Tjekkiet", "Czech Republic"),
    "DE": ("Tyskland", "Germany"),
    "DK": ("Danmark", "Denmark"),
    "EE": ("Estland", "Estonia"),
    "ES": ("Spanien", "Spain"),
    "FI": ("Finland", "Finland"),
    "FO": ("Færøerne", "Faroe Islands"),
    "FR": ("Frankrig", "France"),
    "GB": ("Storbritannien", "United Kingdom"),
    "GL": ("Grønland", "Greenland"),
    "GR": ("Grækenland", "Greece"),
    "HR": ("Kroatien", "Croatia"),
    "HU": ("Ungarn", "Hungary"),
    "IE": ("Irland", "Ireland"),
    "IS": ("Island", "Iceland"),
    "IT": ("Italien", "Italy"),
    "JP": ("Japan", "Japan"),
    "LT": ("Litauen", "Lithuania"),
    "LU": ("Luxembourg", "Luxembourg"),
    "LV": ("Letland", "Latvia"),
    "MT": ("Malta", "Malta"),
    "NL": ("Holland", "Netherlands"),
    "NO": ("Norge", "Norway"),
    "PL": ("Polen", "Poland"),
    "PT": ("Portugal", "Portugal"),
    "RO": ("Rumænien", "Romania"),
    "SE": ("Sverige", "Sweden"),
    "SI": ("Slovenien", "Slovenia"),
    "SK": ("Slovakiet", "Slovakia"),
    "US": ("USA", "United States"),
}
"""Country key → Danish and English name."""


def standard_accounts() -> dict[int, Account]:
    """Make the entry accounts that an organisation starts with, by number."""
    sales = [
        Account(SALES_GOODS, "Salg af varer/ydelser m/moms", "U25"),
        Account(1050, "Salg af varer/ydelser u/moms"),
        Account(1100, "Salg af varer til udlandet, EU", "UEUV"),
        Account(1200, "Salg af ydelser til udlandet, EU", "UEUY"),
        Account(1255, "Salg af varer uden for EU", "UVC"),
        Account(1300, "Salg af fragt - momsfri"),
        Account(1350, "Salg af fragt - momspligtig", "U25"),
    ]
    costs = [
        Account(FEES, "Porto og gebyrer", "none", "Administration Costs", "Administrationsomkostninger"),
        Account(7400, "Betalingsløsning", "I25", "Administration Costs", "Administrationsomkostninger"),
        Account(7420, "Indløsere", "none", "Administration Costs", "Administrationsomkostninger"),
        Account(63080, "Gavekort", "none", "Short Term Liabilities", "Kortfristet gæld"),
    ]
    system = [
        Account(DEBTORS, "Debitorer", "none", "Current Assets", "Omsætningsaktiver", system=True),
        Account(SALES_VAT, "Salgsmoms (udgående moms)", "none", "VAT", "Moms", system=True),
        Account(64060, "Købsmoms (indgående moms)", "none", "VAT", "Moms", system=True),
    ]
    return {account.number: account for account in (*sales, *costs, *system)}


def standard_deposits() -> dict[int, DepositAccount]:
    """Make the deposit accounts: the standard ones, and one that the company has made for its webshop."""
    accounts = [
        DepositAccount(55000, "Bank", is_default=True),
        DepositAccount(55040, "Kontanter (kasse)"),
        DepositAccount(55100, "Webshop salg"),
    ]
    return {account.number: account for account in accounts}
