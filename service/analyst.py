"""The NLP in processes of its own, so that the web never waits for it and a text that breaks it breaks nothing else."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from nlp.analysis import Analysis
from nlp.knowledge import Knowledge
from service import heap

if TYPE_CHECKING:  # a child needs neither to read texts
    from service.programme import Programme
    from service.settings import Settings

Result = TypeVar("Result")

BATCH_SECONDS = 120.0
"""A batch that takes longer is given up; its process is ended."""
TRAINING_SECONDS = 1800.0
"""Loading a programme for the first time may train its model."""


def told(programme: Programme, settings: Settings) -> Knowledge:
    """What the analysis is told: the programme's own, and the installation's sentence model."""
    return replace(programme.knowledge, sentences=settings.sentence_model)


class AnalysisFailed(Exception):
    """The texts could not be analysed; the message says why without words of them."""


@dataclass
class _Loaded:
    """What a child process keeps between batches."""

    knowledge: Mapping[str, Knowledge]
    models: Path
    pipelines: dict[str, object]


_loaded: _Loaded | None = None


def _leave_signals_alone() -> None:
    # Ctrl-C goes to the whole group; the parent finishes what it is about and then ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _look_after_itself() -> None:
    """A killed parent tells its children nothing, and they would wait for its next batch for ever, with all they hold.
    Until then they hold no more than they use."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        while parent.is_alive():
            heap.trim()
            parent.join(heap.EVERY)
        os._exit(1)


def _begin(knowledge: Mapping[str, Knowledge], models: Path) -> None:
    global _loaded
    _leave_signals_alone()
    threading.Thread(target=_look_after_itself, daemon=True).start()
    _loaded = _Loaded(knowledge, models, {})


def _analyse(code: str, texts: Sequence[str]) -> list[Analysis]:
    from nlp.pipeline import Pipeline, load

    assert _loaded is not None
    pipeline = _loaded.pipelines.get(code)
    if not isinstance(pipeline, Pipeline) or not pipeline.is_current():
        pipeline = load(_loaded.knowledge[code], _loaded.models)
        _loaded.pipelines[code] = pipeline
    return pipeline.analyse(texts)


class Analyst:
    """Analyses batches in child processes; replaces them when one dies."""

    def __init__(self, knowledge: Mapping[str, Knowledge], models: Path, processes: int) -> None:
        self._knowledge = dict(knowledge)
        self._models = models
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def _open_pool(self) -> ProcessPoolExecutor:
        """Raises AnalysisFailed while the system has no room for one: its locks are files in memory."""
        if self._pool is None:
            try:
                self._pool = ProcessPoolExecutor(
                    self._processes,
                    mp_context=multiprocessing.get_context("spawn"),
                    initializer=_begin,
                    initargs=(self._knowledge, self._models),
                )
            except OSError as error:
                raise AnalysisFailed(f"The process of the analysis cannot be started: {error.strerror}.") from None
        return self._pool

    async def analyse(self, programme: str, texts: Sequence[str], seconds: float = BATCH_SECONDS) -> list[Analysis]:
        """One analysis a text, in order. Raises AnalysisFailed."""
        pool = self._open_pool()
        try:
            future = asyncio.get_running_loop().run_in_executor(pool, _analyse, programme, list(texts))
            return await asyncio.wait_for(future, seconds)
        except (BrokenProcessPool, TimeoutError) as error:
            self._replace(pool)
            what = "took too long" if isinstance(error, TimeoutError) else "died"
            raise AnalysisFailed(f"The process of the analysis {what}.") from None
        except Exception as error:
            # Whatever the NLP raised is about these texts; its message may quote them, so only its name goes on.
            raise AnalysisFailed(f"The analysis failed with {type(error).__name__}.") from None

    async def warm_up(self) -> None:
        """Load every programme's pipeline before the first text needs it."""
        for code in self._knowledge:
            await self.analyse(code, [""], TRAINING_SECONDS)

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        if broken is self._pool:
            self._pool = None
            _end(broken)

    def close(self) -> None:
        if self._pool is not None:
            _end(self._pool)


async def run_apart(function: Callable[..., Result], *arguments: object) -> Result:
    """Run a function in a process of its own, which is ended when we are cancelled; its memory goes with it."""
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_leave_signals_alone)
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, function, *arguments)
    finally:
        _end(pool)


def _end(pool: ProcessPoolExecutor) -> None:
    children = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for child in children:
        child.terminate()
        child.join(5)
