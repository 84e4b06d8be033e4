"""The people of a programme, for its admins: who is who, new accounts, roles, passwords."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from dashboards.deskframe import now, render_desk
from dashboards.numbers import key_in_address
from dashboards.security import Person, notify, require
from service import audit, passwords, users
from service.keys import DATABASE
from service.programme import Programme
from service.workflow import NotAllowed, NotFound

routes = web.RouteTableDef()
ACTS = ("set_role", "set_password", "disable", "enable")
Deed = Callable[[Any, datetime, str], Awaitable[str]]


@routes.get("/desk/{programme}/people")
async def show_people(request: web.Request) -> web.StreamResponse:
    """Everybody with a role here, and what was changed lately."""
    programme, person = await require(request, "admin")
    return await _page(request, programme, person)


@routes.post("/desk/{programme}/people")
async def add_person(request: web.Request) -> web.StreamResponse:
    """A new account, or a role here for one that exists. A new password is shown once, on this answer."""
    programme, person = await require(request, "admin")
    form = await request.post()
    login, role = str(form.get("login", "")), str(form.get("role", ""))
    password = passwords.make()
    password_hash = await passwords.hashed(password)
    try:
        if role not in users.ROLES:
            raise NotAllowed("Choose a role.")
        async with request.app[DATABASE].writing() as session:
            known = await users.find(session, login)
            if known is None:
                actor = audit.user(person.user_id)
                await users.add(session, login, password_hash, {programme.code: role}, now(), actor=actor)
            elif programme.code in await users.roles(session, known.id):
                raise NotAllowed("This person has a role here already. Change it in the list.")
            else:
                await users.set_role(session, programme.code, known.id, role, now(), actor=audit.user(person.user_id))
    except NotAllowed as error:
        return await _page(request, programme, person, login=login, error=str(error), status=409)
    if known is not None:
        await notify(request, "good", f"{known.login} has a role here now, and keeps the password they have.")
        raise web.HTTPSeeOther(f"/desk/{programme.code}/people")
    return await _page(request, programme, person, fresh=(users.tidy(login), password))


@routes.post("/desk/{programme}/people/{user}/role")
async def change_role(request: web.Request) -> web.StreamResponse:
    """Another role, or none: then they are no longer of this programme."""
    programme, _ = await require(request, "admin")
    role = str((await request.post()).get("role", "")) or None
    number = _number(request)

    async def deed(session: Any, moment: datetime, actor: str) -> str:
        if programme.code not in await users.roles(session, number):
            raise NotFound("There is no such person here.")
        await users.set_role(session, programme.code, number, role, moment, actor=actor)
        return "Their role is changed. They log in anew." if role else "They are no longer of this programme."

    return await _act(request, deed)


@routes.post("/desk/{programme}/people/{user}/password")
async def new_password(request: web.Request) -> web.StreamResponse:
    """A new password for somebody who forgot theirs, shown once."""
    programme, person = await require(request, "admin")
    number = _number(request)
    password = passwords.make()
    password_hash = await passwords.hashed(password)
    try:
        async with request.app[DATABASE].writing() as session:
            await _demand_member(session, programme, person, number)
            login = (await users.get(session, number)).login
            await users.set_password(session, number, password_hash, now(), actor=audit.user(person.user_id))
    except NotAllowed as error:
        return await _page(request, programme, person, error=str(error), status=409)
    return await _page(request, programme, person, fresh=(login, password))


@routes.post("/desk/{programme}/people/{user}/disable")
async def disable(request: web.Request) -> web.StreamResponse:
    """Close the account."""
    programme, person = await require(request, "admin")
    number = _number(request)

    async def deed(session: Any, moment: datetime, actor: str) -> str:
        await _demand_member(session, programme, person, number)
        await users.disable(session, number, moment, actor=actor)
        return "The account is closed, and logged out everywhere."

    return await _act(request, deed)


@routes.post("/desk/{programme}/people/{user}/enable")
async def enable(request: web.Request) -> web.StreamResponse:
    """Open it again."""
    programme, person = await require(request, "admin")
    number = _number(request)

    async def deed(session: Any, moment: datetime, actor: str) -> str:
        await _demand_member(session, programme, person, number)
        await users.enable(session, number, moment, actor=actor)
        return "The account is open again, with the password it had."

    return await _act(request, deed)


async def _act(request: web.Request, deed: Deed) -> web.StreamResponse:
    programme, person = await require(request, "admin")
    try:
        async with request.app[DATABASE].writing() as session:
            done = await deed(session, now(), audit.user(person.user_id))
    except NotAllowed as error:
        return await _page(request, programme, person, error=str(error), status=409)
    await notify(request, "good", done)
    raise web.HTTPSeeOther(f"/desk/{programme.code}/people")


async def _demand_member(session: Any, programme: Programme, person: Person, number: int) -> None:
    if programme.code not in await users.roles(session, number):
        raise NotFound("There is no such person here.")
    await users.demand_charge(session, person.user_id, number)


async def _page(
    request: web.Request,
    programme: Programme,
    person: Person,
    *,
    fresh: tuple[str, str] | None = None,
    login: str = "",
    error: str = "",
    status: int = 200,
) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as session:
        members = await users.members(session, programme.code)
        lines = await audit.read(session, programme.code, acts=ACTS, limit=20)
    names = {audit.user(member.user_id): member.login for member in members}
    context = {
        "members": members,
        "lines": lines,
        "names": names,
        "fresh": fresh,
        "typed": login,
        "error": error,
        "roles": ROLE_WORDS,
    }
    return await render_desk(request, "desk/people.html", programme, person, context, status=status)


ROLE_WORDS = {
    "moderator": ("Moderator", "reads reports, corrects and accepts them"),
    "focal_point": ("Focal point", "a moderator who also opens the vault"),
    "admin": ("Admin", "a moderator who also looks after people"),
}


def _number(request: web.Request) -> int:
    return key_in_address(request, "user", "There is no such person here.")
