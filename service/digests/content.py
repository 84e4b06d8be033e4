"""What a digest says, as plain data. Everything it shows of counts comes from cells that may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from service.digests.promises import Promise, load_promises
from service.digests.quotes import Quotable, choose_quotes, load_quotable
from service.programme import Programme
from service.programme.schema import Official
from service.summaries.cells import ALL, NONE, Cell, Name
from service.summaries.periods import Weeks
from service.summaries.remits import headline_names, listed_areas, place_names, subject_names
from service.summaries.shares import Share
from service.summaries.waiting import Index, Waiting, load_waiting, overdue
from service.summaries.week_shares import WeekShares, load_week_shares
from service.summaries.weeks import Board, load_board

OLDEST = 5
"""References of unanswered reports that a digest names."""
PLACES = 6
"""Areas below the official's that a digest names."""
LINK = "https://link.invalid/answer"
"""Where the answer page's address goes when a digest is sent; the signature is made then, not kept."""


@dataclass(frozen=True)
class Ground:
    """What every digest of a week is made from, loaded once for all officials of a programme."""

    period: Weeks
    board: Board
    shares: WeekShares
    waiting: Index
    quotable: Sequence[Quotable]
    promises: Mapping[str, list[Promise]]
    now: datetime


async def load_ground(session: AsyncSession, programme: Programme, period: Weeks, now: datetime) -> Ground:
    """Nine queries, however many officials."""
    bounds = period.bounds(programme.zone)
    return Ground(
        period=period,
        board=await load_board(session, programme, period),
        shares=await load_week_shares(session, programme, bounds[0], bounds[-1]),
        waiting=Index.of(await load_waiting(session, programme)),
        quotable=await load_quotable(session, programme, bounds[0], bounds[-1]),
        promises=await load_promises(session, programme, now),
        now=now,
    )


def write_content(programme: Programme, official: Official, ground: Ground) -> dict[str, Any]:
    """The content of one official's digest; docs/reference/digest.md names its fields."""
    open_reports = ground.waiting.of_official(programme, official)
    return {
        "programme": programme.code,
        "programme_name": programme.rules.name,
        "organisation": {"name": programme.rules.organisation.name, "email": programme.rules.organisation.email},
        "official": {"name": official.name, "office": official.office},
        "language": official.language,
        "period": ground.period.name,
        "from": ground.period.first.isoformat(),
        "to": ground.period.last.isoformat(),
        "minimum": programme.rules.small_cell,
        "areas": [_area(programme, code) for code in listed_areas(official)],
        "headline": _headline(ground.board, headline_names(official)),
        "subjects": _subjects(programme, official, ground.board),
        "places": _places(programme, official, ground.board),
        "located": _share(ground.shares.located(programme, official)),
        "reviewed": _share(ground.shares.reviewed(programme, official)),
        "waiting": _waiting(programme, open_reports, ground.now),
        "quotes": [
            {
                "text": quote.text,
                "language": quote.language,
                "area": None if quote.area == ALL else _area(programme, quote.area),
                "category": None if quote.category == ALL else _category(programme, quote.category),
            }
            for quote in choose_quotes(programme, official, ground.board.current, ground.quotable)
        ],
        "answers": [_promise(programme, promise) for promise in ground.promises.get(official.email, ())],
        "forwards": [report.id for report in open_reports if report.status == "accepted"],
        "link": LINK,
    }


def _headline(board: Board, names: Sequence[Name]) -> dict[str, Any]:
    """One cell as it is; several are added up as far as they are shown, without people, who may be in more than one."""
    if len(names) == 1:
        return {"exact": True, "cell": _cell(board.current.cell(names[0])), "change": _change(board, names[0])}
    shown = [cell for name in names if (cell := board.current.cell(name))]
    added = {"reports": sum(cell.reports for cell in shown), "texts": sum(cell.texts for cell in shown), "people": None}
    return {"exact": False, "cell": added if shown else None, "change": None}


def _subjects(programme: Programme, official: Official, board: Board) -> list[dict[str, Any]]:
    """A line for every area and category of theirs, the most reports first, hidden ones last."""
    lines = [
        {
            "category": _category(programme, code),
            "area": _area(programme, area) if len(listed_areas(official)) > 1 else None,
            "cell": _cell(board.current.cell((area, code))),
            "change": _change(board, (area, code)),
        }
        for area, code in subject_names(programme, official)
    ]
    return sorted(lines, key=lambda line: -(line["cell"] or {"reports": 0})["reports"])


def _places(programme: Programme, official: Official, board: Board) -> dict[str, Any]:
    """Their own areas if they are several, else those next below, that are shown; and how many are not."""
    names = place_names(programme, official)
    lines = [
        {
            "area": _area(programme, area),
            "category": None if category == ALL else _category(programme, category),
            "cell": _cell(cell),
        }
        for area, category in names
        if (cell := board.current.cell((area, category)))
    ]
    lines.sort(key=lambda line: -line["cell"]["reports"])  # type: ignore[index]
    shown = {line["area"]["code"] for line in lines[:PLACES]}  # type: ignore[index]
    return {"lines": lines[:PLACES], "others": len({area for area, _ in names}) - len(shown)}


def _waiting(programme: Programme, reports: Sequence[Waiting], now: datetime) -> dict[str, Any]:
    return {
        "reports": len(reports),
        "overdue": sum(overdue(programme, report, now) for report in reports),
        "returned": sum(report.status == "disputed" for report in reports),
        "oldest": [
            {
                "reference": report.reference,
                "days": report.days(now),
                "categories": [_category(programme, code) for code in report.categories],
                "overdue": overdue(programme, report, now),
            }
            for report in reports[:OLDEST]
        ],
    }


def _promise(programme: Programme, promise: Promise) -> dict[str, Any]:
    area = promise.area if promise.area not in (None, ALL, NONE) else None
    return {
        "text": promise.text,
        "on": promise.answered_at.astimezone(programme.zone).date().isoformat(),
        "category": _category(programme, promise.category) if promise.category else None,
        "area": _area(programme, area) if area else None,
        "state": promise.state,
        "reports": promise.reports,
        "agreed": _share(promise.agreed),
    }


def _category(programme: Programme, code: str) -> dict[str, Any]:
    entry = programme.category_by_code.get(code)
    return {"code": code, "label": dict(entry.label) if entry else {}}


def _area(programme: Programme, code: str) -> dict[str, Any]:
    return {"code": code, "name": None if code == ALL else programme.area_name(code)}


def _cell(cell: Cell | None) -> dict[str, Any] | None:
    return None if cell is None else asdict(cell)


def _share(found: Share | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found)


def _change(board: Board, name: Name) -> dict[str, Any] | None:
    found = board.change(name)
    return None if found is None else asdict(found)
