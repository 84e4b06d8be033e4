"""Texts put in the outbox: rendered in the reporter's language, sealed, each at its time. `service/sending.py` sends them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import structlog
from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from channels import CHANNELS
from channels.base import Template
from channels.segments import count, fits_one_segment, shorten
from service import extras
from service.models import Message, Reporter
from service.outgoing import NEWS, OUT, REPLY, USEFUL
from service.programme import Programme
from service.programme.templates import WRITTEN
from service.programme.texts import NAME_UNITS
from service.quiet import quiet_until
from service.secrets import Secrets

ONE_SEGMENT = {"GSM-7": 160, "UCS-2": 70}
"""Units in one segment, by encoding."""

log = structlog.get_logger()


def language_of(programme: Programme, reporter: Reporter) -> str:
    """The language we text them in: theirs if the programme speaks it, else its base, else the programme's first."""
    for tag in (reporter.language, (reporter.language or "").split("-")[0]):
        if tag in programme.messages:
            return str(tag)
    return programme.rules.languages[0]


def render(programme: Programme, language: str, key: str, slots: Mapping[str, str]) -> str:
    """One of the programme's texts with its slots filled; names of places and offices are cut to fit one segment."""
    return programme.messages[language].texts[key].format_map(_filled(programme, slots))


def _filled(programme: Programme, slots: Mapping[str, str]) -> dict[str, str]:
    rules = programme.rules
    return {"helpline": rules.helpline, "emergency": rules.emergency or rules.helpline} | {
        name: shorten(value, NAME_UNITS) if name in ("place", "office") else value for name, value in slots.items()
    }


def template_for(
    programme: Programme, channel: str, language: str, key: str, slots: Mapping[str, str]
) -> Template | None:
    """The approved wording that may stand in for a text on a channel; None where the programme names none."""
    entry = programme.entry_of(channel)
    wording = None if entry is None else entry.templates.get(key, {}).get(language)
    if wording is None:
        return None
    filled = _filled(programme, slots)
    # Providers refuse line breaks and runs of blanks in the values of a template.
    return Template(wording.name, wording.language, tuple(" ".join(filled[name].split()) for name in wording.values))


def is_segmented(programme: Programme, channel: str) -> bool:
    """Whether texts of a channel are billed in SMS segments."""
    entry = programme.entry_of(channel)
    return entry is not None and CHANNELS[entry.type].segmented


def fits_everywhere(programme: Programme, key: str, slots: Mapping[str, str]) -> bool:
    """Whether a text is one segment in every language of the programme."""
    return all(fits_one_segment(render(programme, tag, key, slots)) for tag in programme.rules.languages)


async def queue(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    reporter: Reporter,
    key: str,
    slots: Mapping[str, str],
    *,
    now: datetime,
    report_id: int | None = None,
    dedupe: str | None = None,
    reply_to: int | None = None,
    address: bytes | None = None,
    priority: int | None = None,
    released: bool = False,
) -> bool:
    """Put a text in the outbox. False if the same `dedupe` was there before, or there is no address to send it to.

    `reply_to` is the message it replies to: one reply a text at most, sent at once. Anything else is news, or has the
    `priority` of service/outgoing.py, and waits for the end of the quiet hours. `address` (sealed) stands in for a
    reporter's who has just been forgotten; it goes with the text and is erased once that is sent.

    A text is one SMS segment, unless a moderator saw what it costs and let it out: `released`.
    """
    language = language_of(programme, reporter)
    text = render(programme, language, key, slots)
    if not released and not fits_one_segment(text) and is_segmented(programme, reporter.channel):
        log.warning("text cut to one segment", purpose=key, language=language)
        text = shorten(text, ONE_SEGMENT[count(text).encoding])
    if priority is None:
        priority = NEWS if reply_to is None else REPLY
    queued = await _put(
        session,
        programme,
        reporter,
        key,
        priority,
        now=now,
        body=secrets.seal(text),
        extra=extras.seal_template(secrets, template_for(programme, reporter.channel, language, key, slots)),
        report_id=report_id,
        dedupe=f"reply:{reply_to}" if reply_to is not None else dedupe,
        address=address,
    )
    return queued is not None


async def hasten(session: AsyncSession, programme: Programme, reporter: Reporter, purpose: str, now: datetime) -> None:
    """Let what waits for them go out as soon as news may: what it waited for is decided."""
    waits = (OUT, Message.reporter_id == reporter.id, Message.purpose == purpose, Message.state == "queued")
    due = quiet_until(programme, now) or now
    await session.execute(
        update(Message)
        .where(*waits, Message.due_at > due)
        .values(due_at=due)
        .execution_options(synchronize_session=False)
    )


async def queue_written(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    reporter: Reporter,
    text: str,
    *,
    now: datetime,
    report_id: int,
    reference: str,
    dedupe: str,
    freely: bool = False,
) -> Message | None:
    """Put what a moderator wrote in the outbox, of whatever length. None if it was there before, or has no address.

    `freely`: never as an approved wording, for none was approved with a file; it waits until they write again.
    """
    slots = {"reference": reference, "text": text}
    language = language_of(programme, reporter)
    template = None if freely else template_for(programme, reporter.channel, language, WRITTEN, slots)
    return await _put(
        session,
        programme,
        reporter,
        WRITTEN,
        NEWS,
        now=now,
        body=secrets.seal(text),
        extra=extras.seal_template(secrets, template),
        report_id=report_id,
        dedupe=dedupe,
    )


async def _put(
    session: AsyncSession,
    programme: Programme,
    reporter: Reporter,
    key: str,
    priority: int,
    *,
    now: datetime,
    address: bytes | None = None,
    **columns: object,
) -> Message | None:
    if reporter.address is None and address is None:
        return None
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(Message)
        .values(
            programme=programme.code,
            channel=reporter.channel,
            direction="out",
            reporter_id=reporter.id,
            address=address,
            purpose=key,
            priority=priority,
            state="queued",
            attempts=0,
            due_at=now if priority == REPLY else quiet_until(programme, now) or now,
            expires_at=now + USEFUL[priority],
            created_at=now,
            **columns,
        )
        .on_conflict_do_nothing(index_elements=["dedupe"])
        .returning(Message)
    )
    message: Message | None = await session.scalar(statement)
    return message
