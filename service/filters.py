"""What a moderator may look for in the queue, as conditions on reports. Also where sensitive reports are kept out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, or_

from service.models import Report, ReportCategory
from service.programme import Programme
from service.workflow import NotFound

WAITING = ("in_review", "disputed")
NONE = "-"
"""The value of a filter that asks for reports without a category, area or language."""


@dataclass(frozen=True)
class Filters:
    """What to look for. `status` is waiting, all or one status; an empty string or None filters nothing."""

    status: str = "waiting"
    category: str = ""
    area: str = ""
    language: str = ""
    channel: str = ""
    urgent: bool | None = None
    words: str = ""
    vault: bool = False
    """The queue of sensitive accounts."""


def conditions(programme: Programme, filters: Filters, role: str) -> list[ColumnElement[bool]]:
    """The conditions to select by. NotFound for the vault to anybody but a focal point."""
    if filters.vault and role != "focal_point":
        raise NotFound("There is no such queue.")
    wanted: list[ColumnElement[bool]] = [Report.programme == programme.code, Report.sensitive.is_(filters.vault)]
    if filters.status == "waiting":
        # Written out, not bound: only so does SQLite see that the index of waiting reports holds them all.
        wanted.append(Report.status.in_(bindparam("waiting", WAITING, expanding=True, literal_execute=True)))
    elif filters.status != "all":
        wanted.append(Report.status == filters.status)
    if filters.category:
        mine = ReportCategory.report_id == Report.id
        if filters.category == NONE:
            wanted.append(~exists().where(mine))
        else:
            wanted.append(exists().where(mine, ReportCategory.code == filters.category))
    if filters.area == NONE:
        wanted.append(Report.area.is_(None))
    elif filters.area:
        wanted.append(Report.area.in_(sorted(programme.within.get(filters.area, {filters.area}))))
    if filters.language:
        wanted.append(_equal(Report.language, filters.language))
    if filters.channel:
        wanted.append(Report.channel == filters.channel)
    if filters.urgent is not None:
        wanted.append(Report.urgent.is_(filters.urgent))
    if filters.words:
        wanted += [Report.sensitive.is_(False), _saying(filters.words)]
    return wanted


def _saying(words: str) -> ColumnElement[bool]:
    """The text holds these words as they stand, or they are the reference."""
    held = Report.text.icontains(words.strip().replace("\0", ""), autoescape=True)
    return or_(held, Report.reference == words.strip().upper()[:16].replace("\0", ""))


def _equal(column: Any, value: str) -> ColumnElement[bool]:
    return column.is_(None) if value == NONE else column == value  # type: ignore[no-any-return]
