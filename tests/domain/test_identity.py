"""The ids are a promise to every book that was ever written: these literals must never change."""

import unicodedata
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinero_operator.domain.identity import (
    NAMESPACE,
    contact_guid,
    creditnote_guid,
    email_key,
    invoice_guid,
    invoice_reference,
    order_id_of,
    payment_reference,
)

COMBINING = "jose\N{COMBINING ACUTE ACCENT}@example.com"
COMPOSED = "jos\N{LATIN SMALL LETTER E WITH ACUTE}@example.com"
IDNA = "xn--smrrebrd-64af.example.com"


def by_hand(name: str) -> UUID:
    """The contract's sentence, computed without the code under test."""
    return uuid5(uuid5(NAMESPACE_URL, "https://shoporama.dk/dinero-operator"), name)


def test_the_namespace_is_pinned() -> None:
    assert UUID("1d307ad7-5cf8-5ad0-b8cb-bf06d61ac830") == NAMESPACE


@pytest.mark.parametrize(
    ("guid", "name", "literal"),
    [
        (
            invoice_guid(118427, 4711001),
            "118427/invoice/4711001",
            "f8189f9e-6cfb-5a28-becd-6cc5e58f8115",
        ),
        (invoice_guid(999, 4711001), "999/invoice/4711001", "0f2d0405-e7f5-59e4-85a1-b3b7848de6ea"),
        (
            contact_guid(118427, "  Anne@Example.COM\n"),
            "118427/contact/anne@example.com",
            "60e09c09-eefc-53bd-a09c-16d13847fe29",
        ),
        (
            contact_guid(118427, COMBINING),
            f"118427/contact/{COMPOSED}",
            "bddaefb5-bb23-5fab-b847-e44fe0e9d9bb",
        ),
        (
            creditnote_guid(118427, "shoporama:4711001:credit:1"),
            "118427/creditnote/shoporama:4711001:credit:1",
            "0b5362b7-7d68-5829-bc41-7c51ba1e8163",
        ),
    ],
)
def test_guids_are_pinned(guid: UUID, name: str, literal: str) -> None:
    assert guid == by_hand(name)
    assert str(guid) == literal
    assert guid.version == 5


@pytest.mark.parametrize(
    ("email", "key"),
    [
        ("anne@example.com", "anne@example.com"),
        ("Anne.Hansen@Example.COM", "anne.hansen@example.com"),
        ("\t anne@example.com \r\n", "anne@example.com"),
        ("ØRSTED@example.com", "ørsted@example.com"),
        (COMBINING, COMPOSED),
        (COMBINING.upper(), COMPOSED),
        ("anne@SMØRREBRØD.example.com", f"anne@{IDNA}"),
        (f"anne@{IDNA}", f"anne@{IDNA}"),
        ("anne@smo\N{COMBINING LONG SOLIDUS OVERLAY}d.example.com", None),
        ("Siobhan.O'Brien@example.com", "siobhan.o'brien@example.com"),
        ("anne+kopper@example.com", "anne+kopper@example.com"),
        ("anne@example\N{IDEOGRAPHIC FULL STOP}com", "anne@example.com"),
    ],
)
def test_email_addresses_are_brought_to_one_form(email: str, key: str | None) -> None:
    if key is None:  # o with an overlay is no composed letter: it must only not be taken for "ø"
        assert email_key(email) != email_key("anne@smød.example.com")
    else:
        assert email_key(email) == key


def test_dots_and_tags_are_different_people() -> None:
    assert len({email_key(f"{name}@example.com") for name in ("annehansen", "anne.hansen", "anne+1")}) == 3


@pytest.mark.parametrize(
    "email",
    [
        "",
        "   ",
        "anne",
        "@example.com",
        "anne@",
        "anne hansen@example.com",
        "anne@exam ple.com",
        "anne\N{NO-BREAK SPACE}hansen@example.com",
        "anne@example..com",
        "anne@.example.com",
        f"anne@{'a' * 64}.example.com",
        "\ud800@example.com",
        "anne@\ud800.example.com",
    ],
)
def test_what_is_no_address_has_no_guid(email: str) -> None:
    with pytest.raises(ValueError, match="is no e-mail address"):
        email_key(email)
    with pytest.raises(ValueError, match="is no e-mail address"):
        contact_guid(118427, email)


def test_a_refused_address_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="is no") as caught:
        email_key("anne hansen at example.com")
    assert "anne" not in str(caught.value)


@given(st.from_regex(r"[A-Za-zÆØÅæøåé0-9'._+-]{1,12}@[A-Za-zæøåÆØÅ0-9]{1,12}\.(com|dk)", fullmatch=True))
def test_the_key_of_a_key_is_itself_whatever_the_case_and_form(email: str) -> None:
    key = email_key(email)
    assert email_key(key) == key
    assert email_key(unicodedata.normalize("NFD", f" {email.swapcase()} ")) == key


@given(st.text(max_size=30))
def test_any_text_has_a_guid_or_is_refused(text: str) -> None:
    try:
        key = email_key(text)
    except ValueError:
        return
    assert contact_guid(1, text) == by_hand(f"1/contact/{key}")


def test_ids_differ_by_organisation_order_and_kind() -> None:
    ids = {
        invoice_guid(1, 11),
        invoice_guid(11, 1),
        invoice_guid(1, 1),
        creditnote_guid(1, "1"),
        creditnote_guid(1, "11"),
        contact_guid(1, "1@1"),
    }
    assert len(ids) == 6


def test_references_are_those_of_the_contract() -> None:
    assert invoice_reference(4711001) == "shoporama:4711001"
    assert payment_reference(4711001) == "shoporama:4711001:payment"


@pytest.mark.parametrize(
    ("reference", "order_id"),
    [
        ("shoporama:4711001", 4711001),
        ("Shoporama:4711001", 4711001),
        ("shoporama:4711001:payment", None),
        ("shoporama:", None),
        ("shoporama:-1", None),
        ("shoporama:١٢", None),
        ("shoporama:12 ", None),
        ("shopify:4711001", None),
        ("4711001", None),
        ("", None),
    ],
)
def test_only_our_own_references_name_an_order(reference: str, order_id: int | None) -> None:
    assert order_id_of(reference) == order_id
