"""What we understood of a report, for a person to read: its text with the evidence marked, findings, reasons."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from service.chat import Insight
from service.programme import Programme

QUOTED = re.compile(r'"([^"]+)"')
MASK = re.compile(r"\[[a-z_ ]+\]")
Sort = Literal["plain", "mask", "place", "word"]


@dataclass(frozen=True)
class Piece:
    """A part of the text: plain, or marked as a mask of something personal, a place, or a word that decided."""

    text: str = field(repr=False)
    sort: Sort


@dataclass(frozen=True)
class Finding:
    """One thing we found, with its score from 0 to 1 and the reason."""

    label: str
    score: float
    why: str


@dataclass(frozen=True)
class Explanation:
    """What the panel shows. For a sensitive report everything between `moments` and the end is empty."""

    reference: str
    status: str
    sensitive: bool
    moments: tuple[tuple[str, datetime], ...]
    language: Finding | None = None
    pieces: tuple[Piece, ...] = ()
    kind: str = ""
    categories: tuple[Finding, ...] = ()
    place: Finding | None = None
    area: str = ""
    radius_km: float | None = None
    candidates: tuple[Finding, ...] = ()
    urgent: Finding | None = None
    review_reason: str = ""
    version: str = ""


def explain(programme: Programme, insight: Insight) -> Explanation:
    """The insight in the words of its programme."""
    if insight.sensitive:
        return Explanation(insight.reference, insight.status, True, insight.moments)
    result = insight.analysis or {}
    categories = tuple(
        Finding(programme.label(category.code, "en"), category.score, category.why) for category in insight.categories
    )
    place = None
    if insight.place is not None:
        place = Finding(insight.place, insight.place_score or 0.0, (result.get("location") or {}).get("why", ""))
    urgent = result.get("urgent", {"score": 0.0, "why": ""})
    mentions = result.get("places", ())
    names = {mention["text"] for mention in mentions}
    decisive = {word for finding in categories for word in QUOTED.findall(finding.why)}
    language = result.get("language")
    return Explanation(
        insight.reference,
        insight.status,
        False,
        insight.moments,
        language=Finding(language["code"], language["score"], "") if language else None,
        pieces=tuple(mark_evidence(insight.text or "", names, decisive)),
        kind=result.get("kind", ""),
        categories=categories,
        place=place,
        area=programme.area_name(insight.area) if insight.area else "",
        radius_km=insight.radius_km,
        candidates=tuple(_candidates(mentions)),
        urgent=Finding("Urgent" if insight.urgent else "Not urgent", urgent["score"], urgent["why"]),
        review_reason=insight.review_reason or "",
        version=result.get("version", ""),
    )


def mark_evidence(text: str, places: Iterable[str], words: Iterable[str]) -> list[Piece]:
    """The text in pieces. Where marks overlap the earlier and longer one stands; letter case does not matter."""
    marks: list[tuple[int, int, Sort]] = [(m.start(), m.end(), "mask") for m in MASK.finditer(text)]
    for sort, wanted in (("place", places), ("word", words)):
        for each in filter(None, wanted):
            found = re.finditer(rf"(?<!\w){re.escape(each)}(?!\w)", text, re.IGNORECASE)
            marks += ((m.start(), m.end(), sort) for m in found)  # type: ignore[misc]
    pieces, at = [], 0
    for start, end, sort in sorted(marks, key=lambda mark: (mark[0], -mark[1])):
        if start >= at:
            pieces += [Piece(text[at:start], "plain"), Piece(text[start:end], sort)]
            at = end
    return [piece for piece in (*pieces, Piece(text[at:], "plain")) if piece.text]


def _candidates(mentions: Iterable[dict[str, Any]]) -> list[Finding]:
    """What the names in the text may mean, best first, three a name."""
    return [
        Finding(candidate["name"], candidate["score"], f'"{mention["text"]}" as {candidate["level"]}')
        for mention in mentions
        for candidate in mention["candidates"][:3]
    ]
