"""What people say of themselves: for each opt-in question, how those who answered are shared out over its choices.

Choices of too few people are left out. If those left out are fewer than `small_cell` people in all, the smallest shown
choice goes too: what is left of the whole would tell how few they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import false, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from service.models import Report, Reporter
from service.programme import Programme
from service.programme.schema import QuestionCode
from service.summaries.cells import counted
from service.summaries.shares import Share, share

ANSWERED, SILENT, UNASKED = "answered", "silent", "unasked"


@dataclass(frozen=True)
class Described:
    """One question. `choices` are shares of the people who answered it, the largest first; `hidden` are left out.

    `reached` are shares of all who reported: ANSWERED, SILENT (asked, no answer) and UNASKED, those that can be shown.
    """

    question: QuestionCode
    choices: Mapping[str, Share]
    hidden: tuple[str, ...]
    reached: Mapping[str, Share]


async def load_described(
    session: AsyncSession, programme: Programme, start: datetime, end: datetime
) -> tuple[Described, ...]:
    """Over the people whose reports are in the figures from `start` until before `end`. Who was forgotten said nothing."""
    if not programme.rules.questions:
        return ()
    main = aliased(Report)
    own = select(Report.reporter_id).where(*counted(programme, start, end))
    same = (
        select(Report.reporter_id)
        .join(main, Report.merged_into == main.id)
        .where(Report.status == "merged", Report.sensitive == false(), *counted(programme, start, end, main))
    )
    heard = union(own, same).subquery()
    columns = (Reporter.id, Reporter.groups, Reporter.asked)
    rows = await session.execute(select(*columns).join(heard, heard.c.reporter_id == Reporter.id))
    people = [(row.id, row.groups, row.asked) for row in rows]
    return tuple(_describe(programme, question, people) for question in programme.rules.questions)


def _describe(
    programme: Programme, question: QuestionCode, people: list[tuple[int, Mapping[str, str], list[str]]]
) -> Described:
    chosen: dict[str, set[int]] = {choice.code: set() for choice in programme.rules.questions[question].choices}
    reached: dict[str, set[int]] = {ANSWERED: set(), SILENT: set(), UNASKED: set()}
    for person, groups, asked in people:
        # An answer the programme no longer offers counts as none.
        code = groups.get(question, "")
        if code in chosen:
            chosen[code].add(person)
        reached[ANSWERED if code in chosen else SILENT if question in asked else UNASKED].add(person)
    minimum = programme.rules.small_cell
    choices = share_out(chosen, minimum)
    return Described(
        question, choices, tuple(code for code in chosen if code not in choices), share_out(reached, minimum)
    )


def share_out(parts: Mapping[str, set[int]], minimum: int) -> dict[str, Share]:
    """The shares that may be shown of a whole in parts, the largest first. No part holds a person of another."""
    whole: set[int] = set().union(*parts.values())
    shown: dict[str, Share] = {}
    for name in sorted(parts, key=lambda name: (-len(parts[name]), name)):
        found = share(parts[name], whole - parts[name], len(parts[name]), len(whole), minimum)
        if found is not None and found.kind == "most":
            return {name: found}  # the words leave open whether there are others
        if found is not None and found.kind == "about":
            shown[name] = found
    while shown and 0 < sum(len(parts[name]) for name in parts if name not in shown) < minimum:
        del shown[list(shown)[-1]]
    return shown
