"""Quiet hours: when nobody is texted but in reply to what they have just texted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from service.programme import Programme

JUST = timedelta(hours=1)
"""A reply that comes later than this after the text is news, and waits for the morning too."""


def quiet_until(programme: Programme, now: datetime) -> datetime | None:
    """When the quiet hours end that `now` lies in; None outside them. By the programme's clock, also where it is changed."""
    hours = programme.rules.quiet_hours
    if hours is None:
        return None
    here = now.astimezone(programme.zone)
    clock = here.time()
    if hours.start < hours.end:
        quiet, tomorrow = hours.start <= clock < hours.end, False
    else:
        quiet, tomorrow = clock >= hours.start or clock < hours.end, clock >= hours.start
    if not quiet:
        return None
    day = here.date() + timedelta(days=tomorrow)
    ends = (_at(datetime.combine(day, hours.end), programme.zone, fold) for fold in (0, 1))
    # Where clocks are set back an hour comes twice; the end is the first that still lies ahead.
    return next(end for end in ends if end > now)


def _at(local: datetime, zone: ZoneInfo, fold: int) -> datetime:
    return local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
