"""A phone on the screen: text a programme from the browser and read its answers. Works without scripts.

In a demonstration it also shows what the service understood of the last report, and why.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from channels.base import BadPayload, Webhook
from channels.segments import BASIC, EXTENDED
from channels.webchat import LARGEST_FILES
from dashboards.explanation import Explanation, explain
from dashboards.languages import own_name
from dashboards.middlewares import SECURITY_HEADERS
from dashboards.pages.media import number_of, serve
from dashboards.phrases import phrases
from dashboards.quick import quick_answers
from dashboards.rendering import render, render_part
from dashboards.streams import stream
from dashboards.texter import (
    Line,
    Texter,
    demand_own_form,
    forget,
    greet,
    language_of,
    line_of,
    lines,
    remember,
    remember_language,
    texter_of,
)
from service import chat
from service.keys import DATABASE, DEMO, SECRETS, SETTINGS
from service.programme.schema import pick
from service.web import NOT_STORED, receive

routes = web.RouteTableDef()
OPENED = {
    "Content-Security-Policy": f"{SECURITY_HEADERS['Content-Security-Policy']}; media-src 'self' blob:".replace(
        "img-src 'self' data:", "img-src 'self' data: blob:"
    ),
    "Permissions-Policy": SECURITY_HEADERS["Permissions-Policy"].replace("microphone=()", "microphone=(self)"),
}
"""This page alone records, and shows what it is about to send."""
ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True)
class View:
    """All that the page shows of one person. `pulse` changes with it."""

    conversation: chat.Conversation
    explanation: Explanation | None
    pulse: str


@routes.get("/phone")
async def choose(request: web.Request) -> web.StreamResponse:
    """The programmes one can text."""
    return render(request, "phones.html", {"lines": lines(request.app)})


@routes.get("/phone/{programme}")
async def phone(request: web.Request) -> web.StreamResponse:
    """The conversation."""
    line = line_of(request)
    texter = greet(request, line)
    language = language_of(request, line)
    response = await _page(request, line, texter, language)
    response.headers.update(OPENED)
    remember(request, response, line, texter)
    remember_language(request, response, language)
    return response


@routes.post("/phone/{programme}/texts")
async def text(request: web.Request) -> web.StreamResponse:
    """One text of theirs, through the same door as every provider's. A form, or a script that asks for JSON."""
    line = line_of(request)
    texter = texter_of(request, line)
    demand_own_form(request)
    form = await request.post()
    number = str(form.get("id", ""))
    words = str(form.get("quick", "") or form.get("text", "")).replace("\r\n", "\n")
    if not ID.fullmatch(number):
        raise BadPayload("the form carries no id")
    file = _file(form.get("file"))
    if not words and file is None and "quick" not in form:
        raise web.HTTPSeeOther(f"{line.path}#composer")
    scripted = "application/json" in request.headers.get("Accept", "")
    try:
        await receive(request.app, line.name, _webhook(request, texter, number, words, file))
    except NOT_STORED:
        if scripted:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from None
        return _kept(request, line, number, words)
    if not scripted:
        raise web.HTTPSeeOther(f"{line.path}#composer")
    language = language_of(request, line)
    return web.json_response(_parts(request, line, await _view(request, line, texter), language), status=202)


@routes.get("/phone/{programme}/events")
async def events(request: web.Request) -> web.StreamResponse:
    """The page's live parts, whenever they change."""
    line = line_of(request)
    texter = texter_of(request, line)
    language = language_of(request, line)

    async def pulse() -> str:
        async with request.app[DATABASE].reading() as session:
            return await chat.pulse(session, request.app[SECRETS], line.name, texter.sender)

    async def show() -> Mapping[str, str]:
        return _parts(request, line, await _view(request, line, texter), language)

    return await stream(request, pulse, show)


@routes.get("/phone/{programme}/files/{file}")
async def show_file(request: web.Request) -> web.StreamResponse:
    """A file we sent to whoever holds this browser."""
    return await _send_file(request, preview=False)


@routes.get("/phone/{programme}/files/{file}/preview")
async def show_preview(request: web.Request) -> web.StreamResponse:
    """A picture again, small, for slow lines."""
    return await _send_file(request, preview=True)


async def _send_file(request: web.Request, *, preview: bool) -> web.Response:
    line = line_of(request)
    texter, number = texter_of(request, line), number_of(request)
    async with request.app[DATABASE].reading() as session:
        who = (request.app[SECRETS], line.name, texter.sender)
        opened = await chat.open_file(session, *who, number, preview=preview)
    return serve(request, opened)


@routes.post("/phone/{programme}/leave")
async def leave(request: web.Request) -> web.StreamResponse:
    """Begin again as somebody new, on this browser only."""
    line = line_of(request)
    demand_own_form(request)
    response = web.HTTPSeeOther(line.path)
    forget(request, response, line)
    raise response


async def _view(request: web.Request, line: Line, texter: Texter) -> View:
    who = (request.app[SECRETS], line.name, texter.sender)
    async with request.app[DATABASE].reading() as session:
        pulse = await chat.pulse(session, *who)
        conversation = await chat.conversation(session, *who)
        insight = await chat.insight(session, *who) if request.app.get(DEMO, False) else None
    return View(conversation, explain(line.programme, insight) if insight else None, pulse)


async def _page(request: web.Request, line: Line, texter: Texter, language: str) -> web.Response:
    view = await _view(request, line, texter)
    return render(request, "phone.html", _context(request, line, view, language), language=language)


def _kept(request: web.Request, line: Line, number: str, words: str) -> web.Response:
    """The page with the text they wrote still in it, when we could not store it."""
    language = language_of(request, line)
    context = _context(request, line, View(chat.Conversation(), None, ""), language)
    context |= {"draft": words, "number": number, "failed": True}
    response = render(request, "phone.html", context, status=503, language=language)
    response.headers["Retry-After"] = "5"
    return response


def _parts(request: web.Request, line: Line, view: View, language: str) -> dict[str, str]:
    """The live parts of the page as HTML, by the id of their place on it."""
    context = _context(request, line, view, language)
    names = ("thread", "quick", "insight") if request.app.get(DEMO, False) else ("thread", "quick")
    return {name: render_part(request, f"phone/{name}.html", context, language=language) for name in names}


def _context(request: web.Request, line: Line, view: View, language: str) -> dict[str, Any]:
    rules = line.programme.rules
    names = {tag: own_name(tag, line.programme) for tag in rules.languages}
    return {
        "line": line,
        "programme": line.programme,
        "words": phrases(language),
        "consent": rules.consent.get(language, rules.consent[rules.languages[0]]),
        "forgotten": pick(
            {tag: spoken.texts["forgotten"] for tag, spoken in line.programme.messages.items()},
            language,
            rules.languages,
        ),
        "languages": names,
        "conversation": view.conversation,
        "explanation": view.explanation,
        "pulse": view.pulse,
        "answers": quick_answers(line.programme, language, view.conversation),
        "number": secrets.token_urlsafe(12),
        "draft": "",
        "failed": False,
        "most": LARGEST_FILES,
        "alphabet": {"basic": "".join(sorted(BASIC)), "extended": "".join(sorted(EXTENDED))},
    }


def _file(part: object) -> tuple[str, bytes] | None:
    """What the browser says the file is, and the file; None where none was chosen."""
    if not isinstance(part, web.FileField):
        return None
    content = part.file.read()
    return (part.content_type, content) if content else None


def _webhook(request: web.Request, texter: Texter, number: str, words: str, file: tuple[str, bytes] | None) -> Webhook:
    """The request that the web chat channel reads. The same words and file under the same number are the same text."""
    # A form that was sent, went back to and changed still carries its number; its new words are another text.
    distinct = hashlib.sha256(words.encode("utf-8", "surrogatepass") + (file[1] if file else b"")).hexdigest()[:16]
    body: dict[str, Any] = {
        "id": f"{number}-{distinct}",
        "sender": texter.sender,
        "token": texter.token,
        "text": words,
    }
    if file is not None:
        body["media"] = [{"type": file[0][:100], "content": base64.b64encode(file[1]).decode()}]
    return Webhook(
        method="POST",
        url=request.app[SETTINGS].address() + request.path,
        query={},
        headers={"Content-Type": "application/json"},
        form={},
        body=json.dumps(body).encode(),
    )
