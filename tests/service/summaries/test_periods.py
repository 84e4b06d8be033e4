from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from service.summaries.periods import Weeks, last_block, last_week, week

NAIROBI = ZoneInfo("Africa/Nairobi")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("moment", "monday"),
    [
        (datetime(2026, 11, 23, 6, tzinfo=UTC), date(2026, 11, 16)),
        (datetime(2026, 11, 22, 20, 59, tzinfo=UTC), date(2026, 11, 9)),
        (datetime(2026, 11, 22, 21, 0, tzinfo=UTC), date(2026, 11, 16)),
        (datetime(2027, 1, 5, 6, tzinfo=UTC), date(2026, 12, 28)),
    ],
)
def test_a_week_ends_at_midnight_there(moment: datetime, monday: date) -> None:
    assert last_week(moment, NAIROBI).first == monday


def test_a_week_with_the_clock_change_has_an_hour_more() -> None:
    start, end = week("2026-W43").bounds(BERLIN)
    assert (end - start).total_seconds() == (7 * 24 + 1) * 3600


def test_names_go_both_ways() -> None:
    assert week("2026-W53").name == "2026-W53"
    assert week("2026-W53").last == date(2027, 1, 3)


@pytest.mark.parametrize("name", ["2026-46", "2026-W54", "W46", "", "2026-W00", "2025-W53"])
def test_what_is_no_week_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(ValueError, match="2026-W46"):
        week(name)


def test_blocks_follow_each_other_without_a_gap_or_overlap() -> None:
    at = datetime(2026, 1, 5, 12, tzinfo=UTC)
    found = {last_block(datetime.fromtimestamp(at.timestamp() + 86400 * day, UTC), NAIROBI) for day in range(365)}
    ordered = sorted(found)
    assert all(a.last.toordinal() + 1 == b.first.toordinal() for a, b in pairwise(ordered))
    assert {block.count for block in found} == {4}


def test_a_block_is_over_before_it_is_shown() -> None:
    now = datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert last_block(now, NAIROBI).last < now.date()


def test_longer_before() -> None:
    assert week("2026-W46").with_before(4) == Weeks(week("2026-W42").first, 5)


@pytest.mark.parametrize("name", ["2026-W54", "2026W46", "9999-W52", "0001-W01", "0000-W01", ""])
def test_what_is_no_week_is_refused_with_what_to_write(name: str) -> None:
    with pytest.raises(ValueError, match="write one such as 2026-W46"):
        week(name)
