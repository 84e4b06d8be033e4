"""Rules as data: lists of phrases by language, and which lists standing near each other mean what, how surely.

A data file has `groups` (name, language, phrases separated by commas) and `rules`:
`{says: KIND, score: 0.8, needs: [group, group], within: 8}`: one phrase of each group, all within so many words.
`{..., unless: [group]}` leaves the rule out when a phrase of such a group stands near too; `{..., negatable: false}` is
for what people say with a negation ("no reason to live").

A match is negated when a word of the group `negation` stands shortly before its first phrase. No negation reaches across a word
of the group `barrier`: another clause begins there ("nobody helps, he beats me"), or what is negated is an end ("did not stop").

`denials` says which groups deny which kinds as a whole ("does not beat", "nobody asked for money"). They count for what stands
beside them wherever the negation is, in a verb or after its object, but not where the text turns: where a word of the group
`turn` or a further negation stands outside the denial ("but", "so they", "does not beat me, does not let me out").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from nlp.lexicon import Hit, Lexicon, languages_of, read_data, starting

WITHIN = 8
LONGEST = 20
"""More words than any phrase has."""
NEGATED, BARRIER, TURN = "negation", "barrier", "turn"
REACH_OF_NEGATION = 3
BEFORE_NEGATION = 2
"""So many words before a negation a barrier still counts: "never again stops", "n'arrête pas de"."""
REACH_OF_DENIAL = 2

Found = dict[str, list[Hit[str]]]
"""Where phrases of each group stand in the words of a text."""


@dataclass(frozen=True)
class Rule:
    """Says `says` with probability `score` when every group of `needs` has a phrase within `within` words of the first."""

    says: str
    score: float
    needs: tuple[str, ...]
    within: int = WITHIN
    unless: tuple[str, ...] = ()
    negatable: bool = True


@dataclass(frozen=True)
class Match:
    """A rule that applies, by the words `start:end` of its first group and the places of the others."""

    rule: Rule
    hits: tuple[Hit[str], ...]
    negated: bool


class Rulebook:
    """The rules of one data file for some languages."""

    def __init__(self, name: str, languages: Sequence[str]) -> None:
        """ValueError when a rule names a group that is not there."""
        data = read_data(name)
        groups: dict[str, dict[str, str]] = data["groups"]
        self._lexicon: Lexicon[str] = Lexicon(
            (group, (phrase for code in languages_of(languages, spoken) for phrase in spoken[code].split(",")))
            for group, spoken in groups.items()
        )
        self.rules = tuple(_as_rule(rule) for rule in data["rules"])
        self._by_first: dict[str, list[tuple[int, Rule]]] = {}
        for place, rule in enumerate(self.rules):
            self._by_first.setdefault(rule.needs[0], []).append((place, rule))
        denials: dict[str, list[str]] = data.get("denials", {})
        self._denials: dict[str, list[str]] = {}
        for group, kinds in denials.items():
            for kind in kinds:
                self._denials.setdefault(kind, []).append(group)
        unknown = {group for rule in self.rules for group in rule.needs + rule.unless}.union(denials) - set(groups)
        if unknown:
            raise ValueError(f"{name}: no such groups: {', '.join(sorted(unknown))}")

    def find(self, words: Sequence[str]) -> Found:
        """Where phrases of each group stand in the (folded) words."""
        found: Found = {}
        for hit in self._lexicon.find(words):
            found.setdefault(hit.key, []).append(hit)
        return found

    def apply(self, found: Found) -> list[Match]:
        """The rules that apply to what was found; each once, where it is not negated if there is such a place."""
        matches = []
        denials = self.denials(found)
        begun = sorted((entry for group in found for entry in self._by_first.get(group, ())), key=itemgetter(0))
        for _, rule in begun:
            if all(map(found.__contains__, rule.needs)):
                match = _best(rule, found, denials.get(rule.says, ()))
                if match is not None:
                    matches.append(match)
        return matches

    def denials(self, found: Found) -> dict[str, list[Hit[str]]]:
        """By kind, where it is denied. Empty when the text turns."""
        said = {
            kind: hits
            for kind, groups in self._denials.items()
            if (hits := _in_order(hit for group in groups for hit in found.get(group, ())))
        }
        every = _in_order(hit for hits in said.values() for hit in hits)
        turns = (*found.get(TURN, ()), *found.get(NEGATED, ())) if said else ()
        return said if all(any(_inside(turn, hit) for hit in _near(turn, every, 0)) for turn in turns) else {}


@lru_cache(maxsize=12)
def rulebook_for(name: str, languages: tuple[str, ...]) -> Rulebook:
    """Remembered: a pipeline is opened anew whenever something was learned, and its rulebooks were a fifth of that."""
    return Rulebook(name, languages)


def _as_rule(data: dict[str, Any]) -> Rule:
    fields = {**data, "needs": tuple(data["needs"]), "unless": tuple(data.get("unless", ()))}
    return Rule(**fields)


def _best(rule: Rule, found: Found, denials: Sequence[Hit[str]]) -> Match | None:
    best: Match | None = None
    for first in found[rule.needs[0]]:
        hits = [first]
        for group in rule.needs[1:]:
            near = [hit for hit in _near(first, found[group], rule.within) if not _same(hit, hits)]
            if not near:
                break
            hits.append(min(near, key=lambda hit: _gap(first, hit)))
        else:
            if any(_near(first, found.get(group, ()), rule.within) for group in rule.unless):
                continue
            negated = (rule.negatable and _is_negated(first, found)) or bool(_near(first, denials, REACH_OF_DENIAL))
            if best is None or (best.negated and not negated):
                best = Match(rule, tuple(hits), negated)
    return best


def _near(first: Hit[str], hits: Sequence[Hit[str]], within: int) -> list[Hit[str]]:
    """Those of the hits, which are in order of their start, with at most so many words between them and the first."""
    around = starting(hits, first.start - within - LONGEST, first.end + within)
    return [hit for hit in around if _gap(first, hit) <= within]


def _is_negated(first: Hit[str], found: Found) -> bool:
    barriers = found.get(BARRIER, ())
    return any(
        no.end <= first.start
        and not any(
            no.start - BEFORE_NEGATION <= barrier.start and barrier.end <= first.start
            for barrier in _near(no, barriers, REACH_OF_NEGATION + BEFORE_NEGATION)
        )
        for no in _near(first, found.get(NEGATED, ()), REACH_OF_NEGATION - 1)
    )


def _in_order(hits: Iterable[Hit[str]]) -> list[Hit[str]]:
    return sorted(hits, key=lambda hit: hit.start)


def _inside(inner: Hit[str], outer: Hit[str]) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _gap(one: Hit[str], other: Hit[str]) -> int:
    return max(other.start - one.end, one.start - other.end, 0)


def _same(hit: Hit[str], others: list[Hit[str]]) -> bool:
    return any(hit.start == other.start and hit.end == other.end for other in others)


def quote(words: Sequence[str], hits: Sequence[Hit[str]]) -> str:
    """The words of some hits in the order of the text, for a reason."""
    parts = dict.fromkeys((hit.start, hit.end) for hit in sorted(hits, key=lambda hit: hit.start))
    return ", ".join(" ".join(words[start:end]) for start, end in parts)
