"""Which class a delivery belongs to, which places belong to none, and what the invoice says of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from builders import BUYER, a_policy, an_order
from dinero_operator.domain.comparison import compare_draft
from dinero_operator.domain.countries import EU
from dinero_operator.domain.destination import Destination, destination_of
from dinero_operator.domain.document import InvoiceDraft, invoice_draft
from dinero_operator.domain.exemption import is_eu_consumer, title_of
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.identity import contact_guid
from dinero_operator.domain.observation import InvoiceStatus, InvoiceView
from dinero_operator.domain.order import Order, Party
from dinero_operator.domain.policy import SalesAccounts
from dinero_operator.domain.territories import TERRITORIES, territory_of
from dinero_operator.domain.vat import RATES, vat_within

DOMESTIC, EU_BUSINESS, EU_CONSUMER, EXPORT = Destination


def place(country: str, zipcode: str = "") -> Party:
    return Party(name="Anne Hansen", country=country, zipcode=zipcode)


def order_to(country: str, zipcode: str = "", **changes: object) -> Order:
    there = place(country, zipcode)
    return an_order(**{"billing": there, "delivery": there} | changes)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (order_to("DK"), DOMESTIC),
        (order_to("DK", vat_number="DE999999903"), DOMESTIC),
        (order_to("DK", ean="5790000000005"), DOMESTIC),
        (order_to("DK", billing=place("DE")), DOMESTIC),
        (order_to("SE"), EU_CONSUMER),
        (order_to("SE", billing=BUYER), EU_CONSUMER),
        (order_to("SE", vat_number="SE556188840401"), EU_BUSINESS),
        (order_to("SE", vat_number="?"), EU_BUSINESS),
        (order_to("SE", billing=Party(company="Prøve AB", country="SE")), EU_BUSINESS),
        (order_to("SE", ean="5790000000005"), EU_BUSINESS),
        (order_to("NO"), EXPORT),
        (order_to("NO", vat_number="974761076"), EXPORT),
        (order_to("GB", "SW1A 1AA"), EXPORT),
        (order_to("CH", "8001"), EXPORT),
        (order_to("LI"), EXPORT),
        (order_to(""), None),
        (order_to("GL"), None),
    ],
)
def test_the_class_of_a_delivery(order: Order, expected: Destination | None) -> None:
    assert destination_of(order) is expected


@pytest.mark.parametrize("country", sorted(EU - {"DK"}))
def test_every_other_member_state_is_eu(country: str) -> None:
    assert destination_of(order_to(country)) is EU_CONSUMER


@pytest.mark.parametrize(
    ("country", "zipcode", "name"),
    [
        ("GL", "3900", "Greenland"),
        ("DK", "3900", "Greenland"),
        ("DK", "GL-3905", "Greenland"),
        ("FO", "100", "the Faroe Islands"),
        ("DK", "FO-100", "the Faroe Islands"),
        ("DK", "100", "the Faroe Islands"),
        ("AX", "22100", "Åland"),
        ("FI", "22100", "Åland"),
        ("FI", "AX-22100", "Åland"),
        ("ES", "35001", "the Canary Islands"),
        ("ES", "ES-38670", "the Canary Islands"),
        ("ES", "51001", "Ceuta and Melilla"),
        ("ES", "52 006", "Ceuta and Melilla"),
        ("GB", "BT1 5GS", "Northern Ireland"),
        ("GB", "bt15gs", "Northern Ireland"),
        ("GB", "JE2 3AB", "the Channel Islands"),
        ("GG", "", "the Channel Islands"),
        ("GB", "IM1 1AA", "the Isle of Man"),
        ("GB", "BFPO 57", "the British bases on Cyprus"),
        ("RE", "97400", "the French overseas departments and territories"),
        ("FR", "97400", "the French overseas departments and territories"),
        ("FR", "98800", "the French overseas departments and territories"),
        ("FR", "98000", "Monaco"),
        ("MC", "", "Monaco"),
        ("DE", "78266", "Büsingen"),
        ("CH", "8238", "Büsingen"),
        ("DE", "D-27498", "Heligoland"),
        ("IT", "23041", "Livigno"),
        ("IT", "22061", "Campione d'Italia"),
        ("IT", "47890", "San Marino"),
        ("IT", "00120", "the Vatican"),
        ("GR", "630 86", "Mount Athos"),
        ("NO", "9170", "Svalbard and Jan Mayen"),
        ("SJ", "", "Svalbard and Jan Mayen"),
        ("AD", "AD500", "Andorra"),
        ("GI", "", "Gibraltar"),
        # their neighbours
        ("DK", "4000", None),
        ("DK", "3990", "Greenland"),
        ("DK", "0800", None),
        ("DK", "", None),
        ("FI", "22", None),
        ("FI", "00100", None),
        ("ES", "28001", None),
        ("GB", "B1 1TT", None),
        ("FR", "75001", None),
        ("DE", "78267", None),
        ("IT", "47900", None),
        ("GR", "63100", None),
        ("NO", "9100", None),
        ("PT", "9000", None),
        ("US", "35801", None),
    ],
)
def test_special_territories(country: str, zipcode: str, name: str | None) -> None:
    found = territory_of(place(country, zipcode))
    assert (found.name if found else None) == name


@pytest.mark.parametrize("word", ["Nordirland", "northern ireland", "XI", "Gran Canaria", "Ceuta"])
def test_a_territory_by_its_name_is_never_a_class(word: str) -> None:
    assert destination_of(an_order(delivery=Party(country="", country_text=word))) is None


def test_every_territory_says_how_it_is_found_and_where_it_is_written() -> None:
    for territory in TERRITORIES:
        assert territory.codes or territory.postcodes or territory.words, territory.name
        assert territory.source
    names = [territory.name for territory in TERRITORIES]
    assert len(names) == len(set(names))


def draft_to(destination: Destination) -> InvoiceDraft:
    order = {
        DOMESTIC: order_to("DK"),
        EU_BUSINESS: order_to("DE", vat_number="DE999999903", vat=0),
        EU_CONSUMER: order_to("SE"),
        EXPORT: order_to("NO", vat=0),
    }[destination]
    policy = a_policy()
    guid = contact_guid(policy.organisation, order.email)
    return invoice_draft(order, policy, SalesAccounts(1000, 1000), guid)


def test_an_invoice_without_vat_says_why() -> None:
    assert draft_to(DOMESTIC).comment == "Ordre 1001"
    assert draft_to(EU_CONSUMER).comment == "Ordre 1001"
    business, export = draft_to(EU_BUSINESS).comment, draft_to(EXPORT).comment
    assert business.startswith("Ordre 1001\n")
    assert "omvendt betalingspligt" in business
    assert "article 138" in business
    assert business.endswith("DE999999903"), (
        "the buyer's number stands on the invoice, whatever the contact has"
    )
    assert "article 146" in export
    assert "DE" not in export


def test_the_heading_tells_the_class() -> None:
    titles = {destination: draft_to(destination).title for destination in Destination}
    assert titles == {destination: title_of(destination) for destination in Destination}
    assert len(set(titles.values())) == 4
    assert titles[DOMESTIC] == "Faktura"
    assert [destination for destination in Destination if is_eu_consumer(titles[destination])] == [
        EU_CONSUMER
    ]


@pytest.mark.parametrize("destination", Destination)
@pytest.mark.parametrize("vat", [0, 49_80])
def test_dinero_must_compute_the_vat_of_the_class(destination: Destination, vat: int) -> None:
    draft = draft_to(destination)
    view = InvoiceView(
        guid=draft.guid,
        status=InvoiceStatus.DRAFT,
        contact=draft.contact,
        currency="DKK",
        reference=draft.reference,
        total=249_00,
        vat=vat,
    )
    right = vat == vat_within(249_00, RATES[destination])
    for stated in (draft.vat, None, vat):
        found = compare_draft(replace(draft, vat=stated), view)
        assert (found is None) is right
        if found is not None:
            assert found.reason is HoldReason.VAT_DIFFERS
            assert f"{vat / 100:.2f} DKK" in found.detail


def test_the_page_for_accountants_lists_every_territory() -> None:
    page = (Path(__file__).parents[2] / "docs" / "bookkeeping.md").read_text(encoding="utf-8")
    for territory in TERRITORIES:
        codes = ", ".join(f"`{code}`" for code in territory.codes) or "none"
        assert f"| {territory.name} | {codes} |" in page, territory.name
