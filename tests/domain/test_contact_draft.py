"""The contact that we make where the books have none with the e-mail address."""

import pytest

from builders import a_policy, an_order
from dinero_operator.domain.document import contact_draft
from dinero_operator.domain.identity import contact_guid
from dinero_operator.domain.order import Party

CVR, EAN = "12345674", "5790000000005"
PERSON = Party(name="Anne Hansen", address="Nørregade 1", zipcode="8000", city="Aarhus C", country="DK")
COMPANY = Party(name="Anne Hansen", company="Kopper ApS", country="DK")


def test_a_person_has_name_and_address() -> None:
    contact = contact_draft(an_order(billing=PERSON, email=" Anne@Example.com "), a_policy())
    assert contact.guid == contact_guid(a_policy().organisation, "anne@example.com")
    assert (contact.email, contact.email_key) == ("Anne@Example.com", "anne@example.com")
    assert (contact.name, contact.attention, contact.person) == ("Anne Hansen", "", True)
    assert (contact.street, contact.zipcode, contact.city) == ("Nørregade 1", "8000", "Aarhus C")
    assert (contact.country, contact.phone) == ("DK", "+45 11 22 33 44")
    assert (contact.vat_number, contact.ean) == ("", "")


def test_a_company_is_named_and_the_person_is_its_attention() -> None:
    contact = contact_draft(an_order(billing=COMPANY, vat_number="DK 12 34 56 74"), a_policy())
    assert (contact.name, contact.attention, contact.person) == ("Kopper ApS", "Anne Hansen", False)
    assert contact.vat_number == CVR


def test_an_institution_with_an_ean_number_is_no_person() -> None:
    contact = contact_draft(an_order(billing=PERSON, ean=EAN), a_policy())
    assert (contact.name, contact.attention, contact.person) == ("Anne Hansen", "", False)
    assert (contact.vat_number, contact.ean) == ("", EAN)


@pytest.mark.parametrize("wrong", ["12345678", "SE556012579001", "n/a"])
def test_wrong_numbers_are_left_out_and_make_no_company(wrong: str) -> None:
    contact = contact_draft(an_order(billing=PERSON, vat_number=wrong, ean=wrong), a_policy())
    assert (contact.vat_number, contact.ean, contact.person) == ("", "", True)


def test_without_any_name_the_address_must_do() -> None:
    contact = contact_draft(an_order(billing=Party(), email="anne@example.com"), a_policy())
    assert contact.name == "anne@example.com"
    assert contact.country == "DK", "the country of delivery, where billing has none"


def test_without_an_email_there_is_no_contact() -> None:
    with pytest.raises(ValueError, match="e-mail"):
        contact_draft(an_order(email=""), a_policy())


GERMAN = Party(name="Erika Beispiel", company="Musterhandel Beispiel GmbH", city="Berlin", country="DE")


def test_a_business_abroad_has_its_vat_number_with_the_country() -> None:
    order = an_order(billing=GERMAN, delivery=GERMAN, vat_number="999 999 903")
    contact = contact_draft(order, a_policy())
    assert (contact.name, contact.attention, contact.person) == (GERMAN.company, GERMAN.name, False)
    assert (contact.vat_number, contact.country) == ("DE999999903", "DE")


def test_a_business_from_abroad_that_buys_for_denmark_keeps_its_number() -> None:
    contact = contact_draft(an_order(billing=GERMAN, vat_number="DE999999903"), a_policy())
    assert (contact.vat_number, contact.country) == ("DE999999903", "DE")


def test_a_danish_number_is_not_put_on_a_foreign_contact() -> None:
    contact = contact_draft(an_order(billing=GERMAN, vat_number=CVR), a_policy())
    assert (contact.vat_number, contact.person) == ("", False)


def test_a_private_person_never_has_a_company_s_fields() -> None:
    contact = contact_draft(an_order(billing=PERSON, vat_number="?", ean="?"), a_policy())
    assert contact.person
    assert (contact.vat_number, contact.ean, contact.attention) == ("", "", "")
