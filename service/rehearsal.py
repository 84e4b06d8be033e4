"""Twelve weeks of a programme, lived through in a minute: texts, replies, moderators, digests, answers.

Nothing is written past the nouns: what the demo shows is what the service does. Safe to begin again after it was cut short.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from aiohttp import ClientSession
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from channels.base import Inbound
from service import answers, audit, moderation, passwords, protection, releasing, reports, sending, users, worker
from service.analyst import Analyst
from service.answers import AlreadyAnswered
from service.db import Database
from service.doors import stand_ins
from service.intake import Intake
from service.jobs.context import Context
from service.jobs.send_digests import send_digests
from service.models import Audit, Digest, Message, Report, Reporter
from service.moderation import Act
from service.programme import Programme
from service.programme.schema import Official
from service.sample import Material, SampleText, make_texts
from service.spots import Spot
from service.summaries.waiting import Waiting
from service.workflow import NotAllowed, NotFound

ACT = "rehearsed"
UNREAD_DAYS = 4
"""The last days wait at the desk for whoever tries the demo."""
DIGEST_WEEKS = 3
READ, QUOTABLE, ANSWERED, SAYS, SOLVED = 0.9, 0.35, 0.5, 0.6, 0.7
"""Chances: that a report is read, a person may be quoted, a group is answered, a told person replies, says it is solved."""


async def is_rehearsed(database: Database, programme: str) -> bool:
    """Has this programme its twelve weeks?"""
    async with database.reading() as session:
        found = await session.scalar(select(Audit.id).where(Audit.programme == programme, Audit.act == ACT))
    return found is not None


async def add_people(
    database: Database, logins: Mapping[str, str], password: str, programmes: Sequence[str], now: datetime
) -> dict[str, int]:
    """The demo's accounts, made where they are missing; their numbers by log-in."""
    found = {}
    for login, role in logins.items():
        async with database.writing() as session:
            user = await users.find(session, login)
            if user is None:
                hashed = await passwords.hashed(password)
                user = await users.add(
                    session, login, hashed, dict.fromkeys(programmes, role), now, actor=audit.MACHINE
                )
            found[login] = user.id
    return found


class Rehearsal:
    """One programme's twelve weeks, day by day."""

    def __init__(
        self,
        context: Context,
        programme: Programme,
        material: Material,
        analyst: Analyst,
        people: Mapping[str, int],
        now: datetime,
    ) -> None:
        self._context = context
        self._programme = programme
        self._material = material
        self._analyst = analyst
        self._people = people
        self._now = now
        self._chance = random.Random(material.seed)
        self._texts = make_texts(programme, material, now)
        self._meant: dict[str, SampleText] = {f"sample-{n}": text for n, text in enumerate(self._texts)}
        self._channels = stand_ins({text.channel for text in self._texts}, context.secrets)

    def days(self) -> list[datetime]:
        """The evenings to live through, the last one now."""
        first = min(text.at for text in self._texts)
        count = (self._now - first).days
        return [self._now - timedelta(days=back) for back in range(count, -1, -1)]

    async def live(self, evening: datetime) -> None:
        """One day: everything that came since the evening before."""
        await self._store(evening)
        while await worker.take_batch(
            self._context.database,
            self._context.secrets,
            {self._programme.code: self._programme},
            self._analyst,
            evening,
        ):
            pass
        await self._send(evening)
        if evening <= self._now - timedelta(days=UNREAD_DAYS):
            await self._moderate(evening)
        if evening > self._now - timedelta(weeks=DIGEST_WEEKS):
            await send_digests(self._context, evening)
            await self._answer(evening)
            await self._release(evening)
            await self._send(evening)
            await self._hear_back(evening)

    async def finish(self) -> None:
        """Note that it is done."""
        code = self._programme.code
        async with self._context.database.writing() as session:
            detail = {"texts": len(self._texts)}
            await audit.record(session, code, audit.MACHINE, ACT, f"programme:{code}", detail, self._now)

    async def _store(self, evening: datetime) -> None:
        intake = Intake(self._context.database, self._context.secrets, 1024, asyncio.Event())
        intake.start()
        for key, text in self._meant.items():
            if evening - timedelta(days=1) < text.at <= evening:
                inbound = Inbound(text.sender, text.text, key, text.at)
                await intake.store(self._programme.code, text.channel, [inbound], text.at)
        await intake.stop()

    async def _send(self, evening: datetime) -> None:
        async with ClientSession() as http:
            while await sending.send_due(self._context.database, self._context.secrets, self._channels, http, evening):
                pass

    async def _moderate(self, evening: datetime) -> None:
        """Most reports are read, by somebody who knows what their writers meant."""
        async with self._context.database.reading() as session:
            rows = await session.execute(
                select(Message.external_id, Report.reference, Report.revision, Report.sensitive, Report.reporter_id)
                .join(Report, Report.id == Message.report_id)
                .where(
                    Report.programme == self._programme.code,
                    Report.status == "in_review",
                    Message.direction == "in",
                    # Not what joined it later: each report is read once, as what its first text meant.
                    Message.purpose == "account",
                )
            )
            waiting = [row for row in rows if row.external_id in self._meant]
        for row in waiting:
            if self._chance.random() < READ:
                async with self._context.database.writing() as session:
                    await self._read(session, row.reference, row.revision, row.sensitive, row.external_id, evening)
                    if self._chance.random() < QUOTABLE:
                        quotable = update(Reporter).where(Reporter.id == row.reporter_id).values(quotable=True)
                        await session.execute(quotable)

    async def _read(
        self, session: AsyncSession, reference: str, revision: int, sensitive: bool, key: str, now: datetime
    ) -> None:
        text = self._meant[key]
        login, role = ("demo-focal", "focal_point") if sensitive else ("demo-moderator", "moderator")
        act = Act(self._programme, reference, self._people[login], role, revision, now)
        if sensitive:
            if self._chance.random() < 0.5:
                await protection.refer(session, act, "the women's legal aid office", "given", "They asked for help.")
            return
        if text.category is None:
            await moderation.reject(session, act, "not_an_account")
            return
        kind = self._programme.category_by_code[text.category].sensitive
        if kind is not None:
            await protection.protect(session, self._context.secrets, act, [kind])
            return
        act = await moderation.correct_categories(session, act, [text.category])
        if text.place is not None:
            place = text.place
            spot = Spot(place.name, place.latitude, place.longitude, place.area, 0.5)
            act = await moderation.correct_place(session, act, spot)
        await moderation.accept(session, act)

    async def _answer(self, evening: datetime) -> None:
        """Some officials answer some of what waits for them, the day they get their digest."""
        async with self._context.database.reading() as session:
            sent = await session.scalars(
                select(Digest).where(
                    Digest.programme == self._programme.code,
                    Digest.sent_at > evening - timedelta(days=1),
                    Digest.sent_at <= evening,
                )
            )
            digests = list(sent)
        for digest in digests:
            async with self._context.database.writing() as session:
                desk = await answers.open_desk(session, self._programme, digest)
                await self._answer_some(session, digest, desk.official, desk.waiting, evening)

    async def _answer_some(
        self, session: AsyncSession, digest: Digest, official: Official, waiting: Sequence[Waiting], now: datetime
    ) -> None:
        groups = sorted({(code, report.area) for report in waiting if report.area for code in report.categories})
        for code, area in groups:
            texts = self._material.answers.get(code, {})
            written = texts.get(official.language) or next(iter(texts.values()), [])
            if not written or self._chance.random() > ANSWERED:
                continue
            text = self._chance.choice(written)
            try:
                await answers.answer_all(session, self._context.secrets, self._programme, digest, code, area, text, now)
            except (AlreadyAnswered, NotAllowed, NotFound):
                continue

    async def _release(self, evening: datetime) -> None:
        """Answers of the days before are released; those of the last four days wait for whoever tries the demo."""
        if evening > self._now - timedelta(days=4):
            return
        async with self._context.database.writing() as session:
            for held in await releasing.held(session, self._programme):
                await releasing.release(
                    session,
                    self._context.secrets,
                    self._programme,
                    held.answer.id,
                    self._people["demo-moderator"],
                    evening,
                )

    async def _hear_back(self, evening: datetime) -> None:
        """Some of those who were told say whether it is solved."""
        async with self._context.database.writing() as session:
            told = await session.scalars(
                select(Report).where(
                    Report.programme == self._programme.code, Report.status == "answered", Report.told_at == evening
                )
            )
            for report in told:
                if self._chance.random() < SAYS:
                    await reports.agree(session, report, self._chance.random() < SOLVED, evening)
