"""What changes in a report when its texts are read again as a whole."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

import nlp.analysis as nlp
from service import moderation, outbox, protection, reporters, reports, vault
from service.conversation.receipts import is_placed
from service.media import taking
from service.models import Analysis, Decision, Report, ReportCategory, Reporter, Vault
from service.outgoing import NEWS, REPLY
from service.programme import Programme
from service.quiet import JUST
from service.reports import clean
from service.secrets import Secrets
from service.workflow import OPEN, move

CHANGED = "its texts changed after a person read it"
"""Why a report is back in review."""


async def understand_again(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    reporter: Reporter,
    report: Report,
    analysis: nlp.Analysis,
    now: datetime,
) -> None:
    """Take what the whole says into the report. A whole that is sensitive goes into the vault, and stays there."""
    if report.sensitive:
        await _seal_again(session, secrets, report, analysis, now)
    elif report.status == "received":
        await reports.understand(session, secrets, programme, reporter, report, analysis, now)
    elif analysis.sensitive:
        await _into_vault(session, secrets, report, analysis, now)
        if reporter.question_report_id == report.id:
            reporters.settle(reporter)
        await _tell(session, secrets, programme, reporter, report, "receipt_sensitive", {}, now)
    else:
        await _update(session, programme, reporter, report, analysis, now)
        asked = reporter.question == "place" and reporter.question_report_id == report.id
        if asked and is_placed(report, analysis):
            reporters.settle(reporter)
            slots = {"place": report.place_name or ""}
            await _tell(session, secrets, programme, reporter, report, "place_thanks", slots, now)


async def _update(
    session: AsyncSession,
    programme: Programme,
    reporter: Reporter,
    report: Report,
    analysis: nlp.Analysis,
    now: datetime,
) -> None:
    """What people decided stays: the place they set, the categories they chose. What the whole adds is added."""
    line = reports.clean_json(nlp.as_line(analysis))
    del line["redacted"]
    before = await _said_before(session, report.id)
    report.text, report.kind = clean(analysis.redacted), analysis.kind
    report.language, report.analysis_version = analysis.language.code, analysis.version
    report.urgent = report.urgent or reports.is_urgent(programme, analysis)
    if report.place_by in (None, "machine") and not await _was_decided(session, report.id, ("correct_place",)):
        reports.locate(report, analysis.location)
    if await _was_decided(session, report.id, ("correct_categories", "accept")):
        await _add_categories(session, report, analysis.categories, before)
    else:
        await reports.label(session, report, analysis.categories, "machine")
    session.add(Analysis(report_id=report.id, version=analysis.version, result=line, created_at=now))
    placed = report.place_by in ("reporter", "moderator")
    review = reports.review_of(programme, analysis, trusted=reporter.trusted, placed=placed)
    report.certainty = review.certainty
    report.revision += 1
    reasons = [reason for reason in (review.reason, await taking.unseen(session, report.id)) if reason]
    if report.status == "in_review":
        described = not reasons and await taking.is_described(session, report.id)
        why = "; ".join(reasons) or reports.without_doubts(report.review_reason)
        reports.ask_person(programme, report, taking.WRITTEN_DOWN if described else why)
    elif report.accepted_by != "machine" or report.status != "accepted":
        reports.ask_person(programme, report, "; ".join([CHANGED, *reasons]))
    elif reasons:
        reports.ask_person(programme, report, "; ".join(reasons))


async def _said_before(session: AsyncSession, report_id: int) -> set[str]:
    newest = select(Analysis.result).where(Analysis.report_id == report_id).order_by(Analysis.id.desc()).limit(1)
    result = await session.scalar(newest) or {}
    return {finding["code"] for finding in result.get("categories", ())}


async def _was_decided(session: AsyncSession, report_id: int, acts: Collection[str]) -> bool:
    found = select(Decision.id).where(Decision.report_id == report_id, Decision.act.in_(acts)).limit(1)
    return await session.scalar(found) is not None


async def _add_categories(
    session: AsyncSession, report: Report, findings: Collection[nlp.CategoryFinding], before: set[str]
) -> None:
    """Only what the machine has not said before: a person may have taken away the rest."""
    there = set(await moderation.codes(session, report.id)) | before
    session.add_all(
        ReportCategory(report_id=report.id, code=f.code, score=f.score, why=clean(f.why), by="machine")
        for f in findings
        if f.code not in there
    )


async def _into_vault(
    session: AsyncSession, secrets: Secrets, report: Report, analysis: nlp.Analysis, now: datetime
) -> None:
    """Nothing of it stays in the open: neither words nor place, neither categories nor what the machine said."""
    line = _line(analysis)
    place = moderation.place_of(report) if report.place_by in ("reporter", "moderator") else None
    line["place"] = place and place | {"score": report.place_score, "by": report.place_by}
    kinds = [finding.kind for finding in analysis.sensitive]
    await vault.seal(session, secrets, report.id, analysis.redacted, line, kinds, now)
    if report.status != "in_review":
        report.status = move(report.status, "in_review")
    for column, value in (protection.CLEARED | moderation.RELEASED).items():
        setattr(report, column, value)
    report.sensitive, report.review_reason = True, "sensitive"
    report.revision += 1
    await session.execute(delete(ReportCategory).where(ReportCategory.report_id == report.id))
    await session.execute(update(Analysis).where(Analysis.report_id == report.id).values(result=None))
    session.add(Analysis(report_id=report.id, version=analysis.version, result=None, created_at=now))


async def _seal_again(
    session: AsyncSession, secrets: Secrets, report: Report, analysis: nlp.Analysis, now: datetime
) -> None:
    """The whole takes the place of what was sealed; the kinds only grow."""
    kept = await session.get(Vault, report.id, with_for_update=True, populate_existing=True)
    kinds = {finding.kind for finding in analysis.sensitive} | set(kept.kinds if kept is not None else ())
    if kept is not None:
        kept.content = None
        await session.flush()
    await vault.seal(session, secrets, report.id, analysis.redacted, _line(analysis), kinds, now)
    if report.status == "received":
        report.status = move(move("received", "analysed"), "in_review")
    elif report.status in OPEN | {"answered", "resolved"}:
        report.status = move(report.status, "in_review")
    report.review_reason, report.analysis_version = "sensitive", analysis.version
    report.language = analysis.language.code
    report.urgent = report.urgent or analysis.urgent.score >= 0.5
    report.revision += 1
    session.add(Analysis(report_id=report.id, version=analysis.version, result=None, created_at=now))


def _line(analysis: nlp.Analysis) -> dict[str, Any]:
    line = nlp.as_line(analysis)
    del line["redacted"]
    return line


async def _tell(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    reporter: Reporter,
    report: Report,
    key: str,
    slots: dict[str, str],
    now: datetime,
) -> None:
    """Tell the reporter once, unless they want no texts. Who has just texted waits for it, in the quiet hours too: it may be
    the number to call in danger."""
    if reporter.stopped_at is not None or reporter.forgotten_at is not None:
        return
    waits = now - reporter.last_seen_at < JUST
    await outbox.queue(
        session,
        secrets,
        programme,
        reporter,
        key,
        {"reference": report.reference} | slots,
        now=now,
        report_id=report.id,
        dedupe=f"{key}:{report.id}",
        priority=REPLY if waits else NEWS,
    )
