"""The little words that say that a name of a place comes, and how what happened lies to it (`nlp/data/cues.yaml`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from nlp.fold import words
from nlp.lexicon import read_data

LONGEST = 4
"""Words in the longest cue."""
MOST_THINGS = 4
"""Words of things that are passed over between a cue and a name."""
BETWEEN = "between"

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Cues:
    """Cues from folded words to relations, and the words that make things of what follows."""

    before: Mapping[Phrase, str]
    after: Mapping[Phrase, str]
    articles: frozenset[str]
    everyday: frozenset[str]
    """Words of cues, which alone are never the name of a place."""
    joins: frozenset[str]
    """Words for "and"."""
    denies: frozenset[Phrase]
    """What stands between two names of which the first is denied."""
    things: frozenset[str]
    """What may stand between a cue and the name."""

    def relation(self, before: Sequence[str], after: Sequence[str]) -> str | None:
        """How the account lies to a name with these folded words right before and after it; None when nothing says."""
        for size in range(LONGEST, 0, -1):
            found = self.before.get(tuple(before[-size:])) or self.after.get(tuple(after[:size]))
            if found:
                return found
        return None

    def relation_over_things(self, before: Sequence[str], after: Sequence[str]) -> str | None:
        """The same where a thing of the name stands between: "near the market of Silanga", or the other end of a between."""
        heads, tails = _passed(before[::-1], self.things), _passed(after, self.things)
        # The farther cue first: in "near the market of Silanga" the nearer one only says whose market it is.
        for head, tail in (*((head, 0) for head in heads), *((0, tail) for tail in tails), (0, 0)):
            left, right = before[: len(before) - head], after[tail:]
            found = self._is_end_of_between(left, right) or self.relation(left, right)
            if found:
                return found
        return None

    def joined(self, gap: Sequence[str]) -> bool:
        """Whether these words between two names say "and"."""
        return sum(word in self.joins for word in gap) == 1 and all(
            word in self.joins or word in self.things or word in self.articles for word in gap
        )

    def _is_end_of_between(self, before: Sequence[str], after: Sequence[str]) -> str | None:
        """ "between the mosque and", "aur mandir ke beech": the other end is no name that we know."""
        last = before and before[-1] in self.joins
        first = after and after[0] in self.joins
        for at in range(1, MOST_THINGS + 1):
            if (last and _ends(self.before, before[: -1 - at])) or (first and _begins(self.after, after[1 + at :])):
                return BETWEEN
        return None


def _passed(spoken: Sequence[str], things: frozenset[str]) -> range:
    """How many words may be passed over: one, two, as long as they are things."""
    passed = 0
    while passed < min(len(spoken), MOST_THINGS) and spoken[passed] in things:
        passed += 1
    return range(1, passed + 1)


def _ends(cues: Mapping[Phrase, str], before: Sequence[str]) -> bool:
    return any(cues.get(tuple(before[-size:])) == BETWEEN for size in range(1, LONGEST + 1))


def _begins(cues: Mapping[Phrase, str], after: Sequence[str]) -> bool:
    return any(cues.get(tuple(after[:size])) == BETWEEN for size in range(1, LONGEST + 1))


@lru_cache(maxsize=64)
def cues_for(languages: tuple[str, ...]) -> Cues:
    """The cues of these languages (BCP 47) and English; of all languages when none is given."""
    data = read_data("cues.yaml")
    spoken = {language.split("-")[0] for language in languages} | {"en"}
    chosen = spoken if languages else data["before"].keys() | data["after"].keys()
    before, after = (
        _table(data[side][language] for language in data[side] if language in chosen) for side in ("before", "after")
    )
    listed = {
        name: frozenset(
            tuple(words(phrase))
            for language in data[name]
            if language in chosen
            for phrase in data[name][language].split(",")
        )
        for name in ("the", "verbs", "joins", "denies", "things")
    }
    single = {name: frozenset(word for phrase in phrases for word in phrase) for name, phrases in listed.items()}
    return Cues(
        before, after, single["the"], single["the"].union(*before, *after, single["verbs"]),
        single["joins"], listed["denies"], single["things"],
    )  # fmt: skip


def _table(languages: Iterable[Mapping[str, str]]) -> dict[Phrase, str]:
    """The first relation that names a cue has it."""
    found: dict[Phrase, str] = {}
    for cues in languages:
        for relation, listed in cues.items():
            for cue in listed.split(","):
                found.setdefault(tuple(words(cue)), relation)
    return found
