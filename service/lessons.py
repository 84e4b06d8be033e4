"""What people's decisions teach: one lesson a report, made of all that was decided about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from nlp.knowledge import Lesson
from service.models import Decision, Report
from service.programme import Programme

TEACHING = ("accept", "correct_categories", "correct_place", "set_urgent", "unprotect", "reject", "reopen")
"""The acts that teach, or take back what was taught."""

NO_TOPIC = frozenset({"not_an_account", "outside", "test", "abuse"})
"""Rejections which also say that no category fits."""


async def lessons_of(session: AsyncSession, programme: Programme) -> list[Lesson]:
    """What people decided, one lesson a report, in the order of the last decision on each.

    Nothing is learned from accounts in the vault, or erased, and what was taken back into review is unlearned.
    """
    query = (
        select(Decision.report_id, Decision.act, Decision.after, Report.text)
        .join(Report, Report.id == Decision.report_id)
        .where(
            Decision.programme == programme.code,
            Decision.act.in_(TEACHING),
            Report.sensitive.is_(False),
            Report.text.is_not(None),
        )
        .order_by(Decision.id)
    )
    always = {category.code for category in programme.categories if category.urgent}
    learned: dict[int, Lesson] = {}
    for report_id, act, after, text in await session.execute(query):
        lesson = learned.pop(report_id, Lesson(text))
        if act != "reopen":
            learned[report_id] = replace(lesson, **_learned(act, after, always))
    return [lesson for lesson in learned.values() if lesson != Lesson(lesson.text)]


def _learned(act: str, after: Mapping[str, Any], always: set[str]) -> dict[str, Any]:
    """What one decision teaches. Accepting a report without a place does not say that it names none, and accepting an urgent
    one of a category that is `always` so says nothing about its words."""
    learned: dict[str, Any] = {}
    if "categories" in after:
        learned["categories"] = tuple(after["categories"])
    elif act == "reject" and after["because"] in NO_TOPIC:
        learned["categories"] = ()
    place = after.get("place")
    if place is not None and place["name"] is not None and place["lat"] is not None:
        learned |= {"place": (place["name"], place["lat"], place["lon"]), "place_known": True}
    elif act == "correct_place" and place is None:
        learned |= {"place": None, "place_known": True}
    urgent = after.get("urgent")
    if urgent is not None and not (act == "accept" and urgent and always.intersection(after["categories"])):
        learned["urgent"] = urgent
    if act in ("accept", "unprotect"):
        learned["ordinary"] = True
    return learned
