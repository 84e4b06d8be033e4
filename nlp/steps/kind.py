"""The step that says what kind of feedback a text is."""

from __future__ import annotations

from typing import ClassVar

from spacy.tokens import Doc

from nlp.features import MASK
from nlp.fold import words as fold_words
from nlp.knowledge import KINDS, Knowledge
from nlp.model import Model
from nlp.rulebook import Rulebook
from nlp.steps.base import Step, register

USUAL = 0.55
"""How much the usual kind of the text's likeliest category weighs against phrases."""

QUESTION_MARK = 0.75
LAMENT = 0.5
"""A lament in question form ("why no water again?") stays a complaint: what a question loses beside complaining words."""

THANKS_AT_END = 0.5
"""What remains of thanks in a text that also complains, asks or suggests: politeness."""

QUESTION_MARKS = "?؟？"


@register
class KindStep(Step):
    """Says whether a text is a question, suggestion, observation, praise or complaint (the IFRC's kinds).

    Phrases by language speak for kinds; the usual kind of the text's category joins them.
    """

    name: ClassVar[str] = "kind"

    def prepare(self, knowledge: Knowledge, model: Model) -> None:
        self._rules = Rulebook("kind.yaml", knowledge.languages)
        self._usual = {category.code: category.kind for category in knowledge.categories}

    def read(self, doc: Doc) -> Doc:
        words = fold_words(MASK.sub(" ", doc.text))
        score: dict[str, float] = dict.fromkeys(KINDS, 0.0)
        for match in self._rules.apply(self._rules.find(words)):
            if not (match.negated and match.rule.says == "praise"):
                score[match.rule.says] += match.rule.score
        if any(mark in doc.text for mark in QUESTION_MARKS):
            score["question"] += QUESTION_MARK
        elif score["question"] and score["complaint"]:
            score["question"] -= LAMENT
        if doc._.categories:
            score[self._usual.get(doc._.categories[0].code, "observation")] += USUAL
        if score["complaint"] or score["suggestion"] > 0.5 or score["question"] > 0.7:
            score["praise"] *= THANKS_AT_END
        doc._.kind = max(KINDS, key=lambda kind: (score[kind], kind == "observation"))
        return doc
