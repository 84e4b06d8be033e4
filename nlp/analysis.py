"""What the pipeline says about one text. Every finding has a score from 0 to 1 and the reason for it."""

from __future__ import annotations

from dataclasses import dataclass, field, is_dataclass
from typing import Any


@dataclass(frozen=True)
class Language:
    """The language of the text, as BCP 47. `code` is "und" when we cannot tell."""

    code: str
    score: float


@dataclass(frozen=True)
class CategoryFinding:
    """A category of the programme. `why` names the words of the text that spoke for it."""

    code: str
    score: float
    why: str


@dataclass(frozen=True)
class Candidate:
    """An entry of a gazetteer that a mention may mean. `level` is its kind or its administrative level."""

    name: str
    lat: float
    lon: float
    level: str
    score: float
    area: str | None = None
    """The programme's area it lies in, if known."""
    radius_km: float | None = None
    """How far it reaches, if known."""


@dataclass(frozen=True)
class Mention:
    """A name of a place in the redacted text, with what it may mean, best first. `start:end` are character offsets."""

    text: str
    start: int
    end: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Location:
    """Where the account happened. The truth lies within `radius_km` of it in about 80 % of cases."""

    name: str
    lat: float
    lon: float
    radius_km: float
    score: float
    why: str
    area: str | None = None
    fallback: bool = False
    """It stands for a whole area, or for more ground than one can go to: never draw it as a point."""


@dataclass(frozen=True)
class Judgement:
    """A yes-or-no question such as urgency, as a probability."""

    score: float
    why: str


@dataclass(frozen=True)
class SensitiveFinding:
    """A reason to route the account to the vault. Kinds are in `nlp/knowledge.py`."""

    kind: str
    score: float
    why: str


@dataclass(frozen=True)
class Span:
    """A piece of personal data found in the original text. `start:end` are offsets there; `kind` names the mask."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Analysis:
    """One analysis. All offsets of mentions are into `redacted`; spans are into the original text."""

    redacted: str = ""
    spans: tuple[Span, ...] = ()
    language: Language = Language("und", 0.0)
    names_sought: bool = False
    """Whether rules of this language looked for names of people; if not it is "not reviewed for names" until a person read it."""
    kind: str = "observation"
    categories: tuple[CategoryFinding, ...] = ()
    scores: tuple[CategoryFinding, ...] = field(default=(), compare=False)
    """Every category's calibrated score, best first, also those below their threshold."""
    places: tuple[Mention, ...] = ()
    location: Location | None = None
    urgent: Judgement = Judgement(0.0, "")
    sensitive: tuple[SensitiveFinding, ...] = ()
    version: str = ""


def as_line(analysis: Analysis, *, every_score: bool = False) -> dict[str, Any]:
    """The analysis as the JSON object that `answerable analyse` prints, without spans into the unredacted text."""
    line = dict(vars(analysis))
    del line["spans"]
    scores = line.pop("scores")
    if every_score:
        line["categories"] = scores
    return {name: _plain(value) for name, value in line.items()}


def _plain(value: Any) -> Any:
    """Findings as objects; `dataclasses.asdict` does the same at several times the cost."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if is_dataclass(value):
        return {name: _plain(part) for name, part in vars(value).items()}
    return value
