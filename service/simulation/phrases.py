"""What the people of a rehearsed town say: the programme's own examples, places and command words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random

from service.names import place_name
from service.programme import Programme

ASKS_PLACE = ("ask_place_first", "ask_place", "ask_where_first", "ask_where")
COMMANDS = ("status", "help", "stop", "start")
TOLD_APART = 1_000_000
"""Accounts name a house, so that hardly two are the same text: we hold back copies."""


class Phrases:
    """Texts in the languages of a programme."""

    def __init__(self, programme: Programme) -> None:
        self._programme = programme
        self.languages = [tag for tag in programme.rules.languages if tag in programme.messages]
        self._examples = {
            tag: [text for category in programme.categories for text in category.examples.get(tag, ())]
            for tag in self.languages
        }
        self._questions = [_pattern(spoken.texts[key]) for spoken in programme.messages.values() for key in ASKS_PLACE]

    def account(self, language: str, chance: Random) -> str:
        """What happened and where, at one of a million houses."""
        return f"{self._example(language, chance)}, {self.place(language, chance)}, {chance.randrange(TOLD_APART)}"

    def long_account(self, language: str, chance: Random) -> str:
        """Three accounts in one text, long enough for carriers to split or encode it."""
        return ". ".join(self.account(language, chance) for _ in range(3))

    def place(self, language: str, chance: Random) -> str:
        """The name of a place, as one of that language writes it."""
        places = self._programme.places
        return place_name(self._programme, language, chance.choice(places)) if places else self._programme.rules.name

    def command(self, language: str, chance: Random) -> str:
        """A word that commands us. STOP is among them; most who text it come back."""
        return chance.choice(self._programme.messages[language].commands[chance.choice(COMMANDS)])

    def asks_place(self, words: str) -> bool:
        """Is a text we sent the question for the place?"""
        return any(pattern.fullmatch(words) for pattern in self._questions)

    def _example(self, language: str, chance: Random) -> str:
        examples = self._examples[language] or [text for texts in self._examples.values() for text in texts]
        return chance.choice(examples) if examples else self._programme.rules.name


def _pattern(template: str) -> re.Pattern[str]:
    """What a text of ours looks like with its slots filled."""
    return re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(template)), re.DOTALL)


def parts(words: str, number: int) -> list[str]:
    """A long text in numbered parts, as phones without long texts send it: "(1/3) ..."."""
    pieces = words.split()
    size = -(-len(pieces) // number)
    cut = [" ".join(pieces[at : at + size]) for at in range(0, len(pieces), size)]
    return [f"({index}/{len(cut)}) {piece}" for index, piece in enumerate(cut, start=1)]


def weighted(weights: Mapping[str, float], chance: Random) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]
