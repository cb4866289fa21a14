"""Which orders of a shop may have changed: by the filter where it can be trusted, else by walking the list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from dinero_operator.domain.errors import RateLimited, Unavailable
from dinero_operator.domain.order import Order, UnreadableOrder
from dinero_operator.domain.watermark import to_wall
from dinero_operator.shoporama.client import ShopClient
from dinero_operator.shoporama.orders import OrderSummary, Row
from dinero_operator.shoporama.quota import DAY_SECONDS
from dinero_operator.shoporama.reading import Reading, Slice
from dinero_operator.shoporama.walk import Walker

LOOK_BACK = timedelta(days=60)
"""Without a filter, orders are looked at for so long after they were placed."""
PROBE_SECONDS = 3600.0
PROBE_SHARE = 0.05
"""The share of the day's calls that probes may use."""
COARSE = timedelta(days=1)
"""A filter may compare in another zone, or by the day; what is older than this shows that there is no filter."""
SLOW_SECONDS = 60.0
"""A longer reading is taken off the newest time: within it, changes may have been missed behind the reader's back."""
UNREADABLE_AT_MOST = 3
"""So many orders that cannot be read by id are the orders' fault; more are the shop's."""

Wanted = Callable[[int, datetime | None], bool]


def _all(_order_id: int, _modified_at: datetime | None) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Poll:
    """What one poll found.

    Orders come with the oldest change first. ``newest`` is the newest modification time up to which nothing is missing
    (shop's wall time), ``None`` where the rows say none; it may become the watermark only if ``complete``. ``without_id``
    counts rows that cannot be told apart from others. A ``walked`` poll gives every order of the look-back window, changed
    or not. ``calls`` are the calls that it took.
    """

    orders: list[Order | UnreadableOrder]
    complete: bool
    newest: datetime | None
    without_id: int
    mode: Literal["filtered", "walked"]
    calls: int

    @property
    def calls_next_time(self) -> int:
        """What another poll will cost at least, for ``DailyQuota.stretched_interval``: walking is dear each time."""
        return self.calls if self.mode == "walked" else 1


class OrderFeed:
    """The changes of one shop. Remembers what it learned about the shop's list; it holds no orders.

    That the filter works is likely, not known. So its rows are checked, and every hour a *probe*, one unfiltered page of
    the newest orders, shows whether it hides any. Where it fails, the feed walks, and tries the filter again a day later.
    """

    def __init__(self, client: ShopClient, *, look_back: timedelta = LOOK_BACK) -> None:
        self._client = client
        self._clock = client.quota.clock
        self._look_back = look_back
        self._walker = Walker()
        self._walking = False
        self._filter_again_at = float("-inf")
        self._probe_at = float("-inf")
        self._probed: dict[int, tuple[datetime, int]] = {}
        self._walked_from: date | None = None
        self._settled_from: date | None = None

    def settled(self) -> None:
        """Say that every order of the last poll was dealt with or can be read by its id.

        Where rows say no modification time, there is no watermark to say so; until this is said, each walk goes back to
        ``start_from``, and afterwards only through the look-back window.
        """
        self._settled_from = self._walked_from

    def start_over(self) -> None:
        """Take back what ``settled`` said, since orders that were passed by may now be due."""
        self._walked_from = self._settled_from = None

    async def poll(self, since: datetime | None, *, start_from: date, wanted: Wanted = _all) -> Poll:
        """Read what changed since ``since`` (shop's wall time).

        ``None``, or a time before ``start_from`` began: everything that was placed since then.
        ``wanted`` says whether an order is needed whose row has no lines and which therefore costs a call of its own.
        Raises ``OperatorError``; ``RateLimited`` only where nothing could be read, else the poll is not ``complete``.
        """
        begin = datetime.combine(start_from, time.min)
        if since is not None and since <= begin:
            since = None
        run = _Run(
            calls=self._client.calls,
            began=self._clock.monotonic(),
            wall=to_wall(self._clock.now(), self._client.zone),
            since=since or begin - timedelta(seconds=1),
            start_from=start_from,
            wanted=wanted,
        )
        if self._walking and run.began < self._filter_again_at:
            return await self._walk(run, since, [])
        probe: dict[int, Row] = {}
        if self._walking or run.began >= self._probe_at:
            probe = await self._probe()
            if self._walking and run.began < self._filter_again_at:
                return await self._walk(run, since, probe.values())
        reading = await self._filtered(run.since)
        hidden = [
            row
            for row in probe.values()
            if row.modified_at is not None
            and row.modified_at > run.since
            and row.order_id not in reading.rows
        ]
        if _ignored(reading.rows.values(), run.since) or (hidden and reading.complete):
            self._stop_filtering(DAY_SECONDS)
            return await self._walk(run, since, [*reading.rows.values(), *hidden])
        self._walking = False
        reading.absorb(hidden)
        return await self._finish(run, reading, "filtered")

    async def _filtered(self, since: datetime) -> Reading:
        """Read by the filter, twice where the list moved; not to the end where there is no filter."""

        def enough(piece: Slice) -> bool:
            return _older((row for _, row in piece.rows), since)

        reading = Reading(self._client, since=since)
        await reading.forward(0, enough)
        if reading.stable or reading.cut or _older(reading.rows.values(), since):
            return reading
        again = Reading(self._client, since=since)
        again.absorb(reading.rows.values())
        await again.forward(0, enough)
        return again

    async def _probe(self) -> dict[int, Row]:
        """Read the newest orders without filter, and see whether they can be followed by their modification times."""
        reading = Reading(self._client)
        await self._walker.newest(reading)
        cost = reading.pages * DAY_SECONDS / (PROBE_SHARE * self._client.quota.limit)
        self._probe_at = self._clock.monotonic() + max(PROBE_SECONDS, cost)
        # Two changes within one second bear one time, so what changed just now proves nothing yet.
        settled = to_wall(self._clock.now(), self._client.zone) - timedelta(seconds=SLOW_SECONDS)
        seen = {
            row.order_id: (row.modified_at, _digest(row))
            for row in reading.rows.values()
            if row.modified_at is not None and row.modified_at < settled
        }
        if any(
            (modified, digest) != before and modified == before[0]
            for order_id, (modified, digest) in seen.items()
            if (before := self._probed.get(order_id)) is not None
        ):
            # An order changed without a new modification time: no filter can find that.
            self._stop_filtering(float("inf"))
        elif reading.rows and all(row.modified_at is None for row in reading.rows.values()):
            self._stop_filtering(DAY_SECONDS)
        self._probed = seen
        return reading.rows

    def _stop_filtering(self, seconds: float) -> None:
        self._walking = True
        self._filter_again_at = self._clock.monotonic() + seconds

    async def _walk(self, run: _Run, since: datetime | None, found: Iterable[Row]) -> Poll:
        """Read the look-back window, or everything since ``start_from`` where that was not settled yet."""
        earliest = datetime.combine(run.start_from, time.min)
        if since is not None or (self._settled_from is not None and self._settled_from <= run.start_from):
            earliest = max(earliest, min(since or run.wall, run.wall - self._look_back))

        def keep(row: Row) -> bool:
            changed = row.modified_at is not None and row.modified_at >= run.since
            return row.placed_at is None or row.placed_at >= earliest or (changed and since is not None)

        reading = Reading(self._client, keep=keep)
        reading.absorb(found)
        await self._walker.walk(reading, earliest)
        if not reading.complete and not reading.cut:
            again = Reading(self._client, keep=keep)
            again.absorb(reading.rows.values())
            await self._walker.walk(again, earliest)
            reading = again
        poll = await self._finish(run, reading, "walked")
        if poll.complete and earliest.date() <= run.start_from:
            self._walked_from = run.start_from
        return poll

    async def _finish(self, run: _Run, reading: Reading, mode: Literal["filtered", "walked"]) -> Poll:
        newest = run.newest(reading.rows.values(), self._clock.monotonic() - run.began)
        orders, all_read = await self._whole(run, reading.rows.values())
        return Poll(
            orders=orders,
            complete=reading.complete and all_read,
            newest=newest,
            without_id=reading.without_id,
            mode=mode,
            calls=self._client.calls - run.calls,
        )

    async def _whole(self, run: _Run, rows: Iterable[Row]) -> tuple[list[Order | UnreadableOrder], bool]:
        """Turn rows into orders: those without lines are read by id, if wanted. The flag says whether all could be."""
        orders: list[Order | UnreadableOrder] = []
        failed = 0
        for row in sorted(rows, key=_by_change):
            if not isinstance(row, OrderSummary):
                orders.append(row)
                continue
            too_early = row.placed_at is not None and row.placed_at.date() < run.start_from
            if too_early or not run.wanted(row.order_id, row.modified_at):
                continue
            try:
                order = await self._client.get_order(row.order_id)
            except RateLimited:
                return orders, False
            except Unavailable:
                failed += 1
                if failed > UNREADABLE_AT_MOST:
                    raise
                order = UnreadableOrder(
                    row.order_id,
                    str(row.order_id),
                    "cannot be read by its id",
                    modified_at=row.modified_at,
                    placed_at=row.placed_at,
                )
            if order is not None:
                orders.append(order)
        return orders, True


@dataclass(frozen=True, slots=True)
class _Run:
    """What one poll is about. ``since`` is never ``None`` here."""

    calls: int
    began: float
    wall: datetime
    since: datetime
    start_from: date
    wanted: Wanted

    def newest(self, rows: Iterable[Row], elapsed: float) -> datetime | None:
        """The newest modification time, but none that our clock has not reached: one wild date must not hide all others."""
        times = [row.modified_at for row in rows if row.modified_at is not None]
        sane = [moment for moment in times if moment <= self.wall + COARSE]
        if not sane:
            return None
        newest = min(max(sane), self.wall)
        return newest - timedelta(seconds=elapsed) if elapsed > SLOW_SECONDS else newest


def _older(rows: Iterable[Row], since: datetime) -> bool:
    """Whether any row is clearly older than the filter that gave it."""
    changes = (row.modified_at or row.placed_at for row in rows)
    return any(changed is not None and changed < since - COARSE for changed in changes)


def _ignored(rows: Iterable[Row], since: datetime) -> bool:
    """Whether rows show that the filter has no effect, or cannot be checked since no row says when it was modified."""
    rows = list(rows)
    return _older(rows, since) or (bool(rows) and all(row.modified_at is None for row in rows))


def _digest(row: Row) -> int:
    """What of an order may not change without a new modification time."""
    return hash((row.status_text, row.paid, row.total)) if isinstance(row, Order) else 0


def _by_change(row: Row) -> tuple[datetime, int]:
    return row.modified_at or row.placed_at or datetime.min, row.order_id  # noqa: DTZ901 - wall times have no zone
