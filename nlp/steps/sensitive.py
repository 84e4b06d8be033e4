"""The step that finds accounts to be read by trained people only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import ClassVar

from spacy.tokens import Doc

from nlp.analysis import SensitiveFinding
from nlp.detector import passages
from nlp.features import level
from nlp.findings import told_words
from nlp.knowledge import Knowledge
from nlp.little import silent_for
from nlp.model import Model
from nlp.odds import from_log_odds, log_odds
from nlp.rulebook import Found, Match, quote, rulebook_for
from nlp.steps.base import Step, register

LEAST = 0.5
NEGATION = 0.45
REPORTED = 0.55
"""What remains of a score when the phrase is negated, or when the text reports of others and nobody speaks of themselves."""

AT_MOST_DENIED = 16
"""Words. What learned from whole texts is believed to be denied only in a text of no more: a long one tells of more."""

WEAK, UNLIKE, UNLIKE_SHARED = 0.7, 0.15, 0.03
"""A rule of a lower score says nothing when a detector of its kind finds the text less likely than this to be such an account;
the shared one, which must be surer to speak, must also be surer to silence. Of our own accounts held back the first loses one in
a thousand, and lets go nearly one in ten of the ordinary texts flagged."""

SAY, FAINT, UNSAID = 1.1, 0.3, 0.4
"""How many log odds of a detector one of a programme's sensitive category counts, and from which probability on; from a higher
one where the category is not sure enough to be said. With a few examples a category takes much that is new to it for its own;
so it speaks with the detector, and not alone. Chosen on gold texts and messages from disasters: alone, categories flagged twice
as many ordinary texts for two more accounts in a hundred."""


@register
class SensitiveStep(Step):
    """Says why an account may be sensitive, by kind: rules in many languages, detectors that learned from accounts, and the
    programme's sensitive categories.

    Recall comes first. Negated phrases, news about others and what was read, heard or seen played count less, so that
    they alone do not suffice.
    """

    name: ClassVar[str] = "sensitive"

    def prepare(self, knowledge: Knowledge, model: Model) -> None:
        self._languages = knowledge.languages
        self._rules = rulebook_for("sensitive.yaml", knowledge.languages)
        self._kinds = {category.code: category.sensitive for category in knowledge.categories if category.sensitive}
        self._silent = silent_for(knowledge)
        self._detectors = model.detectors
        self._detector_of = {kind: detector for detector in model.detectors for kind in detector.kinds}

    def read(self, doc: Doc) -> Doc:
        words = told_words(doc, self._languages, doers=True)
        found = self._rules.find(words)
        seen = "media" in found and "ourselves" not in found
        told = not seen and ("first_person" in found or "report_of_others" not in found)
        strongest: dict[str, SensitiveFinding] = {}
        leveled = level(words)
        # Detectors find accounts of little words alone; only a rule knows what they say together.
        nothing = self._silent.issuperset(words)
        parts = passages(leveled, found) if self._detectors else []
        heard = [(one, 0.0 if nothing else one.probability(parts)) for one in self._detectors]
        likely = {detector.kind: chance for detector, chance in heard}
        unlike = {
            kind for one, chance in heard if chance < (UNLIKE_SHARED if one.among else UNLIKE) for kind in one.kinds
        }
        matches = self._rules.apply(found)
        denied = self._denied(words, found, matches)
        for match in matches:
            if match.rule.score >= WEAK or match.rule.says not in unlike:
                score = _weigh(match.rule.score, negated=match.negated, told=told)
                _keep(strongest, SensitiveFinding(match.rule.says, score, quote(words, match.hits)))
        for detector, chance in heard:
            if chance >= LEAST:
                kind = detector.named(parts)
                score = _weigh(chance, told=told, negated=kind in denied or bool(detector.among and denied))
                _keep(strongest, SensitiveFinding(kind, score, ", ".join(detector.reasons(leveled))))
        for finding in () if seen else self._from_categories(doc, likely):
            if finding.kind not in denied:
                _keep(strongest, finding)
        doc._.sensitive = tuple(sorted(strongest.values(), key=lambda finding: (-finding.score, finding.kind)))
        return doc

    def _denied(self, words: Sequence[str], found: Found, matches: Sequence[Match]) -> Set[str]:
        """Kinds that a short text denies and says nowhere else."""
        if len(words) > AT_MOST_DENIED:
            return frozenset()
        return self._rules.denials(found).keys() - {match.rule.says for match in matches if not match.negated}

    def _from_categories(self, doc: Doc, likely: Mapping[str, float]) -> Iterator[SensitiveFinding]:
        """What the programme's categories say: with the detector of their kind where that knows the language, else alone."""
        said = {finding.code for finding in doc._.categories}
        language = doc._.language.code
        for finding in doc._.scores:
            kind = self._kinds.get(finding.code)
            if kind is None:
                continue
            score = max(finding.score, LEAST) if finding.code in said else finding.score
            detector = self._detector_of.get(kind)
            if detector is not None and language in detector.spoken:
                faint = FAINT if finding.code in said else UNSAID
                score = round(_together(likely[detector.kind], finding.score, faint), 3)
            yield SensitiveFinding(kind, score, f"category {finding.code}" + (finding.why and f": {finding.why}"))


def _together(detector: float, category: float, faint: float) -> float:
    """The probability that a detector's and a category's, from `faint` on, come to."""
    return from_log_odds(log_odds(detector) + SAY * max(log_odds(category) - log_odds(faint), 0.0))


def _weigh(score: float, *, told: bool, negated: bool = False) -> float:
    return round(score * (NEGATION if negated else 1) * (1 if told else REPORTED), 3)


def _keep(strongest: dict[str, SensitiveFinding], finding: SensitiveFinding) -> None:
    if finding.score >= LEAST and (finding.kind not in strongest or finding.score > strongest[finding.kind].score):
        strongest[finding.kind] = finding
