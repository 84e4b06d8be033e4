"""When an official's digest is due: at their weekday and hour, about the week before."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from service.programme import Programme
from service.programme.schema import WEEKDAYS, Official
from service.summaries.periods import Weeks, last_week


def due_week(programme: Programme, official: Official, now: datetime) -> Weeks | None:
    """The week whose digest is due by now, or None while its hour is still to come.

    Asked late, because we were down at that hour, it still names this week's digest; an older one that was missed is
    never sent, for its news would be stale.
    """
    finished = last_week(now, programme.zone)
    day = finished.first + timedelta(weeks=1, days=WEEKDAYS.index(official.weekday))
    moment = datetime.combine(day, time(official.hour), programme.zone)
    return finished if now >= moment else None
