"""Due at an official's hour and weekday in their time zone, and for the rest of that week if we were down."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.digests.due import due_week
from tests.service.summaries.towns import official, town

CASES = [
    # weekday, hour, now in UTC (Nairobi is three hours ahead), week or None
    ("monday", 8, datetime(2026, 11, 23, 4, 59, tzinfo=UTC), None),
    ("monday", 8, datetime(2026, 11, 23, 5, 0, tzinfo=UTC), "2026-W47"),
    ("monday", 8, datetime(2026, 11, 26, 12, 0, tzinfo=UTC), "2026-W47"),
    ("monday", 8, datetime(2026, 11, 29, 20, 59, tzinfo=UTC), "2026-W47"),
    ("monday", 8, datetime(2026, 11, 29, 21, 0, tzinfo=UTC), None),
    ("monday", 0, datetime(2026, 11, 29, 21, 0, tzinfo=UTC), "2026-W48"),
    ("sunday", 18, datetime(2026, 11, 29, 14, 59, tzinfo=UTC), None),
    ("sunday", 18, datetime(2026, 11, 29, 15, 0, tzinfo=UTC), "2026-W47"),
    ("friday", 9, datetime(2027, 1, 8, 6, 0, tzinfo=UTC), "2026-W53"),
]


@pytest.mark.parametrize(("weekday", "hour", "now", "week"), CASES)
def test_due(weekday: str, hour: int, now: datetime, week: str | None) -> None:
    someone = official("Amina Noor", "a@example.org", ("north",), ("*",), "en", weekday, hour)
    found = due_week(town(), someone, now)
    assert (found.name if found else None) == week
