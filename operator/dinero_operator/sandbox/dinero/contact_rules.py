"""What the API demands of a contact."""

from __future__ import annotations

from dinero_operator.sandbox.dinero.body import Body
from dinero_operator.sandbox.dinero.chart import COUNTRIES, EXCHANGE_RATES
from dinero_operator.sandbox.dinero.models import Contact

LONGEST_REFERENCE = 128
_COMPANIES_ONLY = ("AttPerson", "VatNumber", "EanNumber", "SENumber", "PNumber")
_MAIL_OUT_NUMBERS = {"VAT": "VatNumber", "GLN": "EanNumber", "SE": "SENumber", "P": "PNumber"}
_CVR_WEIGHTS = (2, 7, 6, 5, 4, 3, 2, 1)


def valid_cvr(number: str) -> bool:
    """Check a Danish company number, with or without DK and spaces: eight digits, of which the last one checks."""
    digits = number.replace(" ", "").upper().removeprefix("DK")
    if len(digits) != len(_CVR_WEIGHTS) or not digits.isascii() or not digits.isdigit():
        return False
    return sum(weight * int(digit) for weight, digit in zip(_CVR_WEIGHTS, digits, strict=True)) % 11 == 0


def read_contact(body: Body, guid: str) -> Contact:
    """Make the contact that a create or update asks for. Raises ``ApiError`` with all that is wrong."""
    contact = Contact(
        guid=guid,
        name=body.text("Name", required=True) or "",
        country_key=body.text("CountryKey", required=True, choices=COUNTRIES) or "",
        is_person=body.boolean("IsPerson", required=True),
        is_member=body.boolean("IsMember", required=True),
        use_cvr=body.boolean("UseCvr", required=True),
        external_reference=body.text("ExternalReference", longest=LONGEST_REFERENCE),
        street=body.text("Street"),
        zip_code=body.text("ZipCode"),
        city=body.text("City"),
        phone=body.text("Phone"),
        email=body.text("Email"),
        webpage=body.text("Webpage"),
        att_person=body.text("AttPerson"),
        vat_number=body.text("VatNumber"),
        ean_number=body.text("EanNumber"),
        se_number=body.text("SENumber"),
        p_number=body.text("PNumber"),
        payment_condition_type=body.text(
            "PaymentConditionType", choices=("Netto", "NettoCash", "CurrentMonthOut")
        ),
        payment_condition_days=body.integer("PaymentConditionNumberOfDays", least=0, most=9999),
        member_number=body.text("MemberNumber"),
        company_type_key=body.text("CompanyTypeKey"),
        invoice_mail_out_option_key=body.text("InvoiceMailOutOptionKey", choices=_MAIL_OUT_NUMBERS),
        language_key=body.text("PreferredInvoiceLanguageKey", choices=("da", "en", "de", "sv", "no")),
        currency_key=body.text("PreferredInvoiceCurrencyKey", choices=EXCHANGE_RATES),
    )
    _check_numbers(body, contact)
    if contact.payment_condition_type == "NettoCash" and contact.payment_condition_days is not None:
        body.fail("PaymentConditionNumberOfDays", "PaymentConditionNumberOfDays must be null for NettoCash.")
    body.check()
    return contact


def _check_numbers(body: Body, contact: Contact) -> None:
    if contact.is_person:
        for name in _COMPANIES_ONLY:
            if body.has(name):
                body.fail(name, f"{name} must be null when IsPerson is true.")
    elif contact.country_key == "DK" and contact.vat_number and not valid_cvr(contact.vat_number):
        body.fail("VatNumber", "VatNumber is not a valid Danish CVR number.")
    option = contact.invoice_mail_out_option_key
    if option in _MAIL_OUT_NUMBERS and not body.has(_MAIL_OUT_NUMBERS[option]):
        body.fail("InvoiceMailOutOptionKey", f"{option} needs {_MAIL_OUT_NUMBERS[option]}.")
