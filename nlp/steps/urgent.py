"""The step that says whether somebody must act now."""

from __future__ import annotations

from typing import ClassVar

from spacy.tokens import Doc

from nlp.analysis import CategoryFinding, Judgement, SensitiveFinding
from nlp.detector import passages
from nlp.features import level
from nlp.findings import told_words
from nlp.knowledge import Knowledge
from nlp.lexicon import Hit
from nlp.model import Model
from nlp.odds import from_log_odds, log_odds
from nlp.rulebook import quote, rulebook_for
from nlp.steps.base import Step, register

YES = 0.5
NEGATED = 0.4
REPORTED = 0.6

CATEGORY, CALM_CATEGORY = 0.45, 0.15
"""How much of an urgent category's score counts: what a text is about (a fire) does not say that it is so now, least of all
in thanks, a suggestion or a question, or where every sign of it is negated or over. Beside a word like "now" it is enough."""
CALM_KINDS = frozenset({"praise", "suggestion", "question"})

DANGERS = {
    "self_harm": 0.85,
    "trafficking": 0.35,
    "child_protection": 0.3,
    "gender_based_violence": 0.2,
    "violence": 0.2,
}
"""How much of a sensitive finding's score counts: who speaks of ending a life is in danger now whatever else the text says."""


SAY, FAINT, PLAIN = 0.8, 0.2, 0.97
"""How many log odds of the detector one of all these signs counts, between these probabilities: what is told plainly and what
has no sign at all do not outweigh how the text is told as a whole."""
WARY = 0.2
"""Log odds by which urgent is said sooner than not: to call in vain costs less. With SAY and the bounds chosen on gold texts, so
that more urgent ones are heard than by signs alone with no more alarms, and on messages from disasters: by signs alone ten in a
hundred of them alarm, with the detector six."""


@register
class UrgentStep(Step):
    """Judges whether a life or a body is in danger now: a detector that learned from texts told so, rules in many languages,
    sensitive findings, and the programme's urgent categories.

    Several signs add up; negated ones, old stories and news count less. The detector joins them in languages it knows; who
    speaks of ending a life is in danger whatever it says. From 0.5 on it means yes.
    """

    name: ClassVar[str] = "urgent"

    def prepare(self, knowledge: Knowledge, model: Model) -> None:
        self._languages = knowledge.languages
        self._rules = rulebook_for("urgent.yaml", knowledge.languages)
        self._alarm = model.alarm
        self._kinds = {category.code: category.sensitive for category in knowledge.categories if category.urgent}

    def read(self, doc: Doc) -> Doc:
        words = told_words(doc, self._languages, doers=False)
        found = self._rules.find(words)
        calm = 1.0
        hits: list[Hit[str]] = []
        matches = self._rules.apply(found)
        for match in matches:
            calm *= 1 - match.rule.score * (NEGATED if match.negated else 1.0)
            hits += match.hits
        reasons = [quote(words, hits)] if hits else []
        for danger in doc._.sensitive:
            calm *= 1 - danger.score * DANGERS.get(danger.kind, 0.0)
            reasons += [danger.why] if danger.kind in DANGERS else []
        likeliest = self._likeliest(doc)
        if likeliest is not None:
            over = "long_ago" in found and not matches
            is_calm = over or doc._.kind in CALM_KINDS or (matches and all(match.negated for match in matches))
            calm *= 1 - likeliest.score * (CALM_CATEGORY if is_calm else CATEGORY)
            reasons.append(f"category {likeliest.code}" + (likeliest.why and f": {likeliest.why}"))
        score = (1 - calm) * (REPORTED if "report_of_others" in found else 1.0)
        if self._alarm is not None and doc._.language.code in self._alarm.spoken:
            leveled = level(words)
            heard = self._alarm.probability(passages(leveled, found))
            score = max([_together(heard, score), *(_despair(danger) for danger in doc._.sensitive)])
            reasons += [", ".join(self._alarm.reasons(leveled))] if heard >= YES else []
        if reasons:
            doc._.urgent = Judgement(round(score, 3), "; ".join(dict.fromkeys(reasons)))
        return doc

    def _likeliest(self, doc: Doc) -> CategoryFinding | None:
        """The likeliest urgent category. A sensitive one must have come out so: what is denied or only news is no alarm."""
        found = {danger.kind for danger in doc._.sensitive}
        urgent = [
            finding
            for finding in doc._.categories
            if finding.code in self._kinds and self._kinds[finding.code] in (None, *found)
        ]
        return max(urgent, key=lambda finding: finding.score, default=None)


def _together(detector: float, signs: float) -> float:
    """The probability that the detector's and that of all other signs come to."""
    return from_log_odds(log_odds(detector) + SAY * log_odds(min(max(signs, FAINT), PLAIN)) + WARY)


def _despair(danger: SensitiveFinding) -> float:
    return danger.score * DANGERS["self_harm"] if danger.kind == "self_harm" else 0.0
