"""Values of the programme's files that are more than words: zones, addresses, times of day, rates, prices."""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("not an IANA time zone; write one such as Africa/Nairobi")
    return name


def _e_mail(address: str) -> str:
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", address):
        raise ValueError("not an e-mail address; write one such as office@example.org")
    return address


def _clock(written: Any) -> time:
    # YAML reads 21:00 without quotes as the number 1260.
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", written) if isinstance(written, str) else None
    if found is None:
        raise ValueError('must be hours and minutes in quotes, such as "21:00"')
    return time(int(found[1]), int(found[2]))


def _rate(written: Any) -> float:
    found = re.fullmatch(r"([1-9]\d{0,3})/([smh])", written) if isinstance(written, str) else None
    if found is None:
        raise ValueError("must be texts a second, minute or hour, such as 1/s, 30/m or 200/h")
    return int(found[1]) / _SECONDS[found[2]]


Zone = Annotated[str, AfterValidator(_known_zone)]
EMail = Annotated[str, AfterValidator(_e_mail)]
Clock = Annotated[time, BeforeValidator(_clock)]
"""A time of day, written "21:00"."""
Rate = Annotated[float, BeforeValidator(_rate)]
"""Texts a second, written 1/s, 30/m or 200/h."""


class Cost(BaseModel):
    """What one SMS segment costs the programme."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount: Annotated[Decimal, Field(gt=0, lt=1000)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

    def of(self, segments: int) -> str:
        """The price of so many segments, such as KES 214.40."""
        return f"{self.currency} {self.amount * segments:,.2f}"
