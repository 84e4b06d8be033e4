"""Texts that belong together: numbered parts of one text, and fragments sent one right after the other.

Gateways hand the parts of a long SMS over one by one (3GPP TS 23.040, 9.2.3.24.1); some phones write "(1/2)" before
them; people send a thought in three texts. Parts wait for each other, fifteen seconds at most; fragments do not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.base import Part
from service import extras, history
from service.models import Message
from service.secrets import Secrets

TOGETHER = timedelta(seconds=15)
"""Texts of one person no further apart than this are one account; parts wait so long for the rest."""
LONGEST = 50_000
"""Characters of an account that are read: half a second of the analysis, and more than a person writes. The rest of such a text,
as of a mail with a file written into it, stays sealed with it."""
LATE_PART = timedelta(hours=1)
"""A part or fragment that reaches us later than this after the others is a text of its own."""
AHEAD, BEHIND = timedelta(minutes=2), timedelta(days=1)
"""A provider's clock is believed from a day before we had the text until two minutes after."""
_TYPED = re.compile(
    r"\s*[(\[]?(?P<number>[1-9])\s?/\s?(?P<total>[2-9])[)\]]?(?:[:.\-]\s*|\s+)(?P<rest>\S.*)"
    r"|\s*(?P<rest_before>.*\S)\s+[(\[]?(?P<number_after>[1-9])\s?/\s?(?P<total_after>[2-9])[)\]]?\s*",
    re.DOTALL | re.ASCII,
)


@dataclass(frozen=True)
class Piece:
    """One text with its words and, if it is numbered, which part it is."""

    message: Message
    words: str = field(repr=False)
    part: Part | None = None
    replies_to: str | None = None

    @property
    def typed(self) -> bool:
        """Did the person or their phone write the number, not the gateway?"""
        return self.part is not None and self.part.reference == ""


def open_piece(secrets: Secrets, message: Message) -> Piece:
    """A text as a piece. Raises Unsealable."""
    words = "" if message.body is None else secrets.unseal(message.body)[:LONGEST]
    _, part, replies_to = extras.unseal(secrets, message.extra)
    if part is not None and not (1 < part.total <= 99 and 1 <= part.number <= part.total):
        part = None
    return Piece(message, words, part or _typed(words), replies_to)


def _typed(words: str) -> Part | None:
    found = _TYPED.fullmatch(words)
    if found is None:
        return None
    number, total = (int(found[name] or found[f"{name}_after"]) for name in ("number", "total"))
    return Part("", number, total) if number <= total else None


def said_at(message: Message) -> datetime:
    """When a text was sent, by the provider's clock where that can be; else when we had it."""
    sent = message.sent_at
    if sent is not None and message.created_at - BEHIND <= sent <= message.created_at + AHEAD:
        return sent
    return message.created_at


def are_together(one: Message, other: Message, within: timedelta = TOGETHER) -> bool:
    """Were the two sent one right after the other?"""
    arrived = abs(one.created_at - other.created_at)
    if arrived > max(LATE_PART, within):
        return False
    timed = one.sent_at == said_at(one) and other.sent_at == said_at(other)
    if not timed and one.channel.endswith(f"/{history.CHANNEL}"):
        return False  # a file without times says nothing of what belongs together
    return (abs(said_at(one) - said_at(other)) if timed else arrived) <= within


def are_parts(one: Piece, other: Piece) -> bool:
    """Are they two parts of one text?"""
    if one.part is None or other.part is None or one.part.number == other.part.number:
        return False
    same = (one.part.reference, one.part.total) == (other.part.reference, other.part.total)
    return same and are_together(one.message, other.message, TOGETHER if one.typed else LATE_PART)


def is_again(one: Piece, other: Piece) -> bool:
    """Is it the same part of the same text, with the same words, that the gateway or the phone sent once more?"""
    same = one.part is not None and (one.part, one.words) == (other.part, other.words)
    return same and are_together(one.message, other.message, LATE_PART)


def in_order(pieces: Sequence[Piece]) -> list[Piece]:
    """As they were said: by time, and parts of one text by their numbers.

    By the provider's clock if it can be right for every piece, else by ours for all of them. It often tells whole seconds;
    within one the text that reached us first was said first, whichever process stored it first.
    """
    theirs = all(piece.message.sent_at == said_at(piece.message) for piece in pieces)

    def moment(message: Message) -> tuple[datetime, datetime, int]:
        return said_at(message) if theirs else message.created_at, message.created_at, message.id

    begun: dict[tuple[str, int], tuple[datetime, datetime, int]] = {}
    for piece in pieces:
        if piece.part is not None:
            key = (piece.part.reference, piece.part.total)
            begun[key] = min(begun.get(key, moment(piece.message)), moment(piece.message))

    def place(piece: Piece) -> tuple[tuple[datetime, datetime, int], int]:
        if piece.part is None:
            return moment(piece.message), 0
        return begun[(piece.part.reference, piece.part.total)], piece.part.number

    return sorted(pieces, key=place)


def joined(pieces: Sequence[Piece]) -> str:
    """The words of pieces as one text: parts without their numbers and without a break, fragments a line each; what comes
    twice in a row, as from a phone that sends again, once. No more than is read of an account.
    """
    text = ""
    before: Piece | None = None
    said = ""
    complete = _sets(pieces)
    for piece in in_order(pieces):
        key = None if piece.part is None else (piece.part.reference, piece.part.total)
        words = piece.words
        if piece.typed and key in complete:
            found = _TYPED.fullmatch(words)
            words = (found["rest"] or found["rest_before"]) if found else words
        if before is not None and words == said and piece.part == before.part:
            continue
        said = words
        if len(text) >= LONGEST:
            break
        between = "" if before is None else "\n" if not _follows(before, piece) else " " if piece.typed else ""
        text, before = f"{text}{between}{words}", piece
    return text[:LONGEST]


def _follows(before: Piece, piece: Piece) -> bool:
    """Is it the next part of the same text?"""
    if before.part is None or piece.part is None:
        return False
    return before.part == Part(piece.part.reference, piece.part.number - 1, piece.part.total)


def _sets(pieces: Sequence[Piece]) -> list[tuple[str, int]]:
    """The numbered texts of which every part is there."""
    numbers: dict[tuple[str, int], set[int]] = {}
    for piece in pieces:
        if piece.part is not None:
            numbers.setdefault((piece.part.reference, piece.part.total), set()).add(piece.part.number)
    return [key for key, found in numbers.items() if len(found) == key[1]]


def is_complete(pieces: Sequence[Piece]) -> bool:
    """Are all parts of the numbered text there?"""
    return bool(_sets(pieces))
