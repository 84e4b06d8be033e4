"""Who is asking: sessions in an encrypted cookie, forms that only our own pages can send, and what a role may open."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import aiohttp_session
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session.cookie_storage import EncryptedCookieStorage

from channels.base import NotAuthentic
from dashboards.middlewares import UPLOADS, read_form, route_of
from dashboards.unstored import note_written
from service import users
from service.keys import DATABASE, PROGRAMMES, SECRETS, SETTINGS
from service.models import User
from service.programme import Programme
from service.workflow import NotFound

SESSION_SECONDS = 12 * 3600
COOKIE = "answerable_desk"
Fields = Sequence[tuple[str, str]]
FILE_LOST = ("file_lost", "yes")
"""Stands among the fields for files that did not come through a log-in: who sends them on must be told."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ROOM, BESIDE = 2_500_000, 1_000_000
"""Bytes of a form with a file, by MEDIA_MEGABYTES and beside it: one file chosen, and one chosen before, in base64."""
OWN_PROOF = ("/phone", "/answer/")
"""Doors whose requests carry a proof of their own and need no session: the phone's token, a signed link."""


class FormOfOtherSession(NotAuthentic):
    """The form is not of this session. `fields` is what it says, and `writer` of whose session it is."""

    def __init__(self, form: Mapping[str, object]) -> None:
        super().__init__("the form is not of this session")
        self.fields, self.writer = fields_of_form(form), writer_of_form(form)


@dataclass(frozen=True)
class Person:
    """Who is logged in, and the role they have in the programme at hand."""

    user_id: int
    login: str
    role: str

    def may(self, role: str) -> bool:
        """Whether their role opens the doors of this one."""
        return role in users.MAY[self.role]


def add_sessions(app: web.Application, middlewares: list[Middleware], within: Sequence[Middleware] = ()) -> None:
    """Keep sessions and check forms, by `middlewares`; those `within` stand between the two.

    The application must carry SECRETS and SETTINGS before it starts.
    """

    async def begin(app: web.Application) -> None:
        storage = EncryptedCookieStorage(
            app[SECRETS].key("cookies"),
            cookie_name=COOKIE,
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="Strict",
            secure=app[SETTINGS].secure(),
        )
        middlewares.extend((aiohttp_session.session_middleware(storage), *within, refuse_foreign_forms))

    app.on_startup.append(begin)


async def refuse_foreign_forms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let no request that changes something through unless a page of ours, in this session, sent it.

    Browsers say where a request comes from (https://www.w3.org/TR/fetch-metadata/); older ones name an origin, or
    "null" because our pages send no referrer. The token in the session settles it for all.
    """
    if request.method in SAFE or request.path.startswith(OWN_PROOF):
        return await handler(request)
    if route_of(request) not in UPLOADS:
        await _demand_own_form(request)
        note_written(request, await request.post())
        return await handler(request)
    await demand_user(request)
    roomy = request.clone(client_max_size=demand_room(request))
    await read_form(roomy)
    try:
        await _demand_own_form(roomy)
        note_written(request, await roomy.post())
        return await handler(roomy)
    finally:
        for part in (await roomy.post()).values():
            if isinstance(part, web.FileField):
                part.file.close()


def demand_room(request: web.Request) -> int:
    """The bytes that a form with a file may have. Raises HTTPRequestEntityTooLarge where it says that it has more."""
    most = request.app[SETTINGS].media_megabytes * ROOM + BESIDE
    if (request.content_length or 0) > most:
        raise web.HTTPRequestEntityTooLarge(most, request.content_length or 0)
    return most


async def _demand_own_form(request: web.Request) -> None:
    """Raise NotAuthentic unless it is a form of ours, in this session."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin", "null")
    if site is not None and site != "same-origin":
        raise NotAuthentic("the form came from another site")
    if site is None and origin != "null" and urlsplit(origin).netloc not in own_hosts(request):
        raise NotAuthentic("the form came from another site")
    form = await request.post()
    if not await is_of_session(request, form):
        raise FormOfOtherSession(form)


async def is_of_session(request: web.Request, form: Mapping[str, object]) -> bool:
    """Whether a page made this form in the session of the request. Asks no database."""
    expected = str((await aiohttp_session.get_session(request)).get("csrf", ""))
    given = request.headers.get("X-CSRF-Token") or str(form.get("csrf", ""))
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def fields_of_form(form: Mapping[str, object]) -> Fields:
    """What was written and chosen, in order: all but the token, and FILE_LOST for a file."""
    fields = [(name, value) for name, value in form.items() if name != "csrf" and isinstance(value, str)]
    return [*fields, FILE_LOST] if any(isinstance(value, web.FileField) for value in form.values()) else fields


def writer_of_form(form: Mapping[str, object]) -> str:
    """The id of the user for whom a page made it, as its token says; empty where nobody was logged in."""
    writer, dot, _ = str(form.get("csrf", "")).partition(".")
    return writer if dot else ""


def own_hosts(request: web.Request) -> set[str]:
    """Host and port of our own pages, as browsers name them."""
    return {request.host, urlsplit(request.app[SETTINGS].address()).netloc}


async def form_token(request: web.Request) -> str:
    """What every form of ours carries in a hidden field called csrf."""
    session = await aiohttp_session.get_session(request)
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return str(session["csrf"])


async def begin_session(request: web.Request, user: User) -> None:
    """A new session for somebody who has just proved who they are. Nothing of the old one lives on."""
    session = await aiohttp_session.new_session(request)
    session["user"], session["epoch"] = user.id, user.epoch
    session["csrf"] = f"{user.id}.{secrets.token_urlsafe(24)}"


async def end_session(request: web.Request) -> None:
    """Forget who this was."""
    (await aiohttp_session.get_session(request)).invalidate()


async def notify(request: web.Request, tone: str, words: str) -> None:
    """Say something on the next page; `tone` is good, warn, bad or info."""
    session = await aiohttp_session.get_session(request)
    session["notices"] = [*session.get("notices", []), [tone, words]][-3:]


async def take_notices(request: web.Request) -> list[tuple[str, str]]:
    """What there is to say on this page; once said it is gone."""
    session = await aiohttp_session.get_session(request)
    said = session.pop("notices", None) if "notices" in session else None
    return [(str(tone), str(words)) for tone, words in said or ()]


async def current_user(request: web.Request) -> User | None:
    """Whose session this is: None without one, after a disabled account, or once `epoch` has moved on."""
    session = await aiohttp_session.get_session(request)
    if "user" not in session:
        return None
    async with request.app[DATABASE].reading() as database:
        return await users.sitting(database, int(session["user"]), int(session["epoch"]))


async def demand_user(request: web.Request) -> User:
    """Who is logged in; everybody else is sent to the log-in, and comes back to this page."""
    user = await current_user(request)
    if user is None:
        wanted = request.path_qs if request.method in SAFE else page_of(request, route_of(request))
        raise web.HTTPSeeOther(f"/login?next={quote(wanted, safe='')}")
    return user


def page_of(request: web.Request, route: str) -> str:
    """The address of the page that a form stood on: where it was sent to, there need be no page to come back to.

    `route` is the pattern of the address.
    """
    pages = {
        route.resource.canonical for route in request.app.router.routes() if route.resource and route.method == "GET"
    }
    pattern, address = route.split("/"), request.raw_path.partition("?")[0].split("/")
    while pattern and "/".join(pattern) not in pages:
        pattern, address = pattern[:-1], address[:-1]
    return "/".join(address) or "/"


async def require(request: web.Request, role: str = "moderator") -> tuple[Programme, Person]:
    """The programme of the address, and who is asking. NotFound without a role in it that opens `role`'s doors."""
    user = await demand_user(request)
    programme = request.app[PROGRAMMES].get(request.match_info["programme"])
    async with request.app[DATABASE].reading() as session:
        roles = await users.roles(session, user.id)
    mine = roles.get(programme.code) if programme is not None else None
    if programme is None or mine is None or role not in users.MAY[mine]:
        raise NotFound("There is no such page, or it is not open to you.")
    return programme, Person(user.id, user.login, mine)
