"""What one integration keeps between runs while its spec and credentials stay the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dinero_operator.domain.policy import Policy
from dinero_operator.sync import verdict
from dinero_operator.sync.books import Books
from dinero_operator.sync.intake import Intake
from dinero_operator.sync.setup import Setup
from dinero_operator.sync.spec import IntegrationSpec
from dinero_operator.sync.watermark import Watermark

Key = tuple[IntegrationSpec, str]
"""What decides whether anything changed: the spec, and the fingerprint of the credentials."""
Shop = tuple[str, str]
"""Which shop it is: its address, and the fingerprint of its token."""


@dataclass(slots=True)
class Bench:
    """A set-up that works, and everything that was made for it. ``checked_at`` is in monotonic seconds."""

    spec: IntegrationSpec
    key: Key
    shop: Shop
    setup: Setup
    intake: Intake
    books: Books
    watermark: Watermark
    checked_at: float
    has_unused_oauth: bool = False
    calls_next_time: int = 1

    def policy(self, now: datetime) -> Policy:
        """The choices as the plan needs them, at a moment (with zone)."""
        return policy_of(self.spec, self.setup, now)

    @property
    def warnings(self) -> tuple[tuple[str, str], ...]:
        """What works, but should be looked at: a reason and a sentence each."""
        bank = (verdict.BANK,) if self.setup.account_is_bank else ()
        oauth = (verdict.OAUTH_IGNORED,) if self.has_unused_oauth else ()
        return (*bank, *oauth, *self.spec.warnings)


def policy_of(spec: IntegrationSpec, setup: Setup, now: datetime) -> Policy:
    """The choices of a set-up that works, as the plan needs them, at a moment (with zone)."""
    assert setup.organisation is not None
    assert spec.trigger is not None
    assert spec.account is not None
    return Policy(
        organisation=setup.organisation.key,
        trigger=spec.trigger,
        deposit_account=spec.account,
        start_from=spec.start_from,
        today=now.astimezone(spec.zone).date(),
        sales=setup.sales,
        booking=spec.booking,
        payment=spec.payment,
        currency=spec.currency,
        discount=spec.discount,
        late_orders=spec.late_orders,
        without_email=spec.without_email,
        collective_contact=spec.collective_contact,
        gift_card_pattern=spec.gift_card_pattern,
        duplicates=spec.duplicates,
        credits=spec.credits,
        skip=spec.skip,
    )


def selects_more(old: IntegrationSpec, new: IntegrationSpec) -> bool:
    """Whether an edit gives something to do for orders that were passed by, and are not held."""
    return (
        (old.trigger, old.booking, old.payment, old.first_run)
        != (new.trigger, new.booking, new.payment, new.first_run)
        or new.start_from < old.start_from
        or bool(old.skip - new.skip)
    )
