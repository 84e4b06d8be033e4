"""The step that says whether somebody must act now."""

from __future__ import annotations

from typing import ClassVar

from spacy.tokens import Doc

from nlp.analysis import Judgement
from nlp.findings import words_of
from nlp.knowledge import Knowledge
from nlp.lexicon import Hit
from nlp.model import Model
from nlp.rulebook import Rulebook, quote
from nlp.steps.base import Step, register

NEGATED = 0.4
REPORTED = 0.6


@register
class UrgentStep(Step):
    """Judges whether a life or a body is in danger now: rules in many languages, and the programme's urgent categories.

    Several signs add up; negated ones, old stories and news count less. From 0.5 on it means yes.
    """

    name: ClassVar[str] = "urgent"

    def prepare(self, knowledge: Knowledge, model: Model) -> None:
        self._rules = Rulebook("urgent.yaml", knowledge.languages)
        self._categories = {category.code for category in knowledge.categories if category.urgent}

    def read(self, doc: Doc) -> Doc:
        words = words_of(doc)
        found = self._rules.find(words)
        calm = 1.0
        hits: list[Hit[str]] = []
        for match in self._rules.apply(found):
            calm *= 1 - match.rule.score * (NEGATED if match.negated else 1.0)
            hits += match.hits
        score = (1 - calm) * (REPORTED if "report_of_others" in found else 1.0)
        why = quote(words, hits)
        for finding in doc._.categories:
            if finding.code in self._categories and finding.score > score:
                score, why = finding.score, f"category {finding.code}" + (finding.why and f": {finding.why}")
        if score > 0:
            doc._.urgent = Judgement(round(score, 3), why)
        return doc
