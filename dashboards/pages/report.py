"""One report: its text with the evidence marked, what the machine thinks and why, and what a moderator does with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from dashboards.deskframe import address_of, filters_of, now, render_desk
from dashboards.evidence import mark_evidence
from dashboards.numbers import key_in_address
from dashboards.placechoice import candidates, current_spot, map_data, read_choice, searched
from dashboards.retelling import SENSITIVE_WORDS, history
from dashboards.security import Person, notify, require
from service import dossier, moderation, moving, protection, replies, reviewing, trust
from service.filters import WAITING
from service.keys import DATABASE, SECRETS
from service.moderation import REJECTIONS, Act
from service.programme import Programme
from service.spots import Spot
from service.workflow import NotAllowed

routes = web.RouteTableDef()
CLOSED = ("rejected", "merged", "referred")
AHEAD = 8
"""Reports shown of the queue behind this one."""


@dataclass(frozen=True)
class Tick:
    """A category one can tick, with what the machine says of it."""

    code: str
    label: str
    on: bool
    score: float | None
    why: str
    by_person: bool


@routes.get("/desk/{programme}/places")
async def find_places(request: web.Request) -> web.StreamResponse:
    """Places and areas by name, for the search beside the map."""
    programme, _ = await require(request)
    found = searched(programme, request.query.get("words", "")[:100])
    return web.json_response(
        [{"value": c.value, "name": c.spot.name, "where": c.where, "lat": c.spot.lat, "lon": c.spot.lon} for c in found]
    )


@routes.get("/desk/{programme}/reports/{reference}")
async def show_report(request: web.Request) -> web.StreamResponse:
    """The report. Reading it claims it for ten minutes. A sensitive one shows only that it is sealed."""
    programme, person = await require(request)
    moment = now()
    found = await _open(request, programme, person)
    if found.report.status in WAITING and not found.report.sensitive and found.claimed_login is None:
        async with request.app[DATABASE].writing() as session:
            await moderation.claim(session, found.report.id, person.user_id, moment)
    return await _page(request, programme, person, found)


@routes.post("/desk/{programme}/reports/{reference}/find")
async def find_on_page(request: web.Request) -> web.StreamResponse:
    """The same search for browsers without scripts: the page again, with what was found and what was chosen so far."""
    programme, person = await require(request)
    form = await request.post()
    return await _page(request, programme, person, await _open(request, programme, person), draft=form)


@routes.post("/desk/{programme}/reports/{reference}/review")
async def review(request: web.Request) -> web.StreamResponse:
    """Save what the form says about categories, place and urgency; with `do` = accept, accept it too and go on."""
    form = await request.post()
    accepting = form.get("do") == "accept"

    async def deed(session: Any, act: Act, current: Spot | None) -> str:
        act = await moderation.correct_categories(session, act, [str(code) for code in form.getall("category", [])])
        act = await moderation.correct_place(session, act, read_choice(act.programme, form, current))
        act = await moderation.set_urgent(session, act, form.get("urgent") == "yes")
        if accepting:
            await moderation.accept(session, act)
            return "is accepted."
        return "is saved."

    return await _act(request, form, deed, onward=accepting)


@routes.post("/desk/{programme}/reports/{reference}/reject")
async def reject(request: web.Request) -> web.StreamResponse:
    """Set it aside for one of the reasons."""
    form = await request.post()

    async def deed(session: Any, act: Act, _: Spot | None) -> str:
        await moderation.reject(session, act, str(form.get("because", "")), str(form.get("note", "")))
        return "is set aside."

    return await _act(request, form, deed, onward=True)


@routes.post("/desk/{programme}/reports/{reference}/protect")
async def protect(request: web.Request) -> web.StreamResponse:
    """Move it into the vault."""
    form = await request.post()
    kinds = [str(kind) for kind in form.getall("kind", [])]

    async def deed(session: Any, act: Act, _: Spot | None) -> str:
        await protection.protect(session, request.app[SECRETS], act, kinds, str(form.get("note", "")))
        return "is in the vault. Only focal points read it now."

    return await _act(request, form, deed, onward=True)


@routes.post("/desk/{programme}/reports/{reference}/reopen")
async def reopen(request: web.Request) -> web.StreamResponse:
    """Take it back into review."""
    form = await request.post()

    async def deed(session: Any, act: Act, _: Spot | None) -> str:
        await moderation.reopen(session, act, str(form.get("note", "")))
        return "is in review again."

    return await _act(request, form, deed, onward=False)


@routes.post("/desk/{programme}/reports/{reference}/texts/{message}/move")
async def move_text(request: web.Request) -> web.StreamResponse:
    """A text of it is an account of its own, or belongs to another report of the same person."""
    form = await request.post()
    to, number = str(form.get("where", "")), key_in_address(request, "message", "There is no such text.")

    async def deed(session: Any, act: Act, _: Spot | None) -> str:
        secrets = request.app[SECRETS]
        if to == "own":
            return f"is without that text. It is {await moving.make_own(session, secrets, act, number)} now."
        return f"is without that text. It is in {await moving.belongs_to(session, secrets, act, number, to)} now."

    return await _act(request, form, deed, onward=False)


@routes.post("/desk/{programme}/reports/{reference}/trust")
async def trust_reporter(request: web.Request) -> web.StreamResponse:
    """Trust whoever wrote it, or no more."""
    form = await request.post()
    trusted = form.get("trusted") == "yes"

    async def deed(session: Any, act: Act, _: Spot | None) -> str:
        await trust.trust(session, act, trusted)
        return "is by a trusted reporter." if trusted else "is by a reporter trusted no more."

    return await _act(request, form, deed, onward=False)


async def _act(
    request: web.Request,
    form: MultiMapping[Any],
    deed: Callable[[Any, Act, Spot | None], Awaitable[str]],
    *,
    onward: bool,
) -> web.StreamResponse:
    """Do it in one transaction and go on, or show the report as it is now and say why not."""
    programme, person = await require(request)
    found = await _open(request, programme, person)
    moment = now()
    act = hand(request, programme, person, form)
    try:
        async with request.app[DATABASE].writing() as session:
            done = await deed(session, act, current_spot(found.report))
    except NotAllowed as error:
        fresh = await _open(request, programme, person)
        return await _page(request, programme, person, fresh, error=str(error), status=409)
    filters = filters_of(request)
    query = address_of(filters)
    await notify(request, "good", f"{act.reference} {done}")
    if not onward:
        raise web.HTTPSeeOther(f"/desk/{programme.code}/reports/{act.reference}{query}")
    async with request.app[DATABASE].reading() as session:
        following = await reviewing.following(
            session, programme, filters, person.role, person.user_id, moment, reviewing.key(found.report)
        )
    raise web.HTTPSeeOther(f"/desk/{programme.code}" + (f"/reports/{following}" if following else "") + query)


def hand(request: web.Request, programme: Programme, person: Person, form: Mapping[str, Any]) -> Act:
    """Who acts on what, at the revision their page was made of."""
    revision = str(form.get("revision", ""))
    if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
        raise NotAllowed("The form is incomplete. Open the report again.")
    return Act(programme, request.match_info["reference"], person.user_id, person.role, int(revision), now())


async def _open(request: web.Request, programme: Programme, person: Person) -> dossier.Dossier:
    reference = request.match_info["reference"]
    async with request.app[DATABASE].reading() as session:
        return await dossier.open_report(
            session,
            request.app[SECRETS],
            programme.code,
            reference,
            person.role,
            now(),
            mask=partial(replies.mask, programme),
        )


async def _page(
    request: web.Request,
    programme: Programme,
    person: Person,
    found: dossier.Dossier,
    *,
    error: str = "",
    status: int = 200,
    draft: MultiMapping[Any] | None = None,
) -> web.StreamResponse:
    report, moment = found.report, now()
    filters = filters_of(request)
    place = reviewing.key(report)
    async with request.app[DATABASE].reading() as session:
        ahead = await reviewing.read_queue(session, programme, filters, person.role, moment, after=place, limit=AHEAD)
        following = await reviewing.following(session, programme, filters, person.role, person.user_id, moment, place)
    context = {
        "report": report,
        "found": found,
        "events": history(programme, found),
        "ahead": ahead.lines,
        "following": following if following != report.reference else None,
        "filters": filters,
        "query": address_of(filters),
        "here": f"/desk/{programme.code}/reports/{report.reference}",
        "error": error,
        "rejections": REJECTIONS,
        "kinds": SENSITIVE_WORDS,
        "waiting": report.status in WAITING,
        "closed": report.status in CLOSED,
    }
    if report.sensitive:
        return await render_desk(request, "desk/sealed.html", programme, person, context, status=status)
    words = "" if draft is None else str(draft.get("place_words", ""))[:100]
    current = current_spot(report)
    proposed = candidates(programme, found.analysis, current)
    choices = [*proposed, *(c for c in searched(programme, words) if c.value not in {p.value for p in proposed})]
    ticked = {row.code for row in found.categories} if draft is None else set(draft.getall("category", []))
    names = [mention["text"] for mention in (found.analysis or {}).get("places", ())]
    reasons = [word for row in found.categories for word in row.why.split(", ") if row.by == "machine"]
    context |= {
        "pieces": mark_evidence(report.text or "", names, reasons),
        "ticks": _ticks(programme, found, ticked),
        "choices": choices,
        "chosen": "keep" if draft is None else draft.get("place", "keep"),
        "current": current,
        "place_words": words,
        "map": map_data(programme, current, choices),
        "names_unseen": report.text is not None
        and report.accepted_by != "person"
        and not (found.analysis or {}).get("names_sought", True),
        "urgent_why": (found.analysis or {}).get("urgent", {}).get("why", ""),
        "urgent": report.urgent if draft is None else draft.get("urgent") == "yes",
    }
    return await render_desk(request, "desk/report.html", programme, person, context, status=status)


def _ticks(programme: Programme, found: dossier.Dossier, ticked: set[str]) -> list[Tick]:
    """Every open category: those the report has first, best first; then the others by name."""
    rows = {row.code: row for row in found.categories}
    others = sorted(
        (c.code for c in programme.categories if c.sensitive is None and c.code not in rows),
        key=lambda code: programme.label(code, "en").casefold(),
    )
    return [
        Tick(
            code,
            programme.label(code, "en"),
            code in ticked,
            rows[code].score if code in rows else None,
            rows[code].why if code in rows else "",
            code in rows and rows[code].by == "moderator",
        )
        for code in (*rows, *others)
    ]
