"""The step that says what a text is about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

import numpy as np
from spacy.tokens import Doc

from nlp.analysis import CategoryFinding
from nlp.classifier import Classifier
from nlp.features import CACHED_WORDS, level, split
from nlp.findings import names_of, text_of, without_figures, words_beside
from nlp.fold import words as words_in
from nlp.gazetteer.extents import is_point
from nlp.gazetteer.spelling import INSTITUTIONS
from nlp.knowledge import Knowledge
from nlp.little import silent_for
from nlp.model import Model
from nlp.steps.base import Step, register


@register
class CategoriesStep(Step):
    """Says which of the programme's categories a text is about, any number of them, or none when it is not sure enough.

    Each comes with a calibrated probability and the words of the text that spoke most for it. From which probability on it is
    said is learned by category, and by language where many texts were decided in it.
    """

    name: ClassVar[str] = "categories"

    def prepare(self, knowledge: Knowledge, model: Model) -> None:
        self._classifier: Classifier | None = model.categories
        self._nothing = tuple(CategoryFinding(category.code, 0.0, "") for category in knowledge.categories)

        kinds = INSTITUTIONS.union(*(words_in(place.kind) for place in knowledge.places))
        spoken = (phrases for category in knowledge.categories for phrases in category.words.values())
        self._telling = frozenset(word for phrases in spoken for phrase in phrases for word in words_in(phrase)) - kinds
        self._silent = silent_for(knowledge)
        self._languages = knowledge.languages

    def _words(self, doc: Doc) -> list[str]:
        """Without figures of speech, and names of settlements that hold a word for a category: who
        lives in Kambi Moto does not write of fire. Of
        Biafra clinic one may write because of the clinic."""
        named = [
            mention
            for mention in names_of(doc)
            if not is_point(mention.candidates[0].level) and not self._telling.isdisjoint(words_in(mention.text))
        ]
        return without_figures(doc, words_beside(doc, named), self._languages, doers=True)

    def read(self, doc: Doc) -> Doc:
        return self.read_batch([doc])[0]

    def read_batch(self, docs: list[Doc]) -> list[Doc]:
        classifier = self._classifier
        if classifier is None:
            return docs
        texts = [level(self._words(doc)) for doc in docs]
        scores = classifier.scores(texts, [text_of(doc) for doc in docs])
        order = np.argsort(-scores, axis=1, kind="stable")
        said = classifier.says(scores, [doc._.language.code for doc in docs])
        rounded = scores.astype(np.float64).round(3)
        for row, (doc, words) in enumerate(zip(docs, texts, strict=True)):
            if self._silent.issuperset(words):
                # With few examples a word such as "me" is told by one category only.
                doc._.scores = self._nothing
                continue
            ranked = order[row].tolist()
            sure = [column for column in ranked if said[row, column]]
            why = _why(classifier, words, sure, text_of(doc)) if sure else {}
            findings = {
                column: CategoryFinding(classifier.codes[column], score, why.get(column, ""))
                for column, score in zip(ranked, rounded[row, ranked].tolist(), strict=True)
            }
            doc._.scores = tuple(findings.values())
            doc._.categories = tuple(findings[column] for column in sure)
        return docs


def _why(classifier: Classifier, words: Sequence[str], said: Sequence[int], text: str) -> dict[int, str]:
    """By column of what is said, the words of the text that spoke for it, as they stand there."""
    written = _as_written(text)
    return {
        column: ", ".join(dict.fromkeys(written.get(word, word) for word in reasons))
        for column, reasons in zip(said, classifier.reasons(words, said), strict=True)
    }


def _as_written(text: str) -> dict[str, str]:
    """How each word stands in the text, the first time it does."""
    written: dict[str, str] = {}
    for part in text.split():
        for word in _words_of(part):
            written.setdefault(word, part.strip(".,;:!?()\"'"))
    return written


@lru_cache(maxsize=CACHED_WORDS)
def _words_of(part: str) -> tuple[str, ...]:
    return tuple(split(part))
