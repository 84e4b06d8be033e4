"""What a moderator writes to a reporter: to whom it may go, when, at what cost, and that it goes once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from channels import CHANNELS
from channels.base import Channel
from nlp.redacting import Redactor
from service import audit, outbox
from service.costs import Weight, weigh
from service.media import enclosing
from service.media.enclosing import Enclosure
from service.models import Report, Reporter
from service.programme import Programme
from service.programme.templates import WRITTEN
from service.quiet import quiet_until
from service.screening import is_open, window_for
from service.secrets import Secrets
from service.workflow import NotAllowed, NotFound

SHORTEST, LONGEST = 2, 600
"""Characters of a reply: four segments are read on a small phone; more are not."""


@dataclass(frozen=True)
class Recipient:
    """Whom a reply to a report reaches. `refusal` says why they may not be texted; empty if they may."""

    language: str
    """The one we text them in."""
    speaks: str | None
    """The one they write, as far as we know."""
    channel: str
    segmented: bool
    refusal: str
    waits_until: datetime | None
    """The end of the quiet hours it would wait for."""
    window_hours: int | None
    """Where free texts end so many hours after the person's last, and that is over."""
    has_wording: bool
    """Whether an approved wording takes the text past that."""


@dataclass(frozen=True)
class Draft:
    """A reply as it would go out. `personal`: it holds a number, an address or a name."""

    text: str
    weight: Weight
    personal: bool
    fault: str


def clean(text: str) -> str:
    """A reply as it is sent: no control characters, no blanks at its ends."""
    lines = text.replace("\r\n", "\n").split("\n")
    kept = ("".join(sign if sign.isprintable() else " " for sign in line).strip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def draft(programme: Programme, recipient: Recipient, text: str) -> Draft:
    """What a text costs, and what speaks against it."""
    words = clean(text)
    fault = ""
    longest = min(LONGEST, _max_length(programme, recipient.channel))
    if not SHORTEST <= len(words) <= longest:
        fault = f"A reply has {SHORTEST} to {longest} characters; this one has {len(words)}."
    weight = weigh(programme, words, segmented=recipient.segmented)
    return Draft(words, weight, mask(programme, words) != words, fault)


def _max_length(programme: Programme, channel: str) -> int:
    entry = programme.entry_of(channel)
    return LONGEST if entry is None else CHANNELS[entry.type].max_length


def _carries(programme: Programme, channel: str) -> Mapping[str, int | None]:
    entry = programme.entry_of(channel)
    return {} if entry is None else CHANNELS[entry.type].carries


def mask(programme: Programme, text: str) -> str:
    """A text of ours as histories show it: without personal data."""
    return _redactor(tuple(programme.rules.languages), programme.rules.country).redact(text)


@lru_cache(maxsize=16)
def _redactor(languages: tuple[str, ...], country: str) -> Redactor:
    return Redactor(languages, country)


async def recipient(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    channels: Mapping[str, Channel],
    reference: str,
    role: str,
    now: datetime,
) -> tuple[Report, Recipient]:
    """A report and whom a reply reaches. NotFound, also for a sensitive report unless the role is focal_point."""
    report, person = await _find(session, programme, reference, role)
    return report, _recipient(programme, person, _window(secrets, channels, person), now)


async def _find(session: AsyncSession, programme: Programme, reference: str, role: str) -> tuple[Report, Reporter]:
    query = (
        select(Report, Reporter)
        .join(Reporter, Reporter.id == Report.reporter_id)
        .where(Report.programme == programme.code, Report.reference == reference)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None or (row.Report.sensitive and role != "focal_point"):
        raise NotFound("There is no such report.")
    return row.Report, row.Reporter


def _window(secrets: Secrets, channels: Mapping[str, Channel], person: Reporter) -> timedelta | None:
    """The window of the person's app; None also while their channel is closed, for then nothing goes out anyway."""
    channel = channels.get(person.channel)
    return None if channel is None or person.address is None else window_for(secrets, channel, person.address)


def _recipient(programme: Programme, person: Reporter, window: timedelta | None, now: datetime) -> Recipient:
    entry = programme.entry_of(person.channel)
    kind = None if entry is None else CHANNELS[entry.type]
    language = outbox.language_of(programme, person)
    closed = not is_open(window, person.last_seen_at, now)
    return Recipient(
        language=language,
        speaks=person.language,
        channel=person.channel,
        segmented=kind is not None and kind.segmented,
        refusal=_refusal(person, entry is None),
        waits_until=quiet_until(programme, now),
        window_hours=round(window.total_seconds() / 3600) if closed and window is not None else None,
        has_wording=entry is not None and language in entry.templates.get(WRITTEN, {}),
    )


def _refusal(person: Reporter, closed: bool) -> str:
    if person.forgotten_at is not None or person.address is None:
        return "They had themselves forgotten. We have no address of theirs any more."
    if person.stopped_at is not None:
        return "They sent STOP, or their provider says so: they get no texts from us until they text START."
    if closed:
        return "Their account came in by a way that is no more in channels.yaml, such as a file of past messages."
    return ""


async def send(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    reference: str,
    role: str,
    user_id: int,
    text: str,
    key: str,
    now: datetime,
    enclosure: Enclosure | None = None,
) -> None:
    """Put a moderator's reply in the outbox. `key` is their form's own: sent twice, it goes out once.

    Raises NotFound, and NotAllowed where the person may not be texted, or the text or its file does not do.
    """
    report, person = await _find(session, programme, reference, role)
    person = await session.get_one(Reporter, person.id, with_for_update=True, populate_existing=True)
    to = _recipient(programme, person, None, now)
    reply = draft(programme, to, text)
    if to.refusal or reply.fault:
        raise NotAllowed(to.refusal or reply.fault)
    if not re.fullmatch(r"[\w-]{16,64}", key):
        raise NotAllowed("The form is incomplete. Open the page again.")
    if enclosure is not None:
        enclosing.demand_carried(enclosure, _carries(programme, person.channel))
    queued = await outbox.queue_written(
        session,
        secrets,
        programme,
        person,
        reply.text,
        now=now,
        report_id=report.id,
        reference=report.reference,
        dedupe=f"written:{report.id}:{key}",
        freely=enclosure is not None,
    )
    if queued is not None:
        detail: dict[str, object] = {"segments": reply.weight.count.segments, "language": to.language}
        if enclosure is not None:
            enclosing.store(session, secrets, queued, enclosure, now)
            detail["file"] = enclosure.clean.kind.sort
        await audit.record(session, programme.code, audit.user(user_id), "reply", audit.report(report.id), detail, now)
