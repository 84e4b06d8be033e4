"""Officials' answers that wait for a moderator: read, then let out to the reporters or taken back."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from channels.segments import count
from dashboards.deskframe import now, render_desk
from dashboards.security import notify, require
from service import answers, outbox
from service.keys import DATABASE, SECRETS
from service.models import Answer
from service.programme import Programme
from service.workflow import NotAllowed, NotFound

routes = web.RouteTableDef()
EXAMPLE = "K7-4QF"
"""Stands in where every report of an answer has gone into the vault."""


@dataclass(frozen=True)
class Cost:
    """The text a reporter gets in one language, and how many SMS segments it takes."""

    language: str
    text: str
    segments: int


@routes.get("/desk/{programme}/answers")
async def show_answers(request: web.Request) -> web.StreamResponse:
    """What is held, oldest first."""
    programme, person = await require(request)
    async with request.app[DATABASE].reading() as session:
        held = await answers.held(session, programme)
    context = {"held": [(entry, costs(programme, entry.answer, entry.references)) for entry in held]}
    return await render_desk(request, "desk/held.html", programme, person, context)


@routes.post("/desk/{programme}/answers/{answer}/release")
async def release(request: web.Request) -> web.StreamResponse:
    """Tell the reporters."""
    programme, person = await require(request)
    try:
        async with request.app[DATABASE].writing() as session:
            secrets, number = request.app[SECRETS], _number(request)
            await answers.release(session, secrets, programme, number, person.user_id, now())
        await notify(request, "good", "The answer is on its way to everybody it is for.")
    except NotAllowed as error:
        await notify(request, "warn", f"{error} Somebody else was here before you.")
    raise web.HTTPSeeOther(f"/desk/{programme.code}/answers")


@routes.post("/desk/{programme}/answers/{answer}/withdraw")
async def withdraw(request: web.Request) -> web.StreamResponse:
    """Tell nobody; the reports wait for an answer again."""
    programme, person = await require(request)
    try:
        async with request.app[DATABASE].writing() as session:
            await answers.withdraw(session, programme, _number(request), person.user_id, now())
        await notify(request, "info", "The answer is taken back. Nobody was told, and its reports wait again.")
    except NotAllowed as error:
        await notify(request, "warn", f"{error} Somebody else was here before you.")
    raise web.HTTPSeeOther(f"/desk/{programme.code}/answers")


def costs(programme: Programme, answer: Answer, references: tuple[str, ...]) -> list[Cost]:
    """The text in every language of the programme, as it would go out."""
    found = []
    for language in programme.rules.languages:
        slots = {"reference": references[0] if references else EXAMPLE, "office": answer.office, "answer": answer.text}
        text = outbox.render(programme, language, "answered", slots)
        found.append(Cost(language, text, count(text).segments))
    return found


def _number(request: web.Request) -> int:
    value = request.match_info["answer"]
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise NotFound("There is no such answer.")
    return int(value)
