"""What a programme's pipeline has learned: one picklable value, versioned by its content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlp.classifier import Classifier
    from nlp.detector import Detector
    from nlp.languages import LanguageEvidence


@dataclass(frozen=True)
class Model:
    """Everything learned from a programme's words and examples and from people's decisions.

    `detectors` are those of sensitive kinds, `alarm` is that of what is urgent. `places` is what `nlp/placememory.py` learned
    from confirmed places, or None.
    """

    version: str
    languages: LanguageEvidence | None = None
    categories: Classifier | None = None
    detectors: tuple[Detector, ...] = ()
    alarm: Detector | None = None
    places: Any = None
