"""From the resource's words to the engine's."""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from kube_bodies import a_body, an_entry

from dinero_operator.domain.choices import (
    Booking,
    Credits,
    DiscountLines,
    Duplicates,
    FirstRun,
    LateOrders,
    Payment,
    Trigger,
    WithoutEmail,
)
from dinero_operator.domain.destination import Destination
from dinero_operator.kube.resource import parse_spec
from dinero_operator.kube.wish import integration_spec, start_from
from dinero_operator.sync.spec import IntegrationSpec, SalesChoice


def wished(allow_insecure_urls: bool = False, **changes: Any) -> IntegrationSpec:
    entry = an_entry(**changes)
    spec = parse_spec(entry.spec, allow_insecure_urls=True)
    return integration_spec(spec, entry, allow_insecure_urls=allow_insecure_urls)


def first_day(**changes: Any) -> date:
    entry = an_entry(**changes)
    return start_from(parse_spec(entry.spec), entry)


def test_a_plain_resource_has_the_defaults_of_the_contract() -> None:
    assert wished() == IntegrationSpec(
        shop_url="https://www.shoporama.dk/REST",
        zone=ZoneInfo("Europe/Copenhagen"),
        start_from=date(2026, 11, 2),
        trigger=Trigger.PAID,
        account=55_040,
    )


def test_every_choice_arrives() -> None:
    guid = "c0113c71-0000-4000-8000-000000000001"
    spec = {
        "shop": {
            "url": "https://Shop.example.com/REST/",
            "tokenSecretRef": {"name": "shop-token"},
            "dailyCalls": 5000,
            "timeZone": "America/New_York",
            "currency": "EUR",
        },
        "organisation": 118_427,
        "trigger": "Sent",
        "account": 55_100,
        "booking": "OnSent",
        "payment": "Always",
        "sales": {
            "domestic": {"goods": 1000, "shipping": 1010},
            "euBusiness": {"goods": 1100},
            "euConsumer": {"goods": 1200, "shipping": 1210},
            "export": {"goods": 1300},
        },
        "startFrom": "2026-12-24",
        "interval": "90s",
        "dryRun": True,
        "lines": {"discount": "Spread"},
        "customers": {"withoutEmail": "Collective", "collectiveContact": guid},
        "vouchers": {"giftCardPattern": "^GIFT-"},
        "duplicates": "Ignore",
        "lateOrders": "Today",
        "firstRun": "Draft",
    }
    found = wished(spec=spec, annotations={"shoporama.dk/skip-orders": "7,8,x"})
    pattern = found.gift_card_pattern
    assert pattern is not None
    assert pattern.search("GIFT-1")
    assert not pattern.search("NOGIFT-1")
    assert found == IntegrationSpec(
        shop_url="https://shop.example.com/REST",
        zone=ZoneInfo("America/New_York"),
        start_from=date(2026, 12, 24),
        daily_calls=5000,
        currency="EUR",
        organisation=118_427,
        trigger=Trigger.SENT,
        account=55_100,
        booking=Booking.ON_SENT,
        payment=Payment.ALWAYS,
        sales={
            Destination.DOMESTIC: SalesChoice(1000, 1010),
            Destination.EU_BUSINESS: SalesChoice(1100, None),
            Destination.EU_CONSUMER: SalesChoice(1200, 1210),
            Destination.EXPORT: SalesChoice(1300, None),
        },
        interval=90.0,
        dry_run=True,
        discount=DiscountLines.SPREAD,
        without_email=WithoutEmail.COLLECTIVE,
        collective_contact=UUID(guid),
        gift_card_pattern=pattern,
        duplicates=Duplicates.IGNORE,
        late_orders=LateOrders.TODAY,
        first_run=FirstRun.DRAFT,
        skip=frozenset({7, 8}),
        warnings=found.warnings,
    )


def test_the_same_words_give_equal_wishes() -> None:
    """A wish that is new on every run would be read as an edit, and everything would start over."""
    spec = {"vouchers": {"giftCardPattern": "^GIFT-"}, "sales": {"export": {"goods": 1300}}}
    assert wished(spec=spec) == wished(spec=spec, resourceVersion="7", status={"observedGeneration": 1})


def test_credits_are_automatic_where_the_shop_wants_them() -> None:
    assert wished().credits is Credits.HOLD
    assert wished(spec={"credits": "Automatic"}).credits is Credits.AUTOMATIC


def test_plain_http_is_refused_without_the_setting() -> None:
    shop = {"shop": {"url": "http://shop.example.com/REST", "tokenSecretRef": {"name": "shop-token"}}}
    with pytest.raises(ValueError, match=r"must begin with https://"):
        wished(spec=shop)
    assert wished(spec=shop, allow_insecure_urls=True).shop_url == "http://shop.example.com/REST"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, date(2026, 11, 2)),  # 23:30 UTC is past midnight in Copenhagen
        ({"creationTimestamp": "2026-11-01T22:59:59Z"}, date(2026, 11, 1)),
        ({"spec": {"startFrom": "2026-01-01"}}, date(2026, 1, 1)),
        ({"status": {"startFrom": "2026-10-01"}}, date(2026, 10, 1)),
        ({"status": {"startFrom": "2026-10-01"}, "spec": {"startFrom": "2026-01-01"}}, date(2026, 1, 1)),
        ({"status": {"startFrom": "never"}}, date(2026, 11, 2)),
    ],
)
def test_the_first_day(changes: dict[str, Any], expected: date) -> None:
    assert first_day(**changes) == expected


def test_the_first_day_that_is_kept_does_not_move_with_the_zone() -> None:
    shop = {"shop": {"tokenSecretRef": {"name": "shop-token"}, "timeZone": "Pacific/Honolulu"}}
    assert first_day(spec=shop) == date(2026, 11, 1)
    assert first_day(spec=shop, status={"startFrom": "2026-11-02"}) == date(2026, 11, 2)


def test_the_body_of_these_tests_is_lawful() -> None:
    parse_spec(a_body()["spec"])


def test_what_is_built_gives_no_warning() -> None:
    sales = {"domestic": {"goods": 1000}, "export": {"goods": 1255}}
    assert wished(spec={"sales": sales, "credits": "Hold"}).warnings == ()
