"""The small decisions behind the pages: language, suggested account, the YAML to copy, the page of an error."""

import pytest
import yaml

from dinero_operator.connect.language import Language, choose_language
from dinero_operator.connect.pages import AccountOption, choices_yaml, suggested_account
from dinero_operator.connect.problems import ErrorKind, kind_of
from dinero_operator.domain.choices import Trigger
from dinero_operator.domain.errors import (
    CredentialsRejected,
    InvalidConfiguration,
    OperatorError,
    RateLimited,
    SubscriptionMissing,
    Unavailable,
)

DA, EN = Language.DANISH, Language.ENGLISH


@pytest.mark.parametrize(
    ("header", "chosen", "language"),
    [
        (None, None, DA),
        ("", None, DA),
        ("*", None, DA),
        ("da", None, DA),
        ("da-DK,da;q=0.9,en;q=0.8", None, DA),
        ("en-GB,en;q=0.9", None, EN),
        ("en;q=0.3, da;q=0.7", None, DA),
        ("da;q=0, en", None, EN),
        ("de-DE,de;q=0.9", None, EN),
        ("de, da;q=0.5", None, DA),
        ("nb-NO", None, DA),
        ("da", "en", EN),
        ("en", "da", DA),
        ("en", "xx", EN),
        (";;;q=,,,=", None, DA),
        ("da;q=many", None, DA),
        ("x" * 100_000, None, EN),
    ],
)
def test_language(header: str | None, chosen: str | None, language: Language) -> None:
    assert choose_language(header, chosen) is language


@pytest.mark.parametrize(
    ("names", "suggested"),
    [
        (["Bank", "Webshop salg"], 1),
        (["Kasse", "Skyldig debitor", "WEBSHOP  Salg"], 2),
        (["Kasse", "skyldig debitor"], 1),
        (["Bank", "Kasse"], None),
        ([], None),
    ],
)
def test_suggested_account(names: list[str], suggested: int | None) -> None:
    accounts = [AccountOption(number, name) for number, name in enumerate(names)]
    assert suggested_account(accounts) == suggested


def test_the_bank_is_never_suggested() -> None:
    assert suggested_account([AccountOption(55000, "Webshop salg", bank=True)]) is None


@pytest.mark.parametrize(
    "name",
    ["Tee & Kop ApS", "", "a\nspec:\n  account: 1", "a\u2028account: 1", "#: 'x\" {", "\x85trigger: Paid"],
)
def test_yaml_says_the_three_choices_whatever_the_names(name: str) -> None:
    text = choices_yaml(
        namespace="webshops",
        name="teestuen",
        organisation=(118001, name),
        trigger=Trigger.SENT,
        account=(55100, name),
    )
    assert yaml.safe_load(text) == {"spec": {"organisation": 118001, "trigger": "Sent", "account": 55100}}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (SubscriptionMissing("x"), ErrorKind.NO_PRO),
        (CredentialsRejected("x"), ErrorKind.NOT_CONNECTED),
        (InvalidConfiguration("x", reason="NoOrganisation"), ErrorKind.NO_ORGANISATION),
        (InvalidConfiguration("x", reason="UnknownOrganisation"), ErrorKind.WRONG_USER),
        (InvalidConfiguration("x", reason="OrganisationChanged"), ErrorKind.WRONG_USER),
        (InvalidConfiguration("x", reason="UnknownAccount"), ErrorKind.CONFIGURATION),
        (RateLimited("x", retry_after=1), ErrorKind.BUSY),
        (Unavailable("x"), ErrorKind.DINERO_UNAVAILABLE),
    ],
)
def test_page_of_an_error(error: OperatorError, kind: ErrorKind) -> None:
    assert kind_of(error) is kind
