"""Where an official answers, from the link in their digest. No log-in: the link is theirs, signed, and runs out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from dashboards.answer_view import Group, Line, group_reports, title_of, write_line
from dashboards.digest_words import Phrases
from dashboards.rendering import render
from service import answers, links
from service.db import Session
from service.digests.freezing import load
from service.digests.quotes import load_words
from service.digests.recipient import language_now
from service.keys import DATABASE, PROGRAMMES, SECRETS
from service.models import Answer, Digest
from service.programme import Programme
from service.summaries.waiting import Waiting
from service.workflow import NotAllowed, NotFound

routes = web.RouteTableDef()
STEPS = ("check", "change", "send")


@dataclass(frozen=True)
class Visit:
    """Who came, by which digest, and in which words we speak to them."""

    token: str
    digest: Digest
    programme: Programme
    phrases: Phrases
    office: str

    @property
    def path(self) -> str:
        return f"/answer/{self.token}"


@dataclass(frozen=True)
class Target:
    """What an answer is for: one report, or all of a category in an area."""

    reference: str = ""
    category: str = ""
    area: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """As hidden fields of the form, and as the query of its address."""
        return {"reference": self.reference} if self.reference else {"category": self.category, "area": self.area}


@routes.get("/answer/{token}")
async def show(request: web.Request) -> web.StreamResponse:
    """What waits for the official; with a reference or a group in the query, the form to answer it."""
    now = datetime.now(UTC)
    visit = None
    try:
        async with request.app[DATABASE].reading() as session:
            visit = await _visit(request, session, request.match_info["token"], now)
            desk = await answers.open_desk(session, visit.programme, visit.digest)
            words = await load_words(session, [report.id for report in desk.waiting])
    except links.Expired as expired:
        return await _over(request, expired.digest_id)
    except answers.Unlisted:
        assert visit is not None
        return _over_for(request, visit)
    target = _target(request.query)
    if target is not None:
        return _form(request, visit, desk, target, words, now)
    groups = group_reports(visit.programme, desk, words, visit.phrases, now)
    said = [
        {"text": answer.text, "released": answer.released_at and _date(visit, answer.released_at)}
        for answer in desk.said
    ]
    sent = request.query.get("sent", "")
    notice = [("good", visit.phrases.say(f"sent_{sent}", **_organisation(visit)))] if sent in SENT else []
    context = {"groups": groups, "said": said, "messages": notice, "waiting": len(desk.waiting)}
    return _page(request, visit, "answer/reports.html", context)


SENT = ("held", "released")


@routes.post("/answer/{token}")
async def answer(request: web.Request) -> web.StreamResponse:
    """First shown once more, then sent."""
    now = datetime.now(UTC)
    form = {key: str(value) for key, value in (await request.post()).items()}
    target = _target(form)
    if target is None:
        raise NotFound("The form does not say what it answers.")
    text = form.get("text", "")
    visit = None
    try:
        async with request.app[DATABASE].writing() as session:
            visit = await _visit(request, session, request.match_info["token"], now)
            if form.get("step") == "send" and not _fault(visit, text):
                made = await _send(request, session, visit, target, text, now)
                state = made.state
            else:
                desk = await answers.open_desk(session, visit.programme, visit.digest)
                words = await load_words(session, [report.id for report in desk.waiting])
                return _form(request, visit, desk, target, words, now, text, form.get("step", ""))
    except links.Expired as expired:
        return await _over(request, expired.digest_id, text)
    except answers.Unlisted:
        assert visit is not None
        return _over_for(request, visit, text)
    except answers.AlreadyAnswered as before:
        assert visit is not None
        written = _unsent(text, before.texts)
        context = {"said": before.texts, "written": written, "email": visit.programme.rules.organisation.email}
        return _page(request, visit, "answer/used.html", context, status=409)
    except NotFound:
        if visit is None:
            raise
        return _page(request, visit, "answer/gone.html", {"written": _unsent(text)}, status=404)
    raise web.HTTPSeeOther(f"{visit.path}?sent={state}")


async def _visit(request: web.Request, session: Session, token: str, now: datetime) -> Visit:
    """Raises NotAuthentic for a forged token, links.Expired, and NotFound where the digest or its programme is gone."""
    return _visit_by(request, token, await load(session, links.read_token(request.app[SECRETS], token, now)))


def _visit_by(request: web.Request, token: str, digest: Digest | None) -> Visit:
    programme = request.app[PROGRAMMES].get(digest.programme) if digest else None
    language = language_now(programme, digest) if digest and programme else None
    if digest is None or programme is None or language is None:
        raise NotFound("This digest is no longer here.")
    return Visit(token, digest, programme, Phrases(programme, language), digest.content["official"]["office"])


def _unsent(text: str, said: Sequence[str] = ()) -> list[str]:
    """What they wrote and did not send, to show once more; nothing where it is among what is `said` already."""
    return [] if not text.strip() or " ".join(text.split()) in said else [text.strip()]


async def _over(request: web.Request, digest_id: int, text: str = "") -> web.Response:
    """The link has run out: say what to do, in their language."""
    async with request.app[DATABASE].reading() as session:
        digest = await load(session, digest_id)
    return _over_for(request, _visit_by(request, "", digest), text)


def _over_for(request: web.Request, visit: Visit, text: str = "") -> web.Response:
    """The link opens nothing more, as its time is over or its official is no longer listed: whom to write to."""
    email = visit.programme.rules.organisation.email
    return _page(request, visit, "answer/expired.html", {"email": email, "written": _unsent(text)}, status=410)


async def _send(
    request: web.Request, session: Session, visit: Visit, target: Target, text: str, now: datetime
) -> Answer:
    secrets = request.app[SECRETS]
    if target.reference:
        return await answers.answer_report(session, secrets, visit.programme, visit.digest, target.reference, text, now)
    return await answers.answer_all(
        session, secrets, visit.programme, visit.digest, target.category, target.area, text, now
    )


def _target(form: Mapping[str, str]) -> Target | None:
    if form.get("reference"):
        return Target(reference=form["reference"])
    if "category" in form and form.get("area"):
        return Target(category=form["category"], area=form["area"])
    return None


def _form(
    request: web.Request,
    visit: Visit,
    desk: answers.Desk,
    target: Target,
    words: Mapping[int, tuple[str, str]],
    now: datetime,
    text: str = "",
    step: str = "",
) -> web.Response:
    """The form; after `check` the answer to read once more, if nothing is wrong with it."""
    chosen = _chosen(visit.programme, desk, target)
    if not chosen:
        raise NotFound("No such report waits for you.")
    fault = _fault(visit, text) if step in ("check", "send") else ""
    group = _group_of(visit, desk, target, words, now)
    context = {
        "target": target,
        "group": group,
        "lines": group.lines,
        "text": text.strip(),
        "fault": fault,
        "count": len([report for report in chosen if report.id not in desk.held]) or len(chosen),
        "limit": answers.LONGEST,
    }
    if step == "check" and not fault:
        return _page(request, visit, "answer/confirm.html", context | {"text": answers.clean(text)})
    return _page(request, visit, "answer/form.html", context, status=422 if fault else 200)


def _chosen(programme: Programme, desk: answers.Desk, target: Target) -> list[Waiting]:
    if target.reference:
        return [report for report in desk.waiting if report.reference == target.reference]
    return answers.in_group(programme, desk.waiting, target.category, target.area)


def _group_of(
    visit: Visit, desk: answers.Desk, target: Target, words: Mapping[int, tuple[str, str]], now: datetime
) -> Group:
    """The lines that the form is about: the one report as the list shows it, or all that the answer reaches."""
    groups = group_reports(visit.programme, desk, words, visit.phrases, now)
    if target.reference:
        for group in groups:
            lines: tuple[Line, ...] = tuple(line for line in group.lines if line.reference == target.reference)
            if lines:
                return Group(group.category, group.area, group.title, 1, lines)
    shown = {line.reference: line for group in groups for line in group.lines}
    reports = [report for report in _chosen(visit.programme, desk, target) if report.id not in desk.held]
    lines = tuple(
        shown.get(report.reference) or write_line(visit.programme, report, desk, {}, visit.phrases, now)
        for report in reports
    )
    title = title_of(visit.programme, target.category, target.area, visit.phrases)
    return Group(target.category, target.area, title, len(lines), lines)


def _fault(visit: Visit, text: str) -> str:
    """What is wrong with an answer, or nothing."""
    try:
        answers.clean(text)
    except NotAllowed:
        long = len(" ".join(text.split()))
        if long < answers.SHORTEST:
            return visit.phrases.say("field_short")
        return visit.phrases.say("field_long", count=long, limit=answers.LONGEST)
    return ""


def _date(visit: Visit, moment: datetime) -> str:
    return visit.phrases.date(moment.astimezone(visit.programme.zone).date().isoformat())


def _organisation(visit: Visit) -> dict[str, str]:
    return {"organisation": visit.programme.rules.organisation.name}


def _page(
    request: web.Request, visit: Visit, template: str, context: Mapping[str, Any], *, status: int = 200
) -> web.Response:
    given = {"say": visit.phrases.say, "visit": visit, "office": visit.office}
    named = _organisation(visit) | dict(context)
    return render(request, template, given | named, status=status, language=visit.phrases.language)
