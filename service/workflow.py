"""The life of a report: one table of allowed moves, and the errors of asking for another."""

from __future__ import annotations


class NotFound(Exception):
    """There is no such thing, or not for you. Answered with 404."""


class NotAllowed(Exception):
    """The thing is not in a state for that. Answered with 409; the message says what to do instead."""


MOVES: dict[str, frozenset[str]] = {
    "received": frozenset({"analysed"}),
    "analysed": frozenset({"in_review", "accepted"}),
    "in_review": frozenset({"accepted", "rejected", "merged", "referred"}),
    "accepted": frozenset({"forwarded", "answered", "in_review", "merged"}),
    "forwarded": frozenset({"answered", "in_review"}),
    "answered": frozenset({"resolved", "disputed", "in_review"}),
    "resolved": frozenset({"disputed", "in_review"}),
    "disputed": frozenset({"forwarded", "answered", "in_review"}),
    "rejected": frozenset({"in_review"}),
    "merged": frozenset({"in_review"}),
    "referred": frozenset(),
}
"""From each status, the statuses a report may go to. A moderator may always take an open report back into review;
a referred one stays in the vault."""

OPEN = frozenset({"accepted", "forwarded", "disputed"})
"""Waiting for an official."""

COUNTED = frozenset({"accepted", "forwarded", "answered", "resolved", "disputed"})
"""In published figures: accepted by a person or the machine, and not sensitive."""

TOLD_AS = {"analysed": "received", "rejected": "closed", "merged": "closed", "referred": "in_review"}
"""What whoever wrote a report hears where our own word for its status would say too much, or nothing to them."""


def move(current: str, to: str) -> str:
    """The new status, or NotAllowed."""
    if to not in MOVES[current]:
        raise NotAllowed(f"A report that is {current} cannot become {to}.")
    return to


def told(status: str) -> str:
    """The state a person hears their report is in: a key of `states` in every file of messages."""
    return TOLD_AS.get(status, status)
