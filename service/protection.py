"""Moving an account into the vault, referring it from there, and bringing it back when it is not sensitive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nlp.knowledge import SENSITIVE_KINDS
from service import moderation, reports, vault
from service.models import Analysis, Report, ReportCategory
from service.moderation import RELEASED, Act
from service.programme import Programme
from service.secrets import Secrets
from service.workflow import NotAllowed, move

CONSENTS: Mapping[str, str] = {
    "given": "The person agreed to this referral",
    "life_in_danger": "They could not be asked in time, and a life is in danger",
}
"""On what ground an account is handed on, by code."""


CLEARED: dict[str, Any] = {
    "text": None,
    "kind": None,
    "place_name": None,
    "lat": None,
    "lon": None,
    "radius_km": None,
    "area": None,
    "place_score": None,
    "place_by": None,
    "accepted_by": None,
}
"""What a sensitive account does not say in the open."""


async def protect(session: AsyncSession, secrets: Secrets, act: Act, kinds: Iterable[str], note: str = "") -> Act:
    """Move text and analysis into the vault and leave nothing of them in the open. Refused if it is there already."""
    report = await moderation.take(session, act)
    if report.sensitive:
        raise NotAllowed("This account is in the vault already.")
    named = sorted(set(kinds))
    if not named or not set(named) <= set(SENSITIVE_KINDS):
        raise NotAllowed("Choose what makes this account sensitive.")
    to = report.status if report.status == "in_review" else move(report.status, "in_review")
    newest = select(Analysis.result).where(Analysis.report_id == report.id).order_by(Analysis.id.desc()).limit(1)
    analysis = dict(await session.scalar(newest) or {})
    place = moderation.place_of(report)
    analysis["place"] = place and place | {"score": report.place_score, "by": report.place_by}
    analysis["checked_categories"] = await moderation.codes(session, report.id)
    await vault.seal(session, secrets, report.id, report.text or "", analysis, named, act.now)
    values = CLEARED | RELEASED | {"status": to, "sensitive": True, "review_reason": "Protected by a moderator"}
    after = {"status": to, "sensitive": True, "kinds": named}
    before = {"status": report.status, "sensitive": False}
    saved = await moderation.save(session, act, report, values, "protect", before, after, moderation.reason(note))
    await session.execute(delete(ReportCategory).where(ReportCategory.report_id == report.id))
    await session.execute(
        update(Analysis)
        .where(Analysis.report_id == report.id)
        .values(result=None)
        .execution_options(synchronize_session=False)
    )
    return saved


async def refer(session: AsyncSession, act: Act, to: str, consent: str, note: str) -> Act:
    """Hand a sensitive account on to those who can help. It stays in the vault, out of the open flow for good.

    `to` is the service it goes to; `consent` one of CONSENTS. Only for focal points: `moderation.take` sees to it.
    """
    report = await moderation.take(session, act)
    if not report.sensitive:
        raise NotAllowed("Only a sensitive account is referred. Protect it first.")
    if consent not in CONSENTS:
        raise NotAllowed("A referral needs the person's consent, or a life in danger. Say which.")
    if not to.strip() or not note.strip():
        raise NotAllowed("Write to whom the account is referred, and why.")
    after = {"status": move(report.status, "referred"), "consent": consent, "to": to.strip()[:200]}
    values = {"status": "referred", "reviewed_at": act.now} | RELEASED
    return await moderation.save(
        session, act, report, values, "refer", {"status": report.status}, after, moderation.reason(note)
    )


async def unprotect(session: AsyncSession, secrets: Secrets, act: Act, note: str) -> Act:
    """It is not sensitive after all: back to the desk as it was, for an ordinary review. Only for focal points."""
    report = await moderation.take(session, act)
    if not report.sensitive:
        raise NotAllowed("This report is not in the vault.")
    if not note.strip():
        raise NotAllowed("Write why this account is not sensitive.")
    if report.status == "referred":
        raise NotAllowed("A referred account stays in the vault.")
    to = report.status if report.status == "in_review" else move(report.status, "in_review")
    content = await vault.take_out(session, secrets, report.id)
    values = (
        _restored(content)
        | RELEASED
        | {"status": to, "sensitive": False, "review_reason": "A focal point found it not sensitive"}
    )
    before, after = {"status": report.status, "sensitive": True}, {"status": to, "sensitive": False}
    saved = await moderation.save(session, act, report, values, "unprotect", before, after, moderation.reason(note))
    await _restore_findings(session, act.programme, report, content)
    return saved


def _restored(content: vault.Content) -> dict[str, Any]:
    """The columns that say in the open what the vault said."""
    analysis = content.analysis
    place = analysis.get("place") or analysis.get("location") or {}
    return {
        "text": reports.clean(content.text),
        "kind": analysis.get("kind"),
        "place_name": reports.clean(place["name"] or "")[:255] or None if place else None,
        "lat": place.get("lat"),
        "lon": place.get("lon"),
        "radius_km": place.get("radius_km"),
        "area": place.get("area"),
        "place_score": place.get("score"),
        "place_by": place.get("by", "machine") if place else None,
    }


async def _restore_findings(
    session: AsyncSession, programme: Programme, report: Report, content: vault.Content
) -> None:
    added = {"place", "checked_categories", "redacted"}
    line = {key: value for key, value in content.analysis.items() if key not in added}
    newest = select(Analysis.id).where(Analysis.report_id == report.id).order_by(Analysis.id.desc()).limit(1)
    await session.execute(
        update(Analysis)
        .where(Analysis.id == newest.scalar_subquery())
        .values(result=reports.clean_json(line))
        .execution_options(synchronize_session=False)
    )
    found = {finding["code"]: finding for finding in content.analysis.get("categories", ())}
    codes = content.analysis.get("checked_categories", list(found))
    rows = [
        {
            "report_id": report.id,
            "code": code,
            "score": found[code]["score"] if code in found else 1.0,
            "why": reports.clean(found[code]["why"]) if code in found else "chosen by a person",
            "by": "machine" if code in found else "moderator",
        }
        for code in codes
        if code in programme.category_by_code and programme.category_by_code[code].sensitive is None
    ]
    if rows:
        await session.execute(insert(ReportCategory), rows)
