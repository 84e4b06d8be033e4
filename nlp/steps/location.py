"""Where the account happened: one location with its radius, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from spacy.tokens import Doc

from nlp.analysis import Location, Mention
from nlp.findings import text_of
from nlp.gazetteer.extents import extents, is_whole, wholes
from nlp.gazetteer.speech import speech_of
from nlp.knowledge import Knowledge
from nlp.locating import COARSE_KM, asserted, locate, nearest_area
from nlp.metropolis import metropolis_of
from nlp.model import Model
from nlp.steps.base import Step, register


@register
class LocationStep(Step):
    """Chooses one location from the places the text names and from what people confirmed about texts like it.

    It prefers the finest place; "near", "between", "behind" and "opposite" move or widen it. Where two places of a
    name compete, or nothing is named, it gives none, so that the resident is asked. With enough confirmed places these
    speak where the text names none of the programme's own, and their radius is learned: the truth lies within it in about
    80 % of texts. The middle of an area or of a settlement that holds other places, and what reaches too far to go there,
    is marked as a fallback. So is the largest town for a street or estate whose town is not named, in a country where most
    townspeople live in or near it, for a programme that has no places of its own.
    """

    name: ClassVar[str] = "location"

    def prepare(self, knowledge: Knowledge, model: Model) -> None:
        self._memory = model.places
        self._places = knowledge.places
        self._areas = {area.code: area for area in knowledge.areas}
        self._extents, self._wholes = extents(knowledge), wholes(knowledge)
        self._speech = speech_of(knowledge)
        known = model.places is not None or not knowledge.country
        self._metropolis = metropolis_of(self.gazetteer) if self.gazetteer and not known else None

    def read_batch(self, docs: list[Doc]) -> list[Doc]:
        learned = self._memory is not None and self._memory.radius is not None
        own = bool(self._places or self._areas)
        found = [self._locate(text_of(doc), doc._.places) if own or not learned else None for doc in docs]
        if self._memory is not None and learned:
            # What people wrote themselves, of places the programme knows, is surer than what texts like theirs were about.
            rows = [row for row, location in enumerate(found) if location is None or location.area is None]
            texts = [text_of(docs[row]) for row in rows]
            named = [
                asserted(text, docs[row]._.places, self._speech.cues) for text, row in zip(texts, rows, strict=True)
            ]
            for row, location in zip(rows, self._memory.locate(texts, named), strict=True):
                found[row] = location
        for doc, location in zip(docs, found, strict=True):
            doc._.location = self._marked(self._in_area(location))
        return docs

    def _locate(self, text: str, mentions: Sequence[Mention]) -> Location | None:
        if not mentions and self._metropolis is not None:
            return self._metropolis.locate(text, self._speech)
        return locate(text, mentions, self._areas, self._speech.cues)

    def _marked(self, location: Location | None) -> Location | None:
        if location is None:
            return None
        whole = is_whole(self._wholes, location.name, location.area, location.radius_km)
        return replace(location, fallback=whole or location.radius_km > COARSE_KM)

    def _in_area(self, location: Location | None) -> Location | None:
        if location is None or location.area is not None:
            return location
        return replace(location, area=nearest_area(location, self._places, self._areas, self._extents))
