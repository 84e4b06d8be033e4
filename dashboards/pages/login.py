"""Logging in and out, and choosing a password of one's own."""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil

from aiohttp import web

from dashboards.interrupted import fields_of, show_login, show_words
from dashboards.rendering import render
from dashboards.security import begin_session, current_user, demand_user, end_session, form_token, notify, take_notices
from service import audit, logins, passwords, users
from service.keys import DATABASE, SECRETS, SETTINGS
from service.proxies import caller
from service.workflow import NotAllowed

routes = web.RouteTableDef()
WRONG = "That name and password do not belong together. Check both and try again."


@routes.get("/login")
async def ask_who(request: web.Request) -> web.StreamResponse:
    """The form, or straight on for whoever is logged in."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        # A strict cookie does not come along from another site. Asked again by our own page, it does.
        return render(request, "desk/again.html", {"address": request.path_qs})
    if await current_user(request) is not None:
        raise web.HTTPSeeOther(_after(request.query.get("next", "")))
    return await show_login(request, request.query.get("next", ""))


@routes.post("/login")
async def log_in(request: web.Request) -> web.StreamResponse:
    """Check name and password. The answer is the same for names that do not exist."""
    form = await request.post()
    name, password, wanted, kept = (str(form.get(field, "")) for field in ("login", "password", "next", "kept"))
    now = datetime.now(UTC)
    found = await logins.log_in(
        request.app[DATABASE], request.app[SECRETS], name, password, caller(request, request.app[SETTINGS]), now
    )
    if isinstance(found, logins.TryLater):
        minutes = max(1, ceil((found.at - now).total_seconds() / 60))
        words = f"Too many tries have failed. Wait {minutes} {'minute' if minutes == 1 else 'minutes'}, then try again."
        return await show_login(request, wanted, name, words, kept=kept, status=429)
    if found is None:
        return await show_login(request, wanted, name, WRONG, kept=kept, status=401)
    await begin_session(request, found)
    fields = fields_of(kept, found) if kept and _after(wanted) == wanted else []
    if fields:
        return await show_words(request, wanted, fields)
    # Where a form was sent to there need be no page.
    raise web.HTTPSeeOther("/desk" if kept else _after(wanted))


@routes.get("/logout")
async def show_logout(request: web.Request) -> web.StreamResponse:
    """A button, for a link must not log anybody out."""
    user = await demand_user(request)
    return render(request, "desk/logout.html", {"login": user.login, "csrf": await form_token(request)})


@routes.post("/logout")
async def log_out(request: web.Request) -> web.StreamResponse:
    """End this session."""
    await end_session(request)
    raise web.HTTPSeeOther("/login")


@routes.get("/account")
async def show_account(request: web.Request) -> web.StreamResponse:
    """The form for a new password."""
    return await _account(request)


@routes.post("/account")
async def change_password(request: web.Request) -> web.StreamResponse:
    """A new password, for whoever knows the old one. Every other session of theirs ends."""
    user = await demand_user(request)
    form = await request.post()
    old, new = str(form.get("old", "")), str(form.get("new", ""))
    now = datetime.now(UTC)
    known = await logins.log_in(
        request.app[DATABASE], request.app[SECRETS], user.login, old, caller(request, request.app[SETTINGS]), now
    )
    if isinstance(known, logins.TryLater):
        return await _account(request, old_error="Too many tries have failed. Wait a few minutes.", status=429)
    if known is None:
        return await _account(request, old_error="That is not your password.", status=409)
    try:
        password_hash = await passwords.hashed(new)
    except NotAllowed as error:
        return await _account(request, new_error=str(error), status=409)
    async with request.app[DATABASE].writing() as session:
        await users.set_password(session, user.id, password_hash, now, actor=audit.user(user.id))
    async with request.app[DATABASE].reading() as session:
        await begin_session(request, await users.get(session, user.id))
    await notify(request, "good", "Your password is changed. Everywhere else you are logged out.")
    raise web.HTTPSeeOther("/desk")


async def _account(
    request: web.Request, *, old_error: str = "", new_error: str = "", status: int = 200
) -> web.StreamResponse:
    user = await demand_user(request)
    context = {
        "login": user.login,
        "old_error": old_error,
        "new_error": new_error,
        "shortest": passwords.SHORTEST,
        "csrf": await form_token(request),
        "messages": await take_notices(request),
    }
    return render(request, "desk/account.html", context, status=status)


def _after(wanted: str) -> str:
    """Where to go on: a page of our own desk, never another site's."""
    if wanted.startswith(("/desk", "/account")) and not any(c in wanted for c in "\\\r\n\t"):
        return wanted
    return "/desk"
