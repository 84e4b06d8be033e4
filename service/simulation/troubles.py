"""What goes wrong on purpose, at its moments."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from service.simulation.away import Way
from service.simulation.notes import Notes
from service.simulation.product import Product
from service.simulation.provider import FakeProvider
from service.simulation.scenario import Ill, Trouble

UNMET_SECONDS = 10.0
POLL = 0.05


@dataclass(frozen=True)
class Stage:
    """Everything that can be made to fail."""

    product: Product
    provider: FakeProvider
    way: Way
    notes: Notes
    now: Callable[[], float]
    say: Callable[[str], None]
    """Tells whoever waits."""


async def happen(stage: Stage, troubles: list[Trouble], begun: float, end: float) -> None:
    """Make all of them happen, those that meet at the same time too. Returns when the last is over."""
    turns = sorted(((at, index, t) for index, t in enumerate(troubles) for at in t.moments(end)), key=lambda t: t[:2])
    async with asyncio.TaskGroup() as tasks:
        for at, _, trouble in turns:
            await asyncio.sleep(max(0.0, begun + at - stage.now()))
            what = f"{trouble.what}, {trouble.lasts:g} s"
            stage.notes.events.append((stage.now() - begun, what))
            stage.say(what)
            tasks.create_task(_one(stage, trouble))


async def _one(stage: Stage, trouble: Trouble) -> None:
    if trouble.kill is not None:
        await stage.product.kill(trouble.kill, trouble.lasts)
    elif trouble.database is not None:
        async with stage.way.away():
            await asyncio.sleep(trouble.lasts)
    elif trouble.provider is not None:
        await _be_ill(stage, trouble.provider, trouble.lasts)
    else:
        stage.product.fill_disk(True)
        try:
            await asyncio.sleep(trouble.lasts)
        finally:
            stage.product.fill_disk(False)


async def _be_ill(stage: Stage, ill: Ill, seconds: float) -> None:
    """Ill for so long, and until a text met it: an illness that nobody notices shows nothing."""
    provider = stage.provider
    provider.ill, met = ill, provider.met
    await asyncio.sleep(seconds)
    patience = stage.now() + UNMET_SECONDS
    while provider.ill == ill and provider.met == met and stage.now() < patience:  # noqa: ASYNC110, any may be the one
        await asyncio.sleep(POLL)
    # Another illness may have begun meanwhile.
    if provider.ill == ill:
        provider.ill = None
