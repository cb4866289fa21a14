"""Errors are named by who must act, and carry what that somebody needs."""

import pytest

from dinero_operator.domain import errors


@pytest.mark.parametrize(
    "error",
    [
        errors.CredentialsRejected("Dinero refuses the API key"),
        errors.SubscriptionMissing("Dinero asks for Pro"),
        errors.InvalidConfiguration("spec.account is no deposit account"),
        errors.RateLimited("Dinero asks us to wait", retry_after=60),
        errors.Unavailable("Dinero does not answer"),
        errors.OutcomeUnknown("the answer was lost"),
        errors.OrderRejected("Dinero refuses the document"),
    ],
)
def test_each_is_one_of_ours_and_says_its_sentence(error: errors.OperatorError) -> None:
    assert isinstance(error, errors.OperatorError)
    assert str(error) == error.args[0]


def test_they_carry_what_the_one_who_acts_needs() -> None:
    assert errors.InvalidConfiguration("text").reason == "InvalidConfiguration"
    assert errors.InvalidConfiguration("text", reason="AccountMissing").reason == "AccountMissing"
    assert errors.RateLimited("text", retry_after=2.5).retry_after == 2.5
    refused = errors.OrderRejected("text", code=42, fields=("ContactGuid",))
    assert (refused.code, refused.fields) == (42, ("ContactGuid",))


def test_without_pro_is_a_matter_of_credentials() -> None:
    with pytest.raises(errors.CredentialsRejected):
        raise errors.SubscriptionMissing("Dinero asks for Pro")


def test_an_unknown_outcome_is_never_taken_for_a_failure_that_may_be_repeated() -> None:
    assert not issubclass(errors.OutcomeUnknown, errors.Unavailable)
