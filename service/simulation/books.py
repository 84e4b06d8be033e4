"""What the product has in its database at the end, read with the rehearsal's own key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from service import quarantine
from service.db import Database
from service.models import Base, Line, Message, Quarantine, Report, Reporter
from service.secrets import Secrets
from service.simulation.notes import Received, received

WAITING_IN = ("received",)
WAITING_OUT = ("queued", "sending")
SENT = ("sent", "delivered", "read")


@dataclass(frozen=True)
class Stored:
    """One text as the database has it. `words` is None once erased."""

    id: int
    channel: str
    external_id: str
    pseudonym: str
    words: str | None
    state: str


@dataclass(frozen=True)
class Replied:
    """One text of ours. `to` is what the provider was, or would be, given; None once the address is erased."""

    channel: str
    to: Received | None
    reply_to: int | None
    state: str


@dataclass(frozen=True)
class Books:
    """Everything the ledger needs from the database."""

    stored: tuple[Stored, ...]
    replied: tuple[Replied, ...]
    quarantined: int
    reports: int
    reports_of_texts: int
    """Reports that at least one text belongs to; a report that none belongs to was made twice."""


async def read(database: Database, secrets: Secrets) -> Books:
    """Read it whole."""
    async with database.reading() as session:
        incoming = await session.execute(
            select(
                *(Message.id, Message.channel, Message.external_id, Message.pseudonym, Message.body, Message.state)
            ).where(Message.direction == "in")
        )
        stored = tuple(
            Stored(
                id,
                _type(channel),
                external_id or "",
                pseudonym or "",
                None if body is None else secrets.unseal(body),
                state,
            )
            for id, channel, external_id, pseudonym, body, state in incoming
        )
        outgoing = await session.execute(
            select(Message.channel, Message.dedupe, Message.body, Message.state, Message.address, Reporter.address)
            .join(Reporter, Reporter.id == Message.reporter_id, isouter=True)
            .where(Message.direction == "out")
        )
        replied = tuple(_reply(secrets, *row) for row in outgoing)
        count = func.count()
        quarantined = await session.scalar(select(count).select_from(Quarantine).where(quarantine.WAITING))
        reports = await session.scalar(select(count).select_from(Report))
        of_texts = await session.scalar(select(func.count(Message.report_id.distinct())))
    return Books(stored, replied, quarantined or 0, reports or 0, of_texts or 0)


async def waiting(database: Database, now: datetime) -> tuple[int, int]:
    """Texts in and out that somebody could take to their end now, and those that wait for their hour."""
    mine = or_(
        (Message.direction == "in") & Message.state.in_(WAITING_IN),
        (Message.direction == "out") & Message.state.in_(WAITING_OUT),
    )
    async with database.reading() as session:
        every = await session.scalar(select(func.count()).select_from(Message).where(mine)) or 0
        asleep = await session.scalar(select(func.count()).select_from(Message).where(mine, _asleep(now))) or 0
    return every - asleep, asleep


def _asleep(now: datetime) -> ColumnElement[bool]:
    """Is a text's hour later? That of one that goes out is not before its provider's rest ends."""
    resting = select(Line.channel).where(Line.open_until > now)
    return or_(
        Message.due_at > now,
        Message.leased_until > now,
        and_(Message.direction == "out", Message.channel.in_(resting)),
    )


async def known(database: Database) -> set[tuple[str, str]]:
    """Channel type and id of every text that is stored."""
    query = select(Message.channel, Message.external_id).where(Message.direction == "in")
    async with database.reading() as session:
        return {(_type(channel), external_id or "") for channel, external_id in await session.execute(query)}


async def pass_time(database: Database, now: datetime) -> int:
    """Let everything that waits for its hour have waited: retries, leases of the dead, resting providers. How many texts.

    Only while no process of the product runs; a lease that is left then is a dead one's.
    """
    waits = Message.state.in_((*WAITING_IN, *WAITING_OUT))
    async with database.writing() as session:
        moved = await session.execute(update(Message).where(waits, _asleep(now)).values(due_at=now, leased_until=now))
        # Channels at rest because their provider failed, in whichever table that is kept.
        for table in Base.metadata.sorted_tables:
            if "open_until" in table.c:
                await session.execute(update(table).where(table.c.open_until > now).values(open_until=now))
    return int(moved.rowcount)  # type: ignore[attr-defined]


def _reply(
    secrets: Secrets,
    channel: str,
    dedupe: str | None,
    body: bytes | None,
    state: str,
    own: bytes | None,
    address: bytes | None,
) -> Replied:
    sealed = own or address
    to = (
        None
        if sealed is None or body is None
        else received(_type(channel), secrets.unseal(sealed), secrets.unseal(body))
    )
    kind, _, id = (dedupe or "").partition(":")
    return Replied(_type(channel), to, int(id) if kind == "reply" and id.isdigit() else None, state)


def _type(channel: str) -> str:
    """A rehearsal's channels are named by their type: <programme>/<type>."""
    return channel.partition("/")[2]
