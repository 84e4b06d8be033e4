"""The step that names the language of a text."""

from __future__ import annotations

from typing import ClassVar

from spacy.tokens import Doc

from nlp.analysis import Language
from nlp.findings import text_of
from nlp.knowledge import Knowledge
from nlp.languages import Identifier
from nlp.model import Model
from nlp.steps.base import Step, register


@register
class LanguageStep(Step):
    """Names the language of the text, one of the programme's or, without a programme, of some 120; "und" when in doubt."""

    name: ClassVar[str] = "language"

    def prepare(self, knowledge: Knowledge, model: Model) -> None:
        self._identifier = Identifier(knowledge.languages, model.languages)

    def read(self, doc: Doc) -> Doc:
        code, score = self._identifier.identify(text_of(doc))
        doc._.language = Language(code, round(score, 3))
        return doc
