"""The table of an outgoing text's moves is the only way to move one."""

from __future__ import annotations

import ast
import itertools
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from service.db import Database
from service.models import Message
from service.outgoing import DELIVERY, FAILURES, MOVES, OUT, change, note_delivery
from service.workflow import NotAllowed

SERVICE = Path(__file__).parents[2] / "service"
INCOMING = ("direction == 'in'", "'received'", "'done'", "WAITING")
"""What shows that a statement is about texts that come in."""


async def _make(database: Database, now: datetime, state: str) -> int:
    async with database.writing() as session:
        message = Message(
            programme="village", channel="village/sms", direction="out", state=state, external_id="x", created_at=now
        )
        session.add(message)
        await session.flush()
        return message.id


async def _state(database: Database, number: int) -> str:
    async with database.reading() as session:
        return await session.scalar(select(Message.state).where(Message.id == number)) or ""


async def test_a_text_moves_as_the_table_says_and_no_other_way(database: Database, now: datetime) -> None:
    made = {state: await _make(database, now, state) for state in MOVES}
    for origin, target in itertools.product(MOVES, MOVES):
        async with database.writing() as session:
            number = await _make_in(session, now, origin)
            if not any(target in following for following in MOVES.values()):
                with pytest.raises(NotAllowed):
                    change(target)
                continue
            await session.execute(change(target, Message.id == number))
            moved = await session.scalar(select(Message.state).where(Message.id == number))
        assert (moved == target) == (target in MOVES[origin] or origin == target), (origin, target)
    assert {state: await _state(database, number) for state, number in made.items()} == {
        state: state for state in MOVES
    }


async def _make_in(session: object, now: datetime, state: str) -> int:
    message = Message(programme="village", channel="village/sms", direction="out", state=state, created_at=now)
    session.add(message)  # type: ignore[attr-defined]
    await session.flush()  # type: ignore[attr-defined]
    return message.id


@pytest.mark.parametrize(("origin", "target"), [("read", "queued"), ("sent", "queued"), ("dropped", "queued")])
def test_a_move_the_table_does_not_know_is_refused(origin: str, target: str) -> None:
    with pytest.raises(NotAllowed, match=f"A text that is {origin} cannot become {target}"):
        change(target, came_from=(origin,))


async def test_texts_that_come_in_are_never_moved(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        message = Message(programme="village", channel="village/sms", direction="in", state="dead", created_at=now)
        session.add(message)
        await session.flush()
        await session.execute(change("queued"))
    assert await _state(database, message.id) == "dead"


async def test_the_words_of_a_provider_end_in_one_state_in_whatever_order_they_come(
    database: Database, now: datetime
) -> None:
    for words in itertools.permutations(DELIVERY):
        number = await _make(database, now, "sent")
        async with database.writing() as session:
            for word in words:
                await session.execute(note_delivery(word, Message.id == number))
        assert await _state(database, number) == "read", words
    for words in itertools.permutations(("sent", "delivered", "failed")):
        number = await _make(database, now, "sent")
        async with database.writing() as session:
            for word in words:
                await session.execute(note_delivery(word, Message.id == number))
        assert await _state(database, number) == "delivered", words


async def test_news_of_an_attempt_before_does_not_end_one_that_is_tried_again(
    database: Database, now: datetime
) -> None:
    number = await _make(database, now, "queued")
    async with database.writing() as session:
        await session.execute(note_delivery("failed", Message.id == number))
        await session.execute(note_delivery("sent", Message.id == number))
    assert await _state(database, number) == "queued"


def test_every_state_and_reason_fits_its_column_and_is_named_once() -> None:
    assert all(len(word) <= 16 for word in (*MOVES, *FAILURES))
    assert {state for following in MOVES.values() for state in following} <= set(MOVES)


def _writes_a_state(tree: ast.AST) -> bool:
    """Does it say update(Message)…values(state=…), or set `.state` of a message, for a text that goes out?"""
    for node in ast.walk(tree):
        source = ast.unparse(node) if isinstance(node, ast.Call | ast.Assign) else ""
        if any(sign in source for sign in INCOMING):
            continue
        names_it = isinstance(node, ast.Call) and any(keyword.arg == "state" for keyword in node.keywords)
        if names_it and "update(Message)" in source and ".values(" in source:
            return True
        if isinstance(node, ast.Assign) and any("message.state" in ast.unparse(target) for target in node.targets):
            return True
    return False


def test_no_other_code_writes_a_state() -> None:
    writers = [path.name for path in SERVICE.rglob("*.py") if _writes_a_state(ast.parse(path.read_text("utf-8")))]
    assert writers == ["outgoing.py"]


@pytest.mark.parametrize(
    "code",
    [
        "update(Message).where(Message.id == 1).values(state='sent')",
        "message.state = 'sent'",
        "message.state, message.error = 'sent', None",
    ],
)
def test_a_state_written_past_the_table_is_found(code: str) -> None:
    assert _writes_a_state(ast.parse(code))


async def test_a_providers_word_finds_its_text_by_the_index(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        # On an empty table every index costs the same, and the planner takes any.
        session.add_all(
            Message(
                programme="village",
                channel="village/sms",
                direction="out",
                state="sent",
                external_id=f"x{number}",
                created_at=now,
            )
            for number in range(1000)
        )
        await session.flush()
        await session.execute(text("ANALYZE messages"))
    mine = OUT & (Message.channel == "village/sms") & (Message.external_id == "x")
    dialect = database.engine.dialect
    statement = str(note_delivery("delivered", mine).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    async with database.reading() as session:
        explain = "EXPLAIN" if database.is_postgresql else "EXPLAIN QUERY PLAN"
        plan = (await session.execute(text(f"{explain} {statement}"))).all()
    assert "ix_messages_sent" in str(plan)
