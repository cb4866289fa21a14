"""Contacts in the Dinero simulator."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from test_dinero_simulator_calls import DineroCalls, MovableClock, simulated_dinero

from dinero_operator.sandbox.dinero.contact_rules import valid_cvr

PERSON = {"Name": "Made-up Person", "CountryKey": "DK", "IsPerson": True, "IsMember": False, "UseCvr": False}
COMPANY = PERSON | {"IsPerson": False, "VatNumber": "12345674"}


@pytest_asyncio.fixture
async def dinero(clock: MovableClock) -> AsyncIterator[DineroCalls]:
    async with simulated_dinero(clock.now) as calls:
        yield calls


async def test_a_contact_keeps_the_clients_guid_and_reads_back(dinero: DineroCalls) -> None:
    guid = str(uuid4())
    body = PERSON | {
        "ContactGuid": guid.upper(),
        "Email": "person@example.com",
        "ExternalReference": "shop:1",
    }
    assert await dinero.ok("POST", "contacts", body) == {"ContactGuid": guid}
    contact = await dinero.ok("GET", f"contacts/{guid}")
    assert contact["Email"] == "person@example.com"
    assert contact["VatRegionKey"] == "DK"
    assert contact["CreatedAt"] == "2026-03-02T09:00:00.000"
    assert contact["DeletedAt"] is None


async def test_properties_come_in_any_case_and_unknown_ones_are_ignored(dinero: DineroCalls) -> None:
    body = {
        "name": "Made-up",
        "COUNTRYKEY": "SE",
        "isPerson": True,
        "isMember": False,
        "useCvr": False,
        "Emial": "x",
    }
    guid = (await dinero.ok("POST", "contacts", body))["ContactGuid"]
    assert dinero.books.contacts[guid].email is None
    assert (await dinero.ok("GET", f"contacts/{guid}"))["VatRegionKey"] == "EU"


@pytest.mark.parametrize("name", sorted(PERSON))
async def test_required_properties(dinero: DineroCalls, name: str) -> None:
    body = {key: value for key, value in PERSON.items() if key != name}
    assert await dinero.refused("POST", "contacts", body) == (
        400,
        42,
        {name: f"The {name} field is required."},
    )


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"Name": ""}, "Name"),
        ({"Name": 7}, "Name"),
        ({"CountryKey": "XX"}, "CountryKey"),
        ({"IsPerson": "true"}, "IsPerson"),
        ({"ContactGuid": "no-guid"}, "ContactGuid"),
        ({"ExternalReference": "x" * 129}, "ExternalReference"),
        ({"IsPerson": True}, "VatNumber"),
        ({"IsPerson": True, "VatNumber": None, "EanNumber": "5790000000000"}, "EanNumber"),
        ({"VatNumber": "12345678"}, "VatNumber"),
        ({"VatNumber": "DK1234567"}, "VatNumber"),
        ({"PaymentConditionType": "Paid"}, "PaymentConditionType"),
        (
            {"PaymentConditionType": "NettoCash", "PaymentConditionNumberOfDays": 8},
            "PaymentConditionNumberOfDays",
        ),
        ({"InvoiceMailOutOptionKey": "GLN"}, "InvoiceMailOutOptionKey"),
        ({"PreferredInvoiceLanguageKey": "fi"}, "PreferredInvoiceLanguageKey"),
        ({"PreferredInvoiceCurrencyKey": "XXX"}, "PreferredInvoiceCurrencyKey"),
    ],
)
async def test_wrong_properties(dinero: DineroCalls, changes: dict[str, Any], wrong: str) -> None:
    status, code, errors = await dinero.refused("POST", "contacts", COMPANY | changes)
    assert (status, code, list(errors)) == (400, 42, [wrong])
    assert dinero.books.contacts == {}


async def test_longest_reference_and_foreign_vat_numbers_pass(dinero: DineroCalls) -> None:
    await dinero.ok("POST", "contacts", COMPANY | {"ExternalReference": "x" * 128})
    await dinero.ok("POST", "contacts", COMPANY | {"CountryKey": "DE", "VatNumber": "DE123456788"})


def test_the_check_digit_of_danish_company_numbers() -> None:
    assert valid_cvr("12345674")
    assert valid_cvr("DK 12 34 56 74")
    assert not valid_cvr("12345678")
    assert not valid_cvr("1234567x")


async def test_a_guid_that_is_taken_is_a_400_with_a_code_of_its_own(dinero: DineroCalls) -> None:
    body = PERSON | {"ContactGuid": str(uuid4())}
    await dinero.ok("POST", "contacts", body)
    status, answer = await dinero("POST", "contacts", body)
    assert (status, answer["code"]) == (400, 42)
    assert answer["errorMessageList"][0]["Code"] == "guidMustBeUnique"
    dinero.books.delete_contact(body["ContactGuid"])
    assert (await dinero("POST", "contacts", body))[0] == 400
    dinero.simulator.unknowns.reuse_deleted_guids = True
    assert (await dinero("POST", "contacts", body))[0] == 200


async def test_an_unknown_contact_is_a_404(dinero: DineroCalls) -> None:
    for guid in (str(uuid4()), "no-guid"):
        assert (await dinero.refused("GET", f"contacts/{guid}"))[:2] == (404, 40)
        assert (await dinero.refused("PUT", f"contacts/{guid}", PERSON, version="v2"))[:2] == (404, 40)
        assert (await dinero.refused("DELETE", f"contacts/{guid}"))[:2] == (404, 40)
        assert (await dinero.refused("POST", f"contacts/{guid}/restore"))[:2] == (404, 40)


async def test_put_replaces_the_whole_contact(dinero: DineroCalls, clock: MovableClock) -> None:
    guid = (await dinero.ok("POST", "contacts", PERSON | {"Phone": "12345678"}))["ContactGuid"]
    clock.advance(60)
    await dinero.ok("PUT", f"contacts/{guid}", PERSON | {"Name": "Renamed"}, version="v2")
    contact = await dinero.ok("GET", f"contacts/{guid}")
    assert (contact["Name"], contact["Phone"]) == ("Renamed", None)
    assert contact["CreatedAt"] < contact["UpdatedAt"]


async def test_a_deleted_contact_reads_with_its_deletion_and_can_be_restored(dinero: DineroCalls) -> None:
    guid = (await dinero.ok("POST", "contacts", PERSON))["ContactGuid"]
    await dinero.ok("DELETE", f"contacts/{guid}")
    assert (await dinero.ok("GET", f"contacts/{guid}"))["DeletedAt"] == "2026-03-02T09:00:00.000"
    assert (await dinero.refused("PUT", f"contacts/{guid}", PERSON, version="v2"))[:2] == (400, 65)
    assert (await dinero.refused("DELETE", f"contacts/{guid}"))[:2] == (400, 65)
    await dinero.ok("POST", f"contacts/{guid}/restore")
    assert (await dinero.ok("GET", f"contacts/{guid}"))["DeletedAt"] is None


async def test_lists_show_deleted_contacts_by_version(dinero: DineroCalls) -> None:
    for name in ("Here", "Gone"):
        dinero.books.add_contact_by_hand(name)
    gone = next(guid for guid, contact in dinero.books.contacts.items() if contact.name == "Gone")
    dinero.books.delete_contact(gone)

    async def names(version: str, **query: str) -> list[str]:
        page = await dinero.ok("GET", "contacts", version=version, **query)
        return [row["name"] for row in page["Collection"]]

    assert await names("v1") == ["Here"]
    assert await names("v1", deletedOnly="true") == ["Gone"]
    assert await names("v2") == ["Here", "Gone"]
    assert await names("v2", deletedOnly="true") == ["Gone"]
    assert await names("v2", deletedOnly="false") == ["Here"]


async def test_paging(dinero: DineroCalls) -> None:
    for number in range(5):
        dinero.books.add_contact_by_hand(f"Contact {number}")
    page = await dinero.ok("GET", "contacts", page="1", pageSize="2")
    assert [row["name"] for row in page["Collection"]] == ["Contact 2", "Contact 3"]
    assert page["Pagination"] == {
        "MaxPageSizeAllowed": 1000,
        "PageSize": 2,
        "Result": 2,
        "ResultWithoutFilter": 5,
        "Page": 1,
    }
    assert (await dinero.ok("GET", "contacts", page="9", pageSize="2"))["Collection"] == []
    assert (await dinero.ok("GET", "contacts"))["Pagination"]["PageSize"] == 100
    await dinero.ok("GET", "contacts", pageSize="1000")
    for wrong in ("1001", "0"):
        assert (await dinero.refused("GET", "contacts", pageSize=wrong))[:2] == (400, 43)
    assert (await dinero.refused("GET", "contacts", page="-1"))[:2] == (400, 42)


async def test_fields_are_echoed_in_the_casing_of_the_request(dinero: DineroCalls) -> None:
    contact = dinero.books.add_contact_by_hand("Made-up", email="person@example.com")
    page = await dinero.ok("GET", "contacts", fields="EMAIL,contactguid,Name")
    assert page["Collection"] == [
        {"EMAIL": "person@example.com", "contactguid": contact.guid, "Name": "Made-up"}
    ]
    assert list((await dinero.ok("GET", "contacts"))["Collection"][0]) == ["name", "contactGuid"]
    assert (await dinero.refused("GET", "contacts", fields="Name,IsDebitor"))[:2] == (400, 42)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Email eq 'ANN@example.com'", ["Ann"]),
        ("email contains 'example'", ["Ann", "Bo"]),
        ("Name contains 'a';Email contains 'ann'", ["Ann"]),
        ("Email eq 'nobody@example.com'", []),
        ("IsPerson eq 'true'", ["Ann", "Bo"]),
        ("Name eq 'Semi; colon'", ["Semi; colon"]),
    ],
)
async def test_filters(dinero: DineroCalls, text: str, found: list[str]) -> None:
    dinero.books.add_contact_by_hand("Ann", email="ann@example.com")
    dinero.books.add_contact_by_hand("Bo", email="bo@example.com")
    dinero.books.add_contact_by_hand("Semi; colon", is_person=False)
    page = await dinero.ok("GET", "contacts", queryFilter=text)
    assert [row["name"] for row in page["Collection"]] == found
    assert page["Pagination"]["ResultWithoutFilter"] == len(found)


@pytest.mark.parametrize(
    "text",
    [
        "Acme",
        "Name eq Acme",
        "Name ne 'Acme'",
        "IsDebitor eq 'true'",
        "Name eq 'O'Hara'",
        "Name eq 'a' Email eq 'b'",
        "Name eq 'a';",
    ],
)
async def test_what_does_not_follow_the_grammar_of_filters_is_a_400(dinero: DineroCalls, text: str) -> None:
    status, code, errors = await dinero.refused("GET", "contacts", queryFilter=text)
    assert (status, code, list(errors)) == (400, 42, ["queryFilter"])


async def test_changes_since_counts_deletions_as_changes(dinero: DineroCalls, clock: MovableClock) -> None:
    first = dinero.books.add_contact_by_hand("First")
    clock.advance(60)
    dinero.books.add_contact_by_hand("Second")
    page = await dinero.ok("GET", "contacts", version="v2", changesSince="2026-03-02T09:01:00Z")
    assert [row["name"] for row in page["Collection"]] == ["Second"]
    clock.advance(60)
    dinero.books.delete_contact(first.guid)
    page = await dinero.ok("GET", "contacts", version="v2", changesSince="2026-03-02T09:02:00Z")
    assert [row["name"] for row in page["Collection"]] == ["First"]
    for wrong in ("2026-03-02", "2026-3-2T9:0:0Z", "2026-03-02T09:00:00", "2026-03-02T09:00:00+01:00"):
        assert (await dinero.refused("GET", "contacts", changesSince=wrong))[:2] == (400, 42)


class TestLaggingLists:
    @pytest_asyncio.fixture
    async def dinero(self, clock: MovableClock) -> AsyncIterator[DineroCalls]:
        async with simulated_dinero(clock.now, strict_consistency=False) as calls:
            yield calls

    async def test_lists_miss_what_is_new_and_reads_do_not(
        self, dinero: DineroCalls, clock: MovableClock
    ) -> None:
        contact = dinero.books.add_contact_by_hand("New")
        assert (await dinero.ok("GET", "contacts"))["Collection"] == []
        await dinero.ok("GET", f"contacts/{contact.guid}")
        clock.advance(timedelta(seconds=2).total_seconds())
        assert len((await dinero.ok("GET", "contacts"))["Collection"]) == 1
