"""Batches, leases, bad texts and dead workers; once with the real analysis in a real process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

import nlp.analysis as nlp
from channels.base import Inbound
from nlp.store import Store
from service import worker
from service.analyst import AnalysisFailed, Analyst
from service.models import Message, Report
from tests.service.conftest import CHANNEL, WATER, Town


@dataclass
class Reader:
    """Stands where the process pool stands; breaks on texts that say so."""

    batches: list[int] = field(default_factory=list)

    async def analyse(self, programme: str, texts: Sequence[str]) -> list[nlp.Analysis]:
        self.batches.append(len(texts))
        if any("break" in text for text in texts):
            raise AnalysisFailed("The analysis failed with ValueError.")
        return [WATER for _ in texts]


async def _store(town: Town, *texts: str) -> None:
    """One text each of different people."""
    items = [Inbound(f"amina {number}", text, f"{text}-{number}") for number, text in enumerate(texts)]
    await town.intake.store("village", CHANNEL, items, town.now)


async def _take(town: Town, reader: Reader) -> int:
    return await worker.take_batch(
        town.database,
        town.secrets,
        {"village": town.programme},
        reader,  # type: ignore[arg-type]
        town.now,
    )


async def _states(town: Town) -> list[str]:
    async with town.database.reading() as session:
        query = select(Message.state).where(Message.direction == "in").order_by(Message.id)
        return list(await session.scalars(query))


async def test_a_batch_is_analysed_together_and_finished(town: Town) -> None:
    await _store(town, "No water one", "No water two", "HELP")
    reader = Reader()
    assert await _take(town, reader) == 3
    assert reader.batches == [2]
    assert await _states(town) == ["done"] * 3
    assert await _take(town, reader) == 0


async def test_a_text_that_breaks_the_analysis_fails_alone_and_is_set_aside(town: Town) -> None:
    await _store(town, "No water one", "break me", "No water two")
    reader = Reader()
    for _ in range(worker.ATTEMPTS):
        await _take(town, reader)
        town.now += timedelta(minutes=10)
    assert await _states(town) == ["done", "dead", "done"]
    async with town.database.reading() as session:
        dead = await session.scalar(select(Message).where(Message.state == "dead"))
    assert dead.error == "The analysis failed with ValueError."
    async with town.database.writing() as session:
        assert await worker.replay(session, town.now) == 1
    assert await _states(town) == ["done", "received", "done"]


async def test_a_text_that_breaks_us_after_the_analysis_fails_alone_too(town: Town) -> None:
    await _store(town, "No water one", "odd", "No water two")

    class Odd(Reader):
        async def analyse(self, programme: str, texts: Sequence[str]) -> list[nlp.Analysis]:
            nowhere = replace(WATER, location=replace(WATER.location, name=None))
            return [nowhere if text == "odd" else WATER for text in texts]

    for _ in range(worker.ATTEMPTS):
        await _take(town, Odd())
        town.now += timedelta(minutes=10)
    assert await _states(town) == ["done", "dead", "done"]


async def test_the_lease_of_a_dead_worker_runs_out_and_another_takes_over(town: Town) -> None:
    await _store(town, "No water one")

    class Dies(Reader):
        async def analyse(self, programme: str, texts: Sequence[str]) -> list[nlp.Analysis]:
            raise asyncio.CancelledError

    for attempt in range(2):
        try:
            await _take(town, Dies())
        except asyncio.CancelledError:
            assert attempt < 2
        assert await _take(town, Reader()) == 0
        town.now += worker.LEASE
    assert await _take(town, Reader()) == 1
    assert await _states(town) == ["done"]


async def test_a_text_whose_every_worker_died_is_buried(town: Town) -> None:
    await _store(town, "No water one")

    class Dies(Reader):
        async def analyse(self, programme: str, texts: Sequence[str]) -> list[nlp.Analysis]:
            raise asyncio.CancelledError

    for _ in range(worker.ATTEMPTS):
        try:
            await _take(town, Dies())
        except asyncio.CancelledError:
            town.now += worker.LEASE
    assert await _take(town, Reader()) == 0
    assert await _states(town) == ["dead"]


async def test_two_workers_share_the_work_and_double_nothing(town: Town) -> None:
    await _store(town, *(f"No water {number}" for number in range(100)))
    taken = await asyncio.gather(*(_take(town, Reader()) for _ in range(2)))
    while await _take(town, Reader()):
        pass
    assert sum(taken) <= 100
    async with town.database.reading() as session:
        reports = await session.scalar(select(func.count()).select_from(Report))
        held = await session.scalar(select(func.count()).select_from(Message).where(Message.purpose == "held"))
    assert await _states(town) == ["done"] * 100
    assert (reports or 0) + (held or 0) == 100


async def test_the_real_analysis_in_its_own_process(town: Town, models: Path) -> None:
    await _store(town, "The tap in Gatwekera is dry, no water since Monday")
    analyst = Analyst({"village": town.programme.knowledge}, models, 1)
    try:
        taken = await worker.take_batch(town.database, town.secrets, {"village": town.programme}, analyst, town.now)
    finally:
        analyst.close()
    assert taken == 1
    assert (await town.report()).area == "upper"
    assert (await town.report()).analysis_version not in (None, "", "none")


async def test_a_training_is_given_up_when_we_are_told_to_stop(tmp_path: Path, town: Town) -> None:
    analyst = Analyst({"village": town.programme.knowledge}, tmp_path, 1)
    stop = asyncio.Event()
    stop.set()
    try:
        await worker.unless(stop, analyst.warm_up())
        assert Store(tmp_path, "village").current() is None, "nothing was trained yet"
    finally:
        analyst.close()


async def test_what_fails_before_we_stop_is_told() -> None:
    async def fail() -> None:
        raise AnalysisFailed("It died.")

    with pytest.raises(AnalysisFailed):
        await worker.unless(asyncio.Event(), fail())


@pytest.mark.parametrize("by", ["stop", "cancelled"])
async def test_what_is_given_up_has_ended_once_we_go_on(by: str) -> None:
    begun, stop, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # as a connection is given back
            ended.set()

    task = asyncio.create_task(worker.unless(stop, work()))
    await begun.wait()
    if by == "stop":
        stop.set()
    else:
        task.cancel()
    await asyncio.wait({task})
    assert ended.is_set()
