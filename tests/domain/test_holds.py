import re

import pytest

from dinero_operator.domain.holds import HoldReason

MAX_MESSAGE = 1024
"""Characters of a message in the resource's status; the detail and the remedy share them."""


@pytest.mark.parametrize("reason", HoldReason)
def test_every_reason_has_a_remedy_that_fits_beside_a_detail(reason: HoldReason) -> None:
    assert 20 < len(reason.remedy) <= MAX_MESSAGE - 512
    assert reason.remedy.endswith(".")
    assert reason.remedy[0].isupper()


@pytest.mark.parametrize("reason", HoldReason)
def test_a_remedy_is_plain_text_about_nobody(reason: HoldReason) -> None:
    assert "@" not in reason.remedy
    assert "{" not in reason.remedy
    assert "\n" not in reason.remedy
    assert "  " not in reason.remedy
    assert not re.search(r"\d", reason.remedy)


@pytest.mark.parametrize("reason", HoldReason)
def test_a_reason_is_one_camel_case_word(reason: HoldReason) -> None:
    assert re.fullmatch(r"(?:[A-Z][a-z]+)+", reason)
    assert reason.name == re.sub(r"(?<!^)(?=[A-Z])", "_", reason.value).upper()


def test_the_reasons_that_the_contract_names_are_there() -> None:
    named = {"BooksDiffer", "TotalsDiffer", "VatDiffers", "OutcomeUnknown", "DraftDeleted", "DiscountRefused"}
    assert named | {"GiftCard", "PossibleDuplicate"} <= {reason.value for reason in HoldReason}


@pytest.mark.parametrize(
    "reason",
    [
        HoldReason.CHANGED_AFTER_BOOKING,
        HoldReason.CREDIT_NEEDED,
        HoldReason.GIFT_CARD,
        HoldReason.DRAFT_DELETED,
    ],
)
def test_what_is_finished_by_hand_says_how_to_tell_us(reason: HoldReason) -> None:
    assert "shoporama.dk/skip-orders" in reason.remedy
