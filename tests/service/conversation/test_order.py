"""Texts of one person are put together in the order in which they were said, whichever process took them, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from channels.base import Inbound, Part
from service.intake import Intake
from service.spool import Spool
from tests.service.conftest import CHANNEL
from tests.service.conversation.talking import Talk


@asynccontextmanager
async def another_node(talk: Talk, folder: Path) -> AsyncIterator[tuple[Intake, asyncio.Event]]:
    """A second web process, for which the database is away until the event is set."""
    back, spool = asyncio.Event(), Spool(folder / "spool", 1_000_000)
    node = Intake(talk.town.database, talk.town.secrets, 64, asyncio.Event(), spool, back)
    node.start()
    yield node, back
    await node.stop()
    spool.close()


async def say(talk: Talk, node: Intake, text: str, after: float, sent: float | None = None) -> None:
    """Amina says it so many seconds from now to one of the nodes; `sent` is the provider's clock, likewise."""
    talk.number += 1
    now = talk.town.now + timedelta(seconds=after)
    at = None if sent is None else talk.town.now + timedelta(seconds=sent)
    await node.store("village", CHANNEL, [Inbound("amina", text, f"amina-{talk.number}", at)], now)


async def drain(node: Intake, back: asyncio.Event) -> None:
    """The database is there again for a node, and has what waited there."""
    back.set()
    async with asyncio.timeout(30):
        while node.spooling:  # noqa: ASYNC110, there is no event for the end of a drain
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("sent", [None, (0.0, 5.0, 9.0), (0.0, 0.0, 0.0)])
@pytest.mark.parametrize("read_between", [False, True])
async def test_fragments_of_two_nodes_are_one_account_in_the_order_of_their_arrival(
    talk: Talk, tmp_path: Path, read_between: bool, sent: tuple[float, ...] | None
) -> None:
    times = sent or (None, None, None)
    async with another_node(talk, tmp_path) as (node, back):
        await say(talk, node, "The water in Gatwekera", 0, times[0])
        await say(talk, talk.town.intake, "is dirty since Monday", 5, times[1])
        await say(talk, node, "and the children drink from it", 9, times[2])
        talk.wait(10)
        if read_between:
            await talk.work()
        talk.wait(300)
        await drain(node, back)
    while await talk.work():
        pass
    (report,) = await talk.reports()
    assert (report.text, report.texts, report.area) == (
        "The water in Gatwekera\nis dirty since Monday\nand the children drink from it",
        3,
        "upper",
    )


async def test_a_clock_that_is_wrong_by_a_day_puts_nothing_in_another_order(talk: Talk) -> None:
    day = 86400
    # The way to us takes longer for the one than for the other: the first is just too old to be believed.
    await say(talk, talk.town.intake, "The water in Gatwekera", 0, -day - 1)
    await say(talk, talk.town.intake, "is dirty since Monday", 3, 3 - day + 1)
    talk.wait(4)
    await talk.work()
    (report,) = await talk.reports()
    assert report.text == "The water in Gatwekera\nis dirty since Monday"


@pytest.mark.parametrize("words", [("STOP", "START"), ("START", "STOP")])
@pytest.mark.parametrize("waits", [0, 1])
async def test_of_stop_and_start_what_was_said_last_holds(
    talk: Talk, tmp_path: Path, words: tuple[str, str], waits: int
) -> None:
    await talk.send("No water in Gatwekera")
    async with another_node(talk, tmp_path) as (node, back):
        nodes = [node, talk.town.intake] if waits == 0 else [talk.town.intake, node]
        for number, (word, taker) in enumerate(zip(words, nodes, strict=True)):
            await say(talk, taker, word, 60 * (number + 1))
        talk.wait(180)
        await talk.work()
        await drain(node, back)
    talk.wait(600)
    await talk.work()
    assert ((await talk.town.reporter()).stopped_at is None) == (words[-1] == "START")


async def test_a_stop_that_was_one_text_too_many_is_not_taken_back_by_an_earlier_start(talk: Talk) -> None:
    for _ in range(7):
        await talk.send("STOP")
        talk.wait(60)
    await say(talk, talk.town.intake, "START", -1000)
    await talk.work()
    assert (await talk.town.reporter()).stopped_at is not None
    await talk.send("START")
    assert (await talk.town.reporter()).stopped_at is None


async def test_a_window_runs_from_when_they_wrote(talk: Talk, tmp_path: Path) -> None:
    wrote = talk.town.now
    async with another_node(talk, tmp_path) as (node, back):
        await say(talk, node, "No water in Gatwekera", 0)
        talk.wait(7200)
        await drain(node, back)
    await talk.work()
    assert (await talk.town.reporter()).last_seen_at == wrote


async def test_a_part_that_came_before_forget_and_was_stored_after_it_goes_too(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    await talk.send("FORGET")
    talk.wait(60)
    await talk.send("YES", take=False)
    part = Inbound("amina", "the road in Soko", "late", None, part=Part("7", 1, 2))
    await talk.town.intake.store("village", CHANNEL, [part], talk.town.now - timedelta(seconds=5))
    await talk.work()
    talk.wait(60)
    await talk.work()
    late = await talk.message("late")
    assert (late.purpose, late.cause, late.body, late.pseudonym) == ("erasure", "erased unread", None, None)
    assert len(await talk.reports()) == 1
