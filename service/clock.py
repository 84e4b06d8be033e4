"""What we believe of this machine's clock. It may be wrong: after an empty battery, a restored snapshot, a slip of a hand.

What cannot be undone, such as to erase what is old, waits until a clock that jumped has run on steadily for a while.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOT_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
"""A clock that shows less has no idea: many machines begin in 1970."""
AHEAD, BEHIND = timedelta(days=3), timedelta(hours=1)
"""Time that may pass unseen, as over a weekend on which we did not run; and what clocks of two machines may differ."""


class NoClock(Exception):
    """The clock shows a time at which this program was not written yet."""


def demand_plausible(now: datetime) -> None:
    """Raises NoClock, with what to do: what came in would bear the date of things to be erased."""
    if now < NOT_BEFORE:
        raise NoClock(
            f"The clock of this machine says {now:%Y-%m-%d}, which cannot be. Set it right, for instance by NTP, and start again."
        )


def has_jumped(seen: datetime, now: datetime) -> bool:
    """Whether the clock cannot have come from the moment that was `seen` last to `now` by running."""
    return not seen - BEHIND <= now <= seen + AHEAD


def is_steady(jumped_at: datetime | None, now: datetime, since: timedelta) -> bool:
    """Whether a clock that jumped at that moment, by itself, has run on for so long; None if it never did."""
    return jumped_at is None or now - jumped_at >= since
