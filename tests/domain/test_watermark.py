from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinero_operator.domain.watermark import OVERLAP, filter_start, to_wall

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
BEFORE_AUTUMN = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("watermark", "start"),
    [
        ("2026-03-02 12:00:00", "2026-03-02 11:50:00"),
        ("2026-03-02 00:05:00", "2026-03-01 23:55:00"),
        ("2026-10-25 01:59:59", "2026-10-25 01:49:59"),
        ("2026-10-25 02:00:00", "2026-10-25 01:50:00"),
        ("2026-10-25 02:30:30", "2026-10-25 01:50:00"),
        ("2026-10-25 02:59:59", "2026-10-25 01:50:00"),
        ("2026-10-25 03:00:00", "2026-10-25 01:50:00"),
        ("2026-10-25 03:09:59", "2026-10-25 01:50:00"),
        ("2026-10-25 03:10:00", "2026-10-25 03:00:00"),
        ("2026-03-29 03:05:00", "2026-03-29 02:55:00"),
        ("2026-03-29 02:30:00", "2026-03-29 02:20:00"),
    ],
)
def test_start_in_copenhagen(watermark: str, start: str) -> None:
    assert filter_start(datetime.fromisoformat(watermark), COPENHAGEN) == datetime.fromisoformat(start)


def test_an_hour_that_is_shorter_than_the_overlap_is_not_stepped_over() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")  # 01:30 to 02:00 occurs twice on 5 April 2026
    start = filter_start(datetime.fromisoformat("2026-04-05 02:10:00"), lord_howe, timedelta(minutes=60))
    assert start == datetime.fromisoformat("2026-04-05 00:30:00")


@given(
    zone=st.sampled_from(["Europe/Copenhagen", "Australia/Lord_Howe", "UTC", "America/New_York"]),
    begin=st.datetimes(
        datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-12-31"), timezones=st.just(UTC)
    )
    | st.integers(0, 300).map(lambda minutes: BEFORE_AUTUMN + timedelta(minutes=minutes)),
    changes=st.lists(
        st.tuples(st.integers(0, 4000), st.integers(0, int(OVERLAP.total_seconds()))), min_size=2, max_size=30
    ),
)
def test_a_change_is_never_missed_whatever_the_wall_clock_does(
    zone: str, begin: datetime, changes: list[tuple[int, int]]
) -> None:
    shop = ZoneInfo(zone)
    seen = begin
    watermark = to_wall(begin, shop)
    for seconds, late in changes:
        # The next change comes later, but may be stamped with the time when its saving began.
        stamped = seen + timedelta(seconds=seconds - late)
        wall = to_wall(stamped, shop)
        assert wall >= filter_start(watermark, shop)
        seen = max(seen, stamped)
        watermark = max(watermark, wall)
