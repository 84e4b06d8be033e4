"""In a demonstration, the e-mails that officials get: the .eml files of VAR/mail, as a mail program shows them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

from aiohttp import web

from dashboards.rendering import render
from service import mail
from service.keys import DEMO, SETTINGS
from service.workflow import NotFound

routes = web.RouteTableDef()
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""An e-mail carries its styles inside; it may do nothing else. Its links open beside the frame."""
MOST = 100


@dataclass(frozen=True)
class Letter:
    """An e-mail as it was written."""

    name: str
    to: str = field(repr=False)
    subject: str
    date: datetime
    html: str = field(repr=False)
    plain: str = field(repr=False)


@routes.get("/demo/mail")
async def show_letters(request: web.Request) -> web.StreamResponse:
    """All letters, the newest first; the chosen one beside them."""
    letters = await asyncio.to_thread(read_letters, _folder(request))
    wanted = request.query.get("letter")
    chosen = next((letter for letter in letters if letter.name == wanted), letters[0] if letters else None)
    return render(request, "mailbox.html", {"letters": letters, "chosen": chosen, "opened": wanted is not None})


@routes.get("/demo/mail/{name}")
async def show_html(request: web.Request) -> web.StreamResponse:
    """One letter's HTML, alone, for the frame."""
    letters = await asyncio.to_thread(read_letters, _folder(request))
    letter = next((letter for letter in letters if letter.name == request.match_info["name"]), None)
    if letter is None:
        raise NotFound("There is no such letter.")
    opened = letter.html.replace("<head>", '<head><base target="_blank">', 1)
    return web.Response(
        text=opened,
        content_type="text/html",
        headers={"Content-Security-Policy": f"{LETTER_POLICY}; sandbox {SANDBOX}"},
    )


SANDBOX = "allow-popups allow-popups-to-escape-sandbox"


def _folder(request: web.Request) -> Path:
    """Only in a demonstration: elsewhere there is no such page."""
    if not request.app.get(DEMO, False):
        raise NotFound("There is no such page.")
    return mail.folder(request.app[SETTINGS])


def read_letters(where: Path) -> list[Letter]:
    """The newest letters of a folder."""
    return [_read(path) for path in mail.list_letters(where)[:MOST]]


def _read(path: Path) -> Letter:
    message = message_from_bytes(path.read_bytes(), policy=default)
    return Letter(
        name=path.stem,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        date=parsedate_to_datetime(str(message["Date"])),
        html=_part(message, "html"),
        plain=_part(message, "plain"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return "" if part is None else str(part.get_content())
