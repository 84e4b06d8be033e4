"""Moving a text to where it belongs: an account of its own, or another report of the same person.

Both reports are read again as a whole. A move is a decision on both, and is undone by moving the text back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit, moderation, references, rereading
from service.conversation.pieces import Piece, are_parts
from service.conversation.relating import JOINABLE
from service.models import Decision, Report, Vault
from service.moderation import RELEASED, Act
from service.secrets import Secrets
from service.workflow import NotAllowed, NotFound, move

MOST_TEXTS = 40
"""A report takes up no more texts than this by a person's hand."""


async def make_own(session: AsyncSession, secrets: Secrets, act: Act, message_id: int) -> str:
    """The text is an account of its own. Returns its reference. What was in the vault stays there."""
    report = await moderation.take(session, act)
    moved, left = await _parted(session, secrets, report, message_id)
    if not left:
        raise NotAllowed("This is the only text of this report: it is an account of its own already.")
    own = Report(
        reference=await references.new(session),
        programme=report.programme,
        channel=report.channel,
        reporter_id=report.reporter_id,
        status="received",
        sensitive=report.sensitive,
        texts=len(moved),
        revision=0,
        reread_at=act.now,
        received_at=min(piece.message.created_at for piece in moved),
        acknowledged_at=report.acknowledged_at,
    )
    session.add(own)
    await session.flush()
    if report.sensitive:
        kinds = await session.scalar(select(Vault.kinds).where(Vault.report_id == report.id))
        session.add(Vault(report_id=own.id, content=None, kinds=list(kinds or ()), created_at=act.now))
    await _leave(session, act, report, moved, left, {}, own.reference)
    _put(moved, own, "account", "moved by a person: an account of its own")
    await _write(session, act, own, moved, report.reference)
    return own.reference


async def belongs_to(session: AsyncSession, secrets: Secrets, act: Act, message_id: int, reference: str) -> str:
    """The text belongs to another report of the same person. A report that loses its last text is merged into it."""
    report = await moderation.take(session, act)
    moved, left = await _parted(session, secrets, report, message_id)
    target = await _target(session, act, report, reference)
    if target.texts + len(moved) > MOST_TEXTS:
        raise NotAllowed(f"A report takes up {MOST_TEXTS} texts at most, and {target.reference} has {target.texts}.")
    values: dict[str, Any] = {}
    if not left:
        if report.status not in ("in_review", "received"):
            move(report.status, "in_review")
        values = {"status": "merged", "merged_into": target.id} | RELEASED
    # Whoever may not see a sealed report is not told its reference either.
    to = "the vault" if target.sensitive and not report.sensitive else target.reference
    await _leave(session, act, report, moved, left, values, to)
    if target.status == "merged":
        target.status, target.merged_into = move("merged", "in_review"), None
    target.texts += len(moved)
    target.revision += 1
    target.reread_at, target.rereads = act.now, 0
    first = "account" if target.texts == len(moved) else "follow_up"
    _put(moved, target, first, "moved here by a person")
    await _write(session, act, target, moved, report.reference)
    return target.reference


async def _parted(
    session: AsyncSession, secrets: Secrets, report: Report, message_id: int
) -> tuple[list[Piece], list[Piece]]:
    """The text with the other parts of it, and what is left of the report without them."""
    pieces = await rereading.members(session, secrets, report.id)
    chosen = next((piece for piece in pieces if piece.message.id == message_id), None)
    if chosen is None:
        raise NotFound("There is no such text in this report, or its words were erased.")
    moved = [piece for piece in pieces if piece is chosen or are_parts(chosen, piece)]
    return moved, [piece for piece in pieces if piece not in moved]


async def _target(session: AsyncSession, act: Act, report: Report, reference: str) -> Report:
    target = await session.scalar(
        select(Report)
        .where(
            Report.programme == report.programme,
            Report.reporter_id == report.reporter_id,
            Report.reference == reference.strip().upper(),
            Report.id != report.id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if target is None or (target.sensitive and act.role != "focal_point"):
        raise NotAllowed("This person has no other report of that reference that you may see.")
    if report.sensitive and not target.sensitive:
        raise NotAllowed("What is in the vault stays there. If the account is not sensitive, bring it back first.")
    returned = target.status == "merged" and target.merged_into == report.id
    if target.status not in JOINABLE and not returned:
        raise NotAllowed(f"{target.reference} is closed. Take it back into review first.")
    if target.text is None and not target.sensitive and target.status != "received":
        raise NotAllowed(f"The words of {target.reference} were erased.")
    return target


async def _leave(
    session: AsyncSession,
    act: Act,
    report: Report,
    moved: Sequence[Piece],
    left: Sequence[Piece],
    values: Mapping[str, Any],
    to: str,
) -> None:
    """The report is without the text, and is read again as what is left."""
    after = {"texts": [piece.message.id for piece in moved], "to": to}
    again = {"texts": len(left), "reread_at": act.now if left else None, "rereads": 0}
    await moderation.save(session, act, report, again | dict(values), "move_text", {"status": report.status}, after)
    if left and all(piece.message.purpose != "account" for piece in left):
        left[0].message.purpose = "account"


def _put(moved: Sequence[Piece], report: Report, purpose: str, cause: str) -> None:
    for number, piece in enumerate(moved):
        piece.message.report_id = report.id
        piece.message.purpose = purpose if number == 0 else "part"
        piece.message.cause = cause


async def _write(session: AsyncSession, act: Act, report: Report, moved: Sequence[Piece], source: str) -> None:
    """The same decision on the report that got the text."""
    session.add(
        Decision(
            programme=report.programme,
            report_id=report.id,
            user_id=act.user_id,
            act="move_text",
            before={},
            after={"texts": [piece.message.id for piece in moved], "from": source},
            revision=report.revision,
            created_at=act.now,
        )
    )
    actor, thing = audit.user(act.user_id), audit.report(report.id)
    await audit.record(session, report.programme, actor, "move_text", thing, {"revision": report.revision}, act.now)
