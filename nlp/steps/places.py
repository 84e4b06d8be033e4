"""Names of places in the text, with what each may mean."""

from __future__ import annotations

from typing import ClassVar

from spacy.tokens import Doc

from nlp.findings import text_of
from nlp.gazetteer import open_programme
from nlp.gazetteer.candidates import as_mentions
from nlp.gazetteer.mentions import find_names
from nlp.gazetteer.speech import speech_of
from nlp.knowledge import Knowledge
from nlp.model import Model
from nlp.steps.base import Step, register


@register
class PlacesStep(Step):
    """Finds the names of places in the redacted text, with up to nine distinct candidates each, best first.

    Spelling is forgiven in proportion to length, and an ending of up to four letters behind a longer name of the programme's
    own, as many languages write "in" and "of". A name that is also an everyday word needs a capital letter, a word
    like "in" beside it, or more words. The scores of a mention sum to how sure we are that it names a place at all.
    """

    name: ClassVar[str] = "places"

    def prepare(self, knowledge: Knowledge, model: Model) -> None:
        names = self.gazetteer or open_programme(knowledge)
        self._areas = {area.code: area for area in knowledge.areas}
        if model.places is not None:
            names = names.with_layer(model.places.index)
        self._names = names
        self._speech = speech_of(knowledge, model.places.common if model.places is not None else ())

    def read(self, doc: Doc) -> Doc:
        doc._.places = as_mentions(find_names(text_of(doc), self._names, self._speech), self._areas, self._names.home)
        return doc
