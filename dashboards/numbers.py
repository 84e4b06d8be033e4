"""Numbers that browsers send: what an address or a form names by its key in the database."""

from __future__ import annotations

from aiohttp import web

from service.workflow import NotFound

MOST_DIGITS = 15
"""No key has more, and both databases take as many."""


def key(text: str) -> int | None:
    """The number that a text writes in plain digits; None where it is no key."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def key_in_address(request: web.Request, part: str, missing: str) -> int:
    """The key in a part of the address. NotFound, with `missing` as its words, where there is none."""
    number = key(request.match_info[part])
    if number is None:
        raise NotFound(missing)
    return number
