"""One integration: a shop's orders into one organisation's books, run after run."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from dinero_operator.dinero.auth import TokenSource
from dinero_operator.domain.choices import Credits
from dinero_operator.domain.errors import (
    CredentialsRejected,
    InvalidConfiguration,
    OperatorError,
    RateLimited,
)
from dinero_operator.domain.policy import Policy
from dinero_operator.shoporama.client import ShopClient
from dinero_operator.shoporama.feed import OrderFeed
from dinero_operator.sync import verdict
from dinero_operator.sync.bench import Bench, Key, Shop, selects_more
from dinero_operator.sync.engine import End, Engine
from dinero_operator.sync.intake import Intake, Work
from dinero_operator.sync.report import Condition, HeldOrder, LastBooked, Report
from dinero_operator.sync.services import Services
from dinero_operator.sync.settlement import AnyOrder, Batch, Settlement, is_due
from dinero_operator.sync.setup import Setup, set_up
from dinero_operator.sync.spec import Credentials, IntegrationSpec
from dinero_operator.sync.tally import OnHold, Tally
from dinero_operator.sync.watermark import Watermark

SETUP_AGAIN = 24 * 3600.0
"""Seconds after which a set-up that worked is checked again."""
REFUSED_AGAIN = 6 * 3600.0
"""Seconds after which refused credentials are tried again without any change: Dinero may shut out who insists."""
WRONG_AGAIN = 15 * 60.0
"""Seconds after which a wrong configuration is tried again: it may have been mended in Dinero."""
HOUSEKEEPING = 3600.0
"""Seconds between two looks at what people changed in the books by hand."""
PROGRESS = 10.0
"""Seconds between two reports of a long run."""
FIRST_RETRY = 15.0
"""Seconds before a run that found a system unavailable is tried again; doubled each time, up to the interval."""

Progress = Callable[[Report], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a former process left in the resource's status."""

    organisation: int | None = None
    watermark: datetime | None = None
    held: tuple[HeldOrder, ...] = ()
    pending: int = 0
    last_booked: LastBooked | None = None


@dataclass(frozen=True, slots=True)
class _Stalled:
    """Why there is no point in trying again with the same spec and credentials until ``until`` (monotonic seconds)."""

    key: Key
    report: Report
    until: float


@dataclass(frozen=True, slots=True)
class Request:
    """One run's wishes.

    ``requested``: a person asks for it, so holds and refusals are tried again now. ``interrupted`` is asked between
    orders; ``progress`` is told of a long run.
    """

    requested: bool = False
    interrupted: Callable[[], bool] = lambda: False
    progress: Progress | None = None


class Integration:
    """Runs for one resource; one at a time."""

    def __init__(
        self,
        namespace: str,
        name: str,
        services: Services,
        restored: Restored | None = None,
        *,
        on_hold: OnHold | None = None,
    ) -> None:
        self._services = services
        self._restored = restored = restored or Restored()
        before = restored.watermark.replace(tzinfo=None) if restored.watermark else None
        self._tally = Tally(
            namespace,
            name,
            services,
            pending_before=restored.pending,
            before=before,
            last_booked=restored.last_booked,
            on_hold=on_hold,
        )
        self._tally.holds.restore(restored.held, services.clock.monotonic())
        self._bound = restored.organisation
        self._bench: Bench | None = None
        self._key: Key | None = None
        self._stalled: _Stalled | None = None
        self._tokens: TokenSource | None = None
        self._failures = 0
        self._has_walked = False
        self._troubled: set[int] = set()

    async def run(
        self, spec: IntegrationSpec, credentials: Credentials, request: Request | None = None
    ) -> Report:
        """Do one run, and say what came of it. Never raises an ``OperatorError``."""
        request = request or Request()
        clock = self._services.clock
        began = clock.monotonic()
        self._key = key = (spec, credentials.fingerprint())
        self._tally.interval, self._tally.policy = spec.interval, spec.fingerprint()
        if (
            self._stalled
            and self._stalled.key == key
            and began < self._stalled.until
            and not request.requested
        ):
            return self._stalled.report
        self._stalled = None
        try:
            # Held from run to run, and told at each what the Secret holds by now.
            self._tokens = self._services.tokens(credentials.dinero)
            bench = await self._prepare(spec, credentials, key)
            report = bench if isinstance(bench, Report) else await self._sync(bench, request)
        except OperatorError as error:
            report = self._failed(error, key)
        finally:
            self._services.metrics.observe_sync(clock.monotonic() - began)
        self._tally.show(spec.trigger)
        return report

    async def _prepare(self, spec: IntegrationSpec, credentials: Credentials, key: Key) -> Bench | Report:
        now = self._services.clock.monotonic()
        old = self._bench
        if old is not None and old.key == key and now - old.checked_at < SETUP_AGAIN:
            return old
        if old is None or old.key != key:
            # A changed spec may end holds; a changed Secret may open a door.
            self._tally.holds.retry_all(now)
        setup = await set_up(spec, credentials, self._services, self._bound)
        if setup.organisation is not None:
            self._tally.organisation = setup.organisation
        if setup.problem is not None:
            return self._failed(setup.problem, key, setup)
        if setup.missing:
            return self._report(verdict.selection_missing(setup.missing), spec.interval, setup=setup)
        assert setup.organisation is not None
        self._bound = setup.organisation.key
        books = self._services.books(setup.organisation.key)
        intake = self._intake(spec, credentials)
        shop = (spec.shop_url, credentials.shop_fingerprint())
        books.register(self, shop)
        self._bench = Bench(
            spec, key, shop, setup, intake, books, self._mark(spec, shop), now, credentials.has_unused_oauth
        )
        return self._bench

    def _intake(self, spec: IntegrationSpec, credentials: Credentials) -> Intake:
        """The reader of the shop; what it has learned of the shop's list stays good for as long as the shop is the same."""
        old = self._bench
        quota = self._services.quota(spec.shop_url, credentials.shop_token, spec.daily_calls)
        if old is not None and old.intake.shop.quota is quota and old.spec.zone == spec.zone:
            return old.intake
        shop = ShopClient(
            transport=self._services.transport,
            base_url=spec.shop_url,
            token=credentials.shop_token,
            quota=quota,
            zone=spec.zone,
            on_wait=lambda seconds: self._services.metrics.observe_budget_wait("shoporama", seconds),
        )
        return Intake(shop, OrderFeed(shop), self._services.clock)

    def _mark(self, spec: IntegrationSpec, shop: Shop) -> Watermark:
        """The watermark; it starts over where the spec makes due what was passed by before, or names another shop."""
        old = self._bench
        if old is None:
            mark = Watermark(self._services.clock, spec.zone)
            mark.restore(self._restored.watermark)
            return mark
        if old.shop != shop or selects_more(old.spec, spec):
            old.intake.start_over()
            return Watermark(self._services.clock, spec.zone)
        return Watermark(self._services.clock, spec.zone, old.watermark.value)

    async def _sync(self, bench: Bench, request: Request) -> Report:
        spec, setup, books, tally, mark = bench.spec, bench.setup, bench.books, self._tally, bench.watermark
        if request.requested:
            tally.holds.retry_all(self._services.clock.monotonic())
        if books.is_shared and not self._has_walked:
            # Whose the invoices in shared books are is known by having seen the orders: see them all once.
            mark.reset()
            bench.intake.start_over()
        if spec.credits is Credits.AUTOMATIC:
            # First: an invoice that is listed as paid was not credited by one of these afterwards.
            await books.credit_notes.load(setup.client, spec.start_from)
        await books.load_invoices(setup.client, spec.start_from)
        tidy = math.inf if request.requested else self._services.clock.monotonic() - HOUSEKEEPING
        await books.refresh_invoices(setup.client, not_before=tidy)
        since, mine = mark.start(spec.start_from), tally.seen if books.is_shared else None
        work = await bench.intake.read(since, spec.start_from, tally.holds, books, mine=mine)
        policy = bench.policy(self._services.clock.now())
        new = [
            order for order in work.orders if is_due(order, policy) and order.order_id not in books.invoices
        ]
        tally.due(new)
        batch = await self._settle(bench, work, policy, request)
        tally.gone(work.gone, books, spec.skip)
        self._advance(bench, work, batch)
        self._troubled = batch.failed | (self._troubled & {order.order_id for order in batch.owed})
        if batch.error is not None:
            return self._failed(batch.error, bench.key)
        return self._ended(bench, work, batch, interrupted=request.interrupted())

    async def _settle(self, bench: Bench, work: Work, policy: Policy, request: Request) -> Batch:
        clock = self._services.clock
        told = clock.monotonic()

        async def end(order: AnyOrder, result: End) -> None:
            nonlocal told
            self._tally.end(order, result)
            if request.progress is not None and clock.monotonic() - told >= PROGRESS:
                told = clock.monotonic()
                conditions = verdict.progressing(warnings=bench.warnings)
                await request.progress(self._report(conditions, bench.spec.interval, finished=False))

        engine = Engine(
            client=bench.setup.client,
            books=bench.books,
            policy=policy,
            dry_run=bench.spec.dry_run,
            first_run=bench.spec.first_run,
            mine=self._tally.seen if bench.books.is_shared else None,
            on_write=self._tally.wrote,
        )
        return await Settlement(
            engine, on_end=end, interrupted=request.interrupted, troubled=self._troubled
        ).settle(work.orders)

    def _advance(self, bench: Bench, work: Work, batch: Batch) -> None:
        """Say how far the shop's changes are handled: never past an order that is owed, or held without being listed."""
        unlisted = [hold.order for hold in self._tally.holds.unlisted() if hold.order is not None]
        owed: list[AnyOrder] = [*batch.owed, *unlisted]
        changes = [order.modified_at for order in owed if order.modified_at is not None]
        is_read = work.poll.complete and work.poll.without_id == 0
        bench.watermark.advance(
            work.poll.newest, min(changes, default=None), is_unread=not is_read or len(changes) < len(owed)
        )
        if is_read and not owed:
            bench.intake.settled()
        if is_read and bench.books.is_shared:
            self._has_walked = True
        bench.calls_next_time = work.poll.calls_next_time

    def _ended(self, bench: Bench, work: Work, batch: Batch, *, interrupted: bool) -> Report:
        self._failures = 0
        spec, setup = bench.spec, bench.setup
        next_run = bench.intake.shop.quota.stretched_interval(spec.interval, bench.calls_next_time)
        conditions = verdict.ended(
            warnings=bench.warnings,
            held=len(self._tally.holds) > 0,
            owed=bool(batch.owed),
            unreadable=work.poll.without_id > 0,
            dry_run=spec.dry_run,
            quota_low=next_run > spec.interval,
        )
        return self._report(
            conditions, 0.0 if interrupted else next_run, succeeded=not interrupted, setup=setup
        )

    def _failed(self, error: OperatorError, key: Key, setup: Setup | None = None) -> Report:
        spec = key[0]
        now = self._services.clock.monotonic()
        self._failures += 1
        wait = min(FIRST_RETRY * 2 ** min(self._failures - 1, 20), spec.interval)
        if isinstance(error, RateLimited):
            wait = max(wait, error.retry_after)
        stalled = isinstance(error, CredentialsRejected | InvalidConfiguration)
        report = self._report(verdict.failed(error), spec.interval if stalled else wait, setup=setup)
        if stalled:
            again = REFUSED_AGAIN if isinstance(error, CredentialsRejected) else WRONG_AGAIN
            self._stalled = _Stalled(key, report, now + again)
            if self._bench is not None:
                self._bench.checked_at = float("-inf")
        return report

    def _report(
        self,
        conditions: tuple[Condition, ...],
        next_run: float,
        *,
        finished: bool = True,
        succeeded: bool = False,
        setup: Setup | None = None,
    ) -> Report:
        bench = self._bench
        # A watermark that was reached with another spec says nothing about this one.
        mark = bench.watermark if bench is not None and bench.key == self._key else None
        choosing = setup is not None and bool(setup.missing or setup.problem)
        return Report(
            conditions=conditions,
            next_run=next_run,
            finished=finished,
            succeeded=succeeded,
            organisation=self._tally.organisation,
            account=setup.account if setup else (bench.setup.account if bench else None),
            organisations=setup.choices_organisations if choosing and setup else None,
            accounts=setup.choices_accounts if choosing and setup else None,
            counts=self._tally.counts(bench.books) if bench is not None and bench.books.is_loaded else None,
            held=self._tally.holds.listed(),
            watermark=mark.text if mark is not None else None,
            watermark_instant=mark.instant if mark is not None else None,
            last_booked=self._tally.last_booked,
        )
