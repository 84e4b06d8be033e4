"""What we understood of a report, for a person to read: its text with the evidence marked, findings, reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboards.evidence import Piece, mark_evidence
from dashboards.languages import language_name
from dashboards.wording import named
from service.chat import Insight
from service.programme import Programme


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
    by_machine: bool = False
    """Accepted with no person having read it."""
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
    decisive = {word for finding in categories for word in finding.why.split(", ")}
    language = result.get("language", {"code": "und"})
    return Explanation(
        insight.reference,
        insight.status,
        False,
        insight.moments,
        by_machine=insight.status == "accepted" and insight.accepted_by == "machine",
        language=_language(language, programme),
        pieces=tuple(mark_evidence(insight.text or "", names, decisive)),
        kind=result.get("kind", ""),
        categories=categories,
        place=place,
        area=programme.area_name(insight.area) if insight.area else "",
        radius_km=insight.radius_km,
        candidates=tuple(_candidates(mentions)),
        urgent=Finding("Urgent" if insight.urgent else "Not urgent", urgent["score"], named(urgent["why"], programme)),
        review_reason=insight.review_reason or "",
        version=result.get("version", ""),
    )


def _language(found: dict[str, Any], programme: Programme) -> Finding | None:
    """How sure we are that we cannot tell is nothing to show."""
    code = found["code"]
    return None if code == "und" else Finding(language_name(code, programme), found["score"], "")


def _candidates(mentions: Iterable[dict[str, Any]]) -> list[Finding]:
    """What the names in the text may mean, best first, three a name."""
    return [
        Finding(candidate["name"], candidate["score"], f'"{mention["text"]}" as {candidate["level"]}')
        for mention in mentions
        for candidate in mention["candidates"][:3]
    ]
