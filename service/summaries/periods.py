"""The spans of time that figures are about: ISO weeks and blocks of four of them, in the programme's time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BLOCK = 4
"""Weeks in a block. Blocks never overlap, so that one published table cannot be taken from the next."""
_EPOCH = date(1970, 1, 5)
"""A Monday; blocks are counted from it."""


@dataclass(frozen=True, order=True)
class Weeks:
    """One or more whole ISO weeks. `first` is a Monday."""

    first: date
    count: int = 1

    @property
    def last(self) -> date:
        """The Sunday that ends it."""
        return self.first + timedelta(weeks=self.count, days=-1)

    @property
    def name(self) -> str:
        """2026-W46, the week it begins with."""
        year, week, _ = self.first.isocalendar()
        return f"{year}-W{week:02d}"

    def bounds(self, zone: ZoneInfo) -> list[datetime]:
        """The midnights, in UTC, at which its weeks begin, and the one at which the last ends: count + 1 of them."""
        return [
            datetime.combine(self.first + timedelta(weeks=week), time(), zone).astimezone(UTC)
            for week in range(self.count + 1)
        ]

    def back(self, weeks: int) -> Weeks:
        """As long, so many weeks earlier."""
        return Weeks(self.first - timedelta(weeks=weeks), self.count)

    def with_before(self, weeks: int) -> Weeks:
        """Longer by so many weeks before it."""
        return Weeks(self.first - timedelta(weeks=weeks), self.count + weeks)


def week(name: str) -> Weeks:
    """The week of a name such as 2026-W46. Raises ValueError with what to write instead."""
    found = re.fullmatch(r"(\d{4})-W(\d{2})", name)
    try:
        if found and 1970 <= int(found[1]) < 9000:
            # Figures look some weeks back and ahead, and a calendar ends.
            return Weeks(date.fromisocalendar(int(found[1]), int(found[2]), 1))
    except ValueError:
        pass
    raise ValueError(f"{name!r} is not a week; write one such as 2026-W46")


def last_week(now: datetime, zone: ZoneInfo) -> Weeks:
    """The last week that is over."""
    today = now.astimezone(zone).date()
    return Weeks(today - timedelta(days=today.weekday(), weeks=1))


def last_block(now: datetime, zone: ZoneInfo) -> Weeks:
    """The last block of four weeks that is over; a new one every four weeks."""
    ended = last_week(now, zone).first + timedelta(weeks=1)
    weeks = (ended - _EPOCH).days // 7
    return Weeks(_EPOCH + timedelta(weeks=(weeks // BLOCK - 1) * BLOCK), BLOCK)
