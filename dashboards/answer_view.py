"""The reports that wait for an official, as the groups and lines of their answer page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dashboards.digest_words import Phrases
from service.answers import Desk, in_group
from service.programme import Programme
from service.summaries.cells import ALL, NONE
from service.summaries.waiting import Waiting, name_areas, overdue, remit


@dataclass(frozen=True)
class Line:
    """One report. `words` are there only where they may be quoted."""

    reference: str
    age: str
    since: str
    late: bool
    returned: bool
    held: bool
    words: str = field(default="", repr=False)
    language: str = ""


@dataclass(frozen=True)
class Group:
    """Reports of one category in one area. `count` is how many an answer to all of them reaches."""

    category: str
    area: str
    title: str
    count: int
    lines: tuple[Line, ...]

    @property
    def late(self) -> int:
        return sum(line.late for line in self.lines)


Words = Mapping[int, tuple[str, str]]


def group_reports(programme: Programme, desk: Desk, words: Words, phrases: Phrases, now: datetime) -> list[Group]:
    """Every waiting report once, under that of its categories that most wait on; the group with most to answer first."""
    _, own = remit(programme, desk.official)
    sizes: dict[str, int] = defaultdict(int)
    for report in desk.waiting:
        for category in _categories(report, own):
            sizes[category] += 1
    main: dict[str, list[Waiting]] = defaultdict(list)
    for report in desk.waiting:
        main[max(_categories(report, own), key=lambda code: (sizes[code], code))].append(report)
    found = []
    for category, reports in main.items():
        areas = name_areas(programme, desk.official, desk.waiting, category)
        by_area: dict[str, list[Waiting]] = defaultdict(list)
        for report in reports:
            by_area[areas[report.id] or ALL].append(report)
        for area, inside in by_area.items():
            lines = tuple(
                write_line(programme, report, desk, words if areas[report.id] else {}, phrases, now)
                for report in inside
            )
            fresh = [r for r in in_group(programme, desk.waiting, category, area) if r.id not in desk.held]
            found.append(Group(category, area, title_of(programme, category, area, phrases), len(fresh), lines))
    return sorted(found, key=lambda group: (-group.count, group.title))


def _categories(report: Waiting, own: frozenset[str]) -> list[str]:
    return [code for code in report.categories or (NONE,) if code in own] or [NONE]


def title_of(programme: Programme, category: str, area: str, phrases: Phrases) -> str:
    """Water, Upper Ward."""
    entry = programme.category_by_code.get(category)
    subject = phrases.subject({"code": category, "label": dict(entry.label)} if entry else None)
    place = phrases.say("page_yours") if area == ALL else programme.area_name(area)
    return phrases.say("page_group", subject=subject, area=place)


def write_line(
    programme: Programme, report: Waiting, desk: Desk, words: Words, phrases: Phrases, now: datetime
) -> Line:
    """One report as its official may see it."""
    text, language = words.get(report.id, ("", ""))
    since = report.received_at.astimezone(programme.zone).date().isoformat()
    return Line(
        reference=report.reference,
        age=phrases.days(report.days(now)),
        since=phrases.say("page_unanswered", date=phrases.date(since)),
        late=overdue(programme, report, now),
        returned=report.status == "disputed",
        held=report.id in desk.held,
        words=text,
        language=language,
    )
