"""Words of people that a digest may show: read and accepted by a person, and the reporter has said that we may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, false, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from service.models import Attachment, Message, Report, ReportCategory, Reporter, Transcript
from service.programme import Programme
from service.programme.schema import Official
from service.summaries.cells import ALL, NONE, ancestors, counted
from service.summaries.waiting import remit
from service.summaries.weeks import Week

LONGEST = 240
"""Characters. Longer accounts are not cut: a cut can turn what somebody said around."""
MOST = 3


@dataclass(frozen=True)
class Quotable:
    """An account that may be quoted."""

    report_id: int
    reporter_id: int
    area: str
    categories: tuple[str, ...]
    text: str = field(repr=False)
    language: str | None


@dataclass(frozen=True)
class Quote:
    """A chosen account. `area` and `category` name the smallest shown cell it is in: there it stands among others."""

    report_id: int
    area: str
    category: str
    text: str = field(repr=False)
    language: str | None


def _described() -> Select[int | None]:
    """Reports with a file that a moderator has described."""
    return (
        select(Message.report_id)
        .join(Attachment, Attachment.message_id == Message.id)
        .join(Transcript, Transcript.attachment_id == Attachment.id)
        .where(Message.report_id.is_not(None), Transcript.state == "done")
    )


async def load_quotable(session: AsyncSession, programme: Programme, start: datetime, end: datetime) -> list[Quotable]:
    """Every account received in a span of time that may be quoted, newest first."""
    rows = await session.execute(
        select(Report, ReportCategory.code)
        .join(Reporter, Reporter.id == Report.reporter_id)
        .outerjoin(ReportCategory, ReportCategory.report_id == Report.id)
        .where(
            *counted(programme, start, end),
            Report.accepted_by == "person",
            Report.text.is_not(None),
            # What a moderator wrote down of a file is in the account, but is not the person's own words.
            Report.id.not_in(_described()),
            Reporter.quotable == true(),
            Reporter.forgotten_at.is_(None),
        )
        .order_by(Report.received_at.desc(), Report.id, ReportCategory.code)
    )
    found: dict[int, tuple[Report, list[str]]] = {}
    for report, code in rows:
        found.setdefault(report.id, (report, []))[1].extend([code] if code else [])
    return [
        Quotable(
            report.id,
            report.reporter_id,
            report.area if report.area and report.area in programme.area_by_code else NONE,
            tuple(codes),
            report.text or "",
            report.language,
        )
        for report, codes in found.values()
        if report.text and len(report.text) <= LONGEST
    ]


async def load_words(session: AsyncSession, reports: Sequence[int]) -> dict[int, tuple[str, str]]:
    """By report id, words and language of those of the reports that may be quoted."""
    rows = await session.execute(
        select(Report.id, Report.text, Report.language)
        .join(Reporter, Reporter.id == Report.reporter_id)
        .where(
            Report.id.in_(reports),
            Report.sensitive == false(),
            Report.accepted_by == "person",
            Report.text.is_not(None),
            # What a moderator wrote down of a file is in the account, but is not the person's own words.
            Report.id.not_in(_described()),
            Reporter.quotable == true(),
            Reporter.forgotten_at.is_(None),
        )
    )
    return {report_id: (text, language or "") for report_id, text, language in rows if text}


def choose_quotes(programme: Programme, official: Official, week: Week, quotable: Sequence[Quotable]) -> list[Quote]:
    """Up to three of the official's, from different people, and different subjects while there are."""
    areas, categories = remit(programme, official)
    chains = ancestors(programme)
    own = [entry for entry in quotable if entry.area in areas and {*(entry.categories or (NONE,))} & categories]
    chosen: list[Quote] = []
    people: set[int] = set()
    for fresh in (True, False):
        for entry in own:
            if len(chosen) == MOST:
                return chosen
            cell = _smallest(week, chains[entry.area], [c for c in entry.categories if c in categories])
            used = {quote.category for quote in chosen}
            if cell is None or entry.reporter_id in people or (fresh and cell[1] in used):
                continue
            people.add(entry.reporter_id)
            chosen.append(Quote(entry.report_id, *cell, entry.text, entry.language))
    return chosen


def _smallest(week: Week, chain: Sequence[str], categories: Sequence[str]) -> tuple[str, str] | None:
    """The smallest shown cell with a category; an account in none of them is not quoted."""
    for area in chain:
        for category in categories:
            if (area, category) in week.shown and area != NONE:
                return area, category
    return (ALL, ALL) if (ALL, ALL) in week.shown else None
