"""The people of the organisation: their accounts, and their role in each programme.

A role is one of ROLES. An admin may do what a moderator may, and look after people; a focal point may do what a
moderator may, and opens the vault. An admin does not open the vault: that takes a trained person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit
from service.models import Membership, User
from service.workflow import NotAllowed, NotFound

ROLES = ("moderator", "focal_point", "admin")
MAY: Mapping[str, frozenset[str]] = {
    "moderator": frozenset({"moderator"}),
    "focal_point": frozenset({"moderator", "focal_point"}),
    "admin": frozenset({"moderator", "admin"}),
}
"""By role: the roles whose doors it opens."""


@dataclass(frozen=True)
class Member:
    """A user as a programme sees them."""

    user_id: int
    login: str
    role: str
    disabled: bool
    created_at: datetime


def tidy(login: str) -> str:
    """A log-in name as it is stored: case and Unicode form do not count."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


async def add(
    session: AsyncSession, login: str, password_hash: str, roles: Mapping[str, str], now: datetime, *, actor: str
) -> User:
    """A new account with a role by programme; the hash is from `passwords.hashed`. NotAllowed if the name is taken."""
    name = tidy(login)
    if not re.fullmatch(r"[\w.@+-]{2,128}", name):
        raise NotAllowed("A log-in name has 2 to 128 letters, digits, dots, hyphens or @, and no spaces.")
    if await find(session, name) is not None:
        raise NotAllowed("There is already an account with this log-in name. Choose another.")
    user = User(login=name, password_hash=password_hash, epoch=0, created_at=now)
    session.add(user)
    await session.flush()
    for programme, role in roles.items():
        await set_role(session, programme, user.id, role, now, actor=actor)
    return user


async def find(session: AsyncSession, login: str) -> User | None:
    """The account with this log-in name."""
    found: User | None = await session.scalar(select(User).where(User.login == tidy(login)))
    return found


async def get(session: AsyncSession, user_id: int) -> User:
    """The account with this number, or NotFound."""
    user = await session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such account.")
    return user


async def sitting(session: AsyncSession, user_id: int, epoch: int) -> User | None:
    """Whose session this is; None once the account is closed or `epoch` has moved on."""
    user = await session.get(User, user_id)
    return user if user is not None and user.disabled_at is None and user.epoch == epoch else None


async def roles(session: AsyncSession, user_id: int) -> dict[str, str]:
    """Their role by programme."""
    rows = await session.execute(select(Membership.programme, Membership.role).where(Membership.user_id == user_id))
    return {row.programme: row.role for row in rows}


async def members(session: AsyncSession, programme: str) -> list[Member]:
    """Everybody with a role in the programme, by log-in name."""
    rows = await session.execute(
        select(User.id, User.login, Membership.role, User.disabled_at, User.created_at)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.programme == programme)
        .order_by(User.login)
    )
    return [Member(number, login, role, gone is not None, created) for number, login, role, gone, created in rows]


async def everybody(session: AsyncSession) -> list[tuple[User, dict[str, str]]]:
    """Every account with its roles, by log-in name; for the command line."""
    memberships = (await session.execute(select(Membership.user_id, Membership.programme, Membership.role))).all()
    accounts = (await session.scalars(select(User).order_by(User.login))).all()
    return [(user, {p: role for number, p, role in memberships if number == user.id}) for user in accounts]


async def set_role(
    session: AsyncSession, programme: str, user_id: int, role: str | None, now: datetime, *, actor: str
) -> None:
    """Give a role in the programme, change it, or take it away (None). Ends their sessions: it counts at once."""
    if role is not None and role not in ROLES:
        raise NotAllowed(f"There is no role called {role}. Choose one of {', '.join(ROLES)}.")
    if actor == audit.user(user_id):
        raise NotAllowed("Nobody changes their own role. Ask another admin.")
    before = (await roles(session, user_id)).get(programme)
    if before == role:
        return
    await session.execute(delete(Membership).where(Membership.user_id == user_id, Membership.programme == programme))
    if role is not None:
        session.add(Membership(user_id=user_id, programme=programme, role=role))
    await _end_sessions(session, user_id)
    detail = {"before": before, "after": role}
    await audit.record(session, programme, actor, "set_role", audit.user(user_id), detail, now)


async def set_password(session: AsyncSession, user_id: int, password_hash: str, now: datetime, *, actor: str) -> None:
    """Change the password and end every session of theirs."""
    await session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))
    await _end_sessions(session, user_id)
    await _record_everywhere(session, user_id, "set_password", now, actor)


async def disable(session: AsyncSession, user_id: int, now: datetime, *, actor: str) -> None:
    """Close the account: no log-in, and every session ends. Their decisions stay theirs."""
    if actor == audit.user(user_id):
        raise NotAllowed("Nobody closes their own account. Ask another admin.")
    await session.execute(update(User).where(User.id == user_id).values(disabled_at=now))
    await _end_sessions(session, user_id)
    await _record_everywhere(session, user_id, "disable", now, actor)


async def enable(session: AsyncSession, user_id: int, now: datetime, *, actor: str) -> None:
    """Open a closed account again."""
    await session.execute(update(User).where(User.id == user_id).values(disabled_at=None))
    await _record_everywhere(session, user_id, "enable", now, actor)


async def demand_charge(session: AsyncSession, admin_id: int, user_id: int) -> None:
    """NotAllowed unless the admin is admin wherever this user has a role.

    Whoever sets a password can be that person: without this, an admin of one programme could open another's vault.
    """
    theirs = await roles(session, user_id)
    mine = await roles(session, admin_id)
    if not theirs:
        raise NotFound("There is no such account.")
    if any(mine.get(programme) != "admin" for programme in theirs):
        raise NotAllowed(
            "This person also works in a programme that is not yours. Ask an admin of both, or whoever runs the server."
        )


async def _end_sessions(session: AsyncSession, user_id: int) -> None:
    await session.execute(update(User).where(User.id == user_id).values(epoch=User.epoch + 1))


async def _record_everywhere(session: AsyncSession, user_id: int, act: str, now: datetime, actor: str) -> None:
    for programme in await roles(session, user_id):
        await audit.record(session, programme, actor, act, audit.user(user_id), {}, now)
