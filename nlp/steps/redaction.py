"""The step that masks personal data. It comes first: every later step sees only what it leaves."""

from __future__ import annotations

from typing import ClassVar

from spacy.tokens import Doc

from nlp.findings import text_of
from nlp.knowledge import Knowledge
from nlp.model import Model
from nlp.redacting import mask, redactor_for
from nlp.steps.base import Step, register


@register
class RedactionStep(Step):
    """Masks phone numbers, e-mail addresses, links, documents, accounts, plates and names of people in the
    original text.

    Names of places stay, also where they hold a person's: those of the programme, and those that people confirmed if they
    are more than who lives there.
    Masks are words in brackets such as [phone]. The spans it keeps point into the original text.
    """

    name: ClassVar[str] = "redaction"

    def prepare(self, knowledge: Knowledge, model: Model) -> None:
        self._redactor = redactor_for(knowledge, () if model.places is None else model.places.names)

    def read(self, doc: Doc) -> Doc:
        text = text_of(doc)
        spans = self._redactor.find(text)
        if not spans:
            return doc
        masked = Doc(doc.vocab, words=[mask(text, spans)], spaces=[False])
        masked._.spans = spans
        return masked
