"""Who texts what when, and what goes wrong on its way: all of it from the scenario's seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from service.simulation.callers import CALLERS
from service.simulation.phrases import Phrases, parts, weighted
from service.simulation.scenario import Scenario

BREATH = 1.5
"""Seconds between two texts somebody sends right after each other."""


@dataclass(frozen=True)
class Person:
    """Somebody who texts, always by the same channel and in the same language."""

    number: int
    channel: str
    address: str
    language: str


@dataclass(frozen=True)
class Delivery:
    """One request of a provider, with what goes wrong with it. `at` is in seconds from the start; `late` come on top."""

    at: float
    channel: str
    texts: tuple[tuple[Person, str], ...]
    late: float = 0.0
    copies: int = 1
    together: bool = False
    torn: bool = False
    skew: float = 0.0
    base64: bool = False


class Plan:
    """The texts of a scenario. What is asked twice is answered the same."""

    def __init__(self, scenario: Scenario, phrases: Phrases) -> None:
        self._scenario = scenario
        self._phrases = phrases

    def person(self, number: int) -> Person:
        """The nth person of the town, from 0."""
        chance = Random(f"{self._scenario.seed}/person/{number}")
        channel = weighted(self._scenario.channels, chance)
        return Person(number, channel, CALLERS[channel].person(number), chance.choice(self._phrases.languages))

    def deliveries(self, rate: float, texts: int, stream: str = "plan") -> Iterator[Delivery]:
        """At least so many texts, `rate` of them a second, in order of `at`."""
        chance = Random(f"{self._scenario.seed}/{stream}")
        made = 0
        while made < texts:
            person = self.person(chance.randrange(self._scenario.reporters))
            for delivery in self._say(person, made / rate, chance):
                made += len(delivery.texts)
                yield delivery

    def measured(self, texts: int) -> Iterator[Delivery]:
        """So many accounts at once, with which nothing goes wrong."""
        chance = Random(f"{self._scenario.seed}/measured")
        for _ in range(texts):
            person = self.person(chance.randrange(self._scenario.reporters))
            yield Delivery(0.0, person.channel, ((person, self._phrases.account(person.language, chance)),))

    def asks_place(self, words: str) -> bool:
        return self._phrases.asks_place(words)

    def answer(self, person: Person, turn: int) -> Delivery | None:
        """What somebody says when we asked for the place; None if they say nothing. `turn` counts their answers."""
        chance = Random(f"{self._scenario.seed}/answer/{person.number}/{turn}")
        if chance.random() >= self._scenario.conversation.answers:
            return None
        words = self._phrases.place(person.language, chance) if chance.random() < 0.6 else str(chance.randint(0, 3))
        return self._flawed(((person, words),), 0.0, chance, late=BREATH)

    def _say(self, person: Person, at: float, chance: Random) -> Iterator[Delivery]:
        """One utterance: a command, an account in one text, two or numbered parts, alone or with other people's."""
        talk, flaws = self._scenario.conversation, self._scenario.delivery
        if chance.random() < talk.commands:
            yield self._flawed(((person, self._phrases.command(person.language, chance)),), at, chance)
            return
        if chance.random() < flaws.torn_parts:
            yield from self._torn_parts(person, at, chance)
            return
        account = self._phrases.account(person.language, chance)
        if chance.random() < talk.fragments:
            head, _, tail = account.rpartition(", ")
            for delay, words in ((0.0, head), (BREATH, tail)):
                yield self._flawed(((person, words),), at, chance, late=delay)
            return
        texts = [(person, account)]
        most = CALLERS[person.channel].most
        if most > 1 and chance.random() < flaws.batches:
            texts += self._neighbours(person.channel, chance.randint(1, most - 1), chance)
        yield self._flawed(tuple(texts), at, chance)
        if chance.random() < talk.follow_ups:
            more = self._phrases.account(person.language, chance)
            yield self._flawed(((person, more),), at, chance, late=chance.uniform(2, 8))

    def _torn_parts(self, person: Person, at: float, chance: Random) -> Iterator[Delivery]:
        """Numbered parts of which one is late, or lost by the carrier before anybody who is asked to keep it."""
        pieces = parts(self._phrases.long_account(person.language, chance), 3)
        torn, lost = chance.randrange(len(pieces)), chance.random() < 0.5
        for index, piece in enumerate(pieces):
            if index == torn and lost:
                continue
            late = chance.uniform(3, 8) if index == torn else 0.2 * index
            yield self._flawed(((person, piece),), at, chance, late=late)

    def _neighbours(self, channel: str, count: int, chance: Random) -> list[tuple[Person, str]]:
        """Accounts of other people who use the channel."""
        found = []
        for _ in range(20 * count):
            person = self.person(chance.randrange(self._scenario.reporters))
            if person.channel == channel:
                found.append((person, self._phrases.account(person.language, chance)))
            if len(found) == count:
                break
        return found

    def _flawed(
        self, texts: tuple[tuple[Person, str], ...], at: float, chance: Random, *, late: float = 0.0
    ) -> Delivery:
        flaws, caller = self._scenario.delivery, CALLERS[texts[0][0].channel]
        copies = chance.randint(2, flaws.duplicates.times) if chance.random() < flaws.duplicates.share else 1
        late += chance.uniform(0, flaws.reordering.seconds) if chance.random() < flaws.reordering.share else 0.0
        skew = flaws.clock_skew.seconds * chance.choice((-1, 1)) if chance.random() < flaws.clock_skew.share else 0.0
        torn = chance.random() < flaws.torn_requests
        encoded = caller.base64 and chance.random() < flaws.base64
        if encoded:
            texts = tuple((person, self._phrases.long_account(person.language, chance)) for person, _ in texts)
        return Delivery(at, caller.type, texts, late, copies, flaws.duplicates.together, torn, skew, encoded)
