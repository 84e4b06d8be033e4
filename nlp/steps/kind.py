"""The step that says what kind of feedback a text is."""

from __future__ import annotations

from typing import ClassVar

from spacy.tokens import Doc

from nlp.findings import text_of, words_of
from nlp.knowledge import KINDS, Knowledge
from nlp.model import Model
from nlp.rulebook import rulebook_for
from nlp.steps.base import Step, register

USUAL = 0.25
"""How much the usual kind of the text's likeliest category weighs against phrases."""

MOSTLY = 0.3
"""How much a text of some length without any sign is a complaint, which is why people text; a short one an observation."""

FEW_WORDS = 4

QUESTION_MARK = 0.75
LAMENT = 0.5
"""Up to this a question without its mark, beside complaining words, is a lament ("why no water again")."""

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
        self._rules = rulebook_for("kind.yaml", knowledge.languages)
        self._usual = {category.code: category.kind for category in knowledge.categories}

    def read(self, doc: Doc) -> Doc:
        words = words_of(doc)
        score: dict[str, float] = dict.fromkeys(KINDS, 0.0)
        for match in self._rules.apply(self._rules.find(words)):
            if not (match.negated and match.rule.says == "praise"):
                score[match.rule.says] += match.rule.score
        if any(mark in text_of(doc) for mark in QUESTION_MARKS):
            score["question"] += QUESTION_MARK
        elif score["complaint"] and score["question"] <= LAMENT:
            score["question"] = 0.0
        score["complaint" if len(words) >= FEW_WORDS else "observation"] += MOSTLY
        if doc._.categories:
            score[self._usual.get(doc._.categories[0].code, "observation")] += USUAL
        if score["complaint"] > MOSTLY + USUAL or score["question"] > LAMENT:
            score["praise"] *= THANKS_AT_END
        doc._.kind = max(KINDS, key=lambda kind: (score[kind], kind == "observation"))
        return doc
