"""From the resource's words to the engine's: what one integration is asked to do."""

from __future__ import annotations

from datetime import UTC, date, datetime

from dinero_operator.domain.destination import Destination
from dinero_operator.domain.patterns import compile_pattern
from dinero_operator.domain.watermark import to_wall
from dinero_operator.kube.fields import moment
from dinero_operator.kube.registry import Entry
from dinero_operator.kube.resource import Spec
from dinero_operator.settings import check_url
from dinero_operator.sync.spec import IntegrationSpec, SalesChoice


def start_from(spec: Spec, entry: Entry) -> date:
    """The first day whose orders are transferred: the spec's, else the day of creation in the shop's zone, kept in status."""
    if spec.start_from is not None:
        return spec.start_from
    kept = entry.status.start_from
    if kept is not None:
        return kept
    try:
        created = moment(entry.created or None)
    except ValueError:
        created = None
    return to_wall(created or datetime.now(UTC), spec.shop.zone).date()


def integration_spec(spec: Spec, entry: Entry, *, allow_insecure_urls: bool) -> IntegrationSpec:
    """What the engine is asked to do."""
    sales = {Destination.DOMESTIC: SalesChoice(spec.sales.domestic.goods, spec.sales.domestic.shipping)}
    for destination, accounts in (
        (Destination.EU_BUSINESS, spec.sales.eu_business),
        (Destination.EU_CONSUMER, spec.sales.eu_consumer),
        (Destination.EXPORT, spec.sales.export),
    ):
        if accounts is not None:
            sales[destination] = SalesChoice(accounts.goods, accounts.shipping)
    pattern = spec.vouchers.gift_card_pattern
    return IntegrationSpec(
        shop_url=check_url(spec.shop.url, allow_insecure=allow_insecure_urls),
        zone=spec.shop.zone,
        start_from=start_from(spec, entry),
        daily_calls=spec.shop.daily_calls,
        currency=spec.shop.currency,
        organisation=spec.organisation,
        trigger=spec.trigger,
        account=spec.account,
        booking=spec.booking,
        payment=spec.payment,
        sales=sales,
        interval=spec.interval_seconds,
        dry_run=spec.dry_run,
        discount=spec.lines.discount,
        without_email=spec.customers.without_email,
        collective_contact=spec.customers.collective_contact,
        gift_card_pattern=compile_pattern(pattern) if pattern is not None else None,
        duplicates=spec.duplicates,
        credits=spec.credits,
        late_orders=spec.late_orders,
        first_run=spec.first_run,
        skip=entry.skipped()[0],
    )
