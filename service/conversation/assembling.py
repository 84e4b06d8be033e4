"""What a batch of texts is made of: each text alone, or pieces that are one text and are read as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.conversation import pieces
from service.conversation.holding import LOOP_TEXTS, as_said
from service.conversation.pieces import TOGETHER, Piece, are_parts, are_together, in_order, joined
from service.conversation.reading import needs_analysis
from service.conversation.wording import HOW_FAR_WORDS, opens_with_how_far
from service.incoming import texts_of
from service.models import Message
from service.programme import Programme
from service.programme.words import words_of
from service.secrets import Secrets

MOST_TEXTS = 20
"""An account of more texts than this is ended, and a new one begun."""
_SIBLINGS = 40
"""So many of a person's last texts are searched for the other parts."""


@dataclass(frozen=True)
class Unit:
    """Pieces, in order, that are read as one text. `waits_until` if parts are missing that may yet come."""

    pieces: tuple[Piece, ...]
    waits_until: datetime | None = None

    @property
    def text(self) -> str:
        return joined(self.pieces)

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(piece.message for piece in self.pieces)


async def assemble(
    session: AsyncSession, secrets: Secrets, programme: Programme, batch: Sequence[Message], now: datetime
) -> list[Unit]:
    """The batch as units, one person's after another's, so that two workers lock people in one order.

    A unit may hold parts that wait in the table and are not of the batch.
    """
    people: dict[tuple[str, str], list[Piece]] = defaultdict(list)
    for message in batch:
        people[(message.channel, message.pseudonym or "")].append(pieces.open_piece(secrets, message))
    units: list[Unit] = []
    for _, texts in sorted(people.items()):
        units += await _of_person(session, secrets, programme, in_order(texts), now)
    return units


async def _of_person(
    session: AsyncSession, secrets: Secrets, programme: Programme, texts: list[Piece], now: datetime
) -> list[Unit]:
    units: list[Unit] = []
    taken: set[int] = set()
    for piece in texts:
        if piece.message.id in taken:
            continue
        if piece.message.purpose == "released":
            unit = Unit((replace(piece, part=None),))
        elif piece.part is not None:
            unit = await _parts(session, secrets, piece, now)
        else:
            unit = Unit(tuple(_run(programme, [text for text in texts if text.message.id not in taken])))
        taken |= {message.id for message in unit.messages}
        units.append(unit)
    return units


async def _parts(session: AsyncSession, secrets: Secrets, piece: Piece, now: datetime) -> Unit:
    """A part with those that wait too; all parts, or after fifteen seconds what there is."""
    message = piece.message
    rows = await session.scalars(
        select(Message)
        .where(
            texts_of(message.channel, message.pseudonym),
            Message.id != message.id,
            Message.state.in_(("received", "done")),
            Message.created_at >= message.created_at - pieces.LATE_PART,
        )
        .order_by(Message.id.desc())
        .limit(_SIBLINGS)
    )
    others = [other for row in rows if are_parts(piece, other := pieces.open_piece(secrets, row))]
    waiting = [piece]
    for other in others:
        numbers = {found.part.number for found in waiting if found.part is not None}
        if other.message.state == "received" and other.part is not None and other.part.number not in numbers:
            waiting.append(other)
    late = any(other.message.state == "done" for other in others)
    until = min(found.message.created_at for found in waiting) + TOGETHER
    unit = Unit(tuple(in_order(waiting)))
    if late or until <= now or pieces.is_complete(waiting):
        return unit
    return Unit((piece,), until)


def _goes_on(programme: Programme, piece: Piece) -> bool:
    """May it be a fragment? Not a command or an answer, nor a question how far a report is."""
    asks = len(words_of(piece.words)) <= HOW_FAR_WORDS and opens_with_how_far(programme, piece.words)
    return needs_analysis(programme, piece.words) and not asks


def _run(programme: Programme, texts: Sequence[Piece]) -> list[Piece]:
    """The first text with those that follow it at once. What is said to us stands alone, and ends the run: a command, an
    answer, a question how far a report is, a text that points at one of ours. So does a copy too many: it begins a loop, and
    the copies before it are an account all the same."""
    run = [texts[0]]
    for text in texts[1:MOST_TEXTS]:
        alone = text.part is not None or text.message.purpose == "released"
        alone = alone or not all(_goes_on(programme, piece) for piece in (run[-1], text))
        alone = alone or text.replies_to not in (None, run[0].replies_to)
        alone = alone or sum(as_said(piece.words) == as_said(text.words) for piece in run) >= LOOP_TEXTS
        if alone or not are_together(run[-1].message, text.message):
            break
        run.append(text)
    return run
