"""How far the shop's changes are handled: no change is passed by, however late it shows, whatever the wall clock does."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dinero_operator.domain.watermark import OVERLAP, to_wall
from dinero_operator.kube.fields import moment
from dinero_operator.sync.watermark import QUIET, Watermark
from fake_clock import FakeClock

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
START = date(2026, 3, 1)
ZONES = ["Europe/Copenhagen", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "UTC"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def a_mark(clock: FakeClock, value: str | None = None, zone: ZoneInfo = COPENHAGEN) -> Watermark:
    return Watermark(clock, zone, at(value) if value else None)


def poll(mark: Watermark, newest: str | None = None, owed: str | None = None, *, unread: bool = False) -> str:
    """One poll; gives from where it read."""
    start = mark.start(START)
    mark.advance(at(newest) if newest else None, at(owed) if owed else None, is_unread=unread)
    return start.isoformat(" ")


def test_the_first_poll_reads_from_the_first_day(clock: FakeClock) -> None:
    mark = a_mark(clock)
    assert mark.instant is None
    assert mark.text is None
    assert poll(mark) == "2026-03-01 00:00:00"
    assert mark.value is None, "a shop without orders has no newest change"
    assert poll(mark, "2026-03-02 09:00:00") == "2026-03-01 00:00:00"
    assert mark.text == "2026-03-02T09:00:00+01:00"
    assert poll(mark) == "2026-03-02 08:50:00"


def test_it_waits_at_what_is_owed_and_steps_back_for_it(clock: FakeClock) -> None:
    mark = a_mark(clock, "2026-03-02 09:00")
    poll(mark, "2026-03-02 10:00:00", owed="2026-03-02 09:30:00")
    assert mark.value == at("2026-03-02 09:30")
    poll(mark, "2026-03-02 11:00:00", owed="2026-03-02 08:00:00")
    assert mark.value == at("2026-03-02 08:00")
    poll(mark, "2026-03-02 11:00:00")
    assert mark.value == at("2026-03-02 11:00")


def test_it_does_not_move_where_something_was_not_read(clock: FakeClock) -> None:
    mark = a_mark(clock, "2026-03-02 09:00")
    poll(mark, "2026-03-02 10:00:00", unread=True)
    assert mark.value == at("2026-03-02 09:00")
    poll(mark, "2026-03-02 07:00:00")
    assert mark.value == at("2026-03-02 09:00"), "nor back, where nothing is owed"


def test_a_quiet_shop_is_not_asked_for_the_overlap_for_ever(clock: FakeClock) -> None:
    mark = a_mark(clock, "2026-03-02 09:00")
    starts = []
    for _ in range(5):
        starts.append(poll(mark, "2026-03-02 09:00:00"))
        clock.advance(QUIET / 2)
    assert starts == ["2026-03-02 08:50:00"] * 4 + ["2026-03-02 09:00:00"]
    poll(mark, "2026-03-02 09:20:00")
    assert poll(mark) == "2026-03-02 09:10:00"


def test_quiet_ends_where_something_is_unread(clock: FakeClock) -> None:
    mark = a_mark(clock, "2026-03-02 09:00")
    clock.advance(QUIET * 2)
    poll(mark)
    assert poll(mark, unread=True) == "2026-03-02 09:00:00"
    assert poll(mark) == "2026-03-02 08:50:00"


def test_it_is_not_quiet_while_something_is_owed(clock: FakeClock) -> None:
    mark = a_mark(clock, "2026-03-02 09:00")
    for _ in range(5):
        clock.advance(QUIET)
        assert poll(mark, "2026-03-02 09:00:00", owed="2026-03-02 09:00:00") == "2026-03-02 08:50:00"


def test_a_run_that_takes_long_does_not_make_it_quiet(clock: FakeClock) -> None:
    """What counts is when the shop was read: a change may have shown itself while the orders were being settled."""
    mark = a_mark(clock, "2026-03-02 09:00")
    clock.advance(60)
    mark.start(START)
    clock.advance(QUIET * 2)
    mark.advance(None, None, is_unread=False)
    assert poll(mark) == "2026-03-02 08:50:00"


def test_a_new_watermark_with_an_old_value_is_not_quiet_at_once(clock: FakeClock) -> None:
    """As it is made where a spec was edited: nobody knows since when the value stands."""
    mark = a_mark(clock, "2026-03-02 09:00")
    poll(mark)
    clock.advance(60)
    assert poll(mark) == "2026-03-02 08:50:00"


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("2026-03-29T01:59:59+01:00", "2026-03-29 01:59:59"),
        ("2026-03-29T03:00:00+02:00", "2026-03-29 03:00:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25 02:30:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25 02:30:00"),
        ("2026-10-25T00:30:00Z", "2026-10-25 00:30:00"),
    ],
)
def test_the_wall_part_of_the_text_counts(clock: FakeClock, text: str, wall: str) -> None:
    mark = a_mark(clock)
    mark.restore(moment(text))
    assert mark.value == at(wall)


def test_restoring_overwrites_nothing(clock: FakeClock) -> None:
    mark = a_mark(clock, "2026-03-02 09:00")
    mark.restore(moment("2026-03-01T09:00:00+01:00"))
    assert mark.value == at("2026-03-02 09:00")
    mark.restore(None)
    assert mark.value == at("2026-03-02 09:00")


near_changes = st.sampled_from(
    ["2026-10-25 00:50", "2026-03-29 00:50", "2026-04-04 14:50", "2026-10-03 15:20"]
).map(lambda text: at(text).replace(tzinfo=UTC))
instants = st.datetimes(at("2026-01-01"), at("2027-12-31"), timezones=st.just(UTC)) | st.builds(
    lambda base, minutes: base + timedelta(minutes=minutes), near_changes, st.integers(0, 240)
)


@given(zone=st.sampled_from(ZONES), instant=instants, other=st.sampled_from(ZONES))
def test_a_restart_from_its_own_text_goes_on_where_it_stood(zone: str, instant: datetime, other: str) -> None:
    clock = FakeClock()
    mark = Watermark(clock, ZoneInfo(zone), to_wall(instant, ZoneInfo(zone)))
    assert mark.text is not None
    again = Watermark(clock, ZoneInfo(zone))
    again.restore(moment(mark.text))
    assert mark.value is not None
    assert again.value == mark.value.replace(microsecond=0)
    assert again.text == mark.text
    assert again.start(START) == mark.start(START) - timedelta(microseconds=mark.value.microsecond) or (
        again.start(START) == mark.start(START)
    )
    # Where the zone was corrected meanwhile, the shop's stamps are what they were.
    corrected = Watermark(clock, ZoneInfo(other))
    corrected.restore(moment(mark.text))
    assert corrected.value == again.value


@dataclass(frozen=True)
class Change:
    """Saved ``at`` seconds after the beginning, shown ``late`` seconds later with the stamp of its beginning."""

    at: int
    late: int


changes_of_a_shop = st.lists(
    st.builds(Change, st.integers(0, 6 * 3600), st.integers(0, int(OVERLAP.total_seconds()))),
    min_size=1,
    max_size=25,
)


@given(
    zone=st.sampled_from(ZONES),
    begin=instants,
    changes=changes_of_a_shop,
    polls=st.lists(
        st.tuples(
            st.integers(1, 900),
            st.integers(0, 900),
            st.sampled_from(["", "", "owed", "unread", "restart", "new"]),
        ),
        min_size=1,
        max_size=40,
    ),
)
@example(
    zone="UTC",
    begin=at("2026-03-02 09:00").replace(tzinfo=UTC),
    changes=[Change(600, 0), Change(590, 590)],
    polls=[(601, 0, ""), (300, 700, ""), (1, 0, ""), (900, 0, "")],
)
@example(
    zone="UTC",
    begin=at("2026-03-02 09:00").replace(tzinfo=UTC),
    changes=[Change(600, 0), Change(590, 590)],
    polls=[(601, 0, ""), (10, 0, "new"), (10, 0, ""), (800, 0, "")],
)
def test_no_change_is_ever_lost(
    zone: str, begin: datetime, changes: list[Change], polls: list[tuple[int, int, str]]
) -> None:
    """A shop that shows changes up to the overlap late; polls that take long, fail, owe, and start over elsewhere."""
    clock = FakeClock(begin)
    shop = ZoneInfo(zone)
    first_day = to_wall(begin, shop).date() - timedelta(days=1)
    mark = Watermark(clock, shop)
    handled: set[Change] = set()

    def read(start: datetime) -> dict[Change, datetime]:
        stamps = {
            change: to_wall(begin + timedelta(seconds=change.at), shop)
            for change in changes
            if change.at + change.late <= clock.elapsed
        }
        return {change: stamp for change, stamp in stamps.items() if stamp >= start}

    def one_poll(length: int, how: str) -> None:
        seen = read(mark.start(first_day))
        clock.advance(length)
        owed = [change for change in seen if change not in handled][:1] if how == "owed" else []
        if how != "unread":
            handled.update(change for change in seen if change not in owed)
        owed_at = min((seen[change] for change in owed), default=None)
        mark.advance(max(seen.values(), default=None), owed_at, is_unread=how == "unread")
        assert owed_at is None or mark.value is None or mark.value <= owed_at, "it has passed what is owed"

    for pause, length, how in polls:
        clock.advance(pause)
        if how == "restart" and mark.text is not None:
            text = mark.text
            mark = Watermark(clock, shop)
            mark.restore(moment(text))
        elif how == "new":
            mark = Watermark(clock, shop, mark.value)
        one_poll(length, how)
    clock.advance(7 * 3600)
    one_poll(0, "")
    assert handled == set(changes)
