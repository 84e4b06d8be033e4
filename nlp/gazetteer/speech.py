"""How people of a programme speak: cues for places, and words so common that alone they prove no place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from nlp.fold import words
from nlp.gazetteer.cues import Cues, cues_for
from nlp.gazetteer.doubts import Doubts, doubts_for
from nlp.gazetteer.elsewhere import Elsewhere, elsewhere_for
from nlp.knowledge import Knowledge
from nlp.little import stop_words

OFTEN = 2
"""Examples from which on a word in lower case counts as common."""


@dataclass(frozen=True)
class Speech:
    """Cues, and words that need more support before they are taken for a name."""

    cues: Cues = field(default_factory=lambda: cues_for(()))
    everyday: frozenset[str] = frozenset()
    doubts: Doubts = field(default_factory=lambda: doubts_for(()))
    elsewhere: Elsewhere = field(default_factory=lambda: elsewhere_for(()))


def speech_of(knowledge: Knowledge, common: Collection[str] = frozenset()) -> Speech:
    """From the stop words of the programme's languages and English, its words for categories, words that its examples
    have in lower case only, and the `common` words of texts learned from."""
    cues = cues_for(knowledge.languages)
    found = set(cues.everyday | stop_words(knowledge.languages))
    named = {word for place in knowledge.places for name in (place.name, *place.other_names) for word in words(name)}
    found |= (_lower_case(knowledge) | set(common)) - named
    for category in knowledge.categories:
        for spoken in category.words.values():
            found.update(word for phrase in spoken for word in words(phrase))
    return Speech(cues, frozenset(found), doubts_for(knowledge.languages), elsewhere_for(knowledge.languages))


def _lower_case(knowledge: Knowledge) -> set[str]:
    """Words that no writer of an example took for a name. A text all in lower case says nothing about that."""
    lower, capital = Counter[str](), set[str]()
    for category in knowledge.categories:
        for examples in category.examples.values():
            for example in examples:
                if example != example.lower():
                    for part in example.split():
                        (lower.update if part == part.lower() else capital.update)(words(part))
    return {word for word, count in lower.items() if count >= OFTEN and word not in capital}
