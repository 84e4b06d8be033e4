"""Freeze the digests that are due and mail them, each once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import update

from channels.base import SendFailed
from service import links, mail
from service.claims import claim
from service.digests.content import LINK, load_ground
from service.digests.due import due_week
from service.digests.freezing import freeze, has_begun, periods_made
from service.digests.recipient import holder, language_now
from service.jobs.context import Context
from service.models import Digest, Report
from service.programme import Programme
from service.programme.schema import Official
from service.summaries.periods import Weeks

LEASE = timedelta(minutes=15)
BATCH = 20
"""Letters claimed at once: few enough that a slow mail server finishes them within the lease."""
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 10, 60, 360, 1440))
"""Waits after failed attempts; after the last one the digest is dead."""
CHUNK = 500

log = structlog.get_logger()


async def send_digests(context: Context, now: datetime) -> None:
    """Mail every official the digest of the week, at their hour and in their language, once; none before the first report."""
    for programme in context.programmes.values():
        await freeze_due(context, programme, now)
    while await _send_batch(context, now):
        continue


async def freeze_due(context: Context, programme: Programme, now: datetime) -> int:
    """Make the digests that are due and not made yet; returns how many. Counting is done once for all of them."""
    due: dict[Weeks, list[Official]] = defaultdict(list)
    for official in programme.officials:
        period = due_week(programme, official, now)
        if period is not None:
            due[period].append(official)
    made = 0
    for period, officials in due.items():
        async with context.database.reading() as session:
            there = await periods_made(session, programme, {period.name})
            missing = [official for official in officials if (official.email, period.name) not in there]
            if not missing or not await has_begun(session, programme, period):
                continue
            ground = await load_ground(session, programme, period, now)
        for official in missing:
            async with context.database.writing() as session:
                await freeze(session, programme, official, period, now, render=context.render_digest, ground=ground)
            made += 1
        log.info("digests frozen", programme=programme.code, period=period.name, digests=len(missing))
    return made


async def _send_batch(context: Context, now: datetime) -> int:
    async with context.database.writing() as session:
        batch = await claim(
            session,
            Digest,
            [Digest.state == "queued", Digest.programme.in_(list(context.programmes))],
            now=now,
            lease=LEASE,
            limit=BATCH,
        )
    if not batch:
        return 0
    try:
        async with mail.open_post(context.settings) as post:
            for digest in batch:
                await _send(context, post, digest, now)
    except SendFailed as failure:
        for digest in batch:
            await _postpone(context, digest, failure, now)
    return len(batch)


async def _send(context: Context, post: mail.Post, digest: Digest, now: datetime) -> None:
    programme = context.programmes[digest.programme]
    if holder(programme, digest) is None:
        await _postpone(context, digest, SendFailed("the address is no longer in officials.csv", retry=False), now)
        return
    try:
        await post(address(context, programme, digest, now))
    except SendFailed as failure:
        await _postpone(context, digest, failure, now)
        return
    async with context.database.writing() as session:
        await session.execute(
            update(Digest)
            .where(Digest.id == digest.id)
            .values(state="sent", sent_at=now, leased_until=None, error=None)
        )
        forwards: Sequence[int] = digest.content["forwards"]
        for start in range(0, len(forwards), CHUNK):
            await session.execute(
                update(Report)
                .where(Report.id.in_(forwards[start : start + CHUNK]), Report.status == "accepted")
                .values(status="forwarded", forwarded_at=now)
            )
    log.info("digest sent", digest=digest.id, programme=digest.programme, period=digest.period)


def address(context: Context, programme: Programme, digest: Digest, now: datetime) -> mail.Letter:
    """The letter that carries a digest, with its link signed now."""
    link = f"{context.settings.address()}/answer/{links.make_token(context.secrets, digest.id, now)}"
    language = language_now(programme, digest)
    assert language is not None, "a letter goes to officials who are listed"
    phrases = programme.digests[language]
    return mail.Letter(
        key=f"digest-{digest.id}-{digest.input_hash[:12]}",
        to_name=digest.content["official"]["name"],
        to_address=digest.official,
        subject=phrases["subject"].format_map({"programme": programme.rules.name, "week": digest.period}),
        html=digest.html.replace(LINK, link),
        plain=digest.plain.replace(LINK, link),
        unsubscribe=programme.rules.organisation.email,
        date=now,
    )


async def _postpone(context: Context, digest: Digest, failure: SendFailed, now: datetime) -> None:
    """Try again later, or give up. A digest that was sent meanwhile stays as it is."""
    again = failure.retry and digest.attempts <= len(BACKOFF)
    wait = BACKOFF[min(digest.attempts, len(BACKOFF)) - 1]
    log.warning("digest not sent", digest=digest.id, reason=str(failure), again=again)
    async with context.database.writing() as session:
        await session.execute(
            update(Digest)
            .where(Digest.id == digest.id, Digest.state == "queued")
            .values(state="queued" if again else "dead", due_at=now + wait, leased_until=None, error=str(failure))
        )
