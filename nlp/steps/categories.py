"""The step that says what a text is about."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from spacy.tokens import Doc

from nlp.analysis import CategoryFinding
from nlp.classifier import Classifier
from nlp.features import level, split
from nlp.findings import words_of
from nlp.knowledge import Knowledge
from nlp.model import Model
from nlp.steps.base import Step, register


@register
class CategoriesStep(Step):
    """Says which of the programme's categories a text is about, any number of them, or none when it is not sure enough.

    Each comes with a calibrated probability and the words of the text that spoke most for it.
    """

    name: ClassVar[str] = "categories"

    def prepare(self, knowledge: Knowledge, model: Model) -> None:
        self._classifier: Classifier | None = model.categories

    def read(self, doc: Doc) -> Doc:
        return self.read_batch([doc])[0]

    def read_batch(self, docs: list[Doc]) -> list[Doc]:
        classifier = self._classifier
        if classifier is None:
            return docs
        texts = [level(words_of(doc)) for doc in docs]
        scores = classifier.scores(texts)
        order = np.argsort(-scores, axis=1, kind="stable")
        said = scores >= classifier.thresholds
        for row, (doc, words) in enumerate(zip(docs, texts, strict=True)):
            if not words:
                continue
            findings = []
            for column in order[row].tolist():
                sure = bool(said[row, column])
                why = _as_written(doc.text, classifier.reasons(words, column)) if sure else ""
                finding = CategoryFinding(classifier.codes[column], round(float(scores[row, column]), 3), why)
                findings.append((sure, finding))
            doc._.scores = tuple(finding for _, finding in findings)
            doc._.categories = tuple(finding for sure, finding in findings if sure)
        return docs


def _as_written(text: str, reasons: list[str]) -> str:
    """The words that spoke for a category, as they stand in the text, strongest first."""
    written: dict[str, str] = {}
    for part in text.split():
        for word in split(part):
            written.setdefault(word, part.strip(".,;:!?()\"'"))
    return ", ".join(dict.fromkeys(written.get(word, word) for word in reasons))
