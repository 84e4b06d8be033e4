"""Accounts: made from a text and its analysis, placed, joined, answered by their reporters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

import nlp.analysis as nlp
from service import audit, references
from service.models import Analysis, Message, Report, ReportCategory, Reporter, Vault
from service.programme import Programme
from service.secrets import Secrets
from service.workflow import move

SURE_CATEGORY = 0.8
"""Labels are taken without a person only above this score (Coda's practice)."""
SURE_PLACE = 0.6
UNKNOWN_PLACE = "the reporter names a place we do not know"
NO_CATEGORY, UNSURE_CATEGORY = "no category found", "unsure of the category"
UNCLEAR_PLACE, UNSURE_PLACE = "place unclear", "unsure of the place"
DOUBTS = (NO_CATEGORY, UNSURE_CATEGORY, UNCLEAR_PLACE, UNSURE_PLACE)
"""How a reason for review begins that further texts can take away."""
CLEARER = "unclear at first; further texts made it clearer"


@dataclass(frozen=True)
class Review:
    """Whether a person must look, and why."""

    needed: bool
    certainty: float
    reason: str


def review_of(programme: Programme, analysis: nlp.Analysis, *, trusted: bool = False, placed: bool = False) -> Review:
    """How sure the machine is of its least sure finding, and whether the programme wants a person to look.

    What a `trusted` reporter says needs nobody for want of certainty alone. `placed`: somebody told us where it was.
    """
    category = max((finding.score for finding in analysis.categories), default=0.0)
    place = 1.0
    if placed:
        place = 1.0
    elif analysis.location is not None:
        place = analysis.location.score
    elif analysis.places:
        place = 0.0
    certainty = min(category, place)
    if analysis.sensitive:
        # Not of what kind: that is in the vault, and this is not.
        return Review(True, certainty, "sensitive")
    reasons = []
    if programme.rules.review == "all":
        reasons.append("every report is read here")
    if programme.rules.review != "none" and is_urgent(programme, analysis):
        reasons.append("urgent")
    if programme.rules.review != "none" and not trusted:
        if not analysis.categories:
            reasons.append(NO_CATEGORY)
        elif category < SURE_CATEGORY:
            reasons.append(f"{UNSURE_CATEGORY} ({_too_low(category, SURE_CATEGORY)})")
        if not placed and analysis.location is None and analysis.places:
            reasons.append(UNCLEAR_PLACE)
        elif place < SURE_PLACE:
            reasons.append(f"{UNSURE_PLACE} ({_too_low(place, SURE_PLACE)})")
    return Review(bool(reasons), certainty, "; ".join(reasons))


def _too_low(score: float, needed: float) -> str:
    """How sure and how sure is needed: rounded to the same, nobody would see what is missing."""
    most = round(needed * 100)
    return f"{min(round(score * 100), most - 1)}\u00a0% sure, {most}\u00a0% needed"


def is_urgent(programme: Programme, analysis: nlp.Analysis) -> bool:
    """The text says so, or one of its categories is always urgent."""
    codes = {finding.code for finding in analysis.categories}
    return analysis.urgent.score >= 0.5 or any(c.urgent for c in programme.categories if c.code in codes)


async def create(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    reporter: Reporter,
    message: Message,
    analysis: nlp.Analysis,
    now: datetime,
) -> Report:
    """A new account from one text. A sensitive one goes to the vault at once and leaves no words outside it."""
    report = Report(
        reference=await references.new(session),
        programme=programme.code,
        channel=message.channel,
        reporter_id=reporter.id,
        status="received",
        texts=1,
        revision=0,
        received_at=message.created_at,
    )
    _describe(programme, reporter, report, analysis)
    session.add(report)
    await session.flush()
    message.report_id = report.id
    _keep(session, secrets, report, analysis, now)
    return report


async def understand(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    reporter: Reporter,
    report: Report,
    analysis: nlp.Analysis,
    now: datetime,
) -> None:
    """Store what the NLP said of a received account that is there already, and decide whether a person must look."""
    _describe(programme, reporter, report, analysis)
    await session.execute(delete(ReportCategory).where(ReportCategory.report_id == report.id))
    _keep(session, secrets, report, analysis, now)


def _describe(programme: Programme, reporter: Reporter, report: Report, analysis: nlp.Analysis) -> None:
    """What stands on the report itself. A sensitive one has no words outside the vault."""
    report.status = move(report.status, "analysed")
    report.language = analysis.language.code
    report.urgent = is_urgent(programme, analysis)
    report.analysis_version = analysis.version
    review = review_of(programme, analysis, trusted=reporter.trusted)
    report.certainty, report.review_reason = review.certainty, review.reason or None
    report.sensitive = bool(analysis.sensitive)
    if not report.sensitive:
        report.text, report.kind = clean(analysis.redacted), analysis.kind
        if analysis.location is not None:
            locate(report, analysis.location)
    if review.needed:
        report.status = move(report.status, "in_review")
    else:
        report.status = move(report.status, "accepted")
        report.accepted_by = "machine"


def _keep(session: AsyncSession, secrets: Secrets, report: Report, analysis: nlp.Analysis, now: datetime) -> None:
    """What stands beside a report: its categories and the analysis, or the vault."""
    line = nlp.as_line(analysis)
    del line["redacted"]
    if report.sensitive:
        content = json.dumps({"text": analysis.redacted, "analysis": line})
        kinds = [finding.kind for finding in analysis.sensitive]
        session.add(Vault(report_id=report.id, content=secrets.seal(content), kinds=kinds, created_at=now))
    else:
        session.add_all(_labels(report, analysis.categories, "machine"))
    result = None if report.sensitive else clean_json(line)
    session.add(Analysis(report_id=report.id, version=analysis.version, result=result, created_at=now))


async def label(session: AsyncSession, report: Report, findings: Sequence[nlp.CategoryFinding], by: str) -> None:
    """Replace the categories a report has."""
    await session.execute(delete(ReportCategory).where(ReportCategory.report_id == report.id))
    session.add_all(_labels(report, findings, by))


def _labels(report: Report, findings: Sequence[nlp.CategoryFinding], by: str) -> list[ReportCategory]:
    return [ReportCategory(report_id=report.id, code=f.code, score=f.score, why=clean(f.why), by=by) for f in findings]


def place_by_reporter(report: Report, choice: dict[str, Any]) -> None:
    """The reporter told us where: that is as sure as it gets."""
    report.place_name, report.lat, report.lon = choice["name"], choice["lat"], choice["lon"]
    report.radius_km, report.area, report.place_score = choice["radius_km"], choice["area"], 1.0
    report.place_by = "reporter"
    report.revision += 1


def join(report: Report, texts: int, now: datetime) -> None:
    """So many further texts are part of this account: the worker reads the whole again."""
    report.texts += texts
    report.revision += 1
    report.reread_at, report.rereads = now, 0


def ask_person(programme: Programme, report: Report, reason: str) -> None:
    """Bring it to the desk, unless no report of this programme is read by a person, or this one is closed."""
    if programme.rules.review == "none" or report.status in ("rejected", "merged", "referred"):
        return
    if UNKNOWN_PLACE in (report.review_reason or "") and UNKNOWN_PLACE not in reason:
        reason = "; ".join(part for part in (UNKNOWN_PLACE, reason) if part)
    report.review_reason = reason or report.review_reason
    if report.status not in ("in_review", "disputed"):
        report.status, report.accepted_by = move(report.status, "in_review"), None


def without_doubts(reason: str | None) -> str:
    """What is left of why a person is asked, once the machine doubts no more."""
    kept = [part for part in (reason or "").split("; ") if part and not part.startswith(DOUBTS)]
    return "; ".join(kept) or CLEARER


async def agree(session: AsyncSession, report: Report, solved: bool, now: datetime) -> None:
    """The reporter says whether the answer solved it; "no" opens it again for the office."""
    report.status = move(report.status, "resolved" if solved else "disputed")
    report.agreed, report.agreed_at = solved, now
    if not solved:
        # What was unsure before an office answered is not why it comes to the desk now.
        report.review_reason = None
    report.revision += 1
    act = "agree" if solved else "dispute"
    await audit.record(session, report.programme, "reporter", act, audit.report(report.id), {}, now)


def locate(report: Report, location: nlp.Location | None) -> None:
    """Where the machine says it happened, or that it cannot tell."""
    found = location
    report.place_name = None if found is None else clean(found.name)[:255]
    report.lat, report.lon = (None, None) if found is None else (found.lat, found.lon)
    report.radius_km = None if found is None else found.radius_km
    report.area = None if found is None else found.area
    report.place_score = None if found is None else found.score
    report.place_by = None if found is None else "machine"


def clean(text: str) -> str:
    """A text that both databases store and every page shows: no NUL, no lone surrogates, no direction overrides."""
    kept = text.encode("utf-8", "replace").decode("utf-8", "replace")
    return "".join(c if c not in _TRICKS else " " for c in kept)


_TRICKS = frozenset("\0\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Replaced one for one, so that the offsets of the analysis stay true."""


def clean_json(value: Any) -> Any:
    """The same for every string inside a JSON value."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: clean_json(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(entry) for entry in value]
    return value
