"""What the pipeline is told about a programme: its languages, categories, places and areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal["question", "suggestion", "observation", "praise", "complaint"]
KINDS: tuple[str, ...] = get_args(Kind)
"""Kinds of feedback after the IFRC's feedback kit."""

SensitiveKind = Literal[
    "sexual_exploitation",
    "gender_based_violence",
    "child_protection",
    "trafficking",
    "violence",
    "corruption",
    "retaliation",
    "self_harm",
    "staff_misconduct",
]
SENSITIVE_KINDS: tuple[str, ...] = get_args(SensitiveKind)


@dataclass(frozen=True)
class Category:
    """A taxonomy entry. `words` and `examples` are by language."""

    code: str
    kind: str = "complaint"
    urgent: bool = False
    sensitive: str | None = None
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Area:
    """An administrative unit; `parent` is a code or None."""

    code: str
    name: str
    other_names: tuple[str, ...] = ()
    parent: str | None = None
    level: str = ""
    population: int | None = None
    extent: tuple[float, float, float] | None = None
    """Of its boundary, if that is known: degrees north and east of its middle, and the reach in km."""


@dataclass(frozen=True)
class Place:
    """A named point, in degrees WGS 84; `area` is a code or None."""

    name: str
    lat: float
    lon: float
    other_names: tuple[str, ...] = ()
    area: str | None = None
    kind: str = ""


@dataclass(frozen=True)
class Knowledge:
    """All of it. Picklable, so that worker processes can be given it. `country` is ISO 3166-1 alpha-2 or None."""

    programme: str = ""
    languages: tuple[str, ...] = ()
    country: str | None = None
    categories: tuple[Category, ...] = ()
    areas: tuple[Area, ...] = ()
    places: tuple[Place, ...] = ()
    sentences: str = ""
    """Folder of a sentence model (`nlp/meaning.py`), or empty: none."""


@dataclass(frozen=True)
class Lesson:
    """What a person decided about a text. None in `categories` or False in `place_known` means: not decided.

    Empty `categories` is a decision too (none applies); `place` None with `place_known` means it names no place.
    """

    text: str = field(repr=False)
    categories: tuple[str, ...] | None = None
    place: tuple[str, float, float] | None = None
    place_known: bool = False
    translation: str | None = field(default=None, repr=False)
    """The same account in another language, which teaches categories beside the text."""
    urgent: bool | None = None
    ordinary: bool = False
    """A person read it and found nothing sensitive. What is sensitive is no lesson."""
