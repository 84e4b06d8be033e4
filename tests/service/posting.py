"""Texts that wait in the outbox of a town, and one pass of sending them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aiohttp import ClientSession
from sqlalchemy import delete, select, update

from channels.base import Channel
from service import sending
from service.models import Message
from tests.service.conftest import CHANNEL, Town
from tests.service.folk import person

ADDRESS = "https://reports.test"
ACCOUNT = "No water in Gatwekera since Monday"


async def account(town: Town, sender: str = "amina") -> Message:
    """An account of somebody new, and one receipt: the note on privacy, which comes with the first, is tested elsewhere."""
    message = await town.text(ACCOUNT, sender)
    async with town.database.writing() as session:
        await session.execute(delete(Message).where(Message.purpose == "privacy"))
    return message


async def send(town: Town, channel: Channel, http: ClientSession, name: str = CHANNEL) -> int:
    programmes = {"village": town.programme}
    return await sending.send_due(town.database, town.secrets, {name: channel}, http, town.now, programmes, ADDRESS)


async def first_out(town: Town) -> Message:
    async with town.database.reading() as session:
        found = await session.scalar(select(Message).where(Message.direction == "out").order_by(Message.id))
    assert found is not None
    return found


async def change_all(town: Town, **values: Any) -> None:
    """Every outgoing text at once."""
    async with town.database.writing() as session:
        await session.execute(update(Message).where(Message.direction == "out").values(values))


async def states(town: Town) -> list[str]:
    async with town.database.reading() as session:
        query = select(Message.state).where(Message.direction == "out").order_by(Message.id)
        return list(await session.scalars(query))


async def crowd(town: Town, texts: int, *, channel: str = CHANNEL, priority: int = 1) -> None:
    """So many people, each with a text that waits for them."""
    async with town.database.writing() as session:
        for number in range(texts):
            sender = channel if "+" in channel else f"{channel}-{priority}-{number}"
            known = {"pseudonym": town.secrets.pseudonym(channel, sender), "address": town.secrets.seal(sender)}
            someone = await person(session, town.now, channel=channel, **known)
            session.add(
                Message(
                    programme="village",
                    channel=channel,
                    direction="out",
                    reporter_id=someone.id,
                    body=town.secrets.seal(f"{priority}-{number}"),
                    purpose="answered" if priority else "receipt",
                    state="queued",
                    priority=priority,
                    due_at=town.now - timedelta(seconds=priority),
                    created_at=town.now,
                )
            )
