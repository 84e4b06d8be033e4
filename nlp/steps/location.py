"""Where the account happened: one location with its radius, or none."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from spacy.tokens import Doc

from nlp.analysis import Location
from nlp.findings import text_of
from nlp.gazetteer.cues import cues_for
from nlp.knowledge import Knowledge
from nlp.locating import COARSE_KM, LEAST_AREA_KM, locate, nearest_area
from nlp.model import Model
from nlp.steps.base import Step, register


@register
class LocationStep(Step):
    """Chooses one location from the places the text names and from what people confirmed about texts like it.

    It prefers the finest place; "near", "between", "behind" and "opposite" move or widen it. Where two places of a
    name compete, or nothing is named, it gives none, so that the resident is asked. With enough confirmed places the
    radius is learned from them: the truth lies within it in about 80 % of texts. The middle of an area, and what reaches
    too far to go there, is marked as a fallback.
    """

    name: ClassVar[str] = "location"

    def prepare(self, knowledge: Knowledge, model: Model) -> None:
        self._memory = model.places
        self._places = knowledge.places
        self._cues = cues_for(knowledge.languages)
        self._areas = {area.code: area for area in knowledge.areas}

    def read_batch(self, docs: list[Doc]) -> list[Doc]:
        if self._memory is not None and self._memory.radius is not None:
            found = self._memory.locate([text_of(doc) for doc in docs], [doc._.places for doc in docs])
        else:
            found = [locate(text_of(doc), doc._.places, self._areas, self._cues) for doc in docs]
        for doc, location in zip(docs, found, strict=True):
            doc._.location = self._marked(self._in_area(location))
        return docs

    def _marked(self, location: Location | None) -> Location | None:
        if location is None:
            return None
        area = self._areas.get(location.area or "")
        whole = area is not None and location.name == area.name and location.radius_km >= LEAST_AREA_KM
        return replace(location, fallback=whole or location.radius_km > COARSE_KM)

    def _in_area(self, location: Location | None) -> Location | None:
        if location is None or location.area is not None:
            return location
        return replace(location, area=nearest_area(location, self._places))
