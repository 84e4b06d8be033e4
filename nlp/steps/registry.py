"""The steps a text passes through, in order. Each file registers its spaCy component; tests demand cases and docs for each."""

from __future__ import annotations

from nlp.steps.base import Step
from nlp.steps.categories import CategoriesStep
from nlp.steps.kind import KindStep
from nlp.steps.language import LanguageStep
from nlp.steps.location import LocationStep
from nlp.steps.places import PlacesStep
from nlp.steps.redaction import RedactionStep
from nlp.steps.sensitive import SensitiveStep
from nlp.steps.urgent import UrgentStep

STEPS: tuple[type[Step], ...] = (
    RedactionStep,
    LanguageStep,
    PlacesStep,
    LocationStep,
    CategoriesStep,
    KindStep,
    SensitiveStep,
    UrgentStep,
)
