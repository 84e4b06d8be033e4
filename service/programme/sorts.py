"""Values of the programme's files that are more than words: zones, addresses, times of day, rates, prices."""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal
from functools import cache
from importlib import resources
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
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", written) if isinstance(written, str) else None
    if found is None:
        raise ValueError('must be hours and minutes, such as "21:00"')
    return time(int(found[1]), int(found[2]))


def _rate(written: Any) -> float:
    found = re.fullmatch(r"([1-9]\d{0,3})/([smh])", written) if isinstance(written, str) else None
    if found is None:
        raise ValueError("must be texts a second, minute or hour, such as 1/s, 30/m or 200/h")
    return int(found[1]) / _SECONDS[found[2]]


def _whole(written: Any) -> Any:
    # To Python true is 1; nobody who writes it means that.
    if isinstance(written, bool | float):
        raise ValueError("must be a whole number")
    return written


def _known_country(code: str) -> str:
    if code not in _countries():
        raise ValueError("must be the two capital letters of ISO 3166-1, such as KE")
    return code


@cache
def _countries() -> frozenset[str]:
    """The codes of the iso3166.tab that the tzdata package carries."""
    rows = resources.files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8").splitlines()
    return frozenset(row[:2] for row in rows if not row.startswith("#"))


Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number; of a truth value or a fraction none is made."""
Country = Annotated[str, AfterValidator(_known_country)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""What is shown as a heading or a line of a table."""
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
