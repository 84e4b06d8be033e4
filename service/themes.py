"""Themes that no category names: looked for once a week, proposed to moderators, taken up or dismissed by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

import nlp.themes as nlp
from service import audit
from service.models import Report, ReportCategory, Theme, ThemeWeek
from service.programme import Programme
from service.workflow import NotFound

WITHIN = timedelta(weeks=4)
LOOKED_AT, COMPARED_WITH = 1_500, 3_000
"""Reports without and with a category that are read, the newest."""
EXAMPLES = 5
UNDECIDED = ("in_review", "accepted", "forwarded", "answered", "resolved", "disputed")
STATES = ("taken", "dismissed")
COURTESIES, JOINERS = ("polite", "greeting", "yes", "no"), ("follow_up", "contrast")
"""Of messages/<language>.yaml: command words and signs that say nothing of what a text is about."""


@dataclass(frozen=True)
class Ground:
    """What is looked at: reports without a category, who wrote them, and texts of others to compare with."""

    reports: list[int]
    texts: list[str] = field(repr=False)
    people: list[int]
    elsewhere: list[str] = field(repr=False)


@dataclass(frozen=True)
class Proposal:
    """A theme with redacted examples. `gone` is how many of its reports have a category, or no words, by now."""

    theme: Theme
    examples: tuple[tuple[str, str, str | None], ...] = field(repr=False)
    """Reference, text and language."""
    open: int
    gone: int


async def is_done(session: AsyncSession, programme: Programme, now: datetime) -> bool:
    """Whether themes were looked for in this week already."""
    return await session.get(ThemeWeek, (programme.code, _week(programme, now))) is not None


async def load_ground(session: AsyncSession, programme: Programme, now: datetime) -> Ground:
    """Four weeks of reports. Those of a theme that somebody decided on are left out: they were looked at."""
    decided = await session.scalars(
        select(Theme.reports).where(Theme.programme == programme.code, Theme.state != "proposed")
    )
    known = {report for reports in decided for report in reports}
    labelled = exists().where(ReportCategory.report_id == Report.id)
    wanted = (
        Report.programme == programme.code,
        Report.sensitive.is_(False),
        Report.text.is_not(None),
        Report.received_at > now - WITHIN,
        Report.received_at <= now,
    )
    without = await session.execute(
        select(Report.id, Report.text, Report.reporter_id)
        .where(*wanted, Report.status.in_(UNDECIDED), ~labelled)
        .order_by(Report.received_at.desc())
        .limit(LOOKED_AT)
    )
    rows = [row for row in without if row.id not in known]
    others = await session.scalars(
        select(Report.text).where(*wanted, labelled).order_by(Report.received_at.desc()).limit(COMPARED_WITH)
    )
    examples = [text for c in programme.categories for texts in c.examples.values() for text in texts]
    return Ground(
        [row.id for row in rows],
        [row.text or "" for row in rows],
        [row.reporter_id for row in rows],
        [*(text or "" for text in others), *examples],
    )


def courtesies(programme: Programme) -> list[str]:
    """What people open, close and join their texts with, by the programme's own lists: it names no theme."""
    lists = [spoken.commands.get(name, []) for spoken in programme.messages.values() for name in COURTESIES]
    lists += [spoken.signs.get(name, []) for spoken in programme.messages.values() for name in JOINERS]
    return [phrase for phrases in lists for phrase in phrases]


async def propose(
    session: AsyncSession, programme: Programme, ground: Ground, found: Sequence[nlp.Theme], now: datetime
) -> int:
    """Put this week's themes in place of those nobody decided on; returns how many. Nothing if another process was first."""
    assert session.bind is not None
    dialect = postgresql if session.bind.dialect.name == "postgresql" else sqlite
    week = {"programme": programme.code, "week": _week(programme, now)}
    first = await session.scalar(
        dialect.insert(ThemeWeek)
        .values(**week, looked_at=len(ground.reports), created_at=now)
        .on_conflict_do_nothing(index_elements=["programme", "week"])
        .returning(ThemeWeek.week)
    )
    if first is None:
        return 0
    for old in await session.scalars(select(Theme).where(Theme.programme == programme.code, Theme.state == "proposed")):
        await session.delete(old)
    for theme in found:
        reports = [ground.reports[number] for number in theme.members]
        session.add(
            Theme(
                **week, words=list(theme.words), reports=reports, people=theme.people, state="proposed", created_at=now
            )
        )
    return len(found)


async def count_proposed(session: AsyncSession, programme: str) -> int:
    """How many themes wait for a decision."""
    query = select(func.count()).select_from(Theme).where(Theme.programme == programme, Theme.state == "proposed")
    return await session.scalar(query) or 0


async def proposals(session: AsyncSession, programme: Programme) -> list[Proposal]:
    """The themes that wait for a decision, the largest first, and those taken up whose reports still lack a category."""
    found = await session.scalars(
        select(Theme)
        .where(Theme.programme == programme.code, Theme.state != "dismissed")
        .order_by(Theme.state, Theme.people.desc(), Theme.id)
    )
    shown = [await _proposal(session, theme) for theme in found]
    return [one for one in shown if one.theme.state == "proposed" or one.open]


async def last_week(session: AsyncSession, programme: str) -> ThemeWeek | None:
    """When themes were looked for last."""
    newest = select(ThemeWeek).where(ThemeWeek.programme == programme).order_by(ThemeWeek.week.desc()).limit(1)
    found: ThemeWeek | None = await session.scalar(newest)
    return found


async def decide(
    session: AsyncSession, programme: str, theme_id: int, state: str, user_id: int, now: datetime
) -> Theme:
    """Take a theme up, or dismiss it; its reports are not proposed again. Raises NotFound."""
    if state not in STATES:
        raise NotFound("A theme is taken up or dismissed.")
    theme: Theme | None = await session.scalar(
        update(Theme)
        .where(Theme.id == theme_id, Theme.programme == programme)
        .values(state=state, decided_by=user_id, decided_at=now)
        .returning(Theme)
    )
    if theme is None:
        raise NotFound("There is no such theme any more.")
    await audit.record(session, programme, audit.user(user_id), f"theme_{state}", f"theme:{theme_id}", {}, now)
    return theme


async def _proposal(session: AsyncSession, theme: Theme) -> Proposal:
    mine: list[Any] = theme.reports
    labelled = exists().where(ReportCategory.report_id == Report.id)
    left = await session.execute(
        select(Report.reference, Report.text, Report.language)
        .where(Report.id.in_(mine), Report.sensitive.is_(False), Report.text.is_not(None), ~labelled)
        .order_by(Report.received_at.desc())
    )
    rows = [(row.reference, row.text or "", row.language) for row in left]
    return Proposal(theme, tuple(rows[:EXAMPLES]), len(rows), len(mine) - len(rows))


def _week(programme: Programme, now: datetime) -> str:
    return f"{now.astimezone(programme.zone):%G-W%V}"
