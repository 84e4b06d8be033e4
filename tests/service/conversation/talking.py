"""Texts as they come in reality: stored by the intake, taken by the worker, several at once, late or out of order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import select

import nlp.analysis as nlp
from channels.base import Inbound, Part
from service import worker
from service.models import Message, Report
from tests.service.conftest import CHANNEL, SENSITIVE, WATER, Town, candidate


@dataclass
class Ear:
    """Stands where the process pool stands: hears topics, places and danger in a few plain words."""

    heard: list[str] = field(default_factory=list)

    async def analyse(self, programme: str, texts: Sequence[str]) -> list[nlp.Analysis]:
        self.heard += texts
        return [listen(text) for text in texts]


def listen(text: str) -> nlp.Analysis:
    """ "water" and "road" are topics, "Gatwekera" a place in upper, "Soko" one in lower, "beats" is danger."""
    said = text.casefold()
    categories = tuple(
        nlp.CategoryFinding(code, 0.93, word) for word, code in (("water", "water"), ("road", "roads")) if word in said
    )
    analysis = replace(WATER, redacted=text, categories=categories, places=(), location=None)
    for name, area in (("Gatwekera", "upper"), ("Soko", "lower")):
        if name.casefold() in said:
            assert WATER.location is not None
            mention = nlp.Mention(name, said.index(name.casefold()), 0, (candidate(name, area, 0.9),))
            analysis = replace(
                analysis, places=(mention,), location=replace(WATER.location, name=name, area=area, score=0.95)
            )
    return replace(analysis, sensitive=SENSITIVE.sensitive) if "beats" in said else analysis


@dataclass
class Talk:
    """One town, its worker, and a clock that moves only when told."""

    town: Town
    ear: Ear = field(default_factory=Ear)
    number: int = 0

    async def send(
        self,
        *texts: str,
        sender: str = "amina",
        apart: float = 0,
        sent: float | None = None,
        part: Part | None = None,
        replies_to: str | None = None,
        take: bool = True,
        pin: tuple[float, float] | None = None,
    ) -> list[Message]:
        """Texts, `apart` seconds from each other; `sent` is the provider's clock in seconds from ours. Then the worker."""
        ids = []
        for index, text in enumerate(texts):
            self.number += 1
            ids.append(f"{sender}-{self.number}")
            self.town.now += timedelta(seconds=apart if index else 0)
            at = None if sent is None else self.town.now + timedelta(seconds=sent)
            inbound = Inbound(sender, text, ids[-1], at, pin, part=part, replies_to=replies_to)
            await self.town.intake.store("village", CHANNEL, [inbound], self.town.now)
        if take:
            await self.work()
        return [await self.message(external_id) for external_id in ids]

    async def work(self) -> int:
        """One round of the worker; returns how many texts it claimed."""
        town = self.town
        programmes = {"village": town.programme}
        return await worker.take_batch(town.database, town.secrets, programmes, self.ear, town.now)  # type: ignore[arg-type]

    async def message(self, external_id: str) -> Message:
        async with self.town.database.reading() as session:
            return (await session.scalars(select(Message).where(Message.external_id == external_id))).one()

    async def reports(self) -> list[Report]:
        async with self.town.database.reading() as session:
            return list(await session.scalars(select(Report).order_by(Report.id)))

    def wait(self, seconds: float) -> None:
        self.town.now += timedelta(seconds=seconds)
