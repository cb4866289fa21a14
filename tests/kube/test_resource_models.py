import copy
import re
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

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
from dinero_operator.domain.errors import InvalidConfiguration
from dinero_operator.kube.resource import InvalidSpec, parse_spec

ROOT = Path(__file__).parents[2]
LEAST: dict[str, Any] = yaml.safe_load((ROOT / "examples" / "minimal.yaml").read_text())["spec"]
FULL: dict[str, Any] = yaml.safe_load((ROOT / "examples" / "full.yaml").read_text())["spec"]
GUID = "5f0e8a52-6a0c-4b2e-9d53-0d1f6c1b7a10"


def with_(path: str, value: Any, base: dict[str, Any] = LEAST) -> dict[str, Any]:
    """A copy with one field set, by its path below spec."""
    spec = copy.deepcopy(base)
    *groups, name = path.split(".")
    place = spec
    for group in groups:
        place = place.setdefault(group, {})
    place[name] = value
    return spec


def problems(raw: Any, **options: Any) -> dict[str, str]:
    with pytest.raises(InvalidSpec) as caught:
        parse_spec(raw, **options)
    return {problem.field: problem.message for problem in caught.value.problems}


def test_reads_every_field() -> None:
    spec = parse_spec(FULL)
    assert spec.shop.url == "https://www.shoporama.dk/REST"
    assert (spec.shop.token_secret_ref.name, spec.shop.token_secret_ref.key) == (
        "example-shop-shoporama",
        "token",
    )
    assert spec.shop.daily_calls == 2000
    assert spec.shop.zone.key == spec.shop.time_zone == "Europe/Copenhagen"
    assert spec.shop.currency == "DKK"
    assert spec.dinero.secret_ref.name == "example-shop-dinero"
    assert (spec.organisation, spec.account) == (123456, 55100)
    assert spec.trigger is Trigger.SENT
    assert spec.booking is Booking.ON_TRANSFER
    assert spec.payment is Payment.WHEN_PAID
    assert (spec.sales.domestic.goods, spec.sales.domestic.shipping) == (1000, 1350)
    assert spec.sales.eu_business is not None
    assert (spec.sales.eu_business.goods, spec.sales.eu_business.shipping) == (1100, None)
    assert spec.start_from == date(2026, 11, 1)
    assert (spec.interval, spec.interval_seconds) == ("5m", 300)
    assert spec.dry_run is spec.suspend is False
    assert spec.lines.discount is DiscountLines.OWN_LINE
    assert spec.credits is Credits.HOLD
    assert spec.customers.without_email is WithoutEmail.COLLECTIVE
    assert spec.customers.collective_contact == UUID(GUID)
    assert spec.vouchers.is_gift_card("GAVE-1234")
    assert not spec.vouchers.is_gift_card("SUMMER")
    assert spec.duplicates is Duplicates.HOLD
    assert spec.late_orders is LateOrders.OWN_DATE
    assert spec.first_run is FirstRun.DRAFT


def test_set_up_may_be_unfinished() -> None:
    spec = parse_spec(LEAST)
    assert (spec.organisation, spec.trigger, spec.account, spec.start_from) == (None,) * 4
    assert spec.sales.domestic.goods is None
    assert spec.sales.eu_business is spec.sales.eu_consumer is spec.sales.export is None
    assert not spec.vouchers.is_gift_card("GIFT-1")


def test_is_frozen() -> None:
    spec = parse_spec(LEAST)
    with pytest.raises(ValidationError):
        spec.dry_run = True  # type: ignore[misc]


def test_passes_over_fields_of_newer_schemas_and_nulls() -> None:
    newer = with_("shop.colour", "red", with_("invoices", {"style": "short"}))
    assert parse_spec(newer) == parse_spec(LEAST)
    assert parse_spec(with_("interval", None, with_("lines", {"discount": None}))) == parse_spec(LEAST)


def test_a_day_that_a_yaml_reader_has_understood_is_a_day() -> None:
    assert parse_spec(with_("startFrom", date(2026, 11, 1))).start_from == date(2026, 11, 1)


def test_reads_back_what_it_writes() -> None:
    assert parse_spec(parse_spec(FULL).wire()) == parse_spec(FULL)


# --- every rule of the CRD has its twin ------------------------------------------------------------------------------

# Path of the node with the rule -> a spec that it lets pass, one that it refuses, and the field it then names.
TWINS = {
    "spec.interval": (with_("interval", "1m"), with_("interval", "59.999s"), "spec.interval"),
    "spec.customers": (
        with_("customers", {"withoutEmail": "Collective", "collectiveContact": GUID}),
        with_("customers.withoutEmail", "Collective"),
        "spec.customers.collectiveContact",
    ),
    "spec": (with_("organisation", 7), with_("organisation", 8), "spec.organisation"),
    "": (with_("organisation", 7), with_("organisation", 8), "spec.organisation"),
}


def rules(node: dict[str, Any], path: str = "") -> dict[str, list[dict[str, str]]]:
    found = {path: node["x-kubernetes-validations"]} if "x-kubernetes-validations" in node else {}
    for name, child in node.get("properties", {}).items():
        found |= rules(child, f"{path}.{name}".removeprefix("."))
    return found


def test_no_rule_is_without_a_twin() -> None:
    crd = yaml.safe_load((ROOT / "crds" / "dinerointegrations.shoporama.dk.yaml").read_text())
    found = rules(crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
    assert set(found) == set(TWINS)
    assert all(len(several) == 1 for several in found.values())


@pytest.mark.parametrize("path", TWINS)
def test_twins(path: str) -> None:
    accepted, rejected, field = TWINS[path]
    parse_spec(accepted, organisation=7)
    assert set(problems(rejected, organisation=7)) == {field}


def test_the_organisation_is_bound_once() -> None:
    with pytest.raises(InvalidSpec, match="create a new resource for another organisation") as caught:
        parse_spec(with_("organisation", 8), organisation=7)
    assert caught.value.reason == "OrganisationChanged"
    assert parse_spec(LEAST, organisation=7).organisation is None


REFUSED: list[tuple[str, Any]] = [
    ("shop", "hunter2"),
    ("shop", {}),
    ("shop.url", "ftp://example.com"),
    ("shop.url", "https://user:hunter2@example.com/REST"),
    ("shop.url", "https://example.com/REST?key=hunter2"),
    ("shop.url", "https://example.com/" + "a" * 500),
    ("shop.url", "https://example.com/REST\n"),
    ("shop.tokenSecretRef", {"key": "token"}),
    ("shop.tokenSecretRef.name", "../other/secrets/x"),
    ("shop.tokenSecretRef.name", "Upper"),
    ("shop.tokenSecretRef.name", ""),
    ("shop.tokenSecretRef.key", "a/b"),
    ("shop.dailyCalls", 49),
    ("shop.dailyCalls", 1_000_001),
    ("shop.dailyCalls", "1000"),
    ("shop.dailyCalls", True),
    ("shop.timeZone", "../etc/passwd"),
    ("shop.currency", "dkk"),
    ("shop.currency", "DKKK"),
    ("dinero", {}),
    ("dinero.secretRef", {}),
    ("organisation", 0),
    ("organisation", 2**31),
    ("organisation", "123456"),
    ("trigger", "paid"),
    ("account", 999),
    ("account", 100_000),
    ("booking", "Never"),
    ("payment", ""),
    ("sales.domestic.goods", 1),
    ("sales.euBusiness", {"shipping": 1350}),
    ("sales.export", {}),
    ("startFrom", "2026-02-30"),
    ("startFrom", "01-11-2026"),
    ("startFrom", 20261101),
    ("interval", "5"),
    ("interval", "5 minutes"),
    ("interval", "30s"),
    ("interval", "2562048h"),
    ("interval", 300),
    ("dryRun", "true"),
    ("suspend", 1),
    ("lines.discount", "Own"),
    ("lines", []),
    ("credits", "Auto"),
    ("customers.withoutEmail", "Drop"),
    ("customers.collectiveContact", "5f0e8a526a0c4b2e9d530d1f6c1b7a10"),
    ("vouchers.giftCardPattern", ""),
    ("vouchers.giftCardPattern", "x" * 257),
    ("duplicates", "Skip"),
    ("lateOrders", "Later"),
    ("firstRun", "Drafts"),
]
REFUSED_IN_CODE_ONLY: list[tuple[str, Any]] = [
    ("shop.url", "http://shop.example.com/REST"),
    ("shop.url", "https://example.com:port/REST"),
    ("shop.timeZone", "Europe/Atlantis"),
    ("shop.timeZone", "Europe"),
    ("vouchers.giftCardPattern", "("),
    ("vouchers.giftCardPattern", "^(a+)+$"),
]


@pytest.mark.parametrize(("path", "value"), REFUSED + REFUSED_IN_CODE_ONLY)
def test_refusals_name_the_field_and_a_remedy(path: str, value: Any) -> None:
    found = problems(with_(path, value))
    assert len(found) == 1
    ((field, message),) = found.items()
    assert field.startswith(f"spec.{path}")
    assert re.search(r"\b(give|use|name) ", message)
    assert "hunter2" not in message


@pytest.mark.parametrize("raw", [{}, None, [], "text", {"shop": None}])
def test_refuses_what_is_no_spec(raw: Any) -> None:
    assert all("give" in message or "name" in message for message in problems(raw).values())


def test_tells_what_is_missing() -> None:
    assert problems({"dinero": {"secretRef": {}}}) == {
        "spec.shop": "is missing; name the shop's Secret in spec.shop.tokenSecretRef",
        "spec.dinero.secretRef.name": "is missing; give the name of a Secret in this namespace",
    }


def test_is_told_in_two_sentences_and_a_count() -> None:
    spec = with_("trigger", "x", with_("interval", "x", with_("account", 1, with_("booking", "x"))))
    with pytest.raises(InvalidConfiguration) as caught:
        parse_spec(spec)
    assert caught.value.reason == "InvalidSpec"
    assert str(caught.value) == (
        "spec.trigger: use Paid or Sent. "
        "spec.account: give the number of a deposit account, one of status.choices.accounts. "
        "And 2 more."
    )


def test_no_traceback_carries_the_input() -> None:
    with pytest.raises(InvalidSpec) as caught:
        parse_spec(with_("shop.url", "hunter2"))
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_plain_http_is_for_loopback_or_by_permission() -> None:
    parse_spec(with_("shop.url", "http://127.0.0.1:8080/REST"))
    parse_spec(with_("shop.url", "http://localhost:8080/REST/"))
    plain = with_("shop.url", "http://shop.example.com/REST")
    assert "https" in problems(plain)["spec.shop.url"]
    parse_spec(plain, allow_insecure_urls=True)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted({path for path, _ in REFUSED})), json_values)
def test_any_value_is_read_or_refused(path: str, value: Any) -> None:
    try:
        parse_spec(with_(path, value))
    except InvalidSpec as error:
        assert len(str(error)) < 400  # noqa: PT017 - what is raised is the point
