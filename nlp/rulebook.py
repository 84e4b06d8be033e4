"""Rules as data: lists of phrases by language, and which lists standing near each other mean what, how surely.

A data file has `groups` (name, language, phrases separated by commas) and `rules`:
`{says: KIND, score: 0.8, needs: [group, group], within: 8}`: one phrase of each group, all within so many words.
`{..., unless: [group]}` leaves the rule out when a phrase of such a group stands near too; `{..., negatable: false}` is
for what people say with a negation ("no reason to live").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nlp.lexicon import Hit, Lexicon, languages_of, read_data, starting

WITHIN = 8
LONGEST = 20
"""More words than any phrase has."""
NEGATED = "negation"
REACH_OF_NEGATION = 3


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
        unknown = {group for rule in self.rules for group in rule.needs + rule.unless} - set(groups)
        if unknown:
            raise ValueError(f"{name}: no such groups: {', '.join(sorted(unknown))}")

    def find(self, words: Sequence[str]) -> dict[str, list[Hit[str]]]:
        """Where phrases of each group stand in the (folded) words."""
        found: dict[str, list[Hit[str]]] = {}
        for hit in self._lexicon.find(words):
            found.setdefault(hit.key, []).append(hit)
        return found

    def apply(self, found: dict[str, list[Hit[str]]]) -> list[Match]:
        """The rules that apply to what was found; each once, where it is not negated if there is such a place."""
        matches = []
        for rule in self.rules:
            if all(group in found for group in rule.needs):
                match = _best(rule, found)
                if match is not None:
                    matches.append(match)
        return matches


def _as_rule(data: dict[str, Any]) -> Rule:
    fields = {**data, "needs": tuple(data["needs"]), "unless": tuple(data.get("unless", ()))}
    return Rule(**fields)


def _best(rule: Rule, found: dict[str, list[Hit[str]]]) -> Match | None:
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
            negated = rule.negatable and any(
                no.end <= first.start for no in _near(first, found.get(NEGATED, ()), REACH_OF_NEGATION - 1)
            )
            if best is None or (best.negated and not negated):
                best = Match(rule, tuple(hits), negated)
    return best


def _near(first: Hit[str], hits: Sequence[Hit[str]], within: int) -> list[Hit[str]]:
    """Those of the hits, which are in order of their start, with at most so many words between them and the first."""
    around = starting(hits, first.start - within - LONGEST, first.end + within)
    return [hit for hit in around if _gap(first, hit) <= within]


def _gap(one: Hit[str], other: Hit[str]) -> int:
    return max(other.start - one.end, one.start - other.end, 0)


def _same(hit: Hit[str], others: list[Hit[str]]) -> bool:
    return any(hit.start == other.start and hit.end == other.end for other in others)


def quote(words: Sequence[str], hits: Sequence[Hit[str]]) -> str:
    """The words of some hits in the order of the text, for a reason."""
    parts = dict.fromkeys((hit.start, hit.end) for hit in sorted(hits, key=lambda hit: hit.start))
    return ", ".join(" ".join(words[start:end]) for start, end in parts)
